//! What the page knows of the person looking at it: whether it reacts yet, their clock and their time zone.

use crate::api::transport;
use crate::i18n::time;
use crate::i18n::zone;
use domain::Timestamp;
use leptos::prelude::*;
use std::sync::OnceLock;
use std::time::Duration;
use wasm_bindgen::{JsCast, JsValue};

/// How often "5 min ago" is brought up to date.
const TICK: Duration = Duration::from_secs(10);

/// Cheap to copy.
#[derive(Debug, Clone, Copy)]
pub struct Viewer {
    hydrated: RwSignal<bool>,
    now: RwSignal<Timestamp>,
    zone: RwSignal<Option<String>>,
    zones: StoredValue<OnceLock<Vec<(String, String)>>>,
}

fn zones_of(now: Timestamp) -> Vec<(String, String)> {
    let key = JsValue::from_str("timeZone");
    let intl = js_sys::Reflect::get(&js_sys::global(), &JsValue::from_str("Intl")).unwrap_or_default();
    let function = js_sys::Reflect::get(&intl, &JsValue::from_str("supportedValuesOf")).unwrap_or_default();
    let listed = function.dyn_ref::<js_sys::Function>().and_then(|f| f.call1(&intl, &key).ok());
    let names = listed.map(|list| js_sys::Array::from(&list)).unwrap_or_default();
    let names = names.iter().filter_map(|name| name.as_string()).filter(|name| name != "UTC");
    let all = std::iter::once("UTC".to_owned()).chain(names);
    all.map(|name| (time::distance(time::offset_min(&name, now)), name))
        .map(|(distance, name)| (name, distance))
        .collect()
}

/// Gives the app its viewer. The server's clock is sent along, so that the browser's first rendering says the same.
pub fn provide_viewer() {
    let at_render = SharedValue::new(transport::now).into_inner();
    let viewer = Viewer {
        hydrated: RwSignal::new(false),
        now: RwSignal::new(at_render),
        zone: RwSignal::new(None),
        zones: StoredValue::new(OnceLock::new()),
    };
    provide_context(viewer);
    Effect::new(move |_| viewer.wake());
}

/// The person looking.
///
/// # Panics
/// Outside the app, which provides it.
pub fn use_viewer() -> Viewer {
    expect_context()
}

impl Viewer {
    /// Whether the page reacts to clicks; tracked. False on the server and until the bundle runs.
    pub fn hydrated(self) -> bool {
        self.hydrated.get()
    }

    /// The present, a few seconds old at most; tracked.
    pub fn now(self) -> Timestamp {
        self.now.get()
    }

    /// The distance from UTC, in minutes to the east, of the viewer's zone at that instant; tracked. Unknown until hydrated.
    pub fn offset_min(self, at: Timestamp) -> Option<i32> {
        self.hydrated.get().then(|| {
            let chosen = self.zone.read().as_deref().and_then(|name| zone::offset_min(name, at));
            chosen.unwrap_or_else(|| {
                let date = js_sys::Date::new(&JsValue::from_f64(at.ms() as f64));
                -(date.get_timezone_offset() as i32)
            })
        })
    }

    /// The viewer's zone, an IANA name; tracked. UTC until hydrated.
    pub fn zone(self) -> String {
        if !self.hydrated.get() {
            return "UTC".to_owned();
        }
        if let Some(zone) = self.zone.get() {
            return zone;
        }
        let options =
            js_sys::Intl::DateTimeFormat::new(&js_sys::Array::new(), &js_sys::Object::new()).resolved_options();
        let zone = js_sys::Reflect::get(&options, &JsValue::from_str("timeZone")).ok();
        zone.and_then(|zone| zone.as_string()).unwrap_or_else(|| "UTC".to_owned())
    }

    /// All zones that the browser knows, with their present distance from UTC (`UTC+02:00`), UTC first; tracked. None until
    /// hydrated.
    pub fn zones(self) -> Vec<(String, String)> {
        if !self.hydrated.get() {
            return vec![];
        }
        self.zones.with_value(|zones| zones.get_or_init(|| zones_of(transport::now())).clone())
    }

    /// Shows times in this zone from now on; `None`: in the one that the computer is set to.
    pub fn live_in(self, zone: Option<String>) {
        if *self.zone.read_untracked() != zone {
            self.zone.set(zone);
        }
    }

    fn wake(self) {
        self.now.set(transport::now());
        self.hydrated.set(true);
        if let Some(html) = document().document_element() {
            // Tests wait for it before the first click.
            _ = html.set_attribute("data-hydrated", "");
        }
        let tick = set_interval_with_handle(move || self.now.set(transport::now()), TICK);
        on_cleanup(move || {
            if let Ok(tick) = tick {
                tick.clear();
            }
        });
    }
}
