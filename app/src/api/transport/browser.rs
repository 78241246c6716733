//! The browser's side: `fetch`.

use super::{Answer, Call};
use crate::theme::Theme;
use domain::{Lang, Timestamp};
use leptos::prelude::{document, window};
use send_wrapper::SendWrapper;
use std::future::Future;
use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, Request, RequestInit, Response};

/// Calls the API; `None` if no answer came.
pub fn send(call: Call) -> impl Future<Output = Option<Answer>> + Send {
    // Nothing here leaves the browser's only thread; the router wants futures that could.
    SendWrapper::new(async move { fetch(call).await.ok() })
}

async fn fetch(call: Call) -> Result<Answer, JsValue> {
    let headers = Headers::new()?;
    headers.set("Accept-Language", preferred_lang().tag())?;
    let init = RequestInit::new();
    init.set_method(call.method);
    if let Some(body) = &call.body {
        headers.set("Content-Type", "application/json")?;
        init.set_body(&JsValue::from_str(body));
    }
    init.set_headers(&headers);
    let request = Request::new_with_str_and_init(&call.path, &init)?;
    let response: Response = JsFuture::from(window().fetch_with_request(&request)).await?.dyn_into()?;
    let total_count = response.headers().get("X-Total-Count")?.and_then(|n| n.parse().ok());
    let body = JsFuture::from(response.text()?).await?.as_string().unwrap_or_default();
    Ok(Answer { status: response.status(), body, total_count })
}

/// The instant that the browser's clock shows.
pub fn now() -> Timestamp {
    Timestamp::from_ms(js_sys::Date::now() as i64)
}

/// The language that the server rendered the page in.
pub fn preferred_lang() -> Lang {
    document()
        .document_element()
        .and_then(|html| html.get_attribute("lang"))
        .and_then(|tag| Lang::from_tag(&tag))
        .unwrap_or_default()
}

/// The theme that the server rendered the page in.
pub fn preferred_theme() -> Theme {
    let name = document().document_element().and_then(|html| html.get_attribute("data-theme"));
    Theme::from_name(&name.unwrap_or_default())
}

/// Keeps a choice in a cookie, for a year.
pub fn remember(cookie: &str, value: &str) {
    if let Some(html) = document().dyn_ref::<web_sys::HtmlDocument>() {
        // A refused cookie costs only the memory of the choice.
        _ = html.set_cookie(&format!("{cookie}={value}; Path=/; Max-Age=31536000; SameSite=Lax"));
    }
}

/// Only the server's first answer has a status.
pub fn page_missing() {}
