//! Runs and their logs.

use super::{ApiError, Call, Page, encoded, page, read, send};
pub use domain::run::{Level, LogEntry, Run, Status, Trigger};
use domain::{RunId, TaskId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::HashMap;

/// `POST /task/{id}/run`: starts it now.
///
/// # Errors
/// `TaskRunning`, `TaskWithoutOwner`.
pub async fn start(id: TaskId) -> Result<Run, ApiError> {
    #[derive(Deserialize)]
    struct Started {
        run: Run,
    }
    read::<Started>(&send(Call::new("POST", format!("/api/task/{id}/run"))).await?).map(|started| started.run)
}

/// `GET /task/{id}/run`: newest first.
///
/// # Errors
/// What befalls any call.
pub async fn history(id: TaskId, offset: u64, limit: u64) -> Result<Page<Run>, ApiError> {
    page(format!("/api/task/{id}/run?offset={offset}&limit={limit}"), offset).await
}

/// Which lines of a log.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lines {
    /// Of this run; `None`: of the latest.
    pub run: Option<RunId>,
    /// Of this level and worse; empty: all.
    pub level: String,
    /// Only with this text.
    pub q: String,
    /// How many to pass over.
    pub offset: u64,
    /// How many to give, up to 10,000.
    pub limit: u64,
}

/// `GET /task/{id}/log`.
///
/// # Errors
/// What befalls any call.
pub async fn log(id: TaskId, lines: Lines) -> Result<Page<LogEntry>, ApiError> {
    let mut path = format!("/api/task/{id}/log?offset={}&limit={}", lines.offset, lines.limit);
    if let Some(run) = lines.run {
        path += &format!("&run={run}");
    }
    for (name, value) in [("level", &lines.level), ("q", &lines.q)] {
        if !value.is_empty() {
            path += &format!("&{name}={}", encoded(value));
        }
    }
    page(path, lines.offset).await
}

/// `GET /task/{id}/run/{rid}/result`: what a run reported beside its log.
///
/// # Errors
/// `ObjectNotFound`.
pub async fn result(id: TaskId, run: RunId) -> Result<Value, ApiError> {
    read(&send(Call::get(format!("/api/task/{id}/run/{run}/result"))).await?)
}

/// A page of a log.
pub type LogPage = Page<LogEntry>;

/// The end of the latest log, newest first.
///
/// # Errors
/// What befalls any call.
pub async fn log_end(id: TaskId, limit: u64) -> Result<LogPage, ApiError> {
    page(format!("/api/task/{id}/log?order=desc&limit={limit}"), 0).await
}

/// A run, and what its task is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedRun {
    /// The run.
    #[serde(flatten)]
    pub run: Run,
    /// The description of its task.
    pub task_description: String,
}

/// Which runs of the last 24 hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Recent {
    /// Only this status.
    pub status: Option<Status>,
    /// How many to give, up to 1,000.
    pub limit: u64,
}

/// `GET /run`: what started in the last 24 hours, of all tasks, the latest first.
///
/// # Errors
/// What befalls any call.
pub async fn recent(wanted: Recent) -> Result<Page<ListedRun>, ApiError> {
    let status = wanted.status.map(Status::as_str).unwrap_or_default();
    page(format!("/api/run?limit={}&status={status}", wanted.limit), 0).await
}

/// How one run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastOutcome {
    /// Done, canceled or error.
    pub status: Status,
    /// `None` where it was canceled before it started.
    pub run_started_at: Option<Timestamp>,
    /// From start to end.
    pub duration_ms: Option<u64>,
}

/// `GET /task/outcomes`: how each of these tasks (100 at most) ended lately, the newest first.
///
/// # Errors
/// What befalls any call.
pub async fn outcomes(ids: &[TaskId]) -> Result<HashMap<TaskId, Vec<PastOutcome>>, ApiError> {
    #[derive(Deserialize)]
    struct Answer {
        outcomes: HashMap<String, Vec<PastOutcome>>,
    }
    let ids: Vec<String> = ids.iter().map(TaskId::to_string).collect();
    let answer: Answer = read(&send(Call::get(format!("/api/task/outcomes?id={}", ids.join(",")))).await?)?;
    let by_id = answer.outcomes.into_iter().filter_map(|(id, list)| Some((TaskId(id.parse().ok()?), list)));
    Ok(by_id.collect())
}
