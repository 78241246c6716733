//! Placeholder.
use crate::http::error::Failure;
use crate::http::extract::Signed;
use crate::state::AppState;
use axum::http::request::Parts;
/// Tokens, sessions, and who tried too often.
#[derive(Default)]
pub struct Auth;
/// Who asks.
pub async fn identify(_: &AppState, _: &mut Parts) -> Result<Signed, Failure> {
    Err(Failure(domain::Error::UserRequired))
}
