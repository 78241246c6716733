//! German and English: the language in use, and every text of the app.
//!
//! The server chooses (the reader's cookie, then `Accept-Language`) and writes its choice to `<html lang>`; the browser
//! takes it from there, so both render the same page.

pub mod ansi;
pub mod texts;
pub mod time;
pub mod zone;

use crate::api::transport::{self, LANG_COOKIE};
use domain::{L10n, Lang};
use leptos::prelude::*;

/// The language in use. Cheap to copy.
#[derive(Debug, Clone, Copy)]
pub struct I18n {
    lang: RwSignal<Lang>,
}

/// Gives the app its language.
pub fn provide_i18n() -> I18n {
    let i18n = I18n { lang: RwSignal::new(transport::preferred_lang()) };
    provide_context(i18n);
    i18n
}

/// The language in use.
///
/// # Panics
/// Outside the app, which provides it.
pub fn use_i18n() -> I18n {
    expect_context()
}

impl I18n {
    /// The language, tracked.
    pub fn lang(self) -> Lang {
        self.lang.get()
    }

    /// A text that follows the language.
    pub fn text(self, text: &'static L10n) -> impl Fn() -> &'static str + Copy + Send + Sync + 'static {
        move || text.get(self.lang.get())
    }

    /// Switches, and remembers the choice for the next page.
    pub fn switch(self, lang: Lang) {
        self.lang.set(lang);
        transport::remember(LANG_COOKIE, lang.tag());
    }
}
