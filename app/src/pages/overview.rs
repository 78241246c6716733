//! What ran and what will run.

use leptos::prelude::*;

/// The page.
#[component]
pub fn OverviewPage() -> impl IntoView {}
