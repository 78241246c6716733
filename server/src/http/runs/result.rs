//! `GET /api/task/{id}/run/{rid}/result`: what a run reported beside its log.

use super::super::answer::json;
use super::super::error::Answer;
use super::super::extract::{RunIn, TaskIn, Tasker};
use super::super::tasks;
use crate::http::openapi::shapes;
use crate::state::AppState;
use axum::extract::State;
use axum::response::Response;
use domain::Error;
use domain::json::Raw;

/// What the module kept with a run: `table`, `text`, `markdown`, `html`, `perf`, `data`, `label`, each as the module wrote it, and
/// nothing where it kept nothing. HTML is not made safe here: whoever shows it must do that.
#[utoipa::path(get, path = "/task/{taskId}/run/{runId}/result", tag = "task", params(shapes::RunPath), responses((status = 200, description = "What was kept.", body = Object)))]
pub async fn result(
    State(state): State<AppState>,
    Tasker(signed): Tasker,
    TaskIn(id): TaskIn,
    RunIn(run): RunIn,
) -> Answer<Response> {
    tasks::touchable(&state, &signed.caller, id).await?;
    if state.store.run(run).await?.is_none_or(|run| run.task_id != id) {
        return Err(Error::ObjectNotFound { object: format!("run {run}") }.into());
    }
    json(&state.store.result(run).await?.unwrap_or_else(Raw::empty_object))
}
