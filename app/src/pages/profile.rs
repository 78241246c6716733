//! What everybody changes of themselves: `/profile`.

mod about;
mod choices;
mod password;
pub mod texts;

use crate::api::Page;
use crate::api::users::{self, Token};
use crate::components::page_title::PageTitle;
use crate::components::signed_in::SignedIn;
use crate::i18n::{texts as common, use_i18n};
use crate::page_data::{Loaded, PageData};
use crate::pages::people::{texts as people, tokens::Tokens};
use crate::session::use_session;
use about::About;
use choices::Choices;
use domain::UserId;
use domain::user::User;
use leptos::prelude::*;
use password::Password;

/// The page.
#[component]
pub fn ProfilePage() -> impl IntoView {
    let tokens = PageData::new(|| (), |user, ()| users::tokens(user.id));
    view! { <SignedIn view=move |user| view! { <Profile user tokens /> }.into_any() /> }
}

/// In place of any page, for somebody whose password was made up by the program.
#[component]
pub fn FirstPassword(
    /// Oneself.
    user: UserId,
) -> impl IntoView {
    let t = use_i18n();
    let session = use_session();
    view! {
        <PageTitle text=Signal::derive(move || t.text(&texts::FIRST_PASSWORD)().to_owned()) />
        <main id="content" data-part="door" class="page page-narrow">
            <div class="page-head"><h1>{t.text(&texts::FIRST_PASSWORD)}</h1></div>
            <p class="pb-4 text-muted">{t.text(&texts::FIRST_PASSWORD_MEANS)}</p>
            <Password user changed=move || session.refresh() />
        </main>
    }
}

#[component]
fn Profile(user: User, tokens: PageData<Page<Token>>) -> impl IntoView {
    let t = use_i18n();
    let id = user.id;
    view! {
        <PageTitle text=Signal::derive(move || t.text(&common::PROFILE)().to_owned()) />
        <main id="content" class="page page-narrow">
            <div class="page-head"><h1>{t.text(&common::PROFILE)}</h1></div>
            <About user />
            <Choices />
            <Password user=id changed=|| () />
            <Loaded data=tokens failed=&people::TOKENS_FAILED view=move |page| view! { <Tokens user=id first=Ok(page) /> }.into_any() />
        </main>
    }
}
