//! Search through the whole log, on the server.

use super::lines::Source;
use super::texts;
use crate::api::runs::{self, Lines};
use crate::components::icon::{Icon, Shape};
use crate::i18n::use_i18n;
use crate::viewer::use_viewer;
use leptos::ev::{KeyboardEvent, SubmitEvent};
use leptos::prelude::*;

/// The match that is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Match {
    n: u64,
    of: u64,
}

/// A field, next and previous.
#[component]
pub fn Search(
    /// Which log.
    source: Source,
    /// What is searched for.
    q: RwSignal<String>,
    /// Shows a line, by its index in the log.
    show: Callback<u64>,
) -> impl IntoView {
    let t = use_i18n();
    let viewer = use_viewer();
    let found = RwSignal::new(None::<Match>);
    let source = StoredValue::new(source);
    let typed = RwSignal::new(q.get_untracked());
    let asked = StoredValue::new(0u32);
    let go = move |n: u64| {
        let text = typed.get_untracked();
        q.set(text.clone());
        if text.is_empty() {
            found.set(None);
            return;
        }
        asked.update_value(|n| *n += 1);
        let mine = asked.get_value();
        let Source { task, run, .. } = source.get_value();
        let lines = Lines { run, level: String::new(), q: text, offset: n, limit: 1 };
        leptos::task::spawn_local(async move {
            let Ok(page) = runs::log(task, lines).await else { return };
            if asked.try_get_value() != Some(mine) {
                return;
            }
            found.set(Some(Match { n, of: page.total }));
            if let Some(entry) = page.items.first() {
                show.run(entry.idx);
            }
        });
    };
    let step = move |by: i64| match found.get_untracked() {
        Some(Match { n, of }) if of > 0 && typed.get_untracked() == q.get_untracked() => {
            go((n as i64 + by).rem_euclid(of as i64) as u64);
        }
        _ => go(0),
    };
    let enter = move |event: SubmitEvent| {
        event.prevent_default();
        step(1);
    };
    let back = move |event: KeyboardEvent| {
        if event.key() == "Enter" && event.shift_key() {
            event.prevent_default();
            step(-1);
        }
    };
    // What the address asks for is searched once the page reacts.
    Effect::new(move |_| {
        if !typed.get_untracked().is_empty() {
            go(0);
        }
    });
    view! {
        <form class="flex flex-wrap items-center gap-1" role="search" on:submit=enter>
            <label class="search">
                <span class="sr-only">{t.text(&texts::SEARCH)}</span>
                <Icon shape=Shape::Search />
                <input type="search" class="field" maxlength="200" autocomplete="off" placeholder=t.text(&texts::SEARCH) prop:value=typed on:input=move |event| typed.set(event_target_value(&event)) on:keydown=back />
            </label>
            <button type="button" class="button-icon" aria-label=t.text(&texts::PREVIOUS) title=t.text(&texts::PREVIOUS) disabled=move || !viewer.hydrated() on:click=move |_| step(-1)>
                <Icon shape=Shape::Up />
            </button>
            <button type="submit" class="button-icon" aria-label=t.text(&texts::NEXT) title=t.text(&texts::NEXT) disabled=move || !viewer.hydrated()>
                <Icon shape=Shape::Down />
            </button>
            <span class="min-w-20 text-sm text-muted tabular-nums" role="status">{move || found.get().map(|m| texts::matches(t.lang(), m.n, m.of))}</span>
        </form>
    }
}
