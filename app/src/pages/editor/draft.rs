//! A task while it is edited.

use super::builder::RuleInput;
use super::fields::{Field, fields, object};
use super::options::{self, OptionsDraft, Pause};
use super::rules::rules_of;
use crate::api::modules::ModuleSpec;
use crate::api::tasks::Task;
use crate::api::transport;
use crate::viewer::{Viewer, use_viewer};
use domain::schedule::Schedule;
use domain::{L10n, Timestamp};
use leptos::prelude::*;
use serde_json::{Map, Value, json};

/// The four ways to start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Not by itself.
    Never,
    /// As soon as it is saved.
    Now,
    /// At one instant.
    Once,
    /// By schedules.
    Schedule,
}

/// A mail recipient.
#[derive(Debug, Clone, Copy)]
pub struct RecipientInput {
    /// Unique, whatever is added and removed.
    pub key: usize,
    /// The address.
    pub email: RwSignal<String>,
    /// Only when something went wrong.
    pub problems_only: RwSignal<bool>,
}

/// Everything that can be typed. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Draft {
    /// The task as it was read; `None` for a new one.
    pub base: StoredValue<Option<Task>>,
    /// What will run; `None` until chosen.
    pub module: RwSignal<Option<ModuleSpec>>,
    /// Its parameters.
    pub fields: RwSignal<Vec<Field>>,
    /// The title.
    pub description: RwSignal<String>,
    /// Seconds; empty: none.
    pub timeout: RwSignal<String>,
    /// Who gets mail.
    pub recipients: RwSignal<Vec<RecipientInput>>,
    /// How it starts.
    pub when: RwSignal<When>,
    /// The instant for [`When::Once`], as `YYYY-MM-DDThh:mm` in the viewer's zone.
    pub once: RwSignal<String>,
    /// The rules for [`When::Schedule`].
    pub rules: RwSignal<Vec<RuleInput>>,
    /// What most tasks never need.
    pub options: OptionsDraft,
    /// In whose zone instants are typed.
    pub viewer: Viewer,
}

impl Draft {
    /// Of a task as it is, or of an empty one. `copy`: its content for a new task, which `now` runs
    /// at once.
    pub fn new(task: Option<Task>, copy: bool, now: bool, specs: &[ModuleSpec]) -> Draft {
        let spec = task.as_ref().and_then(|task| specs.iter().find(|spec| spec.name == task.task_module)).cloned();
        let mut values = task.as_ref().map(params_of).unwrap_or_default();
        if copy {
            // A secret is bound to its task.
            values.values_mut().filter(|value| value.get("_secret").is_some()).for_each(|value| *value = json!(""));
        }
        let recipients = task.as_ref().map(|task| task.email.recipients.clone()).unwrap_or_default();
        let schedules = task.as_ref().map(|task| task.schedules.clone()).unwrap_or_default();
        let planned = task.as_ref().and_then(|task| task.next_run_at);
        let when = match (schedules.is_empty(), planned) {
            _ if copy && now => When::Now,
            (false, _) => When::Schedule,
            (true, Some(_)) if !copy => When::Once,
            _ => When::Never,
        };
        let timeout = task.as_ref().map(|task| task.task_timeout_sec).filter(|seconds| *seconds > 0);
        let recipient = |(key, r): (usize, domain::task::Recipient)| RecipientInput {
            key,
            email: RwSignal::new(r.email),
            problems_only: RwSignal::new(r.problems_only),
        };
        Draft {
            fields: RwSignal::new(spec.as_ref().map(|spec| fields(spec, &values)).unwrap_or_default()),
            module: RwSignal::new(spec),
            description: RwSignal::new(task.as_ref().map(|task| task.description.clone()).unwrap_or_default()),
            timeout: RwSignal::new(timeout.map(|seconds| seconds.to_string()).unwrap_or_default()),
            recipients: RwSignal::new(recipients.into_iter().enumerate().map(recipient).collect()),
            when: RwSignal::new(when),
            once: RwSignal::new(String::new()),
            rules: RwSignal::new(rules_of(&schedules).iter().map(RuleInput::new).collect()),
            options: OptionsDraft::new(task.as_ref(), copy, transport::now()),
            viewer: use_viewer(),
            base: StoredValue::new(task.filter(|_| !copy)),
        }
    }

    /// Another module: its parameters with their defaults.
    pub fn choose(self, spec: ModuleSpec) {
        self.fields.set(fields(&spec, &Map::new()));
        self.module.set(Some(spec));
    }

    /// The schedules that the rules say; tracked.
    pub fn schedules(self) -> Vec<Schedule> {
        if self.when.get() != When::Schedule {
            return vec![];
        }
        self.rules.get().iter().flat_map(|rule| rule.rule().schedules()).collect()
    }

    /// The fields of a save; tracked. `next_run_at` is left out where the server is to compute it.
    pub fn task(self) -> Map<String, Value> {
        let timeout = self.timeout.get();
        let timeout = timeout.trim();
        let recipients = self.recipients.get();
        let recipients = recipients.iter().filter(|r| !r.email.get().trim().is_empty());
        let recipients: Vec<Value> = recipients
            .map(|r| json!({ "email": r.email.get().trim(), "problems_only": r.problems_only.get() }))
            .collect();
        let mut task = Map::new();
        task.insert("description".into(), json!(self.description.get().trim()));
        task.insert("task_params".into(), object(&self.fields.get()));
        task.insert("task_timeout_sec".into(), if timeout.is_empty() { json!(0) } else { number(timeout) });
        task.insert("schedules".into(), json!(self.schedules()));
        task.insert("email".into(), json!({ "recipients": recipients }));
        match self.when.get() {
            When::Never => drop(task.insert("next_run_at".into(), Value::Null)),
            When::Now => drop(task.insert("next_run_at".into(), json!(transport::now()))),
            When::Once => drop(task.insert("next_run_at".into(), json!(self.once.get()))),
            When::Schedule => {}
        }
        task.extend(self.options.values());
        task
    }

    /// Says instants in the viewer's zone, once that is known; tracked. Answers whether it said one.
    pub fn know_zone(self) -> bool {
        let Some(task) = self.base.get_value() else { return false };
        let once = task.next_run_at.filter(|_| self.once.with_untracked(String::is_empty));
        let once = once.and_then(|at| local(at, self.viewer));
        let said = once.is_some();
        once.into_iter().for_each(|text| self.once.set(text));
        self.options.know_zone(&task, self.viewer) || said
    }

    /// The instant for [`When::Once`].
    fn once_at(self) -> Option<Timestamp> {
        let stored = self.base.with_value(|task| task.as_ref().and_then(|task| task.next_run_at));
        instant(&self.once.get_untracked(), stored, self.viewer)
    }

    fn pause_ends(self) -> Option<Timestamp> {
        self.base.with_value(|task| self.options.pause_ends(task.as_ref(), self.viewer))
    }

    /// What is wrong with what is typed, before the server is asked: pointer and reason; tracked.
    pub fn problem(self) -> Option<(String, L10n)> {
        if self.module.with(Option::is_none) {
            return Some(("/task/task_module".into(), L10n::fixed("muss gewählt werden", "must be chosen")));
        }
        if let Some(field) = self.fields.get().iter().find(|field| field.broken_json()) {
            return Some((field.pointer.clone(), L10n::fixed("ist kein gültiges JSON", "is not valid JSON")));
        }
        let no_time = L10n::fixed("muss Datum und Uhrzeit sein", "must be a date and a time");
        if self.options.pause.get() == Pause::Until && self.pause_ends().is_none() {
            return Some(("/task/paused_until".into(), no_time));
        }
        match self.when.get() {
            When::Once if self.once_at().is_none() => Some(("/task/next_run_at".into(), no_time)),
            When::Schedule if self.schedules().is_empty() => Some((
                "/task/schedules".into(),
                L10n::fixed("braucht mindestens eine Uhrzeit", "needs at least one time"),
            )),
            _ => None,
        }
    }

    /// The body of a save, to be sent; `against` is the task that it changes.
    pub fn body(self, against: Option<&Task>) -> Map<String, Value> {
        let mut body = untrack(|| self.task());
        if let Some(at) = body.get_mut("next_run_at").filter(|_| self.when.get_untracked() == When::Once) {
            *at = json!(untrack(|| self.once_at()));
        }
        if let Some(end) = untrack(|| self.pause_ends()) {
            body.insert("paused_until".into(), json!(end));
        }
        let Some(task) = against else {
            let module = self.module.with_untracked(|m| m.as_ref().map(|m| m.name.clone()));
            body.insert("task_module".into(), json!(module));
            return body;
        };
        let old = plain(task);
        body.retain(|name, value| old.get(name) != Some(value));
        body.insert("version".into(), json!(task.version + 1));
        body
    }

    /// The text that tells whether anything was changed.
    pub fn fingerprint(self) -> String {
        let mut task = untrack(|| self.task());
        if self.when.get_untracked() == When::Now {
            task.insert("next_run_at".into(), json!("now"));
        }
        let module = self.module.with_untracked(|m| m.as_ref().map(|m| m.name.clone()));
        format!("{module:?} {}", Value::Object(task))
    }
}

fn number(text: &str) -> Value {
    text.parse::<i64>().map_or_else(|_| json!(text), Value::from)
}

fn params_of(task: &Task) -> Map<String, Value> {
    task.task_params.iter().map(|(name, raw)| (name.clone(), raw.value())).collect()
}

/// The fields of a task that an editor writes, as plain JSON.
pub fn plain(task: &Task) -> Map<String, Value> {
    let all = serde_json::to_value(task).ok();
    let mut all = all.and_then(|value| value.as_object().cloned()).unwrap_or_default();
    all.insert("task_params".into(), Value::Object(params_of(task)));
    all.retain(|name, _| BASICS.contains(&name.as_str()));
    all.extend(options::plain(&task.options));
    all
}

const BASICS: [&str; 6] = ["description", "task_params", "task_timeout_sec", "schedules", "next_run_at", "email"];

/// The names of all that an editor writes.
pub fn edited() -> impl Iterator<Item = &'static str> {
    BASICS.into_iter().chain(options::NAMES)
}

/// The instant of a local `YYYY-MM-DDThh:mm` in the viewer's zone; tracked. `stored`, which may be more exact, where it says the same.
pub fn instant(text: &str, stored: Option<Timestamp>, viewer: Viewer) -> Option<Timestamp> {
    let same = stored.filter(|at| local(*at, viewer).as_deref() == Some(text));
    same.or_else(|| in_zone(text, |at| viewer.offset_min(at)))
}

fn in_zone(text: &str, offset_min: impl Fn(Timestamp) -> Option<i32>) -> Option<Timestamp> {
    let seconds = if text.len() == "2026-01-01T00:00".len() { ":00" } else { "" };
    let wall = Timestamp::parse(&format!("{text}{seconds}Z"))?;
    let back = |at: Timestamp| Some(Timestamp::from_ms(wall.ms() - i64::from(offset_min(at)?) * 60_000));
    // The distance is that of the instant meant, which is nearly known after the first step.
    back(back(wall)?)
}

/// The local `YYYY-MM-DDThh:mm` of an instant in the viewer's zone, once that is known; tracked.
pub fn local(at: Timestamp, viewer: Viewer) -> Option<String> {
    let there = Timestamp::from_ms(at.ms() + i64::from(viewer.offset_min(at)?) * 60_000);
    Some(there.to_string().chars().take(16).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_local_time_is_an_instant_of_its_zone() {
        let change = Timestamp::parse("2026-03-29T01:00:00Z");
        let berlin = |at: Timestamp| Some(if Some(at) < change { 60 } else { 120 });
        let says = |text| in_zone(text, berlin).map(|at| at.to_string());
        assert_eq!(says("2026-03-29T01:30").as_deref(), Some("2026-03-29T00:30:00.000Z"));
        assert_eq!(says("2026-03-29T03:30:15").as_deref(), Some("2026-03-29T01:30:15.000Z"));
        assert_eq!((says(""), says("2026-02-30T00:00")), (None, None));
    }
}
