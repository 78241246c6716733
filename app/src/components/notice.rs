//! A heading and a way on, where there is nothing else to show.

use leptos::prelude::*;

/// An empty state or an error.
#[component]
pub fn Notice(
    /// What is the case.
    #[prop(into)]
    heading: Signal<&'static str>,
    /// Whether it is read out at once.
    #[prop(optional)]
    alert: bool,
    /// What can be done.
    children: Children,
) -> impl IntoView {
    view! {
        <section class="card notice" role=alert.then_some("alert")>
            <h2 class="text-base font-semibold">{heading}</h2>
            {children()}
        </section>
    }
}
