//! Server-sent events, while a page is open.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{EventSource, MessageEvent};

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

/// Opens a stream in the browser: `event` is called with the name and the data of each event of these names, `connected` with
/// whether the stream stands each time that changes. The browser opens a broken stream again by itself and says where it was.
/// `None` if the browser has no such streams.
pub fn open(
    url: &str,
    names: &'static [&'static str],
    event: impl Fn(&'static str, String) + Clone + 'static,
    connected: impl Fn(bool) + Clone + 'static,
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
    let says = |state: bool| {
        let connected = connected.clone();
        Closure::<dyn FnMut()>::new(move || connected(state))
    };
    let (up, down) = (says(true), says(false));
    source.set_onopen(Some(up.as_ref().unchecked_ref()));
    source.set_onerror(Some(down.as_ref().unchecked_ref()));
    Some(Stream { source, _handlers: handlers, _states: vec![up, down] })
}

/// Keeps a stream open as long as the calling component lives, in the browser only. The address is tracked: another one opens
/// another stream; `None` closes it.
pub fn follow(
    url: impl Fn() -> Option<String> + 'static,
    names: &'static [&'static str],
    event: impl Fn(&'static str, String) + Clone + 'static,
    connected: impl Fn(bool) + Clone + 'static,
) {
    // The effect holds the stream itself: on the server there are no effects, and so nothing that only one thread may drop.
    Effect::new(move |before: Option<Option<Stream>>| {
        drop(before);
        url().and_then(|url| open(&url, names, event.clone(), connected.clone()))
    });
}
