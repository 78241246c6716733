//! What only someone logged in gets to see.

use crate::components::notice::Notice;
use crate::components::page_header::PageHeader;
use crate::i18n::{texts, use_i18n};
use crate::pages::login::LoginPage;
use crate::person::use_person;
use crate::session::use_session;
use domain::user::User;
use leptos::either::EitherOf3;
use leptos::prelude::*;

/// Shows a page to whoever is logged in and the login form to everybody else, at the same address.
#[component]
pub fn SignedIn<V>(
    /// The page, below the header. Its data are made before this (`PageData`).
    view: V,
) -> impl IntoView
where
    V: Fn(User) -> AnyView + Clone + Send + Sync + 'static,
{
    let t = use_i18n();
    let session = use_session();
    let person = use_person();
    let shown = move || {
        let view = view.clone();
        Suspend::new(async move {
            let current = session.current().await;
            if let Ok(user) = &current {
                person.know(user.as_ref());
            }
            match current {
                Ok(Some(user)) => EitherOf3::A(view! { <PageHeader user=Some(user.clone()) />{view(user)} }),
                Ok(None) => EitherOf3::B(view! { <LoginPage /> }),
                Err(error) => EitherOf3::C(view! {
                    <main class="page">
                        <Notice heading=t.text(&texts::SESSION_FAILED) alert=true>
                            <p class="text-muted">{move || error.sentence(t.lang())}</p>
                            <button type="button" class="button" on:click=move |_| session.refresh()>
                                {t.text(&texts::TRY_AGAIN)}
                            </button>
                        </Notice>
                    </main>
                }),
            }
        })
    };
    view! { <Transition>{shown}</Transition> }
}
