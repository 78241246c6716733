//! The list by keyboard.

use super::actions::{Actions, Deed, fits};
use super::rows::{Row, Rows};
use super::texts;
use crate::components::dialog::Dialog;
use crate::i18n::use_i18n;
use crate::viewer::use_viewer;
use domain::{L10n, TaskId};
use leptos::ev::keydown;
use leptos::html::Input;
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// Keys and what they do, as the help shows them.
static KEYS: [(&str, &L10n); 7] = [
    ("/", &texts::KEY_SEARCH),
    ("n", &texts::KEY_NEW),
    ("j k", &texts::KEY_MOVE),
    ("Enter", &texts::KEY_OPEN),
    ("r", &texts::KEY_RUN),
    ("x", &texts::KEY_SELECT),
    ("?", &texts::KEY_HELP),
];

/// Listens while the list is on the page. The row that has the focus is the one that keys are about.
pub fn listen(rows: Rows, actions: Actions, search: NodeRef<Input>, help: RwSignal<bool>) {
    let (navigate, viewer) = (use_navigate(), use_viewer());
    Effect::new(move |_| {
        if !viewer.hydrated() {
            return;
        }
        let navigate = navigate.clone();
        let listener = window_event_listener(keydown, move |event| {
            if event.ctrl_key() || event.meta_key() || event.alt_key() || types() {
                return;
            }
            let known = match event.key().as_str() {
                "/" => search.get_untracked().map(|field| field.focus().is_ok()).is_some(),
                "n" => {
                    navigate("/task/new", leptos_router::NavigateOptions::default());
                    true
                }
                "j" => step(rows, 1),
                "k" => step(rows, -1),
                "r" => focused(rows).map(|row| run(actions, row)).is_some(),
                "x" => focused(rows).map(|row| row.selected.update(|selected| *selected = !*selected)).is_some(),
                "?" => {
                    help.set(true);
                    true
                }
                _ => false,
            };
            if known {
                event.prevent_default();
            }
        });
        on_cleanup(move || listener.remove());
    });
}

fn run(actions: Actions, row: Row) {
    if row.object.with_untracked(|object| fits(Deed::Run, object)) {
        actions.act(Deed::Run, vec![row]);
    }
}

/// Whether letters are being typed somewhere, or a dialog is open: then they mean themselves.
fn types() -> bool {
    let typing = document().active_element().is_some_and(|element| {
        let kind = element.get_attribute("type").unwrap_or_default();
        match element.tag_name().as_str() {
            "TEXTAREA" | "SELECT" => true,
            "INPUT" => kind != "checkbox",
            _ => false,
        }
    });
    typing || document().query_selector("dialog[open]").ok().flatten().is_some()
}

fn focused_id() -> Option<TaskId> {
    let row: Element = document().active_element()?.closest("[data-task]").ok()??;
    row.get_attribute("data-task")?.parse().ok().map(TaskId)
}

fn focused(rows: Rows) -> Option<Row> {
    rows.find(focused_id()?)
}

/// Moves the focus to the next row or the one before; to the first if none has it.
fn step(rows: Rows, by: isize) -> bool {
    let all = rows.all();
    let here = focused_id().and_then(|id| all.iter().position(|row| row.id == id));
    let next = match here {
        Some(here) => here.saturating_add_signed(by).min(all.len().saturating_sub(1)),
        None => 0,
    };
    let Some(row) = all.get(next) else { return false };
    let link = document().query_selector(&format!("[data-task=\"{}\"] .task-link", row.id)).ok().flatten();
    link.and_then(|link| link.dyn_into::<HtmlElement>().ok()).is_some_and(|link| link.focus().is_ok())
}

/// What keys do.
#[component]
pub fn KeyHelp(
    /// Whether it is shown.
    open: RwSignal<bool>,
) -> impl IntoView {
    let t = use_i18n();
    let keys = KEYS.iter().map(move |(key, text)| {
        let caps = key.split(' ').map(|key| view! { <kbd class="key">{key}</kbd> }).collect_view();
        view! { <dt class="flex gap-1">{caps}</dt><dd>{t.text(text)}</dd> }
    });
    view! {
        <Dialog open heading=Signal::derive(move || t.text(&texts::SHORTCUTS)().to_owned())>
            <dl class="keys">{keys.collect_view()}</dl>
            <div class="flex justify-end">
                <button type="button" class="button" on:click=move |_| open.set(false)>
                    {t.text(&texts::CLOSE)}
                </button>
            </div>
        </Dialog>
    }
}
