//! The whole route table, readable as one page; layers; fallback.

pub mod answer;
pub mod error;
pub mod events;
pub mod extract;
pub mod hooks;
pub mod idempotency;
mod linger;
pub mod mail;
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
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn, map_request};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Router};
use domain::Error;
use error::Failure;
use openapi::Document;
use std::time::Instant;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The content type of every JSON answer.
pub const JSON: &str = "application/json; charset=utf-8";

/// The API, at `/api` and identically at `/api/v1`.
pub fn router(state: AppState) -> Router {
    let routes = routes();
    let both = Router::new().nest("/api/v1", routes.clone()).nest("/api", routes).fallback(not_found);
    layered(both.layer(Extension(document()))).with_state(state)
}

/// What all answers have in common, the outermost first.
fn layered<S: Clone + Send + Sync + 'static>(routes: Router<S>) -> Router<S> {
    let layers = ServiceBuilder::new()
        .layer(map_request(linger::over))
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
    // Each handler bounds its body itself, by the setting, and says so in the contract's words.
    routes.layer(layers).layer(DefaultBodyLimit::disable())
}

/// The table itself. The description of each route stands with its handler.
fn table() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(tasks::list, tasks::post, tasks::put))
        .routes(routes!(modules::list))
        .routes(routes!(modules::reload))
        .routes(routes!(events::tasks))
        .routes(routes!(tasks::show, tasks::patch, tasks::delete))
        .routes(routes!(tasks::cancel))
        .routes(routes!(runs::history, runs::run_now))
        .routes(routes!(hooks::show, hooks::make, hooks::delete))
        .routes(routes!(hooks::call))
        .routes(routes!(runs::recent))
        .routes(routes!(runs::outcomes))
        .routes(routes!(runs::log))
        .routes(routes!(runs::result))
        .routes(routes!(runs::file))
        .routes(routes!(runs::download))
        .routes(routes!(events::log))
        .routes(routes!(schedules::preview))
        .routes(routes!(schedules::cron))
        .routes(routes!(schedules::upcoming))
        .routes(routes!(sessions::current, sessions::login, sessions::logout))
        .routes(routes!(users::list, users::create))
        .routes(routes!(users::show, users::change, users::delete))
        .routes(routes!(users::tokens, users::create_token))
        .routes(routes!(users::delete_token))
        .routes(routes!(mail::settings, mail::change_settings))
        .routes(routes!(mail::try_settings))
        .routes(routes!(mail::list))
        .routes(routes!(mail::show))
        .routes(routes!(mail::resend))
        .routes(routes!(ops::healthz))
        .routes(routes!(ops::readyz))
        .routes(routes!(ops::metrics))
        .routes(routes!(openapi::document))
        .routes(routes!(openapi::page))
        .routes(routes!(openapi::file))
}

fn routes() -> Router<AppState> {
    Router::from(table()).fallback(not_found).method_not_allowed_fallback(wrong_method)
}

/// The description of the table.
fn document() -> Document {
    openapi::finish(OpenApiRouter::<AppState>::with_openapi(openapi::frame()).nest("/api", table()).get_openapi())
}

async fn not_found(request: Request) -> Failure {
    Failure(Error::ResourceNotFound { resource: extract::original_path(request.extensions(), request.uri()) })
}

/// The router adds `Allow`, which is all that `OPTIONS` asks for.
async fn wrong_method(method: Method) -> Response {
    if method == Method::OPTIONS {
        return StatusCode::NO_CONTENT.into_response();
    }
    Failure(Error::MethodNotAllowed { method: method.to_string() }).into_response()
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

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use axum::routing::get;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    async fn fails() -> Response {
        let secret: Option<u8> = std::hint::black_box(None);
        secret.expect("no internals in answers");
        StatusCode::OK.into_response()
    }

    #[tokio::test]
    async fn a_panic_is_an_answer_without_internals() {
        let app: Router = layered(Router::new().route("/x", get(fails)));
        let response = app.oneshot(Request::get("/x").body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(
            (response.status().as_u16(), &response.headers()["content-type"]),
            (500, &HeaderValue::from_static(JSON))
        );
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let body: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(
            (&body["code"], body["parameters"].as_object().map(|p| p.len())),
            (&"InternalError".into(), Some(1))
        );
        assert!(body["parameters"]["trace_id"].is_string() && !body.to_string().contains("internals in"));
    }
}
