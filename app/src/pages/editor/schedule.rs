//! The schedule builder: presets, days, times, zone.

use super::builder::{Days, Repeat, RuleInput, TimeInput, time, toggle};
use super::rules::{Rule, Times, read_time, rules_of};
use super::texts;
use crate::api::schedules;
use crate::components::icon::{Icon, Shape};
use crate::i18n::use_i18n;
use crate::viewer::use_viewer;
use domain::L10n;
use domain::schedule::Weekday;
use leptos::prelude::*;

/// All rules.
#[component]
pub fn Rules(
    /// As they are edited.
    rules: RwSignal<Vec<RuleInput>>,
) -> impl IntoView {
    let t = use_i18n();
    let viewer = use_viewer();
    let add = move |_| rules.update(|all| all.push(RuleInput::new(&Rule::daily((8, 0), &viewer.zone()))));
    let zones = RwSignal::new(vec![]);
    let one = move |rule: RuleInput| {
        let remove = move |_| rules.update(|all| all.retain(|other| other.key != rule.key));
        let several = move || rules.with(|all| all.len() > 1);
        view! {
            <section class="rule" aria-label=t.text(&texts::RULE)>
                <RuleForm rule zones />
                {move || several().then(|| view! {
                    <button type="button" class="button self-start" on:click=remove>
                        <Icon shape=Shape::Bin />
                        {t.text(&texts::REMOVE_RULE)}
                    </button>
                })}
            </section>
        }
    };
    view! {
        <For each=move || rules.get() key=|rule| rule.key children=one />
        <ZoneList zones />
        <div class="flex flex-wrap items-end gap-2">
            <button type="button" class="button" on:click=add>
                <Icon shape=Shape::Plus />
                {t.text(&texts::ADD_RULE)}
            </button>
            <CronLine rules />
        </div>
    }
}

/// What zone fields suggest: names, with their present distance from UTC. Known once a field is entered: it takes the browser a while
/// to tell.
type Zones = RwSignal<Vec<(String, String)>>;

#[component]
fn ZoneList(zones: Zones) -> impl IntoView {
    let options = move || {
        zones.get().into_iter().map(|(name, offset)| view! { <option value=name>{offset}</option> }).collect_view()
    };
    view! { <datalist id="zones">{options}</datalist> }
}

#[component]
fn RuleForm(rule: RuleInput, zones: Zones) -> impl IntoView {
    let t = use_i18n();
    view! {
        <Presets rule />
        <div class="grid gap-4 md:grid-cols-2">
            <div class="flex flex-col gap-3">
                <Days_ rule />
                <Chips label=&texts::MONTHS hint=&texts::ALL_MONTHS values={(1..=12).collect::<Vec<u8>>()} chosen=rule.months name=move |month| texts::month(t.lang(), usize::from(month) - 1).to_owned() />
            </div>
            <div class="flex flex-col gap-3">
                <Times_ rule />
                <Zone zone=rule.timezone zones />
            </div>
        </div>
    }
}

#[component]
fn Presets(rule: RuleInput) -> impl IntoView {
    let t = use_i18n();
    // Days and zone of a preset; what a person chose of the time stays where it can.
    let preset = move |change: fn(Rule) -> Rule| {
        move |_| {
            let now = untrack(|| rule.rule());
            let at = match &now.times {
                Times::At(times) if !times.is_empty() => now.times.clone(),
                _ => Times::At(vec![(8, 0)]),
            };
            let plain =
                Rule { days_of_month: vec![], weekdays: vec![], months: vec![], times: at, timezone: now.timezone };
            rule.set(&change(plain));
        }
    };
    let every = [1u8, 5, 10, 15, 30].map(|n| {
        let choose = move |_| {
            let timezone = rule.timezone.get_untracked();
            rule.set(&Rule { times: Times::Every(n), ..Rule::daily((0, 0), &timezone) });
        };
        view! { <button type="button" class="chip" on:click=choose>{move || texts::every(t.lang(), n)}</button> }
    });
    let button = |text: &'static L10n, change: fn(Rule) -> Rule| {
        view! { <button type="button" class="chip" on:click=preset(change)>{t.text(text)}</button> }
    };
    view! {
        <div class="flex flex-wrap items-center gap-1" role="group" aria-label=t.text(&texts::PRESETS)>
            {every.collect_view()}
            {button(&texts::HOURLY, |rule| Rule { times: Times::Hourly(vec![0]), ..rule })}
            {button(&texts::DAILY, |rule| rule)}
            {button(&texts::WEEKLY, |rule| Rule { weekdays: vec![Weekday::Monday], ..rule })}
            {button(&texts::MONTHLY, |rule| Rule { days_of_month: vec![1], ..rule })}
            {button(&texts::MONTH_END, |rule| Rule { days_of_month: vec![-1], ..rule })}
        </div>
    }
}

/// A choice by a select, whose values are the variants.
#[component]
fn Pick<T: PartialEq + Copy + Send + Sync + 'static>(
    label: &'static L10n,
    options: &'static [(T, &'static L10n)],
    chosen: RwSignal<T>,
) -> impl IntoView {
    let t = use_i18n();
    let place = move || options.iter().position(|(value, _)| *value == chosen.get()).unwrap_or_default().to_string();
    let shown = options.iter().enumerate().map(move |(i, (value, text))| {
        view! { <option value=i.to_string() selected=chosen.get_untracked() == *value>{t.text(text)}</option> }
    });
    let change = move |event| {
        let place: usize = event_target_value(&event).parse().unwrap_or_default();
        if let Some((value, _)) = options.get(place) {
            chosen.set(*value);
        }
    };
    view! {
        <label class="flex flex-col gap-1">
            <span class="font-medium">{t.text(label)}</span>
            <select class="select max-w-full self-start" prop:value=place on:change=change>
                {shown.collect_view()}
            </select>
        </label>
    }
}

/// Buttons that are pressed or not.
#[component]
fn Chips<T: PartialEq + Copy + Send + Sync + 'static>(
    label: &'static L10n,
    #[prop(optional)] hint: Option<&'static L10n>,
    values: Vec<T>,
    chosen: RwSignal<Vec<T>>,
    name: impl Fn(T) -> String + Copy + Send + Sync + 'static,
    #[prop(optional)] class: &'static str,
) -> impl IntoView {
    let t = use_i18n();
    let chip = move |value: T| {
        view! {
            <button type="button" class="chip" aria-pressed=move || chosen.with(|all| all.contains(&value)).to_string() on:click=move |_| toggle(chosen, value)>
                {move || name(value)}
            </button>
        }
    };
    view! {
        <fieldset class="flex flex-col gap-1">
            <legend class="pb-1 font-medium">
                {t.text(label)} {hint.map(|hint| view! { <span class="pl-2 font-normal text-muted">{t.text(hint)}</span> })}
            </legend>
            <div class=format!("chips {class}")>{values.into_iter().map(chip).collect_view()}</div>
        </fieldset>
    }
}

static DAYS: [(Days, &L10n); 4] = [
    (Days::Daily, &texts::EVERY_DAY),
    (Days::Weekly, &texts::ON_WEEKDAYS),
    (Days::Monthly, &texts::ON_DAYS),
    (Days::Both, &texts::ON_BOTH),
];

#[component]
fn Days_(rule: RuleInput) -> impl IntoView {
    let t = use_i18n();
    let weekly = move || matches!(rule.days.get(), Days::Weekly | Days::Both);
    let monthly = move || matches!(rule.days.get(), Days::Monthly | Days::Both);
    // Monday first, as calendars in Europe have it; the contract counts from Sunday.
    let week: Vec<Weekday> = Weekday::ALL.iter().cycle().skip(1).take(7).copied().collect();
    let month: Vec<i8> = (1..=31).chain([-2, -1]).collect();
    let day = move |day: i8| match day {
        -1 => t.text(&texts::LAST_DAY)().to_owned(),
        -2 => t.text(&texts::SECOND_LAST)().to_owned(),
        day => day.to_string(),
    };
    view! {
        <Pick label=&texts::DAYS options=&DAYS chosen=rule.days />
        <div class:hidden=move || !weekly()>
            <Chips label=&texts::WEEKDAYS values=week chosen=rule.weekdays name=move |day| crate::i18n::time::weekday(t.lang(), day as usize).to_owned() />
        </div>
        <div class:hidden=move || !monthly()>
            <Chips label=&texts::DAYS_OF_MONTH values=month chosen=rule.days_of_month name=day class="month" />
        </div>
    }
}

static REPEATS: [(Repeat, &L10n); 4] = [
    (Repeat::At, &texts::AT_TIMES),
    (Repeat::Every, &texts::EVERY_MINUTES),
    (Repeat::Hourly, &texts::EACH_HOUR),
    (Repeat::Through, &texts::THROUGH_HOURS),
];
/// What divides an hour.
static EVERY: [u8; 11] = [1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30];

#[component]
fn Times_(rule: RuleInput) -> impl IntoView {
    let t = use_i18n();
    let every = move || {
        let option =
            |n: u8| view! { <option value=n.to_string() selected=rule.every.get_untracked() == n>{n}</option> };
        view! {
            <label class="flex flex-col gap-1">
                <span class="font-medium">{t.text(&texts::MINUTES_APART)}</span>
                <select class="select self-start" on:change=move |event| rule.every.set(event_target_value(&event).parse().unwrap_or(15))>
                    {EVERY.map(option).collect_view()}
                </select>
            </label>
        }
    };
    let body = move || {
        match rule.repeat.get() {
        Repeat::At => view! { <TimeInputs times=rule.times /> }.into_any(),
        Repeat::Every => every().into_any(),
        Repeat::Hourly => view! {
            <Chips label=&texts::AT_MINUTE values={(0..60).collect::<Vec<u8>>()} chosen=rule.minutes name=|minute: u8| format!("{minute:02}") class="minutes" />
        }
        .into_any(),
        Repeat::Through => view! {
            <Chips label=&texts::HOURS values={(0..24).collect::<Vec<u8>>()} chosen=rule.hours name=|hour: u8| format!("{hour:02}") class="minutes" />
        }
        .into_any(),
    }
    };
    view! {
        <Pick label=&texts::HOW_OFTEN options=&REPEATS chosen=rule.repeat />
        {body}
    }
}

/// Times as times: 08:30, 11:00.
#[component]
fn TimeInputs(times: RwSignal<Vec<TimeInput>>) -> impl IntoView {
    let t = use_i18n();
    // The next one is an hour later, which is likely nearer than midnight.
    let add = move |_| {
        let last = times.with_untracked(|all| all.last().and_then(|t| read_time(&t.text.get_untracked())));
        let (hour, minute) = last.unwrap_or((7, 0));
        times.update(|all| all.push(time(((hour + 1) % 24, minute))));
    };
    let one = move |input: TimeInput| {
        let label = move || format!("{} {}", t.text(&texts::TIME)(), input.text.get());
        view! {
            <span class="time">
                <input type="time" class="field" aria-label=t.text(&texts::TIME) required value=input.text.get_untracked() prop:value=input.text on:input=move |event| input.text.set(event_target_value(&event)) />
                <button type="button" class="button-icon" aria-label=move || texts::remove(t.lang(), &label()) on:click=move |_| times.update(|all| all.retain(|other| other.key != input.key))>
                    <Icon shape=Shape::Close />
                </button>
            </span>
        }
    };
    view! {
        <fieldset class="flex flex-col gap-1">
            <legend class="pb-1 font-medium">{t.text(&texts::TIMES)}</legend>
            <div class="flex flex-wrap items-center gap-2">
                <For each=move || times.get() key=|time| time.key children=one />
                <button type="button" class="button" on:click=add>
                    <Icon shape=Shape::Plus />
                    {t.text(&texts::ADD_TIME)}
                </button>
            </div>
        </fieldset>
    }
}

#[component]
fn Zone(zone: RwSignal<String>, zones: Zones) -> impl IntoView {
    let t = use_i18n();
    let viewer = use_viewer();
    let offset = move || viewer.distance(&zone.get());
    let suggest = move |_| {
        if zones.with_untracked(Vec::is_empty) {
            zones.set(viewer.zones());
        }
    };
    view! {
        <label class="flex flex-col gap-1">
            <span class="font-medium">{t.text(&texts::ZONE)}</span>
            <span class="flex items-center gap-2">
                <input type="text" class="field max-w-72" list="zones" autocomplete="off" spellcheck="false" value=zone.get_untracked() prop:value=zone on:focus=suggest on:change=move |event| zone.set(event_target_value(&event).trim().to_owned()) />
                <span class="text-sm text-muted tabular-nums">{offset}</span>
            </span>
        </label>
    }
}

/// Reads a cron line on the server, and replaces the rules by what it says.
#[component]
fn CronLine(rules: RwSignal<Vec<RuleInput>>) -> impl IntoView {
    let t = use_i18n();
    let viewer = use_viewer();
    let line = RwSignal::new(String::new());
    let read = Action::new_local(move |(line, zone): &(String, String)| {
        let call = schedules::from_cron(line.clone(), zone.clone());
        async move {
            let found = call.await?;
            rules.set(rules_of(&found).iter().map(RuleInput::new).collect());
            Ok::<(), crate::api::ApiError>(())
        }
    });
    let zone = move || {
        rules
            .with_untracked(|all| all.first().map(|rule| rule.timezone.get_untracked()))
            .unwrap_or_else(|| viewer.zone())
    };
    let go = move || _ = read.dispatch((line.get_untracked(), zone()));
    let problem = move || match read.value().get() {
        Some(Err(error)) if !read.pending().get() => Some(error.sentence(t.lang())),
        _ => None,
    };
    let enter = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Enter" {
            event.prevent_default();
            go();
        }
    };
    view! {
        <label class="flex min-w-0 flex-col gap-1">
            <span class="text-sm text-muted">{t.text(&texts::CRON)}</span>
            <span class="flex gap-1">
                <input type="text" class="field min-h-8 max-w-56 font-mono text-sm" placeholder="30 8 * * 1-5" autocomplete="off" spellcheck="false" prop:value=line on:input=move |event| line.set(event_target_value(&event)) on:keydown=enter />
                <button type="button" class="button" disabled=move || line.with(|line| line.trim().is_empty()) on:click=move |_| go()>
                    {t.text(&texts::CRON_USE)}
                </button>
            </span>
        </label>
        <p role="alert" class="wrong basis-full empty:hidden">{problem}</p>
    }
}
