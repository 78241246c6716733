//! Actions on the selected tasks, and what became of the last action.

use super::actions::{Deed, Outcome, use_actions};
use super::rows::Rows;
use super::texts;
use crate::components::dialog::Dialog;
use crate::components::icon::{Icon, Shape};
use crate::components::later::later;
use crate::i18n::{texts as common, use_i18n};
use domain::L10n;
use leptos::prelude::*;

/// At the lower edge of the window, so that nothing moves when it comes.
#[component]
pub fn BulkBar(
    /// The rows of the list.
    rows: Rows,
) -> impl IntoView {
    let t = use_i18n();
    let actions = use_actions();
    let count = Memo::new(move |_| rows.selected().len());
    let button = move |deed: Deed, text: &'static L10n| {
        view! {
            <button type="button" class="button" disabled=move || actions.pending.get() on:click=move |_| actions.act(deed, rows.selected())>
                {t.text(text)}
            </button>
        }
    };
    let bar = move || {
        view! {
            <section class="bulk" aria-label=t.text(&texts::BULK)>
                <p class="mr-auto font-medium tabular-nums">{move || texts::selected(t.lang(), count.get())}</p>
                {button(Deed::Run, &texts::RUN_NOW)}
                {button(Deed::Cancel, &texts::CANCEL)}
                {button(Deed::Pause, &texts::PAUSE)}
                {button(Deed::Resume, &texts::RESUME)}
                {button(Deed::Delete, &texts::DELETE)}
                <button type="button" class="button-icon" aria-label=t.text(&texts::CLEAR_SELECTION) title=t.text(&texts::CLEAR_SELECTION) on:click=move |_| rows.select_all(false)>
                    <Icon shape=Shape::Close />
                </button>
            </section>
        }
    };
    let toasts = move || {
        view! {
            <div class="toasts">
                <Report />
                {move || (count.get() > 0).then(bar)}
            </div>
        }
        .into_any()
    };
    view! {
        {later(toasts)}
        {later(|| view! { <DeleteQuestion /> }.into_any())}
    }
}

/// Read out when it changes, and only then.
#[component]
fn Report() -> impl IntoView {
    let t = use_i18n();
    let actions = use_actions();
    let close = move |_| actions.outcome.set(None);
    let shown = move |outcome: Outcome| {
        let failures =
            outcome.failed.iter().map(|(id, error)| texts::failure(t.lang(), id.0, &error.sentence(t.lang())));
        let failures = failures.map(|text| view! { <li>{text}</li> }).collect_view();
        let (done, failed) = (outcome.done, outcome.failed.len());
        view! {
            <div class="toast">
                <div class="min-w-0 grow">
                    <p class="font-medium">{texts::outcome(t.lang(), done, failed)}</p>
                    <ul class="max-h-40 overflow-y-auto text-sm text-muted wrap-anywhere">{failures}</ul>
                </div>
                <button type="button" class="button-icon" aria-label=t.text(&texts::CLOSE) on:click=close>
                    <Icon shape=Shape::Close />
                </button>
            </div>
        }
    };
    let working = move || actions.pending.get().then(|| view! { <p class="toast">{t.text(&texts::WORKING)}</p> });
    view! {
        <div role="status">
            {working}
            {move || actions.outcome.get().map(shown)}
        </div>
    }
}

#[component]
fn DeleteQuestion() -> impl IntoView {
    let t = use_i18n();
    let actions = use_actions();
    let heading = Signal::derive(move || {
        let doomed = actions.doomed.get();
        let name = doomed.first().map(|row| row.object.with_untracked(|object| object.task.description.clone()));
        let name =
            name.filter(|name| !name.trim().is_empty()).unwrap_or_else(|| t.text(&common::NO_DESCRIPTION)().to_owned());
        texts::delete_question(t.lang(), doomed.len(), &name)
    });
    view! {
        <Dialog open=actions.asking heading>
            <p class="py-3 text-muted">{t.text(&texts::DELETE_HINT)}</p>
            <div class="flex justify-end gap-2">
                <button type="button" class="button" autofocus on:click=move |_| actions.asking.set(false)>
                    {t.text(&texts::KEEP)}
                </button>
                <button type="button" class="button button-danger" on:click=move |_| actions.delete_doomed()>
                    {t.text(&texts::DELETE)}
                </button>
            </div>
        </Dialog>
    }
}
