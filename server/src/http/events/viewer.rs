//! Who watches, and whether they still may.

use super::super::error::Failure;
use super::super::extract::Tasker;
use crate::auth;
use crate::state::AppState;
use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use domain::access::Caller;
use std::time::Duration;
use tokio::time::Instant;

/// How often it is asked whether the viewer's session, token and rights are still good.
const CHECK: Duration = Duration::from_secs(30);

/// Someone who watches for a long time.
pub struct Viewer {
    state: AppState,
    parts: Parts,
    caller: Caller,
    check_at: Instant,
}

impl FromRequestParts<AppState> for Viewer {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Failure> {
        let Tasker(signed) = Tasker::from_request_parts(parts, state).await?;
        let check_at = Instant::now() + CHECK;
        Ok(Viewer { state: state.clone(), parts: parts.clone(), caller: signed.caller, check_at })
    }
}

impl Viewer {
    /// The server.
    pub fn state(&self) -> &AppState {
        &self.state
    }

    /// With the rights of the last check.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Of the request.
    pub fn headers(&self) -> &HeaderMap {
        &self.parts.headers
    }

    /// Ends when it is time for a check, or false when the server stops.
    pub async fn check_due(&self) -> bool {
        tokio::select! {
            () = self.state.stopping.cancelled() => false,
            () = tokio::time::sleep_until(self.check_at) => true,
        }
    }

    /// Whether the viewer may go on. While the database is away nobody is cut off: nothing can be read then anyway.
    pub async fn may_stay(&mut self) -> bool {
        self.check_at = Instant::now() + CHECK;
        match auth::identify(&self.state, &mut self.parts).await {
            Ok(signed) => {
                self.caller = signed.caller;
                self.caller.needs_task().is_ok()
            }
            Err(Failure(error)) => error.status() >= 500,
        }
    }
}
