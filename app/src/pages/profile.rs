//! What everybody changes of themselves: `/profile`.

mod about;
mod choices;
mod password;
pub mod texts;

use crate::components::signed_in::SignedIn;
use crate::i18n::{texts as common, use_i18n};
use crate::pages::people::tokens::LoadedTokens;
use about::About;
use choices::Choices;
use domain::user::User;
use leptos::prelude::*;
use leptos_meta::Title;
use password::Password;

/// The page.
#[component]
pub fn ProfilePage() -> impl IntoView {
    view! { <SignedIn view=|user| view! { <Profile user /> }.into_any() /> }
}

#[component]
fn Profile(user: User) -> impl IntoView {
    let t = use_i18n();
    let id = user.id;
    view! {
        <Title text=move || format!("{} · Rota", t.text(&common::PROFILE)()) />
        <main id="content" class="page page-narrow">
            <div class="page-head"><h1>{t.text(&common::PROFILE)}</h1></div>
            <About user />
            <Choices />
            <Password user=id />
            <LoadedTokens user=id />
        </main>
    }
}
