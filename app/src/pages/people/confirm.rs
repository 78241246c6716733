//! A question before something that cannot be undone.

use super::texts;
use crate::i18n::use_i18n;
use domain::L10n;
use leptos::html::Dialog;
use leptos::prelude::*;

/// A modal question. The browser keeps the keyboard inside it, and Escape means no.
#[component]
pub fn Confirm(
    /// Unique on the page.
    id: &'static str,
    /// Whether it is asked.
    open: RwSignal<bool>,
    /// The question.
    question: &'static L10n,
    /// What it is about: a name, from somebody else.
    #[prop(into)]
    about: Signal<String>,
    /// What follows from yes.
    means: &'static L10n,
    /// The button for yes.
    yes: &'static L10n,
    /// Whether yes is being done.
    #[prop(into)]
    pending: Signal<bool>,
    /// Why it could not be done.
    #[prop(into)]
    problem: Signal<Option<String>>,
    /// Does it.
    confirmed: Callback<()>,
) -> impl IntoView {
    let t = use_i18n();
    let dialog = NodeRef::<Dialog>::new();
    Effect::new(move |_| {
        let Some(dialog) = dialog.get() else { return };
        match open.get() {
            true if !dialog.open() => _ = dialog.show_modal(),
            false if dialog.open() => dialog.close(),
            _ => {}
        }
    });
    let (heading, text) = (format!("{id}-heading"), format!("{id}-text"));
    let (labelled, described) = (heading.clone(), text.clone());
    view! {
        <dialog
            node_ref=dialog
            class="confirm"
            aria-labelledby=labelled
            aria-describedby=described
            on:close=move |_| open.set(false)
        >
            <h2 id=heading class="text-lg font-semibold">{t.text(question)}</h2>
            <p class="about">{about}</p>
            <p id=text>{t.text(means)}</p>
            <p class="problem" role="alert">{problem}</p>
            <div class="form-actions">
                <button type="button" class="button" on:click=move |_| open.set(false)>{t.text(&texts::CANCEL)}</button>
                <button type="button" class="button button-danger" disabled=pending on:click=move |_| confirmed.run(())>
                    {t.text(yes)}
                </button>
            </div>
        </dialog>
    }
}
