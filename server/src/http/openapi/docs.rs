//! The page that shows the document, with no request to anywhere else.

use super::super::error::Failure;
use axum::extract::OriginalUri;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use domain::Error;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// This description, for people.
#[utoipa::path(get, path = "/docs", tag = "server", responses((status = 200, content_type = "text/html", body = String)))]
pub async fn page() -> Response {
    let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CONTENT_SECURITY_POLICY, POLICY)];
    (headers, include_str!("docs.html")).into_response()
}

/// The page's script and style.
#[utoipa::path(get, path = "/docs/{file}", tag = "server", params(("file" = String, Path)),
    responses((status = 200, content_type = "text/javascript", body = String)))]
pub async fn file(OriginalUri(uri): OriginalUri) -> Result<Response, Failure> {
    let (kind, text) = match uri.path().rsplit('/').next() {
        Some("docs.js") => ("text/javascript; charset=utf-8", include_str!("docs.js")),
        Some("docs.css") => ("text/css; charset=utf-8", include_str!("docs.css")),
        _ => return Err(Error::ResourceNotFound { resource: uri.path().to_owned() }.into()),
    };
    Ok(([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-cache")], text).into_response())
}
