//! The document around the app; the server's part only.

use crate::App;
use crate::i18n::texts;
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::MetaTags;
#[cfg(feature = "ssr")]
use leptos_meta::{Link, Meta};
use std::collections::HashMap;
use std::sync::Arc;

/// Addresses of the files that the page loads, given by the server as context. Each changes with its content.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Assets {
    /// The stylesheet.
    pub style: String,
    /// The icon.
    pub icon: String,
    /// The browser bundle, unless it was left out of this build: JavaScript and WebAssembly.
    pub bundle: Option<(String, String)>,
    /// Further WebAssembly that the pages of a part need, by the part's name.
    pub parts: Arc<HashMap<String, Vec<String>>>,
}

/// What tells the browser's side which page this is, in the document's head.
pub const ROUTE: &str = "rota-route";

/// Names a page's route in the document's head, for `take_over`, and the files of its part, for `Bundle`.
#[cfg(feature = "ssr")]
pub fn announce(route: &'static str, part: &'static str) {
    let assets = use_context::<Assets>().unwrap_or_default();
    // Drawing these puts them into the head.
    _ = view! { <Meta name=ROUTE content=route /> }.to_html();
    for file in assets.parts.get(part).into_iter().flatten() {
        _ = view! { <Link attr:data-later="" href=file.clone() as_="fetch" type_="application/wasm" crossorigin="anonymous" /> }
            .to_html();
    }
}

/// The whole document.
pub fn shell() -> impl IntoView {
    let assets = use_context::<Assets>().unwrap_or_default();
    view! {
        <!DOCTYPE html>
        <html>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="description" content=texts::TAGLINE.en.as_ref() />
                <meta name="color-scheme" content="light dark" />
                <link rel="icon" type="image/svg+xml" href=assets.icon />
                <link rel="stylesheet" href=assets.style />
                {assets.bundle.map(|(script, wasm)| view! { <Bundle script wasm /> })}
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

/// Loads the bundle and lets it take the page over, once the page can be seen: what people read comes before what they click. Links to
/// the bundle's files, which `announce` names, too, become loads then.
#[component]
fn Bundle(script: String, wasm: String) -> impl IntoView {
    let start = format!(
        "const start = () => {{ \
         for (const link of document.querySelectorAll('link[data-later]')) link.rel = 'preload'; \
         import({script:?}).then((bundle) => bundle.default({{ module_or_path: {wasm:?} }}).then(bundle.hydrate)); }}; \
         if (document.hidden) start(); else requestAnimationFrame(() => setTimeout(start));"
    );
    view! {
        <link data-later="" href=wasm r#as="fetch" r#type="application/wasm" crossorigin="anonymous" />
        <script type="module" nonce=use_nonce()>
            {start}
        </script>
    }
}
