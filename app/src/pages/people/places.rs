//! The ways between the pages of administrators.

use super::texts;
use crate::i18n::{texts as common, use_i18n};
use domain::L10n;
use leptos::prelude::*;

/// Users, mail, outbox.
#[component]
pub fn Places(
    /// The address of the page that is shown.
    here: &'static str,
) -> impl IntoView {
    let t = use_i18n();
    let link = |href: &'static str, text: &'static L10n| {
        view! { <a class="nav-link" href=href aria-current=(href == here).then_some("page")>{t.text(text)}</a> }
    };
    view! {
        <nav class="flex gap-1 overflow-x-auto pb-3" aria-label=t.text(&texts::ADMINISTRATION)>
            {link("/people", &common::PEOPLE)} {link("/mail", &texts::MAIL)} {link("/mail/outbox", &texts::OUTBOX)}
        </nav>
    }
}
