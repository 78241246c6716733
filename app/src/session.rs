//! Who is logged in.

use crate::api::{self, ApiError};
use domain::UserId;
use domain::user::User;
use leptos::prelude::*;

/// The session of this browser, asked of the API once and kept. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Session {
    current: Resource<Result<Option<User>, ApiError>>,
    changes: RwSignal<u32>,
}

/// Gives the app its session.
pub fn provide_session() {
    let current = Resource::new(|| (), |()| api::session());
    let session = Session { current, changes: RwSignal::new(0) };
    provide_context(session);
    // In the browser only: during one answer of the server nobody logs in or out.
    Effect::new(move |before: Option<Option<UserId>>| {
        let now = match current.get() {
            Some(Ok(user)) => user.map(|user| user.id),
            _ => before.flatten(),
        };
        if before.is_some_and(|before| before != now) {
            session.changes.update(|n| *n += 1);
        }
        now
    });
}

/// The session of this browser.
///
/// # Panics
/// Outside the app, which provides it.
pub fn use_session() -> Session {
    expect_context()
}

impl Session {
    /// Who is logged in, once the API has said so.
    pub fn current(self) -> Resource<Result<Option<User>, ApiError>> {
        self.current
    }

    /// How often somebody else was logged in; tracked.
    pub fn changes(self) -> u32 {
        self.changes.get()
    }

    /// Asks again: after logging in or out, or when an answer said that the session is over.
    pub fn refresh(self) {
        self.current.refetch();
    }
}
