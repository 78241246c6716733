//! `GET /api/task/modules`, and finding programs anew.

use super::answer::json;
use super::error::Answer;
use super::extract::{Query, Tasker};
use super::users::Root;
use crate::http::openapi::shapes;
use crate::state::AppState;
use axum::extract::State;
use axum::response::Response;
use serde_json::json;

/// The modules that the caller may use, without the parameters the caller may not see.
#[utoipa::path(get, path = "/task/modules", tag = "task", responses((status = 200, description = "The modules.", body = shapes::Modules)))]
pub async fn list(State(state): State<AppState>, Tasker(signed): Tasker, query: Query) -> Answer<Response> {
    query.finish()?;
    let modules: Vec<_> = state.registry.specs().iter().filter_map(|spec| spec.visible_to(&signed.caller)).collect();
    json(&json!({ "modules": modules }))
}

/// Looks for the programs that are modules anew, as `SIGHUP` does, and tells which there are and which cannot be used.
#[utoipa::path(post, path = "/task/modules/reload", tag = "task", responses((status = 200, description = "What was found.", body = shapes::Reloaded)))]
pub async fn reload(State(state): State<AppState>, _: Root) -> Answer<Response> {
    let (found, broken) = crate::server::reload_programs(&state).await;
    let broken: Vec<_> = broken.iter().map(|one| json!({ "file": one.file, "reason": one.reason })).collect();
    json(&json!({ "modules": found, "broken": broken }))
}
