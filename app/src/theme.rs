//! Light, dark, or as the computer has it.
//!
//! A cookie tells the server, so that the first paint is right; `data-theme` on `<html>` tells the stylesheet.

use crate::api::transport::{self, THEME_COOKIE};
use leptos::prelude::*;

/// The choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// As the computer has it.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Theme {
    /// As the cookie and `data-theme` have it.
    pub fn name(self) -> &'static str {
        match self {
            Theme::System => "system",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }

    /// What a cookie says; whatever is not a theme means the system's.
    pub fn from_name(name: &str) -> Theme {
        match name {
            "light" => Theme::Light,
            "dark" => Theme::Dark,
            _ => Theme::System,
        }
    }
}

/// The theme in use. Cheap to copy.
#[derive(Debug, Clone, Copy)]
pub struct Themed {
    theme: RwSignal<Theme>,
}

/// Gives the app its theme.
pub fn provide_theme() -> Themed {
    let themed = Themed { theme: RwSignal::new(transport::preferred_theme()) };
    provide_context(themed);
    themed
}

/// The theme in use.
///
/// # Panics
/// Outside the app, which provides it.
pub fn use_theme() -> Themed {
    expect_context()
}

impl Themed {
    /// The theme, tracked.
    pub fn get(self) -> Theme {
        self.theme.get()
    }

    /// Switches, and remembers the choice for the next page.
    pub fn switch(self, theme: Theme) {
        self.theme.set(theme);
        transport::remember(THEME_COOKIE, theme.name());
    }
}
