//! A new password, typed twice.

use super::texts;
use crate::api::users;
use crate::i18n::use_i18n;
use crate::pages::people::field::{Field, FormEnd, Problems, empty, typed_exactly};
use crate::pages::people::texts as people;
use domain::UserId;
use domain::user::check_password;
use leptos::ev::SubmitEvent;
use leptos::html::Input;
use leptos::prelude::*;
use serde_json::json;

/// The section.
#[component]
pub fn Password(
    /// Oneself.
    user: UserId,
    /// Told when it was changed.
    changed: impl Fn() + Copy + 'static,
) -> impl IntoView {
    let t = use_i18n();
    let problems = Problems::default();
    let saved = RwSignal::new(false);
    let (first, again) = (NodeRef::<Input>::new(), NodeRef::<Input>::new());
    let save = Action::new_local(move |password: &String| {
        let call = users::change(user, json!({ "password": password }));
        async move {
            match call.await {
                Ok(_) => {
                    saved.set(true);
                    empty(first);
                    empty(again);
                    changed();
                }
                Err(error) => {
                    problems.take(error, &["/password"]);
                    problems.focus();
                }
            }
        }
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        problems.clear();
        let password = typed_exactly(first);
        if let Err(reason) = check_password(&password) {
            problems.add("/password", reason);
        } else if typed_exactly(again) != password {
            problems.add("/again", texts::PASSWORD_DIFFERS.clone());
        }
        if !problems.none() {
            problems.focus();
        } else if !save.pending().get_untracked() {
            save.dispatch(password);
        }
    };
    view! {
        <section class="card section" aria-labelledby="password-heading">
            <h2 id="password-heading">{t.text(&texts::PASSWORD)}</h2>
            <p class="text-muted">{t.text(&texts::PASSWORD_MEANS)}</p>
            <form class="form" method="post" novalidate on:submit=submit on:input=move |_| saved.set(false)>
                <Field
                    id="new-password"
                    kind="password"
                    label=&people::PASSWORD_NEW
                    hint=&people::PASSWORD_RULE
                    autocomplete="new-password"
                    field=first
                    problems
                    at="/password"
                />
                <Field
                    id="password-again"
                    kind="password"
                    label=&texts::PASSWORD_AGAIN
                    autocomplete="new-password"
                    field=again
                    problems
                    at="/again"
                />
                <FormEnd action=&texts::PASSWORD_CHANGE pending=save.pending() problems saved />
            </form>
        </section>
    }
}
