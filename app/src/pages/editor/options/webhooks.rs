//! Addresses that are called when a run has ended.

use super::super::builder::key;
use super::super::params::Problems;
use super::super::texts as editor;
use super::texts;
use crate::components::icon::{Icon, Shape};
use crate::i18n::use_i18n;
use domain::L10n;
use domain::task::{Webhook, WebhookEvent};
use leptos::prelude::*;
use serde_json::{Value, json};

/// What a webhook can be called for, in the order in which the server keeps it.
const EVENTS: [(WebhookEvent, &L10n); 4] = [
    (WebhookEvent::Done, &texts::EVENT_DONE),
    (WebhookEvent::Canceled, &texts::EVENT_CANCELED),
    (WebhookEvent::Error, &texts::EVENT_ERROR),
    (WebhookEvent::Recovery, &texts::EVENT_RECOVERY),
];

/// A webhook while it is edited. Cheap to copy.
#[derive(Debug, Clone, Copy)]
pub struct WebhookInput {
    /// Unique, whatever is added and removed.
    pub key: usize,
    url: RwSignal<String>,
    /// Whether the stored secret stays, and else the new one.
    kept: RwSignal<bool>,
    secret: RwSignal<String>,
    events: RwSignal<Vec<WebhookEvent>>,
}

impl WebhookInput {
    /// Of one as it is. `copy`: for another task, where its secret means nothing.
    pub fn new(key: usize, hook: &Webhook, copy: bool) -> WebhookInput {
        WebhookInput {
            key,
            url: RwSignal::new(hook.url.clone()),
            kept: RwSignal::new(hook.secret.is_object() && !copy),
            secret: RwSignal::new(String::new()),
            events: RwSignal::new(hook.events.clone()),
        }
    }

    fn empty() -> WebhookInput {
        WebhookInput::new(key(), &Webhook { url: String::new(), secret: Value::Null, events: vec![] }, false)
    }

    /// As a save has it; tracked.
    pub fn value(self) -> Value {
        let mut events = self.events.get();
        events.sort();
        let secret = match (self.kept.get(), self.secret.get()) {
            (true, _) => json!({ "_secret": true }),
            (false, text) if text.is_empty() => Value::Null,
            (false, text) => json!(text),
        };
        json!(Webhook { url: self.url.get().trim().to_owned(), secret, events })
    }
}

/// All of them, and a button for one more.
#[component]
pub fn Webhooks(
    /// Those there are.
    all: RwSignal<Vec<WebhookInput>>,
    /// What is wrong.
    problems: Problems,
) -> impl IntoView {
    let t = use_i18n();
    let one = move |input: WebhookInput| view! { <Hook all input problems /> };
    // What is wrong with all of them together.
    let problem = move || problems.at("/task/webhooks", false);
    view! {
        <div class="flex flex-col gap-3" role="group" aria-labelledby="webhooks-label">
            <span id="webhooks-label" class="font-medium">{t.text(&texts::WEBHOOKS)}</span>
            <p class="help">{t.text(&texts::WEBHOOKS_HELP)}</p>
            <For each=move || all.get() key=|input| input.key children=one />
            {move || problem().map(|text| view! { <p class="wrong"><Icon shape=Shape::Warning />{text}</p> })}
            <div>
                <button type="button" class="button" on:click=move |_| all.update(|all| all.push(WebhookInput::empty()))>
                    <Icon shape=Shape::Plus />
                    {t.text(&texts::ADD_WEBHOOK)}
                </button>
            </div>
        </div>
    }
}

#[component]
fn Hook(all: RwSignal<Vec<WebhookInput>>, input: WebhookInput, problems: Problems) -> impl IntoView {
    let t = use_i18n();
    let place = move || all.with(|all| all.iter().position(|other| other.key == input.key).unwrap_or_default());
    let problem =
        move |part: &'static str| Memo::new(move |_| problems.at(&format!("/task/webhooks/{}/{part}", place()), true));
    let (wrong_url, wrong_secret, wrong_events) = (problem("url"), problem("secret"), problem("events"));
    let (id, help) = (format!("webhook-{}", input.key), format!("webhook-{}-help", input.key));
    view! {
        <div class="rule" role="group" aria-label=move || texts::webhook(t.lang(), place() + 1)>
            <div class="param">
                <label for=id.clone() class="font-medium">{t.text(&texts::WEBHOOK_URL)}</label>
                <input id=id type="url" class="field" autocomplete="off" spellcheck="false" placeholder="https://example.org/hook" aria-describedby=help.clone() aria-invalid=move || wrong_url.with(Option::is_some).then_some("true") value=input.url.get_untracked() prop:value=input.url on:input=move |event| input.url.set(event_target_value(&event)) />
                <p id=help class="help">{move || said(wrong_url.get())}</p>
            </div>
            <Secret input wrong=wrong_secret />
            <Events events=input.events wrong=wrong_events />
            <div>
                <button type="button" class="button" on:click=move |_| all.update(|all| all.retain(|other| other.key != input.key))>
                    <Icon shape=Shape::Bin />
                    {t.text(&texts::REMOVE_WEBHOOK)}
                </button>
            </div>
        </div>
    }
}

fn said(problem: Option<String>) -> Option<impl IntoView> {
    problem.map(|text| view! { <span class="wrong"><Icon shape=Shape::Warning />{text}</span> })
}

#[component]
fn Secret(input: WebhookInput, wrong: Memo<Option<String>>) -> impl IntoView {
    let t = use_i18n();
    let (id, help) = (format!("webhook-{}-secret", input.key), format!("webhook-{}-secret-help", input.key));
    let described = help.clone();
    let field = move || {
        match input.kept.get() {
        true => view! {
            <div class="flex items-center gap-3">
                <span class="text-muted">{t.text(&editor::SECRET_KEPT)}</span>
                <button type="button" class="button" on:click=move |_| input.kept.set(false)>
                    {t.text(&editor::SECRET_REPLACE)}
                </button>
            </div>
        }
        .into_any(),
        false => view! {
            <input id=id.clone() type="password" class="field" autocomplete="new-password" aria-label=t.text(&texts::WEBHOOK_SECRET) aria-describedby=described.clone() aria-invalid=move || wrong.with(Option::is_some).then_some("true") prop:value=input.secret on:input=move |event| input.secret.set(event_target_value(&event)) />
        }
        .into_any(),
    }
    };
    view! {
        <div class="param">
            <span class="font-medium" aria-hidden="true">{t.text(&texts::WEBHOOK_SECRET)}</span>
            {field}
            <p id=help class="help">{t.text(&texts::WEBHOOK_SECRET_HELP)} {move || said(wrong.get())}</p>
        </div>
    }
}

#[component]
fn Events(events: RwSignal<Vec<WebhookEvent>>, wrong: Memo<Option<String>>) -> impl IntoView {
    let t = use_i18n();
    let toggle = move |event: WebhookEvent, on: bool| {
        events.update(|events| {
            events.retain(|other| *other != event);
            if on {
                events.push(event);
            }
        });
    };
    let boxes = EVENTS.map(|(event, text)| {
        let on = move || events.with(|events| events.contains(&event));
        view! {
            <label class="flex items-center gap-2">
                <input type="checkbox" class="checkbox" prop:checked=on checked=untrack(on) on:change=move |change| toggle(event, event_target_checked(&change)) />
                {t.text(text)}
            </label>
        }
    });
    view! {
        <fieldset class="flex flex-col gap-1">
            <legend class="pb-1 font-medium">{t.text(&texts::WEBHOOK_EVENTS)}</legend>
            <div class="flex flex-wrap gap-x-4 gap-y-1">{boxes.collect_view()}</div>
            <p class="help">{t.text(&texts::WEBHOOK_EVENTS_HELP)} {move || said(wrong.get())}</p>
        </fieldset>
    }
}
