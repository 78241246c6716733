//! View choices that belong to a task, kept in its `frontend_prefs.rota`.
//!
//! Each save reads the task, changes our keys and writes them back: what other apps keep there stays as they wrote it, and of two
//! pages that save at once the later one begins again.

use crate::api::tasks::{self, Task};
use crate::prefs;
use domain::TaskId;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::{Value, json};

/// Whether lines of the log are wrapped.
pub const LOG_WRAP: &str = "log_wrap";
/// The level from which on lines of the log are shown.
pub const LOG_LEVEL: &str = "log_level";
/// How many runs the chart shows.
pub const CHART_RANGE: &str = "chart_range";
/// Whether the task stands before others.
pub const PINNED: &str = "pinned";
/// The colour that people know it by.
pub const COLOUR: &str = "colour";

/// So often a save begins again, when somebody else saves all the time.
const ATTEMPTS: usize = 8;

/// The choices of one task. Cheap to copy.
#[derive(Clone, Copy)]
pub struct TaskPrefs {
    id: TaskId,
    known: RwSignal<domain::json::Raw>,
    unsaved: StoredValue<Vec<(&'static str, Value)>>,
    saving: StoredValue<bool>,
}

impl TaskPrefs {
    /// Those of a task as it was read.
    pub fn of(task: &Task) -> TaskPrefs {
        TaskPrefs {
            id: task.id,
            known: RwSignal::new(task.frontend_prefs.clone()),
            unsaved: StoredValue::new(vec![]),
            saving: StoredValue::new(false),
        }
    }

    /// Takes over what the task has now, unless something is still to be saved.
    pub fn know(self, task: &Task) {
        if !self.saving.get_value() && self.known.with_untracked(|known| *known != task.frontend_prefs) {
            self.known.set(task.frontend_prefs.clone());
        }
    }

    /// A choice; tracked.
    pub fn get(self, key: &str) -> Option<Value> {
        self.known.with(|known| prefs::get(known, key))
    }

    /// Makes a choice, at once here and soon on the server; `null` takes it back.
    pub fn set(self, key: &'static str, value: Value) {
        self.known.update(|known| *known = prefs::with(known, key, &value));
        self.unsaved.update_value(|unsaved| unsaved.push((key, value)));
        if !self.saving.get_value() {
            self.saving.set_value(true);
            spawn_local(self.save());
        }
    }

    /// Saves what is unsaved. What could not be saved stays in use on this page.
    async fn save(self) {
        while let Some(changes) = self.unsaved.try_update_value(std::mem::take).filter(|changes| !changes.is_empty()) {
            if write(self.id, &changes).await.is_none() {
                break;
            }
        }
        _ = self.saving.try_set_value(false);
    }
}

async fn write(id: TaskId, changes: &[(&'static str, Value)]) -> Option<()> {
    for _ in 0..ATTEMPTS {
        let task = tasks::one(id).await.ok()?.task;
        let changed = changes.iter().fold(task.frontend_prefs, |all, (key, value)| prefs::with(&all, key, value));
        match tasks::change(id, json!({ "version": task.version + 1, "frontend_prefs": changed })).await {
            Ok(_) => return Some(()),
            Err(error) if error.code() == "VersionMismatch" => {}
            Err(_) => return None,
        }
    }
    None
}

/// Whether a task is pinned.
pub fn is_pinned(task: &Task) -> bool {
    prefs::get(&task.frontend_prefs, PINNED) == Some(Value::Bool(true))
}

/// A colour that people can give a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// Red.
    Red,
    /// Amber.
    Amber,
    /// Green.
    Green,
    /// Blue.
    Blue,
    /// Violet.
    Violet,
}

impl Colour {
    /// All, as they are offered.
    pub const ALL: [Colour; 5] = [Colour::Red, Colour::Amber, Colour::Green, Colour::Blue, Colour::Violet];

    /// As it is kept.
    pub fn name(self) -> &'static str {
        match self {
            Colour::Red => "red",
            Colour::Amber => "amber",
            Colour::Green => "green",
            Colour::Blue => "blue",
            Colour::Violet => "violet",
        }
    }

    /// Of what is kept.
    pub fn read(value: Option<&Value>) -> Option<Colour> {
        let name = value?.as_str()?;
        Colour::ALL.into_iter().find(|colour| colour.name() == name)
    }

    /// Of a task.
    pub fn of(task: &Task) -> Option<Colour> {
        Colour::read(prefs::get(&task.frontend_prefs, COLOUR).as_ref())
    }
}
