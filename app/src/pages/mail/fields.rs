//! The fields of the settings of mail.

use super::super::people::field::{Field, Problems, typed, typed_exactly};
use super::super::people::texts as admin;
use super::texts;
use crate::api::mail::MailObject;
use crate::i18n::use_i18n;
use domain::mail::{MailSettings, SmtpTls};
use domain::{L10n, Lang};
use leptos::html::{Input, Select};
use leptos::prelude::*;
use serde_json::{Map, Value, json};

/// Everything that is typed. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Inputs {
    enabled: NodeRef<Input>,
    host: NodeRef<Input>,
    port: NodeRef<Input>,
    tls: NodeRef<Select>,
    user: NodeRef<Input>,
    /// Whether the stored password stays.
    pub kept: RwSignal<bool>,
    password: NodeRef<Input>,
    sender: NodeRef<Input>,
    reply_to: NodeRef<Input>,
    language: NodeRef<Select>,
    problems_to: NodeRef<Input>,
}

impl Inputs {
    /// Empty ones, for what there is.
    pub fn new(mail: &MailSettings) -> Inputs {
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
    pub fn read(self, fixed: &[String]) -> Value {
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

fn is_fixed(object: &MailObject, name: &str) -> bool {
    object.fixed.iter().any(|other| other == name)
}

/// How the mail server is reached.
#[component]
pub fn Connection(
    /// What there is.
    object: MailObject,
    /// What is typed.
    inputs: Inputs,
    /// What is wrong.
    problems: Problems,
) -> impl IntoView {
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
pub fn Letters(
    /// What there is.
    object: MailObject,
    /// What is typed.
    inputs: Inputs,
    /// What is wrong.
    problems: Problems,
) -> impl IntoView {
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
