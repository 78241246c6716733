//! What only someone with `system.root` gets to see.

use super::texts;
use crate::components::notice::Notice;
use crate::components::page_title::PageTitle;
use crate::i18n::{texts as common, use_i18n};
use domain::user::User;
use leptos::prelude::*;

/// Shows a page to root, and to everybody else why not.
#[component]
pub fn RootOnly(
    /// Who is logged in.
    user: User,
    /// The page.
    view: impl Fn(User) -> AnyView,
) -> impl IntoView {
    let t = use_i18n();
    if user.is_root() {
        return view(user);
    }
    view! {
        <PageTitle text=Signal::derive(move || t.text(&common::PEOPLE)().to_owned()) />
        <main id="content" class="page">
            <h1 class="sr-only">{t.text(&common::PEOPLE)}</h1>
            <Notice heading=t.text(&texts::ROOT_ONLY)>
                <p class="text-muted">{t.text(&texts::ROOT_ONLY_HINT)}</p>
                <a class="button" href="/">{t.text(&common::TO_TASKS)}</a>
            </Notice>
        </main>
    }
    .into_any()
}
