//! Somebody else saved meanwhile: both side by side.

use super::draft::{Draft, edited, plain};
use super::texts;
use crate::api::tasks::Task;
use crate::components::dialog::Dialog;
use crate::i18n::use_i18n;
use leptos::prelude::*;
use serde_json::Value;

/// What differs, and the two ways on.
#[component]
pub fn Conflict(
    /// Mine.
    draft: Draft,
    /// Theirs, as it is now.
    theirs: RwSignal<Option<Task>>,
    /// Saves mine on top of theirs.
    keep_mine: Callback<Task>,
    /// Goes on with theirs.
    take_theirs: Callback<Task>,
) -> impl IntoView {
    let t = use_i18n();
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(theirs.with(Option::is_some)));
    Effect::new(move |_| {
        if !open.get() && theirs.with_untracked(Option::is_some) {
            theirs.set(None);
        }
    });
    let rows = move || {
        let Some(task) = theirs.get() else { return vec![] };
        let (mine, theirs) = (draft.body(None), plain(&task));
        // What the server is to compute is not mine.
        edited()
            .filter(|name| mine.contains_key(*name))
            .filter(|name| mine.get(*name) != theirs.get(*name))
            .map(|name| (name, shown(mine.get(name)), shown(theirs.get(name))))
            .collect::<Vec<_>>()
    };
    let go = move |way: Callback<Task>| {
        move |_| {
            if let Some(task) = theirs.get_untracked() {
                theirs.set(None);
                way.run(task);
            }
        }
    };
    view! {
        <Dialog open heading=Signal::derive(move || t.text(&texts::CONFLICT)().to_owned())>
            <p class="py-2 text-muted">{t.text(&texts::CONFLICT_HELP)}</p>
            <table class="conflict">
                <thead>
                    <tr>
                        <th scope="col">{t.text(&texts::FIELD)}</th>
                        <th scope="col">{t.text(&texts::MINE)}</th>
                        <th scope="col">{t.text(&texts::THEIRS)}</th>
                    </tr>
                </thead>
                <tbody>
                    {move || rows().into_iter().map(|(name, mine, theirs)| view! {
                        <tr>
                            <th scope="row">{name}</th>
                            <td><pre>{mine}</pre></td>
                            <td><pre>{theirs}</pre></td>
                        </tr>
                    }).collect_view()}
                </tbody>
            </table>
            <div class="flex justify-end gap-2 pt-4">
                <button type="button" class="button" on:click=go(take_theirs)>
                    {t.text(&texts::TAKE_THEIRS)}
                </button>
                <button type="button" class="button button-accent" on:click=go(keep_mine)>
                    {t.text(&texts::KEEP_MINE)}
                </button>
            </div>
        </Dialog>
    }
}

fn shown(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(value) => serde_json::to_string_pretty(value).unwrap_or_default(),
        None => String::new(),
    }
}
