//! Lines of the form: a label, something to type or to choose, help, and what is wrong.

use super::params::Problems;
use super::texts;
use crate::components::icon::{Icon, Shape};
use crate::i18n::use_i18n;
use domain::{L10n, Lang};
use leptos::prelude::*;
use serde_json::{Value, json};

/// What a line is about.
#[derive(Debug)]
pub struct About {
    /// Unique on the page.
    pub id: &'static str,
    /// Where its value stands in the body of a save.
    pub pointer: &'static str,
    /// What it is called.
    pub label: &'static L10n,
    /// What it does.
    pub help: &'static L10n,
}

impl About {
    fn described(&self) -> String {
        format!("{}-help", self.id)
    }

    /// For `aria-invalid`; tracked.
    fn wrong(&'static self, problems: Problems) -> impl Fn() -> Option<&'static str> + Copy + Send + Sync + 'static {
        move || problems.at(self.pointer, true).is_some().then_some("true")
    }
}

/// Help and what is wrong, below the line.
#[component]
fn Below(about: &'static About, problems: Problems) -> impl IntoView {
    let t = use_i18n();
    let problem = Memo::new(move |_| problems.at(about.pointer, true));
    view! {
        <p id=about.described() class="help">
            {t.text(about.help)}
            {move || problem.get().map(|text| view! { <span class="wrong"><Icon shape=Shape::Warning />{text}</span> })}
        </p>
    }
}

/// One line of text.
#[component]
pub fn TextLine(
    /// What it is about.
    about: &'static About,
    /// What is typed.
    text: RwSignal<String>,
    /// What is wrong.
    problems: Problems,
    /// Whether digits belong in it.
    #[prop(optional)]
    number: bool,
) -> impl IntoView {
    let t = use_i18n();
    let class = if number { "field max-w-40" } else { "field" };
    view! {
        <div class="param">
            <label for=about.id class="font-medium">{t.text(about.label)}</label>
            <input id=about.id type="text" inputmode=number.then_some("numeric") class=class autocomplete="off" aria-describedby=about.described() aria-invalid=about.wrong(problems) value=text.get_untracked() prop:value=text on:input=move |event| text.set(event_target_value(&event)) />
            <Below about problems />
        </div>
    }
}

/// One of some values.
#[component]
pub fn SelectLine(
    /// What it is about.
    about: &'static About,
    /// The values; the one there is is offered in any case.
    values: Vec<String>,
    /// What they are called.
    name: fn(Lang, &str) -> String,
    /// The one chosen.
    chosen: RwSignal<String>,
    /// What is wrong.
    problems: Problems,
) -> impl IntoView {
    let t = use_i18n();
    let now = chosen.get_untracked();
    let other = (!values.contains(&now)).then(|| now.clone());
    let options = values.into_iter().chain(other).map(|value| {
        let (key, current) = (value.clone(), value == now);
        view! { <option value=key selected=current>{move || name(t.lang(), &value)}</option> }
    });
    view! {
        <div class="param">
            <label for=about.id class="font-medium">{t.text(about.label)}</label>
            <select id=about.id class="select min-h-10 max-w-full self-start" aria-describedby=about.described() aria-invalid=about.wrong(problems) prop:value=chosen on:change=move |event| chosen.set(event_target_value(&event))>
                {options.collect_view()}
            </select>
            <Below about problems />
        </div>
    }
}

/// Yes or no.
#[component]
pub fn CheckLine(
    /// What it is about.
    about: &'static About,
    /// Whether it is so.
    on: RwSignal<bool>,
    /// What is wrong.
    problems: Problems,
) -> impl IntoView {
    let t = use_i18n();
    view! {
        <div class="param">
            <label class="flex items-center gap-2">
                <input type="checkbox" id=about.id class="checkbox" aria-describedby=about.described() prop:checked=on checked=on.get_untracked() on:change=move |event| on.set(event_target_checked(&event)) />
                <span class="font-medium">{t.text(about.label)}</span>
            </label>
            <Below about problems />
        </div>
    }
}

/// A span of time while it is typed: a number and its unit. Cheap to copy.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    amount: RwSignal<String>,
    /// Seconds of the unit.
    unit: RwSignal<i64>,
}

/// The units, in seconds.
const UNITS: [i64; 4] = [1, 60, 3600, 86_400];

impl Span {
    /// Of so many seconds, in the largest unit that makes a whole number of them.
    pub fn new(seconds: i64) -> Span {
        let unit = UNITS.into_iter().rev().find(|unit| seconds > 0 && seconds % unit == 0).unwrap_or(60);
        Span { amount: RwSignal::new((seconds / unit).to_string()), unit: RwSignal::new(unit) }
    }

    /// Seconds, to be sent; tracked. What is no number stays as typed, for the server to name; empty means 0.
    pub fn value(self) -> Value {
        let (amount, unit) = (self.amount.get(), self.unit.get());
        match amount.trim() {
            "" => json!(0),
            text => text.parse::<i64>().map_or_else(|_| json!(text), |n| json!(n.saturating_mul(unit))),
        }
    }
}

fn unit_name(unit: i64) -> &'static L10n {
    match unit {
        1 => &texts::SECONDS,
        60 => &texts::MINUTES,
        3600 => &texts::HOURS_UNIT,
        _ => &texts::DAYS_UNIT,
    }
}

/// A number and its unit.
#[component]
pub fn SpanLine(
    /// What it is about.
    about: &'static About,
    /// What is typed.
    span: Span,
    /// What is wrong.
    problems: Problems,
) -> impl IntoView {
    let t = use_i18n();
    let (amount, unit) = (span.amount, span.unit);
    let now = unit.get_untracked();
    let options = UNITS
        .map(|unit| view! { <option value=unit.to_string() selected=unit == now>{t.text(unit_name(unit))}</option> });
    let choose = move |event| unit.set(event_target_value(&event).parse().unwrap_or(60));
    view! {
        <div class="param">
            <label for=about.id class="font-medium">{t.text(about.label)}</label>
            <div class="flex items-center gap-2">
                <input id=about.id type="text" inputmode="numeric" class="field max-w-24" autocomplete="off" aria-describedby=about.described() aria-invalid=about.wrong(problems) value=amount.get_untracked() prop:value=amount on:input=move |event| amount.set(event_target_value(&event)) />
                <select class="select min-h-10" aria-label=move || format!("{}: {}", about.label.get(t.lang()), texts::UNIT.get(t.lang())) prop:value=move || unit.get().to_string() on:change=choose>
                    {options.collect_view()}
                </select>
            </div>
            <Below about problems />
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_gives_back_what_it_was_given() {
        let owner = Owner::new();
        owner.set();
        for seconds in [0, 1, 60, 90, 3600, 5400, 86_400, 31_536_000] {
            assert_eq!(Span::new(seconds).value(), json!(seconds));
        }
        assert_eq!((Span::new(7200).unit.get_untracked(), Span::new(0).unit.get_untracked()), (3600, 60));
    }

    #[test]
    fn what_is_no_number_stays_for_the_server_to_name() {
        let owner = Owner::new();
        owner.set();
        let span = Span::new(60);
        span.amount.set("soon".into());
        assert_eq!(span.value(), json!("soon"));
        span.amount.set(" ".into());
        assert_eq!(span.value(), json!(0));
    }
}
