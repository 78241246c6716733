//! Unsaved changes are not lost by a click.

use super::texts;
use crate::i18n::use_i18n;
use leptos::ev::{BeforeUnloadEvent, beforeunload};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, MouseEvent};

/// Asks before the page is left, as long as `dirty` says so.
pub fn guard(dirty: impl Fn() -> bool + Copy + 'static) {
    let t = use_i18n();
    Effect::new(move |_| {
        let unload = window_event_listener(beforeunload, move |event: BeforeUnloadEvent| {
            if dirty() {
                event.prevent_default();
            }
        });
        // Before the router sees the click.
        let click = Closure::<dyn FnMut(MouseEvent)>::new(move |event: MouseEvent| {
            let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            let link = target.and_then(|element| element.closest("a[href]:not([href^='#'])").ok().flatten());
            let leaves = link.is_some() && !event.ctrl_key() && !event.meta_key();
            let question = t.text(&texts::LEAVE);
            if leaves && dirty() && !window().confirm_with_message(untrack(question)).unwrap_or(true) {
                event.prevent_default();
                event.stop_immediate_propagation();
            }
        });
        // The window always takes listeners.
        _ = window().add_event_listener_with_callback_and_bool("click", click.as_ref().unchecked_ref(), true);
        let click = send_wrapper::SendWrapper::new(click);
        on_cleanup(move || {
            unload.remove();
            _ = window().remove_event_listener_with_callback_and_bool("click", click.as_ref().unchecked_ref(), true);
        });
    });
}
