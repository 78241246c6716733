//! The bar above every page.

use crate::api;
use crate::components::{language_switch::LanguageSwitch, logo::Logo};
use crate::i18n::{texts, use_i18n};
use crate::session::use_session;
use crate::viewer::use_viewer;
use leptos::prelude::*;

/// Home, language, and who is logged in.
#[component]
pub fn PageHeader(
    /// Their name; empty if nobody is.
    user: String,
) -> impl IntoView {
    let t = use_i18n();
    view! {
        <a class="skip-link" href="#content">
            {t.text(&texts::SKIP_TO_CONTENT)}
        </a>
        <header class="border-b border-line bg-surface">
            <div class="mx-auto flex max-w-page items-center gap-2 px-4 py-2 sm:gap-4">
                <a class="mr-auto rounded" href="/">
                    <Logo />
                </a>
                <LanguageSwitch />
                {(!user.is_empty()).then(|| view! { <span class="max-w-name truncate text-muted max-sm:hidden">{user}</span><LogOut /> })}
            </div>
        </header>
    }
}

#[component]
fn LogOut() -> impl IntoView {
    let t = use_i18n();
    let viewer = use_viewer();
    let session = use_session();
    let log_out = Action::new_local(move |(): &()| async move {
        // Whether it worked or not: asking who is logged in shows the truth.
        _ = api::log_out().await;
        session.refresh();
    });
    view! {
        <button type="button" class="button" disabled=move || !viewer.hydrated() on:click=move |_| _ = log_out.dispatch(())>
            {t.text(&texts::LOG_OUT)}
        </button>
    }
}
