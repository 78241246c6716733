//! The mail server: `/mail`.

use super::super::people::field::{Field, FormEnd, Problems, typed, typed_exactly};
use super::super::people::places::Places;
use super::super::people::root_only::RootOnly;
use super::super::people::texts as admin;
use super::texts;
use super::trial::Trial;
use crate::api::mail::{self, MailObject};
use crate::components::icon::{Icon, Shape};
use crate::components::page_title::PageTitle;
use crate::components::signed_in::SignedIn;
use crate::i18n::use_i18n;
use crate::page_data::{Loaded, PageData};
use domain::mail::{MailSettings, SmtpTls};
use domain::user::User;
use domain::{L10n, Lang};
use leptos::ev::SubmitEvent;
use leptos::html::{Input, Select};
use leptos::prelude::*;
use serde_json::{Map, Value, json};

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

/// Everything that is typed. Cheap to copy.
#[derive(Clone, Copy)]
struct Inputs {
    enabled: NodeRef<Input>,
    host: NodeRef<Input>,
    port: NodeRef<Input>,
    tls: NodeRef<Select>,
    user: NodeRef<Input>,
    /// Whether the stored one stays.
    kept: RwSignal<bool>,
    password: NodeRef<Input>,
    sender: NodeRef<Input>,
    reply_to: NodeRef<Input>,
    language: NodeRef<Select>,
    problems_to: NodeRef<Input>,
}

impl Inputs {
    fn new(mail: &MailSettings) -> Inputs {
        Inputs {
            enabled: NodeRef::new(),
            host: NodeRef::new(),
            port: NodeRef::new(),
            tls: NodeRef::new(),
            user: NodeRef::new(),
            kept: RwSignal::new(mail.password.is_some()),
            password: NodeRef::new(),
            sender: NodeRef::new(),
            reply_to: NodeRef::new(),
            language: NodeRef::new(),
            problems_to: NodeRef::new(),
        }
    }

    /// As the API wants it, without what the environment fixes.
    fn read(self, fixed: &[String]) -> Value {
        let chosen = |field: NodeRef<Select>| field.get_untracked().map(|field| field.value()).unwrap_or_default();
        let port = typed(self.port);
        let problems_to = typed(self.problems_to);
        let problems_to: Vec<&str> = problems_to.split(',').map(str::trim).filter(|text| !text.is_empty()).collect();
        let mut all = Map::new();
        let mut add = |name: &str, value: Value| {
            if !fixed.iter().any(|other| other == name) {
                all.insert(name.to_owned(), value);
            }
        };
        add("enabled", json!(self.enabled.get_untracked().is_some_and(|field| field.checked())));
        add("host", json!(typed(self.host)));
        add("port", port.parse::<i64>().map_or_else(|_| json!(port), Value::from));
        add("tls", json!(chosen(self.tls)));
        add("user", json!(typed(self.user)));
        add("sender", json!(typed(self.sender)));
        add("reply_to", json!(typed(self.reply_to)));
        add("language", json!(chosen(self.language)));
        add("problems_to", json!(problems_to));
        if !self.kept.get_untracked() {
            let new = typed_exactly(self.password);
            add("password", if new.is_empty() { Value::Null } else { json!(new) });
        }
        Value::Object(all)
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
            view! { <p class="flex gap-2 font-medium text-good"><Icon shape=Shape::Tick />{t.text(&texts::ACTIVE)}</p> }
        }
        false => {
            view! { <p class="flex gap-2 font-medium text-halted"><Icon shape=Shape::Bar />{t.text(&texts::INACTIVE)}</p> }
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

fn is_fixed(object: &MailObject, name: &str) -> bool {
    object.fixed.iter().any(|other| other == name)
}

/// How the mail server is reached.
#[component]
fn Connection(object: MailObject, inputs: Inputs, problems: Problems) -> impl IntoView {
    let t = use_i18n();
    let fixed = |name: &str| is_fixed(&object, name);
    let mail = object.mail.clone();
    let tls =
        [(SmtpTls::StartTls, &texts::TLS_STARTTLS), (SmtpTls::Tls, &texts::TLS_TLS), (SmtpTls::None, &texts::TLS_NONE)];
    let tls = tls.map(|(tls, text)| (tls.as_str(), text, tls == mail.tls));
    view! {
        <label class="flex items-center gap-2">
            <input type="checkbox" class="checkbox" checked=mail.enabled disabled=fixed("enabled") node_ref=inputs.enabled />
            <span class="font-medium">{t.text(&texts::ENABLED)}</span>
        </label>
        <Field id="host" label=&texts::HOST hint=&texts::HOST_HINT field=inputs.host value=mail.host fixed=fixed("host") problems at="/mail/host" />
        <Field id="port" label=&texts::PORT hint=&texts::PORT_HINT field=inputs.port value=mail.port.to_string() fixed=fixed("port") problems at="/mail/port" />
        <Choice id="tls" label=&texts::TLS options=tls.to_vec() fixed=fixed("tls") field=inputs.tls />
        <Field id="user" label=&texts::USER hint=&texts::USER_HINT field=inputs.user value=mail.user fixed=fixed("user") problems at="/mail/user" />
        <Password fixed=fixed("password") inputs problems />
    }
}

/// Who mails come from, and who hears of everything.
#[component]
fn Letters(object: MailObject, inputs: Inputs, problems: Problems) -> impl IntoView {
    let fixed = |name: &str| is_fixed(&object, name);
    let mail = object.mail.clone();
    let languages =
        [(Lang::De.tag(), &GERMAN, mail.language == Lang::De), (Lang::En.tag(), &ENGLISH, mail.language == Lang::En)];
    view! {
        <Field id="sender" kind="email" label=&texts::SENDER hint=&texts::SENDER_HINT field=inputs.sender value=mail.sender fixed=fixed("sender") problems at="/mail/sender" />
        <Field id="reply-to" kind="email" label=&texts::REPLY_TO hint=&texts::REPLY_TO_HINT field=inputs.reply_to value=mail.reply_to fixed=fixed("reply_to") problems at="/mail/reply_to" />
        <Choice id="mail-language" label=&texts::LANGUAGE hint=&texts::LANGUAGE_HINT options=languages.to_vec() fixed=fixed("language") field=inputs.language />
        <Field id="problems-to" label=&texts::PROBLEMS_TO hint=&texts::PROBLEMS_TO_HINT field=inputs.problems_to value=mail.problems_to.join(", ") fixed=fixed("problems_to") problems at="/mail/problems_to" />
    }
}

static GERMAN: L10n = L10n::fixed("Deutsch", "Deutsch");
static ENGLISH: L10n = L10n::fixed("English", "English");

/// One of a few: value, name, whether it is chosen.
#[component]
fn Choice(
    id: &'static str,
    label: &'static L10n,
    #[prop(optional)] hint: Option<&'static L10n>,
    options: Vec<(&'static str, &'static L10n, bool)>,
    fixed: bool,
    field: NodeRef<Select>,
) -> impl IntoView {
    let t = use_i18n();
    let hint = if fixed { Some(&admin::FIXED) } else { hint };
    let hint_id = format!("{id}-hint");
    let options = options
        .into_iter()
        .map(|(value, text, chosen)| view! { <option value=value selected=chosen>{t.text(text)}</option> });
    view! {
        <div class="form-field">
            <label for=id>{t.text(label)}</label>
            <select id=id class="field" disabled=fixed aria-describedby=hint.map(|_| hint_id.clone()) node_ref=field>{options.collect_view()}</select>
            {hint.map(|hint| view! { <p id=hint_id class="hint">{t.text(hint)}</p> })}
        </div>
    }
}

/// Stored, or typed anew.
#[component]
fn Password(fixed: bool, inputs: Inputs, problems: Problems) -> impl IntoView {
    let t = use_i18n();
    let replace = move || {
        (!fixed).then(|| view! {
            <button type="button" class="button" on:click=move |_| inputs.kept.set(false)>{t.text(&texts::PASSWORD_REPLACE)}</button>
        })
    };
    move || {
        match inputs.kept.get() || fixed {
        true => view! {
            <div class="form-field" role="group" aria-labelledby="smtp-password-label">
                <span id="smtp-password-label" class="font-medium">{t.text(&texts::PASSWORD)}</span>
                <div class="flex items-center gap-3"><span class="text-muted">{t.text(&texts::PASSWORD_KEPT)}</span>{replace()}</div>
                {fixed.then(|| view! { <p class="hint">{t.text(&admin::FIXED)}</p> })}
            </div>
        }
        .into_any(),
        false => view! {
            <Field id="smtp-password" kind="password" autocomplete="new-password" label=&texts::PASSWORD hint=&texts::PASSWORD_HINT field=inputs.password problems at="/mail/password" />
        }
        .into_any(),
    }
    }
}
