//! What the browser's tab says.

use leptos::prelude::*;
use leptos_meta::{Title, TitleProps};

/// The page's name, before that of the product.
#[component]
pub fn PageTitle(
    /// The page's name.
    #[prop(into)]
    text: Signal<String>,
) -> impl IntoView {
    let title = move || format!("{} · Rota", text.get());
    // The server writes the head when the page is drawn and what belongs to it may be gone already.
    let text = if cfg!(feature = "ssr") { untrack(title).into() } else { title.into() };
    Title(TitleProps { text: Some(text), formatter: None })
}
