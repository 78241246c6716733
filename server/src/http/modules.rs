//! `GET /api/task/modules`.

use super::answer::json;
use super::error::Answer;
use super::extract::{Query, Tasker};
use crate::http::openapi::shapes;
use crate::state::AppState;
use axum::extract::State;
use axum::response::Response;
use serde_json::json;

/// The modules that the caller may use, without the parameters the caller may not see.
#[utoipa::path(get, path = "/task/modules", tag = "task", responses((status = 200, description = "The modules.", body = shapes::Modules)))]
pub async fn list(State(state): State<AppState>, Tasker(signed): Tasker, query: Query) -> Answer<Response> {
    query.finish()?;
    let modules: Vec<_> = state.registry.specs().filter_map(|spec| spec.visible_to(&signed.caller)).collect();
    json(&json!({ "modules": modules }))
}
