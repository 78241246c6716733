//! Runs of a task and their logs.

mod download;
mod file;
mod log;
mod result;
mod safe_html;
mod span;

pub use download::*;
pub use file::*;
pub use log::*;
pub use result::*;
pub use span::*;

use super::answer::{Place, json, page};
use super::error::Answer;
use super::extract::{MaybeJson, Query, TaskIn, Tasker};
use super::{idempotency, tasks};
use crate::http::openapi::shapes;
use crate::scheduler::RunNow;
use crate::state::AppState;
use crate::store::Once;
use axum::extract::{OriginalUri, State};
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use domain::reader::Fields;
use domain::run::{Run, Trigger};
use domain::task::StoredTask;
use domain::{Error, RunId};
use serde_json::{Value, json};

/// Starts a task now, whatever its schedule.
#[utoipa::path(post, path = "/task/{taskId}/run", tag = "task", params(shapes::TaskPath, shapes::IdempotencyKey), responses((status = 200, description = "The run that was started.", body = shapes::RunStarted)))]
pub async fn run_now(
    State(state): State<AppState>,
    Tasker(signed): Tasker,
    TaskIn(id): TaskIn,
    method: Method,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    MaybeJson(body): MaybeJson,
) -> Answer<Response> {
    if let Some(body) = &body {
        Fields::open(&body.raw, "")?.finish()?;
    }
    if state.scheduler.is_stopping() {
        return Err(Error::ServerStopping.into());
    }
    let trigger = if signed.session.is_some() { Trigger::Manual } else { Trigger::Api };
    let bytes = body.map(|b| b.bytes).unwrap_or_default();
    let answer = Box::new(|run: &Run| answer_of(run).to_string());
    let key = idempotency::key(&headers, signed.caller.id(), method.as_str(), uri.path(), &bytes, answer)?;
    let guard = tasks::guard(&signed.caller, id);
    let asked = RunNow { task: id, trigger, now: state.clock.now(), guard, idempotency: key };
    match state.scheduler.run_now(&*state.store, asked).await? {
        Once::Before(text) => Ok(idempotency::replayed(text)),
        Once::Now(run) => json(&answer_of(&run)),
    }
}

fn answer_of(run: &Run) -> Value {
    json!({"acknowledged": "ok", "run": run})
}

/// The runs of a task, newest first.
#[utoipa::path(get, path = "/task/{taskId}/run", tag = "task", params(shapes::TaskPath, shapes::PageQuery), responses((status = 200, description = "A page of runs, newest first.", body = Vec<Run>, headers(("X-Total-Count" = u64, description = "How many there are in all."), ("Link" = String, description = "rel=\"next\" and rel=\"prev\" (RFC 8288).")))))]
pub async fn history(
    State(state): State<AppState>,
    Tasker(signed): Tasker,
    TaskIn(id): TaskIn,
    OriginalUri(uri): OriginalUri,
    mut query: Query,
) -> Answer<Response> {
    tasks::touchable(&state, &signed.caller, id).await?;
    let offset = query.number("offset", 0, i64::MAX as u64)?;
    let limit = query.number("limit", 100, 1000)?;
    query.finish()?;
    let found = state.store.runs(id, offset, limit).await?;
    page(&found.items, Place { offset, limit, total: found.total }, &uri)
}

/// The run that `?run=` names, or else the latest; `None` where there is none yet.
pub(super) async fn chosen(state: &AppState, task: &StoredTask, query: &mut Query) -> Answer<Option<RunId>> {
    let Some(text) = query.text("run") else { return Ok(task.last_run) };
    let not_found = || Error::ObjectNotFound { object: format!("run {text}") };
    let id = text.parse::<i64>().ok().filter(|n| *n >= 1).map(RunId).ok_or_else(not_found)?;
    match state.store.run(id).await? {
        Some(run) if run.task_id == task.task.id => Ok(Some(id)),
        _ => Err(not_found().into()),
    }
}
