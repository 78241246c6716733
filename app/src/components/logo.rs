//! The product's name.

use leptos::prelude::*;

/// A clock face with four ticks and the name.
#[component]
pub fn Logo() -> impl IntoView {
    view! {
        <span class="inline-flex items-center gap-2 text-lg font-semibold">
            <svg class="logo" viewBox="0 0 24 24" aria-hidden="true">
                <circle cx="12" cy="12" r="9.5" />
                <path d="M12 6.5V12l3.8 2.4" />
            </svg>
            "Rota"
        </span>
    }
}
