//! German or English.

use crate::i18n::{texts, use_i18n};
use crate::person::use_person;
use crate::viewer::use_viewer;
use domain::Lang;
use leptos::prelude::*;

/// Two buttons, one pressed. The page changes at once.
#[component]
pub fn LanguageSwitch() -> impl IntoView {
    let t = use_i18n();
    view! {
        <div class="flex gap-1" role="group" aria-label=t.text(&texts::LANGUAGE)>
            <Choice lang=Lang::De short="DE" name="Deutsch" />
            <Choice lang=Lang::En short="EN" name="English" />
        </div>
    }
}

#[component]
fn Choice(lang: Lang, short: &'static str, name: &'static str) -> impl IntoView {
    let t = use_i18n();
    let viewer = use_viewer();
    let person = use_person();
    let choose = move |_| {
        t.switch(lang);
        person.remember_lang(lang);
    };
    view! {
        <button
            type="button"
            class="button-quiet"
            lang=lang.tag()
            title=name
            aria-label=format!("{short}, {name}")
            aria-pressed=move || (t.lang() == lang).to_string()
            disabled=move || !viewer.hydrated()
            on:click=choose
        >
            {short}
        </button>
    }
}
