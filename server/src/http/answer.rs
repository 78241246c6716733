//! How answers are written: JSON with the contract's content type, and the headers of a page.

use super::JSON;
use super::error::{Answer, internal};
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// A JSON answer.
pub fn json(value: &impl Serialize) -> Answer<Response> {
    let body = serde_json::to_vec(value).map_err(|e| internal(&format!("writing an answer: {e}")))?;
    Ok((StatusCode::OK, [(header::CONTENT_TYPE, JSON)], body).into_response())
}

/// JSON that is written already.
pub fn json_text(body: String) -> Response {
    (StatusCode::OK, [(header::CONTENT_TYPE, JSON)], body).into_response()
}

/// `{"acknowledged":"ok"}`.
pub fn acknowledged() -> Answer<Response> {
    json(&serde_json::json!({"acknowledged": "ok"}))
}

/// Where a page lies in its list.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// How many were passed over.
    pub offset: u64,
    /// How many at most.
    pub limit: u64,
    /// How many there are.
    pub total: u64,
}

/// A page of a list: the bare array, `X-Total-Count` and `Link`.
pub fn page(items: &[impl Serialize], place: Place, uri: &Uri) -> Answer<Response> {
    let mut response = json(&items)?;
    response.headers_mut().insert("x-total-count", HeaderValue::from(place.total));
    if let Some(link) = links(place, uri) {
        response.headers_mut().insert(header::LINK, link);
    }
    Ok(response)
}

/// `Link` (RFC 8288) to the pages before and after, where there are any; the other parameters stay.
fn links(place: Place, uri: &Uri) -> Option<HeaderValue> {
    let Place { offset, limit, total } = place;
    if limit == 0 {
        return None;
    }
    let link = |offset: u64, rel: &str| format!("<{}>; rel=\"{rel}\"", at_offset(uri, offset, limit));
    let next = (offset.saturating_add(limit) < total).then(|| link(offset + limit, "next"));
    let prev = (offset > 0).then(|| link(offset.saturating_sub(limit), "prev"));
    let list: Vec<String> = next.into_iter().chain(prev).collect();
    if list.is_empty() { None } else { HeaderValue::from_str(&list.join(", ")).ok() }
}

fn at_offset(uri: &Uri, offset: u64, limit: u64) -> String {
    let given = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(given.filter(|(name, _)| name != "offset" && name != "limit"));
    query.append_pair("offset", &offset.to_string()).append_pair("limit", &limit.to_string());
    format!("{}?{}", uri.path(), query.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_the_pages_around() {
        let text = |uri: &str, offset, limit, total| {
            links(Place { offset, limit, total }, &uri.parse().unwrap()).map(|v| v.to_str().unwrap().to_owned())
        };
        assert_eq!(text("/api/task", 0, 100, 100), None);
        assert_eq!(text("/api/task", 0, 2, 3).as_deref(), Some("</api/task?offset=2&limit=2>; rel=\"next\""));
        assert_eq!(
            text("/api/task?q=a%20b&offset=2", 2, 2, 5).as_deref(),
            Some("</api/task?q=a+b&offset=4&limit=2>; rel=\"next\", </api/task?q=a+b&offset=0&limit=2>; rel=\"prev\"")
        );
        assert_eq!(text("/api/task", 5, 10, 3).as_deref(), Some("</api/task?offset=0&limit=10>; rel=\"prev\""));
        assert_eq!(text("/api/task", 5, 0, 3), None);
    }
}
