//! The colour that people know a task by.

use crate::i18n::{texts, use_i18n};
use crate::task_prefs::Colour;
use domain::L10n;
use leptos::prelude::*;

/// What it is called.
pub fn word(colour: Colour) -> &'static L10n {
    match colour {
        Colour::Red => &texts::RED,
        Colour::Amber => &texts::AMBER,
        Colour::Green => &texts::GREEN,
        Colour::Blue => &texts::BLUE,
        Colour::Violet => &texts::VIOLET,
    }
}

/// Its class in the stylesheet.
pub fn class(colour: Option<Colour>) -> &'static str {
    match colour {
        None => "colour-none",
        Some(Colour::Red) => "colour-red",
        Some(Colour::Amber) => "colour-amber",
        Some(Colour::Green) => "colour-green",
        Some(Colour::Blue) => "colour-blue",
        Some(Colour::Violet) => "colour-violet",
    }
}

/// A dot, with its name for those who do not see it; nothing where there is no colour.
#[component]
pub fn ColourDot(
    /// Which.
    #[prop(into)]
    colour: Signal<Option<Colour>>,
) -> impl IntoView {
    let t = use_i18n();
    move || {
        colour.get().map(|colour| {
            let name = t.text(word(colour));
            view! { <span class=format!("colour-dot {}", class(Some(colour))) role="img" aria-label=name title=name></span> }
        })
    }
}
