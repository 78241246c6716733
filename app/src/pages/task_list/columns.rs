//! Which columns are shown; each person's own choice.

use super::texts;
use crate::i18n::{texts as common, use_i18n};
use crate::viewer::use_viewer;
use domain::L10n;
use leptos::prelude::*;
use serde_json::{Value, json};

/// A column that can be hidden. The task itself, its status and the actions cannot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// In the person's choices, and in the table's class.
    pub name: &'static str,
    /// What people see.
    pub text: &'static L10n,
}

/// In the order shown.
pub static COLUMNS: [Column; 7] = [
    Column { name: "id", text: &common::COLUMN_ID },
    Column { name: "module", text: &common::COLUMN_MODULE },
    Column { name: "created", text: &texts::COLUMN_CREATED },
    Column { name: "started", text: &common::COLUMN_STARTED },
    Column { name: "finished", text: &common::COLUMN_FINISHED },
    Column { name: "next", text: &common::COLUMN_NEXT },
    Column { name: "history", text: &texts::COLUMN_HISTORY },
];
/// Hidden until somebody wants them.
const HIDDEN_AT_FIRST: [&str; 1] = ["created"];

/// The names of the hidden columns. Cheap to copy.
#[derive(Debug, Clone, Copy)]
pub struct Hidden(RwSignal<Vec<String>>);

impl Hidden {
    /// As a person chose, if they did.
    pub fn read(chosen: Option<&Value>) -> Hidden {
        let names = chosen
            .and_then(Value::as_array)
            .map(|names| names.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect());
        Hidden(RwSignal::new(names.unwrap_or_else(|| HIDDEN_AT_FIRST.map(str::to_owned).to_vec())))
    }

    /// As it is kept.
    pub fn value(self) -> Value {
        json!(self.0.get_untracked())
    }

    /// Whether a column is hidden, tracked.
    pub fn has(self, name: &str) -> bool {
        self.0.with(|names| names.iter().any(|hidden| hidden == name))
    }

    /// Shows or hides.
    pub fn set(self, name: &str, shown: bool) {
        self.0.update(|names| {
            names.retain(|hidden| hidden != name);
            if !shown {
                names.push(name.to_owned());
            }
        });
    }

    /// For the table: a class for each hidden column.
    pub fn class(self) -> String {
        let hidden = COLUMNS.iter().filter(|column| self.has(column.name));
        hidden.fold("tasks".to_owned(), |class, column| format!("{class} no-{}", column.name))
    }
}

/// A menu of check boxes.
#[component]
pub fn ColumnMenu(
    /// What is hidden.
    hidden: Hidden,
    /// Told after each change.
    changed: impl Fn() + Copy + Send + 'static,
) -> impl IntoView {
    let t = use_i18n();
    let viewer = use_viewer();
    let boxes = COLUMNS.iter().map(|column| {
        view! {
            <label class="menu-item flex items-center gap-2">
                <input
                    type="checkbox"
                    class="checkbox"
                    prop:checked=move || !hidden.has(column.name)
                    checked=!hidden.has(column.name)
                    disabled=move || !viewer.hydrated()
                    on:change=move |event| {
                        hidden.set(column.name, event_target_checked(&event));
                        changed();
                    }
                />
                {t.text(column.text)}
            </label>
        }
    });
    view! {
        <details class="menu max-sm:hidden">
            <summary class="button">{t.text(&texts::COLUMNS)}</summary>
            <div class="menu-panel">{boxes.collect_view()}</div>
        </details>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_kept_as_it_was_made() {
        let owner = Owner::new();
        owner.set();
        let hidden = Hidden::read(None);
        assert_eq!(hidden.class(), "tasks no-created");
        hidden.set("created", true);
        hidden.set("module", false);
        assert_eq!(hidden.value(), json!(["module"]));
        assert_eq!(Hidden::read(Some(&hidden.value())).class(), "tasks no-module");
        assert_eq!(Hidden::read(Some(&json!({"odd": 1}))).class(), "tasks no-created");
    }
}
