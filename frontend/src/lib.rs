//! The browser bundle: takes over the page that the server rendered.

// Views nest types deeply.
#![recursion_limit = "256"]

use wasm_bindgen::prelude::wasm_bindgen;

/// Called by the page once the bundle is loaded.
#[wasm_bindgen]
pub async fn hydrate() {
    // What went wrong can be read in the browser's console, not only that something did.
    std::panic::set_hook(Box::new(|info| app::complain(&info.to_string())));
    app::take_over().await;
}
