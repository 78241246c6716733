//! Name and address.

use super::texts;
use crate::api::users::{self, User};
use crate::i18n::use_i18n;
use crate::pages::people::field::{Field, FormEnd, Problems, typed};
use crate::pages::people::texts as people;
use crate::person::use_person;
use leptos::ev::SubmitEvent;
use leptos::html::Input;
use leptos::prelude::*;
use serde_json::{Value, json};

/// The section.
#[component]
pub fn About(
    /// Oneself.
    user: User,
) -> impl IntoView {
    let t = use_i18n();
    let person = use_person();
    let problems = Problems::default();
    let saved = RwSignal::new(false);
    let (displayname, email) = (NodeRef::<Input>::new(), NodeRef::<Input>::new());
    let id = user.id;
    let save = Action::new_local(move |fields: &Value| {
        let call = users::change(id, fields.clone());
        async move {
            match call.await {
                Ok(user) => {
                    saved.set(true);
                    person.know_changed(&user);
                }
                Err(error) => {
                    problems.take(error, &["/displayname", "/email"]);
                    problems.focus();
                }
            }
        }
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        problems.clear();
        if !save.pending().get_untracked() {
            save.dispatch(json!({ "displayname": typed(displayname), "email": typed(email) }));
        }
    };
    view! {
        <section class="card section" aria-labelledby="about-heading">
            <h2 id="about-heading">{t.text(&texts::ABOUT_YOU)}</h2>
            <Fixed login=user.login rights=user.system_rights />
            <form class="form" method="post" novalidate on:submit=submit on:input=move |_| saved.set(false)>
                <Field
                    id="displayname"
                    label=&people::NAME
                    hint=&people::NAME_HINT
                    autocomplete="name"
                    field=displayname
                    value=user.displayname
                    problems
                    at="/displayname"
                />
                <Field
                    id="email"
                    kind="email"
                    label=&people::EMAIL
                    hint=&people::EMAIL_HINT
                    autocomplete="email"
                    field=email
                    value=user.email
                    problems
                    at="/email"
                />
                <FormEnd action=&people::SAVE pending=save.pending() problems saved />
            </form>
        </section>
    }
}

#[component]
fn Fixed(login: String, rights: Vec<String>) -> impl IntoView {
    let t = use_i18n();
    let rights = rights.into_iter().map(|right| view! { <code class="chip">{right}</code> }).collect_view();
    view! {
        <dl class="facts">
            <div><dt>{t.text(&people::LOGIN)}</dt><dd>{login}</dd></div>
            <div><dt>{t.text(&people::RIGHTS)}</dt><dd class="chips">{rights}</dd></div>
        </dl>
        <p class="hint">{t.text(&texts::FIXED)}</p>
    }
}
