//! Choices that belong to the person who is logged in, kept on the server: theme, language, time zone, and what pages keep
//! under a key of their own.
//!
//! They live in the user object: the language in `language`, the rest in `frontend_prefs.rota`. Other apps' keys and ours that
//! this version does not know are never lost: each save reads the object, changes its keys and writes it back.

use crate::api::users::{self, User};
use crate::i18n::I18n;
use crate::prefs;
use crate::theme::{Theme, Themed};
use crate::viewer::use_viewer;
use domain::Lang;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::{Value, json};
use std::time::Duration;

/// The key of the theme.
const THEME: &str = "theme";
/// The key of the time zone.
const ZONE: &str = "zone";
/// Whether the person chose the language. English is also what a user has of whom nobody said anything.
const LANGUAGE_CHOSEN: &str = "language_chosen";

/// One choice.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Change {
    /// Of the language.
    Language(Lang),
    /// Of what is kept under a key; `null` removes it.
    Pref(&'static str, Value),
}

impl Change {
    /// Makes the choice in a user object.
    fn apply(&self, user: &mut User) {
        match self {
            Change::Language(lang) => user.language = *lang,
            Change::Pref(key, value) => user.frontend_prefs = prefs::with(&user.frontend_prefs, key, value),
        }
    }
}

/// Who is logged in, and what they chose. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Person {
    user: RwSignal<Option<User>>,
    unsaved: StoredValue<Vec<Change>>,
    saving: StoredValue<bool>,
}

/// Gives the app its person, and applies what they chose as soon as the page reacts.
pub fn provide_person(i18n: I18n, themed: Themed) {
    let person =
        Person { user: RwSignal::new(None), unsaved: StoredValue::new(vec![]), saving: StoredValue::new(false) };
    provide_context(person);
    let viewer = use_viewer();
    Effect::new(move |_| {
        if person.user.read().is_none() {
            return;
        }
        let theme = person.get(THEME).and_then(|name| Some(Theme::from_name(name.as_str()?)));
        let (lang, zone) = (person.chosen_lang(), person.zone());
        // Not at once: the login form is still on its way out, and may not be asked for its texts any more.
        set_timeout(
            move || {
                if let Some(theme) = theme.filter(|theme| untrack(|| themed.get()) != *theme) {
                    themed.switch(theme);
                }
                if let Some(lang) = lang.filter(|lang| untrack(|| i18n.lang()) != *lang) {
                    i18n.switch(lang);
                }
                viewer.live_in(zone);
            },
            Duration::ZERO,
        );
    });
}

/// Who is logged in, and what they chose.
///
/// # Panics
/// Outside the app, which provides it.
pub fn use_person() -> Person {
    expect_context()
}

impl Person {
    /// Takes over what the session says. On the server, too: pages can render what was chosen at once.
    pub fn know(self, user: Option<&User>) {
        let known = self.user.with_untracked(|known| known.as_ref() == user);
        if !known {
            self.user.set(user.cloned());
        }
    }

    /// Takes over a user who was changed, if it is the one who is logged in.
    pub fn know_changed(self, user: &User) {
        if self.user.with_untracked(|known| known.as_ref().is_some_and(|known| known.id == user.id)) {
            self.know(Some(user));
        }
    }

    /// What people call them; tracked. `None` while nobody is logged in.
    pub fn name(self) -> Option<String> {
        self.user.read().as_ref().map(|user| user.generated_displayname.clone())
    }

    /// What is kept under a key of `frontend_prefs.rota`; tracked.
    pub fn get(self, key: &str) -> Option<Value> {
        self.user.read().as_ref().and_then(|user| prefs::get(&user.frontend_prefs, key))
    }

    /// Keeps a value under a key of `frontend_prefs.rota`, at once here and soon on the server; `null` removes the key. Nothing is
    /// kept while nobody is logged in.
    pub fn set(self, key: &'static str, value: Value) {
        self.change(Change::Pref(key, value));
    }

    /// Remembers the theme.
    pub fn remember_theme(self, theme: Theme) {
        self.set(THEME, json!(theme.name()));
    }

    /// Remembers the language.
    pub fn remember_lang(self, lang: Lang) {
        self.change(Change::Language(lang));
        self.set(LANGUAGE_CHOSEN, json!(true));
    }

    /// The time zone, if one was chosen; tracked.
    pub fn zone(self) -> Option<String> {
        self.get(ZONE).and_then(|zone| zone.as_str().map(str::to_owned))
    }

    /// Remembers the time zone; `None`: as the computer has it.
    pub fn remember_zone(self, zone: Option<String>) {
        self.set(ZONE, json!(zone));
    }

    fn chosen_lang(self) -> Option<Lang> {
        let chosen = self.get(LANGUAGE_CHOSEN) == Some(Value::Bool(true));
        let lang = self.user.read().as_ref().map(|user| user.language);
        lang.filter(|lang| chosen || *lang != Lang::default())
    }

    fn change(self, change: Change) {
        if self.user.with_untracked(Option::is_none) {
            return;
        }
        self.user.update(|user| user.iter_mut().for_each(|user| change.apply(user)));
        self.unsaved.update_value(|unsaved| unsaved.push(change));
        if !self.saving.get_value() {
            self.saving.set_value(true);
            spawn_local(self.save());
        }
    }

    /// Saves what is unsaved, one request after the other, so that none overtakes another. What could not be saved stays in use
    /// on this page, and in the cookies.
    async fn save(self) {
        loop {
            let changes = self.unsaved.try_update_value(std::mem::take).unwrap_or_default();
            let Some(id) = self.user.with_untracked(|user| user.as_ref().map(|user| user.id)) else { break };
            if changes.is_empty() {
                break;
            }
            let Ok(mut stored) = users::one(id).await else { break };
            changes.iter().for_each(|change| change.apply(&mut stored));
            let fields = json!({ "language": stored.language, "frontend_prefs": stored.frontend_prefs });
            let Ok(mut saved) = users::change(id, fields).await else { break };
            self.unsaved.with_value(|newer| newer.iter().for_each(|change| change.apply(&mut saved)));
            if self.user.with_untracked(|user| user.as_ref().is_some_and(|user| user.id == id)) {
                self.know(Some(&saved));
            }
        }
        self.saving.set_value(false);
    }
}
