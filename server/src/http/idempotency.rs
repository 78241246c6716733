//! The `Idempotency-Key` of a request.

use crate::store::Idempotency;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use domain::{Error, L10n, UserId};
use sha2::{Digest, Sha256};

const NAME: &str = "idempotency-key";
const MAX_LEN: usize = 255;

/// The key, bound to what was asked; `None` without the header. `answer` writes what a repetition gets.
///
/// # Errors
/// `HeaderInvalid`.
pub fn key<T: ?Sized>(
    headers: &HeaderMap,
    caller: UserId,
    method: &str,
    path: &str,
    body: &[u8],
    answer: Box<dyn FnOnce(&T) -> String + Send + Sync>,
) -> Result<Option<Idempotency<T>>, Error> {
    let Some(value) = headers.get(NAME) else { return Ok(None) };
    let key = value
        .to_str()
        .ok()
        .filter(|k| !k.is_empty() && k.len() <= MAX_LEN && k.chars().all(|c| c.is_ascii_graphic() || c == ' '));
    let Some(key) = key else {
        let reason =
            L10n::fixed("muss 1 bis 255 sichtbare ASCII-Zeichen haben", "must have 1 to 255 visible ASCII characters");
        return Err(Error::HeaderInvalid { name: "Idempotency-Key".to_owned(), reason });
    };
    // `/api/v1` answers identically, so the same key there is the same request.
    let path = path.strip_prefix("/api/v1").or_else(|| path.strip_prefix("/api")).unwrap_or(path);
    let mut hash = Sha256::new();
    for part in [method.as_bytes(), path.as_bytes(), body] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    Ok(Some(Idempotency { caller, key: key.to_owned(), request: hash.finalize().to_vec(), answer }))
}

/// The first answer again.
pub fn replayed(answer: String) -> Response {
    let mut response = super::answer::json_text(answer);
    response.headers_mut().insert("idempotency-replayed", HeaderValue::from_static("true"));
    response
}
