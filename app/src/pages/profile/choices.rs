//! Language, theme and time zone.

use super::texts;
use crate::components::{language_switch::LanguageSwitch, theme_switch::ThemeSwitch};
use crate::i18n::{texts as common, use_i18n, zone};
use crate::pages::people::field::{Field, Problems, typed};
use crate::pages::people::texts as people;
use crate::person::use_person;
use crate::viewer::use_viewer;
use leptos::ev::SubmitEvent;
use leptos::html::Input;
use leptos::prelude::*;

/// The section.
#[component]
pub fn Choices() -> impl IntoView {
    let t = use_i18n();
    view! {
        <section class="card section" aria-labelledby="choices-heading">
            <h2 id="choices-heading">{t.text(&texts::CHOICES)}</h2>
            <p class="text-muted">{t.text(&texts::CHOICES_MEAN)}</p>
            <dl class="facts">
                <div><dt>{t.text(&common::LANGUAGE)}</dt><dd><LanguageSwitch /></dd></div>
                <div><dt>{t.text(&common::THEME)}</dt><dd><ThemeSwitch /></dd></div>
            </dl>
            <ZoneForm />
        </section>
    }
}

#[component]
fn ZoneForm() -> impl IntoView {
    let t = use_i18n();
    let viewer = use_viewer();
    let person = use_person();
    let problems = Problems::default();
    let saved = RwSignal::new(false);
    let field = NodeRef::<Input>::new();
    let at_first = untrack(|| person.zone()).unwrap_or_default();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        problems.clear();
        let name = typed(field);
        if !name.is_empty() && !zone::is_known(&name) {
            problems.add("/zone", texts::ZONE_UNKNOWN.clone());
            problems.focus();
        } else {
            person.remember_zone(Some(name).filter(|name| !name.is_empty()));
            saved.set(true);
        }
    };
    // Only the browser knows zones.
    let zones = move || viewer.hydrated().then(zone::all).unwrap_or_default();
    let options = move || zones().into_iter().map(|name| view! { <option value=name></option> }).collect_view();
    let computer = move || {
        let name = viewer.hydrated().then(zone::of_browser).flatten();
        name.map(|name| format!("{} {name}.", t.text(&texts::ZONE_COMPUTER)()))
    };
    view! {
        <form class="form" method="post" novalidate on:submit=submit on:input=move |_| saved.set(false)>
            <Field id="zone" label=&texts::ZONE hint=&texts::ZONE_HINT list="zones" field value=at_first problems at="/zone" />
            <datalist id="zones">{options}</datalist>
            <p class="hint zone-computer">{computer}</p>
            <div class="form-actions">
                <button type="submit" class="button" disabled=move || !viewer.hydrated()>{t.text(&people::SAVE)}</button>
                <p class="saved" role="status">{move || saved.get().then(|| t.text(&people::SAVED)())}</p>
            </div>
        </form>
    }
}
