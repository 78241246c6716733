//! Light, dark or the system's.

use crate::i18n::{texts, use_i18n};
use crate::person::use_person;
use crate::theme::{Theme, use_theme};
use crate::viewer::use_viewer;
use domain::L10n;
use leptos::prelude::*;

/// Three buttons, one pressed.
#[component]
pub fn ThemeSwitch() -> impl IntoView {
    let t = use_i18n();
    view! {
        <div class="flex gap-1" role="group" aria-label=t.text(&texts::THEME)>
            <Choice theme=Theme::System name=&texts::THEME_SYSTEM />
            <Choice theme=Theme::Light name=&texts::THEME_LIGHT />
            <Choice theme=Theme::Dark name=&texts::THEME_DARK />
        </div>
    }
}

#[component]
fn Choice(theme: Theme, name: &'static L10n) -> impl IntoView {
    let t = use_i18n();
    let viewer = use_viewer();
    let themed = use_theme();
    let person = use_person();
    let choose = move |_| {
        themed.switch(theme);
        person.remember_theme(theme);
    };
    view! {
        <button
            type="button"
            class="button-quiet"
            aria-pressed=move || (themed.get() == theme).to_string()
            disabled=move || !viewer.hydrated()
            on:click=choose
        >
            {t.text(name)}
        </button>
    }
}
