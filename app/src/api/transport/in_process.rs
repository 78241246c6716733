//! The server's side: the API's own router, called in process.

use super::{Answer, Call, LANG_COOKIE, THEME_COOKIE};
use crate::theme::Theme;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use domain::{Lang, Timestamp};
use http::header::{ACCEPT_LANGUAGE, CONTENT_TYPE, COOKIE, HOST, HeaderName, HeaderValue, SET_COOKIE};
use http::request::Parts;
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use leptos::prelude::use_context;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use tower::ServiceExt;

/// What the server gives the app as context, with each request.
#[derive(Clone)]
pub struct Server {
    /// The whole REST API, with the paths that the browser uses.
    pub api: Router,
    /// Sets the status of the page being answered.
    pub set_status: Arc<dyn Fn(StatusCode) + Send + Sync>,
    /// Sends a cookie along with the page being answered.
    pub set_cookie: Arc<dyn Fn(HeaderValue) + Send + Sync>,
}

/// Passed on, so that the API sees who asks as if the browser had.
const PASSED_ON: [HeaderName; 3] = [COOKIE, HOST, HeaderName::from_static("x-forwarded-for")];

/// Calls the API; `None` if there is none (while the routes are only being listed).
pub fn send(call: Call) -> impl Future<Output = Option<Answer>> + Send {
    // Context is read now, not when the future is first polled: that may be under another owner.
    let server = use_context::<Server>();
    let request = use_context::<Parts>().and_then(|page| request(&page, call));
    async move { answer(server?, request?).await }
}

fn request(page: &Parts, call: Call) -> Option<Request<Body>> {
    let mut builder =
        Request::builder().method(call.method).uri(call.path).header(ACCEPT_LANGUAGE, lang_of(page).tag());
    // It is the server's own page that asks. It only reads, by `POST` where a question is too long for an address.
    builder = builder.header("sec-fetch-site", "same-origin");
    for name in PASSED_ON {
        for value in page.headers.get_all(&name) {
            builder = builder.header(&name, value);
        }
    }
    if let Some(peer) = page.extensions.get::<ConnectInfo<SocketAddr>>() {
        builder = builder.extension(*peer);
    }
    match call.body {
        Some(json) => builder.header(CONTENT_TYPE, "application/json").body(Body::from(json)),
        None => builder.body(Body::empty()),
    }
    .ok()
}

async fn answer(server: Server, request: Request<Body>) -> Option<Answer> {
    let Ok(response) = server.api.oneshot(request).await;
    let (parts, body) = response.into_parts();
    // The API prolongs the session's cookie; only the page's own answer reaches the browser.
    for cookie in parts.headers.get_all(SET_COOKIE) {
        (server.set_cookie)(cookie.clone());
    }
    let total_count = parts.headers.get("x-total-count").and_then(|n| n.to_str().ok()?.parse().ok());
    let body = body.collect().await.ok()?.to_bytes();
    Some(Answer { status: parts.status.as_u16(), body: String::from_utf8(body.into()).ok()?, total_count })
}

/// The instant that the server's clock shows.
pub fn now() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_ms(0).plus(since_epoch)
}

/// The language to render in: the reader's choice, or else what the browser asks for.
pub fn preferred_lang() -> Lang {
    use_context::<Parts>().map(|page| lang_of(&page)).unwrap_or_default()
}

/// The theme to render in: the reader's choice.
pub fn preferred_theme() -> Theme {
    let page = use_context::<Parts>();
    Theme::from_name(page.as_ref().and_then(|page| cookie(page, THEME_COOKIE)).unwrap_or_default())
}

/// Only the browser has cookies to keep.
pub fn remember(_: &str, _: &str) {}

fn header(page: &Parts, name: HeaderName) -> &str {
    page.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
}

fn cookie<'a>(page: &'a Parts, wanted: &str) -> Option<&'a str> {
    header(page, COOKIE).split(';').find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == wanted).then_some(value)
    })
}

fn lang_of(page: &Parts) -> Lang {
    let chosen = cookie(page, LANG_COOKIE).and_then(Lang::from_tag);
    chosen.unwrap_or_else(|| Lang::from_accept_language(header(page, ACCEPT_LANGUAGE)))
}

/// Makes the answer a 404, for a page that is not there.
pub fn page_missing() {
    if let Some(server) = use_context::<Server>() {
        (server.set_status)(StatusCode::NOT_FOUND);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(headers: &[(&str, &str)]) -> Parts {
        let mut builder = Request::builder().uri("/");
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        builder.body(()).unwrap().into_parts().0
    }

    #[test]
    fn a_chosen_language_outranks_the_browser_s() {
        assert_eq!(lang_of(&page(&[("accept-language", "de-DE,en;q=0.5")])), Lang::De);
        assert_eq!(lang_of(&page(&[("accept-language", "de"), ("cookie", "a=b; rota_lang=en-US")])), Lang::En);
        assert_eq!(lang_of(&page(&[("accept-language", "de"), ("cookie", "rota_lang=xx")])), Lang::De);
        assert_eq!(lang_of(&page(&[])), Lang::En);
    }

    #[test]
    fn a_call_carries_the_reader_s_cookie_and_nothing_else_of_the_page() {
        let page = page(&[("cookie", "rota_session=abc"), ("authorization", "Bearer x"), ("if-none-match", "\"1\"")]);
        let request = request(&page, Call::get("/api/task?limit=1")).unwrap();
        assert_eq!(request.uri(), "/api/task?limit=1");
        assert_eq!(request.headers()["cookie"], "rota_session=abc");
        assert_eq!(request.headers()["accept-language"], "en-US");
        assert_eq!(request.headers()["sec-fetch-site"], "same-origin");
        assert_eq!(request.headers().len(), 3);
    }
}
