//! A value that can be copied.

use super::texts;
use crate::components::icon::{Icon, Shape};
use crate::i18n::use_i18n;
use js_sys::{Function, Promise, Reflect};
use leptos::html::Input;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Not,
    Done,
    ByHand,
}

/// A value in a field of its own, with a button. Where the browser has no clipboard for pages (without https), the value is
/// selected instead.
#[component]
pub fn Copyable(
    /// What it is, read out.
    label: &'static domain::L10n,
    /// The value.
    value: String,
) -> impl IntoView {
    let t = use_i18n();
    let state = RwSignal::new(State::Not);
    let field = NodeRef::<Input>::new();
    let text = value.clone();
    let copy = move |_| {
        let text = text.clone();
        spawn_local(async move {
            let done = to_clipboard(&text).await.is_some();
            if !done && let Some(field) = field.get_untracked() {
                field.select();
            }
            state.set(if done { State::Done } else { State::ByHand });
        });
    };
    let says = move || match state.get() {
        State::Not => "",
        State::Done => t.text(&texts::COPIED)(),
        State::ByHand => t.text(&texts::COPY_BY_HAND)(),
    };
    view! {
        <div class="copyable">
            <input class="field" readonly aria-label=t.text(label) value=value spellcheck="false" node_ref=field />
            <button type="button" class="button" on:click=copy>
                <Icon shape=Shape::Copy />
                {t.text(&texts::COPY)}
            </button>
            <span class="saved" role="status">{says}</span>
        </div>
    }
}

/// `None` where the page has no clipboard, or may not use it.
async fn to_clipboard(text: &str) -> Option<()> {
    let clipboard = Reflect::get(&window(), &"navigator".into())
        .ok()
        .and_then(|it| Reflect::get(&it, &"clipboard".into()).ok())
        .filter(JsValue::is_object)?;
    let write: Function = Reflect::get(&clipboard, &"writeText".into()).ok()?.dyn_into().ok()?;
    let promise: Promise = write.call1(&clipboard, &text.into()).ok()?.dyn_into().ok()?;
    JsFuture::from(promise).await.ok().map(drop)
}
