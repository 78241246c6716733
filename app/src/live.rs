//! Server-sent events, while a page is open.

use crate::connection::use_connection;
use crate::session::use_session;
use crate::viewer::use_viewer;
use leptos::prelude::*;
use std::time::Duration;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{EventSource, MessageEvent};

/// After so long a refused stream is tried again.
const AGAIN: Duration = Duration::from_secs(3);

type Handler = Closure<dyn FnMut(MessageEvent)>;

/// An open stream; dropping it closes it.
pub struct Stream {
    source: EventSource,
    _handlers: Vec<Handler>,
    _states: Vec<Closure<dyn FnMut()>>,
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.source.close();
    }
}

/// How a stream fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Events come.
    Up,
    /// Broken; the browser opens it again by itself, and says where it was.
    Broken,
    /// Refused; the browser does not try again.
    Refused,
}

/// Opens a stream in the browser: `event` is called with the name and the data of each event of these names, `state` each time
/// that it opens or breaks. `None` if the browser has no such streams.
pub fn open(
    url: &str,
    names: &'static [&'static str],
    event: impl Fn(&'static str, String) + Clone + 'static,
    state: impl Fn(State) + Clone + 'static,
) -> Option<Stream> {
    let source = EventSource::new(url).ok()?;
    let mut handlers = vec![];
    for name in names {
        let event = event.clone();
        let handler = Handler::new(move |message: MessageEvent| {
            event(name, message.data().as_string().unwrap_or_default());
        });
        source.add_event_listener_with_callback(name, handler.as_ref().unchecked_ref()).ok()?;
        handlers.push(handler);
    }
    let opened = state.clone();
    let up = Closure::<dyn FnMut()>::new(move || opened(State::Up));
    let broken = source.clone();
    let down = Closure::<dyn FnMut()>::new(move || {
        let refused = broken.ready_state() == EventSource::CLOSED;
        state(if refused { State::Refused } else { State::Broken });
    });
    source.set_onopen(Some(up.as_ref().unchecked_ref()));
    source.set_onerror(Some(down.as_ref().unchecked_ref()));
    Some(Stream { source, _handlers: handlers, _states: vec![up, down] })
}

/// Keeps a stream open as long as the calling component lives, in the browser only. The address is tracked: another one opens
/// another stream; `None` closes it. `connected` is told each time that events come, or no longer do.
///
/// A stream that is refused is tried again after a while, and the session is asked for: it may be over, which leads to the
/// login form.
pub fn follow(
    url: impl Fn() -> Option<String> + 'static,
    names: &'static [&'static str],
    event: impl Fn(&'static str, String) + Clone + 'static,
    connected: impl Fn(bool) + Clone + 'static,
) {
    let (session, connection, viewer) = (use_session(), use_connection(), use_viewer());
    let attempt = RwSignal::new(0u32);
    // The effect keeps the stream, and with the effect it goes. On the server there is neither.
    Effect::new(move |old: Option<Option<Stream>>| {
        drop(old);
        attempt.track();
        // Nothing may change what is not taken over yet.
        if !viewer.hydrated() {
            return None;
        }
        let connected = connected.clone();
        let state = move |state| {
            connected(state == State::Up);
            if state == State::Broken {
                connection.broke();
            }
            if state == State::Refused {
                session.refresh();
                // The component may be gone by then.
                set_timeout(move || _ = attempt.try_update(|n| *n += 1), AGAIN);
            }
        };
        url().and_then(|url| open(&url, names, event.clone(), state))
    });
}
