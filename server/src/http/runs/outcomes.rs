//! `GET /api/task/outcomes`: how the last runs of many tasks ended, for a list that shows them at a glance.

use super::super::answer::json;
use super::super::error::Answer;
use super::super::extract::{Query, Tasker};
use crate::http::openapi::shapes;
use crate::state::AppState;
use axum::extract::State;
use axum::response::Response;
use domain::access::Caller;
use domain::run::Run;
use domain::{Error, L10n, TaskId};
use indexmap::IndexMap;
use serde_json::{Value, json};

/// Most tasks of one question.
const MAX_TASKS: usize = 100;
/// Most runs of each task.
const RUNS: u64 = 20;

/// How the last 20 runs of each of up to 100 tasks ended, newest first. Tasks that the caller does not see are left out.
#[utoipa::path(get, path = "/task/outcomes", tag = "task", params(shapes::OutcomesQuery), responses((status = 200, description = "By task.", body = shapes::Outcomes)))]
pub async fn outcomes(State(state): State<AppState>, Tasker(signed): Tasker, query: Query) -> Answer<Response> {
    let ids = visible(&state, &signed.caller, read(query)?).await?;
    let runs = state.store.last_ended(&ids, RUNS).await?;
    let mut by_task: IndexMap<String, Vec<Value>> = ids.iter().map(|id| (id.to_string(), vec![])).collect();
    for run in &runs {
        by_task.entry(run.task_id.to_string()).or_default().push(ended(run));
    }
    json(&json!({ "outcomes": by_task }))
}

async fn visible(state: &AppState, caller: &Caller, ids: Vec<TaskId>) -> Answer<Vec<TaskId>> {
    let found = state.store.tasks_by_id(&ids).await?;
    Ok(found.iter().filter(|task| caller.sees(task.owner_id())).map(|task| task.task.id).collect())
}

fn ended(run: &Run) -> Value {
    let took = run.run_started_at.zip(run.run_finished_at).map(|(start, end)| end.since(start).as_millis() as u64);
    json!({ "status": run.status, "run_started_at": run.run_started_at, "duration_ms": took })
}

fn read(mut query: Query) -> Result<Vec<TaskId>, Error> {
    let text = query.text("id").unwrap_or_default();
    query.finish()?;
    let ids: Option<Vec<i64>> = text.split(',').filter(|id| !id.is_empty()).map(|id| id.trim().parse().ok()).collect();
    let mut ids = ids.filter(|ids| ids.len() <= MAX_TASKS).ok_or_else(|| {
        let reason = L10n::fixed(
            "muss bis zu 100 Aufgaben nennen, mit Komma getrennt",
            "must name up to 100 tasks, separated by commas",
        );
        Error::QueryInvalid { name: "id".to_owned(), reason }
    })?;
    ids.sort_unstable();
    ids.dedup();
    Ok(ids.into_iter().map(TaskId).collect())
}
