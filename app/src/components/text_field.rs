//! A labelled field for one line of text.

use leptos::html::Input;
use leptos::prelude::*;

/// Keeps its text itself; read it through `field`.
#[component]
pub fn TextField(
    /// Unique on the page; the name as well.
    id: &'static str,
    /// What belongs in it.
    #[prop(into)]
    label: Signal<&'static str>,
    /// The element.
    field: NodeRef<Input>,
    /// The `type`.
    #[prop(default = "text")]
    kind: &'static str,
    /// What a password manager may fill in.
    autocomplete: &'static str,
) -> impl IntoView {
    view! {
        <div class="flex flex-col gap-1">
            <label for=id class="font-medium">{label}</label>
            <input id=id name=id type=kind class="field" autocomplete=autocomplete autocapitalize="none" spellcheck="false" required node_ref=field />
        </div>
    }
}
