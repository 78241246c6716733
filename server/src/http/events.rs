//! Server-sent events: what happens to tasks, and what runs log. Nothing is sent that a later request could not read:
//! a notice only says that there is something to read.

mod log;
mod tasks;
mod viewer;

pub use log::*;
pub use tasks::*;

use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::{Stream, StreamExt};
use serde::Serialize;
use std::convert::Infallible;
use std::time::Duration;

/// How often a line is sent that says nothing, so that nobody on the way takes the connection for dead.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// After how long a browser that was cut off comes back.
const RETRY: Duration = Duration::from_secs(2);
/// How long to leave the database alone after it failed.
const AFTER_FAILURE: Duration = Duration::from_secs(2);

/// The header by which a viewer says where it stopped.
fn last_event_id(headers: &HeaderMap) -> Option<(u64, u64)> {
    let text = headers.get("last-event-id")?.to_str().ok()?;
    let (first, second) = text.split_once('-')?;
    Some((first.parse().ok()?, second.parse().ok()?))
}

/// Two numbers, as [`last_event_id`] reads them again.
fn id(first: u64, second: u64) -> String {
    format!("{first}-{second}")
}

/// The first thing sent: no event, but the place from which to go on, so that nothing is missed by who is cut off before
/// the first event.
fn hello(id: String) -> Event {
    Event::default().id(id).retry(RETRY)
}

fn event(name: &str, id: String, data: &impl Serialize) -> Event {
    // Writing the types of the contract cannot fail.
    let data = serde_json::to_string(data).unwrap_or_default();
    Event::default().event(name).id(id).data(data)
}

fn answer(events: impl Stream<Item = Event> + Send + 'static) -> Response {
    let heartbeat = KeepAlive::new().interval(HEARTBEAT).text("still here");
    Sse::new(events.map(Ok::<_, Infallible>)).keep_alive(heartbeat).into_response()
}

#[cfg(test)]
mod tests_of_ids {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_was_written() {
        let of = |text: &str| {
            last_event_id(&HeaderMap::from_iter([(
                axum::http::HeaderName::from_static("last-event-id"),
                text.parse().unwrap(),
            )]))
        };
        assert_eq!(of(&id(7, 120)), Some((7, 120)));
        for odd in ["", "7", "-", "7-", "x-1", "7-1-1", "-1-2"] {
            assert_eq!(of(odd), None, "{odd}");
        }
    }
}
