//! A question or a help text above the page.

use leptos::html::Dialog as DialogElement;
use leptos::prelude::*;

/// The browser's own dialog: it keeps the focus inside, closes with Escape and gives the focus back.
#[component]
pub fn Dialog(
    /// Whether it is open. Closing by Escape sets it back.
    open: RwSignal<bool>,
    /// Its heading.
    #[prop(into)]
    heading: Signal<String>,
    /// What is in it.
    children: Children,
) -> impl IntoView {
    let element = NodeRef::<DialogElement>::new();
    Effect::new(move |_| {
        let (Some(dialog), open) = (element.get(), open.get()) else { return };
        if open && !dialog.open() {
            // Fails only for a dialog that is open or no longer on the page.
            _ = dialog.show_modal();
        } else if !open && dialog.open() {
            dialog.close();
        }
    });
    view! {
        <dialog class="dialog" node_ref=element on:close=move |_| open.set(false) aria-label=move || heading.get()>
            <h2 class="text-lg font-semibold wrap-anywhere">{move || heading.get()}</h2>
            {children()}
        </dialog>
    }
}
