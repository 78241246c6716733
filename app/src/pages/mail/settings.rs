//! The mail server: `/mail`.

use super::super::people::field::{FormEnd, Problems};
use super::super::people::places::Places;
use super::super::people::root_only::RootOnly;
use super::super::people::texts as admin;
use super::fields::{Connection, Inputs, Letters};
use super::texts;
use super::trial::Trial;
use crate::api::mail::{self, MailObject};
use crate::components::icon::{Icon, Shape};
use crate::components::page_title::PageTitle;
use crate::components::signed_in::SignedIn;
use crate::i18n::use_i18n;
use crate::page_data::{Loaded, PageData};
use domain::mail::MailSettings;
use domain::user::User;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use serde_json::Value;

const FIELDS: [&str; 10] = [
    "/mail/enabled",
    "/mail/host",
    "/mail/port",
    "/mail/tls",
    "/mail/user",
    "/mail/password",
    "/mail/sender",
    "/mail/reply_to",
    "/mail/language",
    "/mail/problems_to",
];

/// The page.
#[component]
pub fn MailPage() -> impl IntoView {
    let loaded = PageData::new(
        || (),
        async |user: User, ()| match user.is_root() {
            true => mail::settings().await,
            false => Ok(MailObject { mail: MailSettings::default(), fixed: vec![] }),
        },
    );
    let shown = move |user: User| view! { <Mail loaded own=user.email /> }.into_any();
    view! { <SignedIn view=move |user| view! { <RootOnly user view=shown /> }.into_any() /> }
}

#[component]
fn Mail(loaded: PageData<MailObject>, own: String) -> impl IntoView {
    let t = use_i18n();
    let shown = move |object: MailObject| view! { <Settings object /><Trial own=own.clone() /> }.into_any();
    view! {
        <PageTitle text=Signal::derive(move || t.text(&admin::MAIL)().to_owned()) />
        <main id="content" class="page page-narrow">
            <Places here="/mail" />
            <div class="page-head"><h1>{t.text(&admin::MAIL)}</h1></div>
            <Loaded data=loaded failed=&texts::SETTINGS_FAILED view=shown />
        </main>
    }
}

#[component]
fn Settings(object: MailObject) -> impl IntoView {
    let t = use_i18n();
    let problems = Problems::default();
    let saved = RwSignal::new(false);
    let active = RwSignal::new(object.mail.active());
    let inputs = Inputs::new(&object.mail);
    let fixed = StoredValue::new(object.fixed.clone());
    let save = Action::new_local(move |fields: &Value| {
        let fields = fields.clone();
        async move {
            match mail::change_settings(fields).await {
                Ok(object) => {
                    saved.set(true);
                    active.set(object.mail.active());
                    inputs.kept.set(object.mail.password.is_some());
                }
                Err(error) => {
                    problems.take(error, &FIELDS);
                    problems.focus();
                }
            }
        }
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        saved.set(false);
        problems.clear();
        if !save.pending().get_untracked() {
            save.dispatch(fixed.with_value(|fixed| inputs.read(fixed)));
        }
    };
    let state = move || match active.get() {
        true => {
            view! { <p class="flex items-center gap-2 font-medium text-good"><Icon shape=Shape::Tick />{t.text(&texts::ACTIVE)}</p> }
        }
        false => {
            view! { <p class="flex items-center gap-2 font-medium text-halted"><Icon shape=Shape::Bar />{t.text(&texts::INACTIVE)}</p> }
        }
    };
    let note = (!object.fixed.is_empty()).then(|| view! { <p class="text-muted">{t.text(&texts::SOME_FIXED)}</p> });
    view! {
        <section class="card section" aria-labelledby="server-heading">
            <h2 id="server-heading">{t.text(&texts::SERVER)}</h2>
            {state}
            {note}
            <form class="form" method="post" novalidate on:submit=submit on:input=move |_| saved.set(false)>
                <Connection object=object.clone() inputs problems />
                <Letters object inputs problems />
                <FormEnd action=&admin::SAVE pending=save.pending() problems saved />
            </form>
        </section>
    }
}
