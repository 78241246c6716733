//! A form's fields, and what is wrong with them.

use crate::api::ApiError;
use crate::i18n::{I18n, use_i18n};
use crate::viewer::use_viewer;
use domain::L10n;
use leptos::html::Input;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// What is wrong with a form: found here, or said by the server. Cheap to copy.
#[derive(Clone, Copy, Default)]
pub struct Problems {
    list: RwSignal<Vec<Problem>>,
}

#[derive(Clone)]
struct Problem {
    /// As in the server's errors; empty for the form as a whole.
    pointer: String,
    text: Text,
}

#[derive(Clone)]
enum Text {
    Ours(L10n),
    Theirs(ApiError),
}

impl Text {
    fn say(&self, t: I18n) -> String {
        match self {
            Text::Ours(text) => text.get(t.lang()).to_owned(),
            Text::Theirs(ApiError::Refused { reason, .. }) if !reason.is_empty() => reason.clone(),
            Text::Theirs(error) => error.sentence(t.lang()),
        }
    }
}

impl Problems {
    /// Forgets all.
    pub fn clear(self) {
        self.list.set(vec![]);
    }

    /// Whether there are none; not tracked.
    pub fn none(self) -> bool {
        self.list.read_untracked().is_empty()
    }

    /// Adds one that was found here.
    pub fn add(self, pointer: &str, text: L10n) {
        self.list.write().push(Problem { pointer: pointer.to_owned(), text: Text::Ours(text) });
    }

    /// Takes over what the server says. `fields` are the pointers that the form shows; the rest is about the form.
    pub fn take(self, error: ApiError, fields: &[&str]) {
        let pointer = match error.code() {
            "LoginTaken" => "/login",
            "LastRoot" => "/system_rights",
            _ => fields.iter().find(|field| is_at(error.pointer(), field)).copied().unwrap_or_default(),
        };
        let text = match error.code() {
            "LastRoot" => Text::Ours(super::texts::LAST_ROOT.clone()),
            _ => Text::Theirs(error),
        };
        self.list.set(vec![Problem { pointer: pointer.to_owned(), text }]);
    }

    /// What is wrong at a field; the empty pointer is the form. Tracked.
    pub fn at(self, pointer: &str, t: I18n) -> Option<String> {
        let list = self.list.read();
        list.iter().find(|problem| problem.pointer == pointer).map(|problem| problem.text.say(t))
    }

    /// Moves the keyboard to the first wrong field, once the page shows which.
    pub fn focus(self) {
        request_animation_frame(|| {
            let first = document().query_selector("[aria-invalid=true]").ok().flatten();
            if let Some(field) = first.and_then(|field| field.dyn_into::<HtmlElement>().ok()) {
                _ = field.focus();
            }
        });
    }
}

fn is_at(pointer: &str, field: &str) -> bool {
    pointer.strip_prefix(field).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A labelled line of text with its hint and its problem. Keeps its text itself; read it through `field`.
#[component]
pub fn Field(
    /// Unique on the page.
    id: &'static str,
    /// What belongs in it.
    label: &'static L10n,
    /// The element.
    field: NodeRef<Input>,
    /// The `type`.
    #[prop(default = "text")]
    kind: &'static str,
    /// What a password manager may fill in.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// What it holds at first.
    #[prop(optional)]
    value: String,
    /// The rule.
    #[prop(optional)]
    hint: Option<&'static L10n>,
    /// Whether it is set elsewhere, and cannot be changed here.
    #[prop(optional)]
    fixed: bool,
    /// Names to choose from: the id of a `datalist`.
    #[prop(optional)]
    list: Option<&'static str>,
    /// What is wrong with the form.
    problems: Problems,
    /// Where in it this field is.
    at: &'static str,
) -> impl IntoView {
    let t = use_i18n();
    let wrong = Memo::new(move |_| problems.at(at, t));
    let hint = if fixed { Some(&super::texts::FIXED) } else { hint };
    let (hint_id, wrong_id) = (format!("{id}-hint"), format!("{id}-problem"));
    let hint_of = hint.map(|_| hint_id.clone()).unwrap_or_default();
    let described = {
        let wrong_id = wrong_id.clone();
        move || if wrong.read().is_some() { format!("{hint_of} {wrong_id}") } else { hint_of.clone() }
    };
    view! {
        <div class="form-field">
            <label for=id>{t.text(label)}</label>
            <input
                id=id
                name=id
                type=kind
                class="field"
                value=value
                disabled=fixed
                list=list
                autocomplete=autocomplete
                autocapitalize="none"
                spellcheck="false"
                aria-invalid=move || wrong.read().is_some().then_some("true")
                aria-describedby=described
                node_ref=field
            />
            {hint.map(|hint| view! { <p id=hint_id class="hint">{t.text(hint)}</p> })}
            <p id=wrong_id class="problem" role="alert">{move || wrong.get()}</p>
        </div>
    }
}

/// What is wrong with the form as a whole, and that it was saved.
#[component]
pub fn FormState(
    /// What is wrong.
    problems: Problems,
    /// Whether it was saved, and nothing was changed since.
    #[prop(into)]
    saved: Signal<bool>,
) -> impl IntoView {
    let t = use_i18n();
    view! {
        <p class="problem" role="alert">{move || problems.at("", t)}</p>
        <p class="saved" role="status">{move || saved.get().then(|| t.text(&super::texts::SAVED)())}</p>
    }
}

/// The end of a form: the button that sends it, what is wrong with it as a whole, and that it was saved.
#[component]
pub fn FormEnd(
    /// What the button says.
    action: &'static L10n,
    /// Whether it is on its way.
    #[prop(into)]
    pending: Signal<bool>,
    /// What is wrong.
    problems: Problems,
    /// Whether it was saved, and nothing was changed since.
    #[prop(into)]
    saved: Signal<bool>,
) -> impl IntoView {
    let t = use_i18n();
    let viewer = use_viewer();
    view! {
        <div class="form-actions">
            <button type="submit" class="button button-accent" disabled=move || !viewer.hydrated() || pending.get()>
                {t.text(action)}
            </button>
            <FormState problems saved />
        </div>
    }
}

/// What is typed, without white space around it.
pub fn typed(field: NodeRef<Input>) -> String {
    field.get_untracked().map(|field| field.value().trim().to_owned()).unwrap_or_default()
}

/// What is typed, as it is: for passwords.
pub fn typed_exactly(field: NodeRef<Input>) -> String {
    field.get_untracked().map(|field| field.value()).unwrap_or_default()
}

/// Empties a field.
pub fn empty(field: NodeRef<Input>) {
    if let Some(field) = field.get_untracked() {
        field.set_value("");
    }
}

#[cfg(test)]
mod tests {
    use super::is_at;

    #[test]
    fn a_field_takes_what_is_at_it_or_below() {
        assert!(is_at("/login", "/login") && is_at("/system_rights/0", "/system_rights"));
        assert!(!is_at("/login_x", "/login") && !is_at("", "/login"));
    }
}
