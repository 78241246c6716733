//! What only someone logged in gets to see.

use crate::api::Reader;
use crate::components::notice::Notice;
use crate::components::page_header::PageHeader;
use crate::connection::LostConnection;
use crate::i18n::{texts, use_i18n};
use crate::page_data::SignedInAs;
use crate::pages::parts;
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
            if let Ok(reader) = &current {
                person.know(reader.as_ref().map(|reader| &reader.user));
            }
            match current {
                Ok(Some(Reader { user, new_password_due })) => {
                    provide_context(SignedInAs(user.id));
                    let header = view! { <PageHeader user=Some(user.clone()) /><LostConnection /> };
                    let page = if new_password_due { parts::first_password(user.id).await } else { view(user) };
                    EitherOf3::A(view! { {header}{page} })
                }
                Ok(None) => EitherOf3::B(parts::login().await),
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
