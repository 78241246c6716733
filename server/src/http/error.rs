//! Errors as answers. A handler gives back what went wrong; the outermost layer, which knows the caller's language, writes the
//! body. So every error has the same body, whatever raised it.

use crate::store::StoreError;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::{Error, Lang};

/// What a handler fails with.
#[derive(Debug, Clone)]
pub struct Failure(pub Error);

/// A handler's result.
pub type Answer<T> = Result<T, Failure>;

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Failure {
        Failure(match error {
            StoreError::Refused(error) => error,
            StoreError::Unavailable(cause) => {
                tracing::error!(%cause, "the database is unavailable");
                Error::StoreUnavailable
            }
            StoreError::InDoubt(cause) => {
                tracing::error!(%cause, "the database did not say whether it has saved a change");
                Error::StoreInDoubt
            }
            StoreError::Corrupt(what) => internal(&what),
        })
    }
}

/// A fault of Rota's own: logged once, here, under a trace id that the answer carries.
pub fn internal(what: &str) -> Error {
    let trace_id = format!("{:016x}", rand::random::<u64>());
    tracing::error!(trace_id, what, "internal error");
    Error::Internal { trace_id }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// The language a request asks for.
pub fn language(headers: &header::HeaderMap) -> Lang {
    let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    Lang::from_accept_language(wanted)
}

/// The outermost layer of the API: writes the bodies of [`Failure`]s.
pub async fn render(request: Request, next: Next) -> Response {
    let lang = language(request.headers());
    let mut response = next.run(request).await;
    let Some(Failure(error)) = response.extensions_mut().remove::<Failure>() else { return response };
    let body = serde_json::to_vec(&error.body(lang)).unwrap_or_default();
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(super::JSON));
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(lang.tag()));
    if let Error::LoginThrottled { retry_after_sec } = error {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(retry_after_sec));
    }
    if error.status() == 401 {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    let (parts, _) = response.into_parts();
    Response::from_parts(parts, body.into())
}
