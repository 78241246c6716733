//! How a task starts, and who hears of it.

use super::builder::{RuleInput, key};
use super::draft::{Draft, RecipientInput, When};
use super::options::Pause;
use super::params::Problems;
use super::preview::SchedulePreview;
use super::rules::Rule;
use super::schedule::Rules;
use super::texts;
use crate::components::icon::{Icon, Shape};
use crate::i18n::use_i18n;
use crate::viewer::use_viewer;
use domain::L10n;
use leptos::prelude::*;

/// Four clear choices.
#[component]
pub fn WhenChoice(
    /// The task.
    draft: Draft,
    /// What is wrong.
    problems: Problems,
) -> impl IntoView {
    let t = use_i18n();
    let viewer = use_viewer();
    let schedules = Memo::new(move |_| draft.schedules());
    // The first rule, where there is none to begin with.
    let begin = move |when: When| {
        if when == When::Schedule && draft.rules.with_untracked(Vec::is_empty) {
            draft.rules.set(vec![RuleInput::new(&Rule::daily((8, 0), &viewer.zone()))]);
        }
        draft.when.set(when);
    };
    let choice = move |when: When, text: &'static L10n, help: &'static L10n| {
        view! {
            <label class="module" class:chosen=move || draft.when.get() == when>
                <input type="radio" name="when" class="radio" prop:checked=move || draft.when.get() == when checked=draft.when.get_untracked() == when on:change=move |_| begin(when) />
                <span>
                    <span class="font-medium">{t.text(text)}</span>
                    <span class="block text-sm text-muted">{t.text(help)}</span>
                </span>
            </label>
        }
    };
    let wrong = move || problems.at("/task/schedules", true).or_else(|| problems.at("/task/next_run_at", true));
    let paused = move || draft.options.pause.get() != Pause::No && draft.when.get() != When::Never;
    let details = move || match draft.when.get() {
        When::Once => view! { <OnceInput draft problems /> }.into_any(),
        When::Schedule => view! {
            <div class="flex flex-col gap-4">
                <Rules rules=draft.rules />
                <SchedulePreview schedules />
            </div>
        }
        .into_any(),
        When::Never | When::Now => ().into_any(),
    };
    view! {
        <div class="modules whens" role="radiogroup" aria-label=t.text(&texts::WHEN)>
            {choice(When::Never, &texts::NEVER, &texts::NEVER_HELP)}
            {choice(When::Now, &texts::NOW, &texts::NOW_HELP)}
            {choice(When::Once, &texts::ONCE, &texts::ONCE_HELP)}
            {choice(When::Schedule, &texts::SCHEDULE, &texts::SCHEDULE_HELP)}
        </div>
        {move || wrong().map(|text| view! { <p class="wrong"><Icon shape=Shape::Warning />{text}</p> })}
        {move || paused().then(|| view! { <p class="paused"><Icon shape=Shape::Pause />{t.text(&texts::PAUSED_NOTE)}</p> })}
        {details}
    }
}

#[component]
fn OnceInput(draft: Draft, problems: Problems) -> impl IntoView {
    let t = use_i18n();
    view! {
        <label class="flex flex-col gap-1">
            <span class="font-medium">{t.text(&texts::ONCE_AT)}</span>
            <input
                type="datetime-local"
                class="field max-w-64"
                aria-invalid=move || problems.at("/task/next_run_at", true).is_some().then_some("true")
                prop:value=draft.once
                on:input=move |event| draft.once.set(event_target_value(&event))
            />
        </label>
    }
}

/// Addresses, each with a check box.
#[component]
pub fn Recipients(
    /// The task.
    draft: Draft,
    /// Addresses to suggest.
    people: Vec<String>,
    /// What is wrong.
    problems: Problems,
) -> impl IntoView {
    let t = use_i18n();
    let all = draft.recipients;
    let add = move |_| {
        all.update(|all| {
            all.push(RecipientInput {
                key: key(),
                email: RwSignal::new(String::new()),
                problems_only: RwSignal::new(true),
            })
        });
    };
    let one = move |input: RecipientInput| {
        let place = move || all.with(|all| all.iter().position(|other| other.key == input.key).unwrap_or_default());
        let problem = Memo::new(move |_| problems.at(&format!("/task/email/recipients/{}", place()), true));
        view! {
            <div class="flex flex-wrap items-center gap-x-4 gap-y-1">
                <input
                    type="email"
                    class="field max-w-80"
                    list="people"
                    autocomplete="off"
                    aria-label=t.text(&texts::RECIPIENT)
                    placeholder="name@example.org"
                    aria-invalid=move || problem.with(Option::is_some).then_some("true")
                    value=input.email.get_untracked()
                    prop:value=input.email
                    on:input=move |event| input.email.set(event_target_value(&event))
                />
                <label class="flex items-center gap-2">
                    <input type="checkbox" class="checkbox" prop:checked=input.problems_only checked=input.problems_only.get_untracked() on:change=move |event| input.problems_only.set(event_target_checked(&event)) />
                    {t.text(&texts::PROBLEMS_ONLY)}
                </label>
                <button type="button" class="button-icon" aria-label=move || texts::remove(t.lang(), &input.email.get()) on:click=move |_| all.update(|all| all.retain(|other| other.key != input.key))>
                    <Icon shape=Shape::Close />
                </button>
                {move || problem.get().map(|text| view! { <p class="wrong basis-full"><Icon shape=Shape::Warning />{text}</p> })}
            </div>
        }
    };
    view! {
        <datalist id="people">{people.into_iter().map(|email| view! { <option value=email></option> }).collect_view()}</datalist>
        {move || all.with(Vec::is_empty).then(|| view! { <p class="text-muted">{t.text(&texts::NO_RECIPIENTS)}</p> })}
        <For each=move || all.get() key=|input| input.key children=one />
        <div>
            <button type="button" class="button" on:click=add>
                <Icon shape=Shape::Plus />
                {t.text(&texts::ADD_RECIPIENT)}
            </button>
        </div>
    }
}
