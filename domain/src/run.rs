//! One run of a task, its outcome and its log lines.

use crate::ids::{RunId, TaskId};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Where a task or a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Status {
    /// Never ran; of a run: not started yet.
    New,
    /// Runs now.
    Running,
    /// The last run did what it should.
    Done,
    /// The last run was canceled.
    Canceled,
    /// The last run failed.
    Error,
}

impl Status {
    /// All, in the order of a life.
    pub const ALL: [Status; 5] = [Status::New, Status::Running, Status::Done, Status::Canceled, Status::Error];

    /// As the contract writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::New => "new",
            Status::Running => "running",
            Status::Done => "done",
            Status::Canceled => "canceled",
            Status::Error => "error",
        }
    }

    /// From the contract's word.
    pub fn parse(text: &str) -> Option<Status> {
        Status::ALL.into_iter().find(|s| s.as_str() == text)
    }

    /// Whether a run in this status has ended.
    pub fn is_final(self) -> bool {
        matches!(self, Status::Done | Status::Canceled | Status::Error)
    }

    /// Whether a run may go from this status to `next`.
    pub fn may_become(self, next: Status) -> bool {
        match self {
            Status::New => matches!(next, Status::Running | Status::Canceled),
            Status::Running => next.is_final(),
            Status::Done | Status::Canceled | Status::Error => false,
        }
    }
}

/// Why a run started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Trigger {
    /// `next_run_at` came.
    Schedule,
    /// Someone pressed the button in the web app.
    Manual,
    /// Someone called `POST /task/{id}/run` with a token.
    Api,
    /// An earlier run failed or was interrupted, and the task says to try again.
    Retry,
    /// `next_run_at` passed while no server was up.
    CatchUp,
}

impl Trigger {
    /// All.
    pub const ALL: [Trigger; 5] = [Trigger::Schedule, Trigger::Manual, Trigger::Api, Trigger::Retry, Trigger::CatchUp];

    /// As the contract writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Trigger::Schedule => "schedule",
            Trigger::Manual => "manual",
            Trigger::Api => "api",
            Trigger::Retry => "retry",
            Trigger::CatchUp => "catch_up",
        }
    }

    /// From the contract's word.
    pub fn parse(text: &str) -> Option<Trigger> {
        Trigger::ALL.into_iter().find(|t| t.as_str() == text)
    }

    /// Whether the run stands for an instant of `next_run_at`, which it uses up.
    pub fn uses_next_run(self) -> bool {
        matches!(self, Trigger::Schedule | Trigger::CatchUp)
    }
}

/// One run, as `GET /task/{id}/run` answers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Run {
    /// From 1.
    #[serde(rename = "_id")]
    pub id: RunId,
    /// Whose run it is.
    pub task_id: TaskId,
    /// Why it started.
    pub trigger: Trigger,
    /// When it should have started. Unique for the task: the ledger.
    pub due_at: Timestamp,
    /// When it did start.
    pub run_started_at: Option<Timestamp>,
    /// When it ended.
    pub run_finished_at: Option<Timestamp>,
    /// Where it stands.
    pub status: Status,
    /// What the module or the server says of it.
    pub status_msg: Option<String>,
    /// 0 to 100.
    pub status_percent: Option<u8>,
    /// The server that runs or ran it.
    pub node: Option<String>,
    /// Which attempt it is: more than 1 for one that is tried again after a failure, or goes on after an interruption.
    #[serde(default = "first", skip_serializing_if = "is_first")]
    pub attempt: i64,
}

fn first() -> i64 {
    1
}

fn is_first(attempt: &i64) -> bool {
    *attempt == 1
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// `Done`, `Canceled` or `Error`.
    pub status: Status,
    /// A sentence, if there is something to say.
    pub message: Option<String>,
}

impl Outcome {
    /// It did what it should.
    pub fn done() -> Outcome {
        Outcome { status: Status::Done, message: None }
    }

    /// It did what it should, and has something to say.
    pub fn done_with(message: impl Into<String>) -> Outcome {
        Outcome { status: Status::Done, message: Some(message.into()) }
    }

    /// It failed.
    pub fn error(message: impl Into<String>) -> Outcome {
        Outcome { status: Status::Error, message: Some(message.into()) }
    }

    /// It was canceled.
    pub fn canceled() -> Outcome {
        Outcome { status: Status::Canceled, message: None }
    }
}

/// How much a log line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Level {
    /// For those who look for a fault.
    Debug,
    /// What happens.
    Info,
    /// What someone should look at.
    Warning,
    /// What went wrong.
    Error,
}

impl Level {
    /// All, the least first.
    pub const ALL: [Level; 4] = [Level::Debug, Level::Info, Level::Warning, Level::Error];

    /// As the contract writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Debug => "debug",
            Level::Info => "info",
            Level::Warning => "warning",
            Level::Error => "error",
        }
    }

    /// From the contract's word.
    pub fn parse(text: &str) -> Option<Level> {
        Level::ALL.into_iter().find(|l| l.as_str() == text)
    }
}

/// One line of a run's log, before it has its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// When it was written.
    pub timestamp: Timestamp,
    /// How much it matters.
    pub level: Level,
    /// The text, as it came; may hold anything.
    pub msg: String,
    /// 0 to 100, where the line marks progress.
    pub status_percent: Option<u8>,
}

/// One line of a run's log, as the API answers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogEntry {
    /// From 0, without gaps.
    pub idx: u64,
    /// When it was written.
    pub timestamp: Timestamp,
    /// How much it matters.
    pub level: Level,
    /// The text, as it came; may hold anything.
    pub msg: String,
    /// 0 to 100, where the line marks progress.
    pub status_percent: Option<u8>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ended_run_stays_as_it_ended() {
        for from in Status::ALL.into_iter().filter(|s| s.is_final()) {
            assert!(Status::ALL.into_iter().all(|to| !from.may_become(to)));
        }
        assert!(Status::New.may_become(Status::Canceled) && !Status::New.may_become(Status::Done));
    }

    #[test]
    fn words_are_those_of_the_contract() {
        for t in Trigger::ALL {
            assert_eq!(serde_json::to_value(t).unwrap(), t.as_str());
            assert_eq!(Trigger::parse(t.as_str()), Some(t));
        }
        for s in Status::ALL {
            assert_eq!(serde_json::to_value(s).unwrap(), s.as_str());
        }
        for l in Level::ALL {
            assert_eq!(serde_json::to_value(l).unwrap(), l.as_str());
        }
    }
}
