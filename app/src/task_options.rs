//! The pause of a task, and its options in words: for the list, the page of a task and the editor.

pub mod words;

use crate::api::transport;
use crate::api::{ApiError, schedules, tasks};
use domain::schedule::Schedule;
use domain::task::{Task, TaskObject};
use domain::{TaskId, Timestamp};
use serde_json::{Value, json};

/// The end of a pause until further notice, in milliseconds since the epoch: 9999-12-31T00:00:00Z.
const FOR_GOOD_MS: i64 = 253_402_214_400_000;

/// The end of a pause until further notice.
pub fn for_good() -> Timestamp {
    Timestamp::from_ms(FOR_GOOD_MS)
}

/// Until when a task is paused, if it is now.
pub fn paused_until(task: &Task, now: Timestamp) -> Option<Timestamp> {
    task.options.paused_until.filter(|until| *until > now)
}

/// Whether a task does not run by itself although it has schedules or an instant: paused, or without a next run.
pub fn is_held(task: &Task) -> bool {
    let unplanned = task.next_run_at.is_none() && !task.schedules.is_empty();
    unplanned || paused_until(task, transport::now()).is_some()
}

/// Pauses a task until further notice.
///
/// # Errors
/// Those of a save.
pub async fn pause(id: TaskId) -> Result<TaskObject, ApiError> {
    // What is shown may be old; nothing but the pause is changed, so the newest version will do.
    let version = tasks::one(id).await?.task.version;
    tasks::change(id, json!({ "version": version + 1, "paused_until": for_good() })).await
}

/// Lifts a pause. Where no next run was left, it is planned again.
///
/// # Errors
/// Those of a save.
pub async fn resume(id: TaskId) -> Result<TaskObject, ApiError> {
    let task = tasks::one(id).await?.task;
    let fields = json!({ "version": task.version + 1, "paused_until": null });
    tasks::change(id, planned_again(&task, fields).await?).await
}

/// A change of a task's pause, with the next run where a pause until further notice, or somebody, left none.
///
/// # Errors
/// Those of a preview.
pub async fn planned_again(task: &Task, mut fields: Value) -> Result<Value, ApiError> {
    let left_none = task.next_run_at.is_none() && !task.schedules.is_empty();
    let Some(pause) = fields.get("paused_until").filter(|_| left_none && fields.get("next_run_at").is_none()) else {
        return Ok(fields);
    };
    let schedules = fields.get("schedules").and_then(|new| serde_json::from_value(new.clone()).ok());
    let schedules: Vec<Schedule> = schedules.unwrap_or_else(|| task.schedules.clone());
    let end = pause.as_str().and_then(Timestamp::parse);
    if end.is_none_or(|end| end < for_good()) && !schedules.is_empty() {
        fields["next_run_at"] = json!(schedules::preview(&schedules, end, 1).await?.runs.first());
    }
    Ok(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_without_an_end_is_what_the_contract_says() {
        assert_eq!(for_good().to_string(), "9999-12-31T00:00:00.000Z");
    }
}
