//! What the page knows of the person looking at it: whether it reacts yet, their clock and their time zone.

use crate::api::transport;
use crate::i18n::time;
use crate::i18n::zone;
use domain::Timestamp;
use leptos::prelude::*;
use std::time::Duration;
use wasm_bindgen::JsValue;

/// How often "5 min ago" is brought up to date.
const TICK: Duration = Duration::from_secs(10);

/// Cheap to copy.
#[derive(Debug, Clone, Copy)]
pub struct Viewer {
    hydrated: RwSignal<bool>,
    /// Of the page: how much of it is not taken over yet.
    asleep: StoredValue<usize>,
    now: RwSignal<Timestamp>,
    zone: RwSignal<Option<String>>,
}

/// Gives the app its viewer. The server's clock is sent along, so that the browser's first rendering says the same.
pub fn provide_viewer() {
    let at_render = SharedValue::new(transport::now).into_inner();
    let viewer = Viewer {
        hydrated: RwSignal::new(false),
        // The page as a whole, until its effects begin.
        asleep: StoredValue::new(1),
        now: RwSignal::new(at_render),
        zone: RwSignal::new(None),
    };
    provide_context(viewer);
    Effect::new(move |_| {
        let tick = set_interval_with_handle(move || viewer.now.set(transport::now()), TICK);
        on_cleanup(move || {
            if let Ok(tick) = tick {
                tick.clear();
            }
        });
        viewer.woke();
    });
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
        zone::of_browser().unwrap_or_else(|| "UTC".to_owned())
    }

    /// The present distance of a zone from UTC (`UTC+02:00`); tracked. `None` for a zone that the browser does not know, and until
    /// hydrated.
    pub fn distance(self, zone: &str) -> Option<String> {
        let offset = self.hydrated.get().then(|| zone::offset_min(zone, self.now.get_untracked())).flatten();
        offset.map(|offset| time::distance(offset.into()))
    }

    /// The suggestions for a zone: see `zone::with_distances`.
    pub fn zones(self) -> Vec<(String, String)> {
        zone::with_distances(self.now.get_untracked())
    }

    /// Shows times in this zone from now on; `None`: in the one that the computer is set to.
    pub fn live_in(self, zone: Option<String>) {
        if *self.zone.read_untracked() != zone {
            self.zone.set(zone);
        }
    }

    /// For a part that is taken over by itself: the same, but not awake yet. It lives as long as the current owner.
    pub fn part(self) -> Viewer {
        Viewer { hydrated: RwSignal::new(false), ..self }
    }

    /// A part reacts from now on.
    pub fn awake(self) {
        self.hydrated.set(true);
    }

    /// A part is left for later.
    pub fn falls_asleep(self) {
        self.asleep.update_value(|asleep| *asleep += 1);
    }

    /// A part is taken over, or gone; with the last one the page is awake.
    pub fn woke(self) {
        self.asleep.update_value(|asleep| *asleep -= 1);
        if self.asleep.get_value() == 0 {
            self.now.set(transport::now());
            self.awake();
            if let Some(html) = document().document_element() {
                // Tests wait for it before the first click.
                _ = html.set_attribute("data-hydrated", "");
            }
        }
    }
}
