//! `GET /api/run` and `GET /api/task/outcomes`: runs of many tasks.

use super::super::answer::{Place, json, page};
use super::super::error::Answer;
use super::super::extract::{Query, Tasker};
use crate::http::openapi::shapes;
use crate::state::AppState;
use crate::store::{RunQuery, TaskRun};
use axum::extract::{OriginalUri, State};
use axum::response::Response;
use domain::access::Caller;
use domain::run::{Run, Status};
use domain::task::StoredTask;
use domain::{Error, L10n, TaskId, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// How far back a list goes that does not say.
const DAY: Duration = Duration::from_secs(24 * 3600);
/// The longest span of time that is counted at once.
const MAX_SPAN: Duration = Duration::from_secs(31 * 24 * 3600);
/// Most tasks whose outcomes are told at once.
const MAX_TASKS: usize = 100;
/// Outcomes of a task.
const OUTCOMES: u64 = 20;

/// A run, with its task's description.
#[derive(Serialize)]
struct Listed<'a> {
    #[serde(flatten)]
    run: &'a Run,
    task_description: &'a str,
}

/// The runs of all the caller's tasks (root: everyone's) that started in a span of time, the latest first.
#[utoipa::path(get, path = "/run", tag = "task", params(shapes::RunListQuery, shapes::PageQuery), responses((status = 200, description = "A page of runs, the latest first.", body = Vec<shapes::ListedRun>, headers(("X-Total-Count" = u64, description = "How many there are in all."), ("Link" = String, description = "rel=\"next\" and rel=\"prev\" (RFC 8288).")))))]
pub async fn recent(
    State(state): State<AppState>,
    Tasker(signed): Tasker,
    OriginalUri(uri): OriginalUri,
    query: Query,
) -> Answer<Response> {
    let query = read(query, &signed.caller, state.clock.now())?;
    let found = state.store.runs_between(&query).await?;
    let items: Vec<Listed<'_>> =
        found.items.iter().map(|TaskRun { run, description }| Listed { run, task_description: description }).collect();
    page(&items, Place { offset: query.offset, limit: query.limit, total: found.total }, &uri)
}

fn read(mut query: Query, caller: &Caller, now: Timestamp) -> Result<RunQuery, Error> {
    let statuses = Status::ALL.map(|s| (s.as_str(), s));
    let to = query.instant("to")?.unwrap_or_else(|| now.plus(Duration::from_millis(1)));
    let from = query.instant("from")?.unwrap_or_else(|| Timestamp::from_ms(to.ms() - DAY.as_millis() as i64));
    let list = RunQuery {
        owner: (!caller.is_root()).then(|| caller.id()),
        from,
        to,
        status: query.words("status", &statuses)?,
        offset: query.number("offset", 0, i64::MAX as u64)?,
        limit: query.number("limit", 100, 1000)?,
    };
    query.finish()?;
    if to.since(from) > MAX_SPAN {
        let reason = L10n::fixed("darf höchstens 31 Tage vor to liegen", "must be at most 31 days before to");
        return Err(Error::QueryInvalid { name: "from".to_owned(), reason });
    }
    Ok(list)
}

/// How each of these tasks ended lately.
///
/// The newest outcome comes first, at most 20 a task. Tasks that the caller does not see are left out.
#[utoipa::path(get, path = "/task/outcomes", tag = "task", params(shapes::OutcomesQuery), responses((status = 200, description = "The outcomes by task id.", body = shapes::Outcomes)))]
pub async fn outcomes(State(state): State<AppState>, Tasker(signed): Tasker, mut query: Query) -> Answer<Response> {
    let ids = read_ids(query.text("id").unwrap_or_default().as_str())?;
    query.finish()?;
    let tasks = state.store.tasks_by_id(&ids).await?;
    let visible = tasks.iter().filter(|task| signed.caller.sees(StoredTask::owner_id(task)));
    let ids: Vec<TaskId> = visible.map(|task| task.task.id).collect();
    let mut all: BTreeMap<TaskId, Vec<Value>> = ids.iter().map(|id| (*id, vec![])).collect();
    for run in state.store.outcomes(&ids, OUTCOMES).await? {
        all.entry(run.task_id).or_default().push(outcome(&run));
    }
    json(&json!({ "outcomes": all }))
}

fn read_ids(text: &str) -> Result<Vec<TaskId>, Error> {
    let wrong = |de, en| Error::QueryInvalid { name: "id".to_owned(), reason: L10n::fixed(de, en) };
    let one = |word: &str| {
        let id = word.trim().parse::<i64>().ok().filter(|id| *id >= 1);
        let error =
            || wrong("muss aus Aufgabennummern mit Kommas dazwischen bestehen", "must be task ids with commas between");
        id.map(TaskId).ok_or_else(error)
    };
    let mut ids = text.split(',').filter(|word| !word.trim().is_empty()).map(one).collect::<Result<Vec<_>, _>>()?;
    ids.sort_unstable();
    ids.dedup();
    if ids.len() > MAX_TASKS {
        return Err(wrong("darf höchstens 100 Aufgaben nennen", "must name at most 100 tasks"));
    }
    Ok(ids)
}

fn outcome(run: &Run) -> Value {
    let took = run.run_started_at.zip(run.run_finished_at).map(|(start, end)| end.since(start).as_millis() as u64);
    json!({ "status": run.status, "run_started_at": run.run_started_at, "duration_ms": took })
}
