//! What schedules mean.

use super::{ApiError, Call, exchange, read, send};
use domain::run::Status;
use domain::schedule::Schedule;
use domain::{L10n, TaskId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What may surprise about one schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// Stable, for programs.
    pub code: String,
    /// The place of the schedule, from 0.
    pub schedule: usize,
    /// For people.
    pub message: L10n,
}

/// What schedules mean.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Preview {
    /// The next instants.
    pub runs: Vec<Timestamp>,
    /// The schedules in words.
    pub summary: L10n,
    /// What may surprise.
    pub warnings: Vec<Warning>,
}

/// `POST /schedule/cron`: what a cron line says, in a zone.
///
/// # Errors
/// `FieldInvalid`, with the reason why it cannot be said as schedules.
pub async fn from_cron(line: String, timezone: String) -> Result<Vec<Schedule>, ApiError> {
    #[derive(Deserialize)]
    struct Answer {
        schedules: Vec<Schedule>,
    }
    let body = json!({ "line": line, "timezone": timezone });
    exchange::<Answer>("POST", "/api/schedule/cron".to_owned(), &body).await.map(|answer| answer.schedules)
}

/// `POST /schedule/preview`: the runs strictly after `from` (now, if `None`), up to `count` (at most 1000).
///
/// # Errors
/// `ScheduleInvalid`, `ScheduleNeverRuns`; the pointer begins with `/schedules`.
pub async fn preview(schedules: &[Schedule], from: Option<Timestamp>, count: u32) -> Result<Preview, ApiError> {
    let body = json!({ "schedules": schedules, "from": from, "count": count });
    exchange("POST", "/api/schedule/preview".to_owned(), &body).await
}

/// What will run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upcoming {
    /// Now, by the server's clock.
    pub from: Timestamp,
    /// Up to here.
    pub to: Timestamp,
    /// The task that is due first comes first.
    pub tasks: Vec<Coming>,
    /// Whether tasks were left out.
    pub more: bool,
}

/// What will run of one task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coming {
    /// The task.
    pub task_id: TaskId,
    /// What it is called.
    pub description: String,
    /// Where it stands.
    pub status: Status,
    /// At most 50; the first lies in the past where the task is late.
    pub runs: Vec<Timestamp>,
    /// Whether instants were left out.
    pub more: bool,
}

/// `GET /schedule/upcoming`: the next 24 hours.
///
/// # Errors
/// What befalls any call.
pub async fn upcoming() -> Result<Upcoming, ApiError> {
    read(&send(Call::get("/api/schedule/upcoming")).await?)
}
