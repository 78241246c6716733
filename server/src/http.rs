//! The whole route table, readable as one page; layers; fallback.

pub mod answer;
pub mod error;
pub mod events;
pub mod extract;
pub mod idempotency;
pub mod modules;
pub mod openapi;
pub mod ops;
pub mod pages;
pub mod runs;
pub mod schedules;
pub mod sessions;
pub mod tasks;
pub mod users;

use crate::state::AppState;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderValue, Method, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use domain::Error;
use error::Failure;
use std::time::Instant;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::set_header::SetResponseHeaderLayer;

/// The content type of every JSON answer.
pub const JSON: &str = "application/json; charset=utf-8";

/// The API, at `/api` and identically at `/api/v1`.
pub fn router(state: AppState) -> Router {
    let routes = routes();
    let layers = ServiceBuilder::new()
        .layer(from_fn(measure))
        .layer(SetResponseHeaderLayer::overriding(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")))
        .layer(SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .layer(SetResponseHeaderLayer::overriding(
            header::VARY,
            HeaderValue::from_static("accept-language, accept-encoding"),
        ))
        .layer(CompressionLayer::new())
        .layer(from_fn(error::render))
        .layer(CatchPanicLayer::custom(panicked));
    Router::new()
        .nest("/api/v1", routes.clone())
        .nest("/api", routes)
        .fallback(not_found)
        .layer(layers)
        // Each handler bounds its body itself, by the setting, and says so in the contract's words.
        .layer(DefaultBodyLimit::disable())
        .with_state(state)
}

fn routes() -> Router<AppState> {
    Router::new()
        .route("/task", get(tasks::list).post(tasks::post).put(tasks::put))
        .route("/task/modules", get(modules::list))
        .route("/task/events", get(events::tasks))
        .route("/task/{id}", get(tasks::show).delete(tasks::delete).patch(tasks::patch))
        .route("/task/{id}/cancel", post(tasks::cancel))
        .route("/task/{id}/run", get(runs::history).post(runs::run_now))
        .route("/task/{id}/log", get(runs::log))
        .route("/task/{id}/log/download", get(runs::download))
        .route("/task/{id}/log/stream", get(events::log))
        .route("/schedule/preview", post(schedules::preview))
        .route("/session", get(sessions::current).post(sessions::login).delete(sessions::logout))
        .route("/user", get(users::list).post(users::create))
        .route("/user/{id}", get(users::show).patch(users::change).delete(users::delete))
        .route("/user/{id}/token", get(users::tokens).post(users::create_token))
        .route("/user/{id}/token/{token}", delete(users::delete_token))
        .route("/healthz", get(ops::healthz))
        .route("/readyz", get(ops::readyz))
        .route("/metrics", get(ops::metrics))
        .fallback(not_found)
        .method_not_allowed_fallback(wrong_method)
}

async fn not_found(request: Request) -> Failure {
    Failure(Error::ResourceNotFound { resource: original_path(&request) })
}

async fn wrong_method(method: Method) -> Failure {
    Failure(Error::MethodNotAllowed { method: method.to_string() })
}

/// The path as the caller wrote it: nesting takes `/api` away.
fn original_path(request: &Request) -> String {
    let original = request.extensions().get::<axum::extract::OriginalUri>();
    original.map_or_else(|| request.uri().path().to_owned(), |uri| uri.0.path().to_owned())
}

/// A panic ends its request, and nothing else.
fn panicked(panic: Box<dyn std::any::Any + Send>) -> Response {
    let text = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    Failure(error::internal(&format!("a handler panicked: {text}"))).into_response()
}

/// Counts requests by route and status. Neither queries nor headers are looked at: they may hold secrets.
async fn measure(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<axum::extract::MatchedPath>().map(|p| p.as_str().to_owned());
    let (route, method) = (route.unwrap_or_else(|| "other".to_owned()), request.method().clone());
    let began = Instant::now();
    let response = next.run(request).await;
    let status = response.status().as_u16().to_string();
    let took = began.elapsed();
    tracing::debug!(%method, route, status, ms = took.as_millis(), "request");
    metrics::counter!("rota_http_requests_total", "route" => route.clone(), "status" => status).increment(1);
    metrics::histogram!("rota_http_request_seconds", "route" => route).record(took.as_secs_f64());
    response
}
