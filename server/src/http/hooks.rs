//! `/api/task/{taskId}/hook` and `/api/hook/{token}`: an address under which others may start a task, without an account.

use super::answer::{acknowledged, json};
use super::error::{Answer, Failure};
use super::extract::{MaybeJson, TaskIn, Tasker};
use super::tasks;
use crate::auth::token::{hash, random};
use crate::http::openapi::shapes;
use crate::state::AppState;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::response::Response;
use domain::task::{Hook, NewHook};
use domain::{Error, TaskId};
use serde_json::json;

/// How every token of a hook starts, so that people and scanners of source code recognise one.
const PREFIX: &str = "hook_";
/// The largest body that a run is sent, in bytes; `ROTA_BODY_LIMIT` may be lower.
pub const INPUT_MAX: usize = 1024 * 1024;

/// The task's hook, without its token.
#[utoipa::path(get, path = "/task/{taskId}/hook", tag = "task", params(shapes::TaskPath), responses((status = 200, description = "The hook, without its token.", body = Hook)))]
pub async fn show(State(state): State<AppState>, Tasker(signed): Tasker, TaskIn(id): TaskIn) -> Answer<Response> {
    tasks::touchable(&state, &signed.caller, id).await?;
    json(&state.store.hook(id).await?.ok_or_else(|| missing(id))?)
}

/// Makes a hook, in place of the one that the task has. The token is shown this once.
#[utoipa::path(post, path = "/task/{taskId}/hook", tag = "task", params(shapes::TaskPath), responses((status = 200, description = "The hook, with its token.", body = NewHook)))]
pub async fn make(State(state): State<AppState>, Tasker(signed): Tasker, TaskIn(id): TaskIn) -> Answer<Response> {
    let token = format!("{PREFIX}{}", random());
    let guard = tasks::guard(&signed.caller, id);
    let hook = state.store.set_hook(id, &hash(&token), state.clock.now(), guard).await?;
    let url = format!("{}/api/hook/{token}", state.config.public_url().unwrap_or_default());
    json(&NewHook { hook, token, url })
}

/// Takes the hook away; its token starts nothing any more.
#[utoipa::path(delete, path = "/task/{taskId}/hook", tag = "task", params(shapes::TaskPath), responses((status = 200, description = "It was done.", body = shapes::Acknowledged)))]
pub async fn delete(State(state): State<AppState>, Tasker(signed): Tasker, TaskIn(id): TaskIn) -> Answer<Response> {
    tasks::touchable(&state, &signed.caller, id).await?;
    if state.store.delete_hook(id).await? { acknowledged() } else { Err(missing(id).into()) }
}

/// Starts the task whose hook this is. The body, if there is one, is JSON of up to 1 MiB, which the run gets as `input.data`.
#[utoipa::path(post, path = "/hook/{token}", tag = "task", params(shapes::HookPath), request_body = Option<Object>, responses((status = 200, description = "The run, queued.", body = shapes::RunStarted)))]
pub async fn call(State(state): State<AppState>, token: HookToken, body: MaybeJson) -> Answer<Response> {
    if state.scheduler.is_stopping() {
        return Err(Error::ServerStopping.into());
    }
    let body = body.0;
    if body.as_ref().is_some_and(|body| body.bytes.len() > INPUT_MAX) {
        return Err(Error::BodyTooLarge { limit: INPUT_MAX as u64 }.into());
    }
    let input = body.as_ref().map(|body| &body.raw);
    let run = state.store.run_by_hook(&hash(&token.0), state.clock.now(), input).await?;
    let run = run.ok_or_else(|| Error::ResourceNotFound { resource: "hook".to_owned() })?;
    state.scheduler.wake();
    json(&json!({"acknowledged": "ok", "run": run}))
}

fn missing(id: TaskId) -> Error {
    Error::ObjectNotFound { object: format!("hook of task {id}") }
}

/// The token in the path, whatever it is.
pub struct HookToken(String);

impl<S: Send + Sync> FromRequestParts<S> for HookToken {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let token = Path::<String>::from_request_parts(parts, state).await;
        token
            .map(|Path(token)| HookToken(token))
            .map_err(|_| Failure(Error::ResourceNotFound { resource: "hook".to_owned() }))
    }
}
