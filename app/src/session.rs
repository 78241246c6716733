//! Who is logged in.

use crate::api::{self, ApiError};
use domain::user::User;
use leptos::prelude::*;

/// The session of this browser, asked of the API once and kept. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Session {
    current: Resource<Result<Option<User>, ApiError>>,
}

/// Gives the app its session.
pub fn provide_session() {
    provide_context(Session { current: Resource::new(|| (), |()| api::session()) });
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

    /// Asks again: after logging in or out, or when an answer said that the session is over.
    pub fn refresh(self) {
        self.current.refetch();
    }
}
