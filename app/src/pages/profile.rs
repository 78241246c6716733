//! What everybody changes of themselves: `/profile`.

mod about;
mod choices;
mod password;
pub mod texts;

use crate::api::Page;
use crate::api::users::{self, Token};
use crate::components::signed_in::SignedIn;
use crate::i18n::{texts as common, use_i18n};
use crate::page_data::{Loaded, PageData};
use crate::pages::people::{texts as people, tokens::Tokens};
use about::About;
use choices::Choices;
use domain::user::User;
use leptos::prelude::*;
use leptos_meta::Title;
use password::Password;

/// The page.
#[component]
pub fn ProfilePage() -> impl IntoView {
    let tokens = PageData::new(|| (), |user, ()| users::tokens(user.id));
    view! { <SignedIn view=move |user| view! { <Profile user tokens /> }.into_any() /> }
}

#[component]
fn Profile(user: User, tokens: PageData<Page<Token>>) -> impl IntoView {
    let t = use_i18n();
    let id = user.id;
    view! {
        <Title text=move || format!("{} · Rota", t.text(&common::PROFILE)()) />
        <main id="content" class="page page-narrow">
            <div class="page-head"><h1>{t.text(&common::PROFILE)}</h1></div>
            <About user />
            <Choices />
            <Password user=id />
            <Loaded data=tokens failed=&people::TOKENS_FAILED view=move |page| view! { <Tokens user=id first=Ok(page) /> }.into_any() />
        </main>
    }
}
