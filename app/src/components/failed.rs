//! Something that could not be read, and a way on.

use crate::api::ApiError;
use crate::api::transport::page_missing;
use crate::components::notice::Notice;
use crate::components::page_title::PageTitle;
use crate::i18n::{texts, use_i18n};
use crate::session::use_session;
use domain::L10n;
use leptos::either::Either;
use leptos::prelude::*;

/// Says what failed and why.
#[component]
pub fn Failed(
    /// What.
    heading: &'static L10n,
    /// Where it is all that the page is about: what is said when that does not exist.
    #[prop(optional_no_strip)]
    missing: Option<&'static L10n>,
    /// Why.
    error: ApiError,
    /// Tries again.
    again: impl Fn() + Send + Sync + Copy + 'static,
) -> impl IntoView {
    let t = use_i18n();
    let session = use_session();
    if error.needs_login() {
        // The session ended meanwhile: asking for it brings the login form, and then this page again.
        Effect::new(move |_| session.refresh());
    }
    let gone = missing.filter(|_| ["ResourceNotFound", "ObjectNotFound"].contains(&error.code()));
    let heading = gone.unwrap_or(heading);
    let title = missing.map(|_| {
        view! {
            <PageTitle text=Signal::derive(move || t.text(heading)().to_owned()) />
            <h1 class="sr-only">{t.text(heading)}</h1>
        }
    });
    let way = if gone.is_some() {
        page_missing();
        Either::Left(view! {
            <a class="button" href="/">
                {t.text(&texts::TO_TASKS)}
            </a>
        })
    } else {
        Either::Right(view! {
            <p class="text-muted">{move || error.sentence(t.lang())}</p>
            <button type="button" class="button" on:click=move |_| again()>
                {t.text(&texts::TRY_AGAIN)}
            </button>
        })
    };
    view! {
        {title}
        <Notice heading=t.text(heading) alert=gone.is_none()>{way}</Notice>
    }
}
