//! The options of a task in words, and its pause: for the list, the page of a task and the editor.

use crate::api::transport;
use crate::api::{ApiError, schedules, tasks};
use domain::schedule::Schedule;
use domain::task::{Retry, Task, TaskObject};
use domain::{Lang, TaskId, Timestamp};
use serde_json::{Value, json};

/// The end of a pause until further notice, in milliseconds since the epoch: 9999-12-31T00:00:00Z.
const FOR_GOOD_MS: i64 = 253_402_214_400_000;
/// Waits that are spelled out, the rest is said by three dots.
const WAITS: usize = 4;

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

/// A span of time as people set it: `90 s` is `1 min 30 s`.
pub fn span(lang: Lang, seconds: i64) -> String {
    let (days, min, h) = match lang {
        Lang::De => (if seconds / 86_400 == 1 { "Tag" } else { "Tage" }, "Min.", "Std."),
        Lang::En => (if seconds / 86_400 == 1 { "day" } else { "days" }, "min", "h"),
    };
    let amounts =
        [(seconds / 86_400, days), (seconds % 86_400 / 3600, h), (seconds % 3600 / 60, min), (seconds % 60, "s")];
    let said: Vec<String> =
        amounts.into_iter().filter(|(n, _)| *n > 0).map(|(n, unit)| format!("{n}\u{a0}{unit}")).collect();
    if said.is_empty() { "0\u{a0}s".to_owned() } else { said.join(" ") }
}

/// When further attempts follow: `after 1 min, 2 min, 4 min`.
pub fn waits(lang: Lang, retry: &Retry) -> String {
    let all = (1..retry.max_attempts).filter_map(|attempt| retry.wait_sec(attempt));
    let mut said: Vec<String> = all.take(WAITS).map(|seconds| span(lang, seconds)).collect();
    if retry.max_attempts > WAITS as i64 + 1 {
        said.push("…".to_owned());
    }
    match lang {
        Lang::De => format!("nach {}", said.join(", ")),
        Lang::En => format!("after {}", said.join(", ")),
    }
}

/// A priority in a word and as its number.
pub fn priority(lang: Lang, n: i64) -> String {
    let (de, en) = match n {
        i64::MIN..=-8 => ("sehr niedrig", "very low"),
        -7..=-1 => ("niedrig", "low"),
        0 => ("normal", "normal"),
        1..=7 => ("hoch", "high"),
        8.. => ("sehr hoch", "very high"),
    };
    let word = match lang {
        Lang::De => de,
        Lang::En => en,
    };
    match n {
        0 => word.to_owned(),
        1.. => format!("{word} (+{n})"),
        _ => format!("{word} (\u{2212}{})", n.abs()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: String) -> String {
        text.replace('\u{a0}', " ")
    }

    #[test]
    fn spans_are_told_in_their_units() {
        let says = |lang, seconds| plain(span(lang, seconds));
        assert_eq!(says(Lang::En, 0), "0 s");
        assert_eq!(says(Lang::En, 90), "1 min 30 s");
        assert_eq!(says(Lang::De, 2 * 86_400 + 3600), "2 Tage 1 Std.");
        assert_eq!(says(Lang::En, 86_400), "1 day");
    }

    #[test]
    fn waits_are_spelled_out_as_far_as_they_help() {
        let retry = Retry { max_attempts: 4, ..Retry::default() };
        assert_eq!(plain(waits(Lang::En, &retry)), "after 1 min, 2 min, 4 min");
        let many = Retry { max_attempts: 100, max_backoff_sec: 60, ..Retry::default() };
        assert_eq!(plain(waits(Lang::De, &many)), "nach 1 Min., 1 Min., 1 Min., 1 Min., …");
    }

    #[test]
    fn priorities_have_five_words_and_their_number() {
        assert_eq!((priority(Lang::En, 0).as_str(), priority(Lang::De, 10).as_str()), ("normal", "sehr hoch (+10)"));
        assert_eq!(priority(Lang::En, -3), "low (\u{2212}3)");
    }

    #[test]
    fn a_pause_without_an_end_is_what_the_contract_says() {
        assert_eq!(for_good().to_string(), "9999-12-31T00:00:00.000Z");
    }
}
