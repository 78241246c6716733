//! A path that leads nowhere.

use crate::api::transport;
use crate::components::notice::Notice;
use crate::components::page_header::PageHeader;
use crate::components::page_title::PageTitle;
use crate::i18n::{texts, use_i18n};
use leptos::prelude::*;

/// The page for a path that leads nowhere; answered as a 404.
#[component]
pub fn NotFound() -> impl IntoView {
    let t = use_i18n();
    transport::page_missing();
    view! {
        <PageTitle text=Signal::derive(move || t.text(&texts::PAGE_MISSING)().to_owned()) />
        <PageHeader />
        <main id="content" class="page">
            <Notice heading=t.text(&texts::PAGE_MISSING)>
                <a class="button" href="/">
                    {t.text(&texts::TO_TASKS)}
                </a>
            </Notice>
        </main>
    }
}
