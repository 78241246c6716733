//! Whether the server can be reached: told on a banner, tried again until it can.

use crate::api;
use crate::i18n::{texts, use_i18n};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

/// A short break, such as a server that starts anew, is not told.
const GRACE: Duration = Duration::from_millis(1_500);
/// So often the server is tried.
const AGAIN: Duration = Duration::from_secs(2);

/// Whether the server can be reached. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Connection {
    lost: RwSignal<bool>,
    trying: StoredValue<bool>,
}

/// Gives the app its connection.
pub fn provide_connection() {
    let connection = Connection { lost: RwSignal::new(false), trying: StoredValue::new(false) };
    provide_context(connection);
    Effect::new(move |_| {
        let offline = window_event_listener_untyped("offline", move |_| connection.broke());
        on_cleanup(move || offline.remove());
    });
}

/// Whether the server can be reached.
///
/// # Panics
/// Outside the app, which provides it.
pub fn use_connection() -> Connection {
    expect_context()
}

impl Connection {
    /// Something broke: if the server does not answer, that is told until it does again.
    pub fn broke(self) {
        if !self.trying.get_value() {
            self.trying.set_value(true);
            set_timeout(move || spawn_local(self.attempt()), GRACE);
        }
    }

    async fn attempt(self) {
        let reached = api::is_up().await;
        if self.lost.get_untracked() == reached {
            self.lost.set(!reached);
        }
        if reached {
            self.trying.set_value(false);
        } else {
            set_timeout(move || spawn_local(self.attempt()), AGAIN);
        }
    }
}

/// The banner. It lies above the page, so that nothing moves.
#[component]
pub fn LostConnection() -> impl IntoView {
    let t = use_i18n();
    let Connection { lost, .. } = use_connection();
    view! { <div class="lost" role="status">{move || lost.get().then(|| view! { <p>{t.text(&texts::CONNECTION_LOST)}</p> })}</div> }
}
