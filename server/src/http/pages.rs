//! The web app's pages and files.
//!
//! Every page is rendered by the app, whose calls go to the API's own router in process. Every file is inside the
//! binary: what is committed under `public/`, and the browser bundle that `cargo xtask build` puts into `target/site/`.

mod files;

use any_spawner::Executor;
use app::api::transport::Server;
use app::shell::{Assets, shell};
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, HeaderValue, REFERRER_POLICY, SET_COOKIE,
    X_CONTENT_TYPE_OPTIONS,
};
use leptos::nonce::use_nonce;
use leptos::prelude::{expect_context, provide_context};
use leptos_axum::ResponseOptions;
use std::convert::Infallible;
use std::sync::Arc;
use tower::{ServiceBuilder, ServiceExt, service_fn};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::set_header::SetResponseHeaderLayer;

/// The API and the web app at one address: whatever begins with `/api` goes to `api`, paths unchanged; everything else
/// is a file or a page.
///
/// `api` is asked for the pages' data too, so it must answer the same paths and carry its own layers.
pub fn router(api: Router) -> Router {
    // The app waits for its data on this runtime. An error only says that this is not the first router in this process.
    _ = Executor::init_tokio();
    let pages = pages(api.clone());
    let either = service_fn(move |request: Request| {
        let target = if is_api(request.uri().path()) { api.clone() } else { pages.clone() };
        async move { target.oneshot(request).await }
    });
    // Not routes: a wildcard route would add a path parameter to the API's own.
    Router::new().fallback_service(either)
}

fn is_api(path: &str) -> bool {
    path.strip_prefix("/api").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn pages(api: Router) -> Router {
    let assets = Assets {
        style: files::url("rota.css"),
        icon: files::url("favicon.svg"),
        bundle: files::exists("pkg/rota.wasm").then(|| (files::url("pkg/rota.js"), files::url("pkg/rota.wasm"))),
        parts: Arc::new(files::parts()),
    };
    let answer = get(move |request: Request| file_or_page(request, api.clone(), assets.clone()));
    Router::new().fallback(answer).layer(
        ServiceBuilder::new()
            .layer(header(X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .layer(header(REFERRER_POLICY, "same-origin"))
            .layer(header(HeaderName::from_static("cross-origin-opener-policy"), "same-origin"))
            .layer(CompressionLayer::new())
            .layer(CatchPanicLayer::custom(panicked)),
    )
}

/// A page that cannot be drawn says so, and what follows is well again.
fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    // The panic hook has written what there is to know into the server's own log.
    let text =
        "<!doctype html><title>Rota</title><p>This page could not be shown. Diese Seite konnte nicht gezeigt werden.";
    (StatusCode::INTERNAL_SERVER_ERROR, Html(text)).into_response()
}

fn header(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value))
}

async fn file_or_page(request: Request, api: Router, assets: Assets) -> Result<Response, Infallible> {
    if let Some(file) = files::answer(&request) {
        return Ok(file);
    }
    let context = move || {
        let response: ResponseOptions = expect_context();
        set_page_headers(&response);
        let cookies = response.clone();
        provide_context(Server {
            api: api.clone(),
            set_status: Arc::new(move |status| response.set_status(status)),
            set_cookie: Arc::new(move |cookie| cookies.append_header(SET_COOKIE, cookie)),
        });
        provide_context(assets.clone());
    };
    let render = leptos_axum::render_app_async_with_context(context, shell);
    let page: Response<Body> = render(request).await;
    Ok(page.into_response())
}

fn set_page_headers(response: &ResponseOptions) {
    // Pages hold what only their reader may see.
    response.insert_header(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // A page without a nonce still gets the policy: then no inline script runs at all.
    let nonce = use_nonce().map(|nonce| format!(" 'nonce-{nonce}'")).unwrap_or_default();
    if let Ok(policy) = HeaderValue::try_from(content_security_policy(&nonce)) {
        response.insert_header(CONTENT_SECURITY_POLICY, policy);
    }
}

/// Only files of this server, only inline scripts of this answer, nowhere inside another page.
fn content_security_policy(nonce: &str) -> String {
    format!(
        "default-src 'self'; script-src 'self'{nonce} 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
         connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_path_segments_are_the_api() {
        assert!(is_api("/api"));
        assert!(is_api("/api/task"));
        assert!(!is_api("/apiary"));
        assert!(!is_api("/"));
    }
}
