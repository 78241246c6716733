//! Runs and their logs.

use super::{ApiError, Call, Page, encoded, page, read, send};
pub use domain::run::{Level, LogEntry, Run, Status, Trigger};
use domain::{RunId, TaskId, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::time::Duration;

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

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// How.
    pub status: Status,
    /// When it began.
    pub run_started_at: Option<Timestamp>,
    /// How long it took.
    pub duration_ms: Option<u64>,
}

impl Ended {
    /// When it was over.
    pub fn run_finished_at(&self) -> Option<Timestamp> {
        Some(self.run_started_at?.plus(Duration::from_millis(self.duration_ms?)))
    }
}

/// `GET /task/outcomes`: the last 20 of each task, newest first; up to 100 tasks.
///
/// # Errors
/// What befalls any call.
pub async fn outcomes(ids: &[TaskId]) -> Result<HashMap<TaskId, Vec<Ended>>, ApiError> {
    #[derive(Deserialize)]
    struct Answer {
        outcomes: HashMap<TaskId, Vec<Ended>>,
    }
    let ids: Vec<String> = ids.iter().map(TaskId::to_string).collect();
    let answer = send(Call::get(format!("/api/task/outcomes?id={}", ids.join(",")))).await?;
    read::<Answer>(&answer).map(|answer| answer.outcomes)
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

/// A page of a log.
pub type LogPage = Page<LogEntry>;

/// The end of the latest log, newest first.
///
/// # Errors
/// What befalls any call.
pub async fn log_end(id: TaskId, limit: u64) -> Result<LogPage, ApiError> {
    page(format!("/api/task/{id}/log?order=desc&limit={limit}"), 0).await
}
