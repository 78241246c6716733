//! Who is logged in.

use crate::api::{self, ApiError, Reader};
use domain::UserId;
use leptos::prelude::*;

/// The session of this browser, asked of the API once and kept. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Session {
    current: Resource<Result<Option<Reader>, ApiError>>,
    logins: RwSignal<u32>,
}

/// Gives the app its session.
pub fn provide_session() {
    let current = Resource::new(|| (), |()| api::session());
    let session = Session { current, logins: RwSignal::new(0) };
    provide_context(session);
    // In the browser only: during one answer of the server nobody logs in.
    Effect::new(move |before: Option<Option<UserId>>| {
        let now = match current.get() {
            Some(Ok(reader)) => reader.map(|reader| reader.user.id),
            _ => before.flatten(),
        };
        // Logging out is nothing to read anew for: the page goes.
        if now.is_some() && before.is_some_and(|before| before != now) {
            session.logins.update(|n| *n += 1);
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
    pub fn current(self) -> Resource<Result<Option<Reader>, ApiError>> {
        self.current
    }

    /// How often somebody logged in since the page came; tracked.
    pub fn logins(self) -> u32 {
        self.logins.get()
    }

    /// Asks again: after logging in or out, or when an answer said that the session is over.
    pub fn refresh(self) {
        self.current.refetch();
    }
}
