//! `GET /api/schedule/upcoming`.

use super::super::answer::json;
use super::super::error::Answer;
use super::super::extract::{Query, Tasker};
use crate::http::openapi::shapes;
use crate::state::AppState;
use crate::store::{TaskQuery, TaskSort};
use axum::extract::State;
use axum::response::Response;
use domain::run::Status;
use domain::schedule::Plan;
use domain::task::Task;
use domain::{Error, L10n, TaskId, Timestamp};
use serde::Serialize;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 3600);
const MAX_AHEAD: Duration = Duration::from_secs(31 * 24 * 3600);
/// Most tasks of an answer.
const MAX_TASKS: u64 = 200;
/// Most instants of a task.
const MAX_RUNS: usize = 50;

/// What will run, as far as it is told.
#[derive(Serialize)]
struct Upcoming {
    from: Timestamp,
    to: Timestamp,
    tasks: Vec<Coming>,
    more: bool,
}

/// What will run of one task.
#[derive(Serialize)]
struct Coming {
    task_id: TaskId,
    description: String,
    status: Status,
    runs: Vec<Timestamp>,
    more: bool,
}

/// When the caller's tasks (root: everyone's) run next, until `to`.
///
/// The task that is due first comes first; one that is late has an instant in the past. At most 50 instants a task; `more` says
/// where something was left out.
#[utoipa::path(get, path = "/schedule/upcoming", tag = "schedule", params(shapes::UpcomingQuery), responses((status = 200, description = "The coming instants, by task.", body = shapes::UpcomingAnswer)))]
pub async fn upcoming(State(state): State<AppState>, Tasker(signed): Tasker, mut query: Query) -> Answer<Response> {
    let now = state.clock.now();
    let to = query.instant("to")?.unwrap_or_else(|| now.plus(DAY));
    let limit = query.number("limit", MAX_TASKS, MAX_TASKS)?;
    query.finish()?;
    if to.since(now) > MAX_AHEAD {
        let reason = L10n::fixed("darf höchstens 31 Tage voraus liegen", "must be at most 31 days ahead");
        return Err(Error::QueryInvalid { name: "to".to_owned(), reason }.into());
    }
    let owner = (!signed.caller.is_root()).then(|| signed.caller.id());
    let sort = TaskSort::NextRunAt;
    let due = TaskQuery { owner, sort, ascending: true, limit: limit + 1, ..TaskQuery::default() };
    let found = state.store.tasks(&due).await?.items;
    // Those without a next run come last in this order.
    let planned = found.iter().take_while(|stored| stored.task.next_run_at.is_some_and(|at| at <= to));
    let mut tasks: Vec<Coming> = planned.filter_map(|stored| coming(&stored.task, now, to)).collect();
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = tasks.len() > limit;
    tasks.truncate(limit);
    json(&Upcoming { from: now, to, tasks, more })
}

/// `None` for a task that does not run by then: its instant may wait for the end of a pause.
fn coming(task: &Task, now: Timestamp, to: Timestamp) -> Option<Coming> {
    let first = task.next_run_at.max(task.options.paused_until.filter(|_| task.next_run_at.is_some()));
    let first = first.filter(|at| *at <= to)?;
    // After a run the next one is looked for from then on, so what passes before now is skipped.
    let later = Plan::compile(&task.schedules).upcoming(first.max(now), MAX_RUNS);
    let mut runs: Vec<Timestamp> = std::iter::once(first).chain(later).take_while(|at| *at <= to).collect();
    let more = runs.len() > MAX_RUNS;
    runs.truncate(MAX_RUNS);
    Some(Coming { task_id: task.id, description: task.description.clone(), status: task.status, runs, more })
}
