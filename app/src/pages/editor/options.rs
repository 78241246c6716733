//! A task's options while they are edited. Each has a default that needs no touching.

mod more;
mod notify;
mod pause;
mod retry;
mod summary;
mod texts;
mod webhooks;

pub use more::More;
pub use notify::Notify;
pub use webhooks::WebhookInput;

use super::draft::{instant, local};
use super::lines::Span;
use crate::task_options::{for_good, paused_until};
use crate::viewer::Viewer;
use domain::Timestamp;
use domain::task::{CatchUp, Options, Overlap, Task};
use leptos::prelude::*;
use serde_json::{Map, Value, json};

/// The names of all options, as a save has them.
pub const NAMES: [&str; 14] = [
    "retry",
    "overlap",
    "catch_up",
    "catch_up_window_sec",
    "jitter_sec",
    "paused_until",
    "tags",
    "priority",
    "keep_runs",
    "keep_days",
    "notify_after",
    "notify_recovery",
    "digest",
    "webhooks",
];

/// Whether a task starts by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pause {
    /// It does.
    No,
    /// From an instant on.
    Until,
    /// Not until somebody says so.
    ForGood,
}

/// Everything that can be typed of options. Cheap to copy.
#[derive(Clone, Copy)]
pub struct OptionsDraft {
    /// Whether a run that failed is tried again.
    pub retry: RwSignal<bool>,
    /// Runs in all.
    pub attempts: RwSignal<String>,
    /// The first wait.
    pub backoff: Span,
    /// How much longer each further one is.
    pub factor: RwSignal<String>,
    /// The longest wait.
    pub max_backoff: Span,
    /// `skip` or `queue`.
    pub overlap: RwSignal<String>,
    /// `none`, `one` or `all`.
    pub catch_up: RwSignal<String>,
    /// How long ago is made up for.
    pub window: Span,
    /// Most of how late a run starts.
    pub jitter: Span,
    /// Whether it is paused.
    pub pause: RwSignal<Pause>,
    /// The end of [`Pause::Until`], as `YYYY-MM-DDThh:mm` in the viewer's zone.
    pub until: RwSignal<String>,
    /// With commas between them.
    pub tags: RwSignal<String>,
    /// -10 to 10.
    pub priority: RwSignal<String>,
    /// Empty: all.
    pub keep_runs: RwSignal<String>,
    /// Empty: for ever.
    pub keep_days: RwSignal<String>,
    /// From which failure in a row on.
    pub notify_after: RwSignal<String>,
    /// Whether an end of problems is told.
    pub notify_recovery: RwSignal<bool>,
    /// At most one message an hour.
    pub digest: RwSignal<bool>,
    /// What is called.
    pub webhooks: RwSignal<Vec<WebhookInput>>,
}

impl OptionsDraft {
    /// Of a task as it is now, or of a new one. A `copy` is not paused, and has no secrets: they are bound to their task.
    pub fn new(task: Option<&Task>, copy: bool, now: Timestamp) -> OptionsDraft {
        let options = task.map(|task| task.options.clone()).unwrap_or_default();
        let text = |n: Option<i64>| RwSignal::new(n.map(|n| n.to_string()).unwrap_or_default());
        let retry = options.retry.unwrap_or_default();
        let pause = match task.filter(|_| !copy).and_then(|task| paused_until(task, now)) {
            None => Pause::No,
            Some(until) if until >= for_good() => Pause::ForGood,
            Some(_) => Pause::Until,
        };
        let hooks = options.webhooks.iter().enumerate().map(|(key, hook)| WebhookInput::new(key, hook, copy));
        OptionsDraft {
            retry: RwSignal::new(options.retry.is_some()),
            attempts: text(Some(retry.max_attempts)),
            backoff: Span::new(retry.backoff_sec),
            factor: text(Some(retry.factor)),
            max_backoff: Span::new(retry.max_backoff_sec),
            overlap: RwSignal::new(overlap(options.overlap).to_owned()),
            catch_up: RwSignal::new(catch_up(options.catch_up).to_owned()),
            window: Span::new(options.catch_up_window_sec),
            jitter: Span::new(options.jitter_sec),
            pause: RwSignal::new(pause),
            until: RwSignal::new(String::new()),
            tags: RwSignal::new(options.tags.join(", ")),
            priority: text(Some(options.priority)),
            keep_runs: text(options.keep_runs),
            keep_days: text(options.keep_days),
            notify_after: text(Some(options.notify_after)),
            notify_recovery: RwSignal::new(options.notify_recovery),
            digest: RwSignal::new(options.digest),
            webhooks: RwSignal::new(hooks.collect()),
        }
    }

    /// Says the end of the pause in the viewer's zone, once that is known; tracked. Answers whether it did.
    pub fn know_zone(self, task: &Task, viewer: Viewer) -> bool {
        let waits = self.pause.get_untracked() == Pause::Until && self.until.with_untracked(String::is_empty);
        let Some(text) = task.options.paused_until.filter(|_| waits).and_then(|at| local(at, viewer)) else {
            return false;
        };
        self.until.set(text);
        true
    }

    /// The fields of a save, all of them, so that what was reset is; tracked. The end of a pause is as typed.
    pub fn values(self) -> Map<String, Value> {
        let retry = self.retry.get().then(|| {
            json!({
                "max_attempts": number(&self.attempts.get(), &Value::Null),
                "backoff_sec": self.backoff.value(),
                "factor": number(&self.factor.get(), &Value::Null),
                "max_backoff_sec": self.max_backoff.value(),
            })
        });
        let pause = match self.pause.get() {
            Pause::No => Value::Null,
            Pause::Until => json!(self.until.get()),
            Pause::ForGood => json!(for_good()),
        };
        let values = json!({
            "retry": retry,
            "overlap": self.overlap.get(),
            "catch_up": self.catch_up.get(),
            "catch_up_window_sec": self.window.value(),
            "jitter_sec": self.jitter.value(),
            "paused_until": pause,
            "tags": self.tag_list(),
            "priority": number(&self.priority.get(), &json!(0)),
            "keep_runs": number(&self.keep_runs.get(), &Value::Null),
            "keep_days": number(&self.keep_days.get(), &Value::Null),
            "notify_after": number(&self.notify_after.get(), &json!(1)),
            "notify_recovery": self.notify_recovery.get(),
            "digest": self.digest.get(),
            "webhooks": self.webhooks.get().iter().map(|hook| hook.value()).collect::<Vec<_>>(),
        });
        values.as_object().cloned().unwrap_or_default()
    }

    /// The instant at which the pause ends, for a save; `None` if it has no end, or is none.
    pub fn pause_ends(self, base: Option<&Task>, viewer: Viewer) -> Option<Timestamp> {
        let stored = base.and_then(|task| task.options.paused_until);
        let typed = || instant(&self.until.get_untracked(), stored, viewer);
        (self.pause.get_untracked() == Pause::Until).then(typed).flatten()
    }

    /// The tags as the server keeps them: sorted, each once; tracked.
    pub fn tag_list(self) -> Vec<String> {
        let text = self.tags.get();
        let mut tags: Vec<String> =
            text.split(',').map(|tag| tag.trim().to_owned()).filter(|tag| !tag.is_empty()).collect();
        tags.sort();
        tags.dedup();
        tags
    }
}

fn overlap(overlap: Overlap) -> &'static str {
    match overlap {
        Overlap::Skip => "skip",
        Overlap::Queue => "queue",
    }
}

fn catch_up(catch_up: CatchUp) -> &'static str {
    match catch_up {
        CatchUp::None => "none",
        CatchUp::One => "one",
        CatchUp::All => "all",
    }
}

/// What is no number stays as typed, for the server to name.
fn number(text: &str, empty: &Value) -> Value {
    match text.trim() {
        "" => empty.clone(),
        text => text.parse::<i64>().map_or_else(|_| json!(text), Value::from),
    }
}

/// The options of a task as a save has them, those at their default included.
pub fn plain(options: &Options) -> Map<String, Value> {
    let mut all = json!({
        "retry": null, "overlap": "skip", "catch_up": "one", "catch_up_window_sec": 0, "jitter_sec": 0, "paused_until": null,
        "tags": [], "priority": 0, "keep_runs": null, "keep_days": null, "notify_after": 1, "notify_recovery": true,
        "digest": false, "webhooks": [],
    });
    let set = serde_json::to_value(options).ok();
    if let (Some(all), Some(Value::Object(set))) = (all.as_object_mut(), set) {
        all.extend(set);
    }
    all.as_object().cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::task::{Retry, Webhook, WebhookEvent};

    fn task(options: Options) -> Task {
        let raw = json!({
            "_id": 1, "version": 1, "created_at": "2026-11-24T08:00:00Z", "updated_at": "2026-11-24T08:00:00Z",
            "description": "", "task_module": "m", "task_params": {}, "task_timeout_sec": 0, "schedules": [],
            "next_run_at": null, "email": { "recipients": [] }, "frontend_prefs": {}, "state": {}, "status": "new",
            "status_msg": null, "status_percent": null, "run_started_at": null, "run_finished_at": null,
            "run_canceled_at": null,
        });
        Task { options, ..serde_json::from_value(raw).unwrap() }
    }

    fn everything() -> Options {
        Options {
            retry: Some(Retry { max_attempts: 5, ..Retry::default() }),
            overlap: Overlap::Queue,
            catch_up: CatchUp::All,
            catch_up_window_sec: 7200,
            jitter_sec: 90,
            paused_until: Some(for_good()),
            tags: vec!["a b".into(), "c".into()],
            priority: -7,
            keep_runs: Some(10),
            keep_days: Some(30),
            notify_after: 3,
            notify_recovery: false,
            digest: true,
            webhooks: vec![Webhook {
                url: "https://example.org/".into(),
                secret: json!({ "_secret": true }),
                events: vec![WebhookEvent::Done, WebhookEvent::Recovery],
            }],
        }
    }

    #[test]
    fn what_is_not_touched_is_what_was_stored() {
        let owner = Owner::new();
        owner.set();
        let now = Timestamp::parse("2026-11-24T12:00:00Z").unwrap();
        for options in [Options::default(), everything()] {
            let task = task(options);
            let values = OptionsDraft::new(Some(&task), false, now).values();
            assert_eq!(values, plain(&task.options));
            assert!(values.keys().all(|name| NAMES.contains(&name.as_str())) && values.len() == NAMES.len());
        }
        assert_eq!(OptionsDraft::new(None, false, now).values(), plain(&Options::default()));
    }

    #[test]
    fn a_copy_runs_and_has_no_secrets() {
        let owner = Owner::new();
        owner.set();
        let task = task(everything());
        let values = OptionsDraft::new(Some(&task), true, task.created_at).values();
        assert_eq!(values["paused_until"], Value::Null);
        assert_eq!(values["webhooks"], json!([{ "url": "https://example.org/", "events": ["done", "recovery"] }]));
    }
}
