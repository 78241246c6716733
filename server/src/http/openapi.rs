//! `GET /api/openapi.json` and `GET /api/docs`: the API described by its own code.
//!
//! Paths, parameters and schemas come from the handlers and types themselves. What is the same for many operations (who may
//! call, what can go wrong) is added here, from the vocabulary of errors, so that no handler can forget it.

mod common;
mod docs;
mod examples;
pub mod shapes;

pub use docs::*;

use super::answer::json_text;
use axum::Extension;
use axum::response::Response;
use domain::error::ErrorBody;
use std::sync::Arc;
use utoipa::OpenApi;

/// The finished document, as JSON text.
#[derive(Debug, Clone)]
pub struct Document(Arc<str>);

#[derive(OpenApi)]
#[openapi(
    info(title = "Rota", description = "Runs background tasks: now, at a time, or on a calendar."),
    components(schemas(ErrorBody)),
    servers((url = "/", description = "/api/v1 answers identically to /api.")),
    tags(
        (name = "task", description = "Tasks, their runs and their logs."),
        (name = "schedule", description = "Schedules, before they are saved."),
        (name = "people", description = "Users, API tokens and sessions."),
        (name = "server", description = "For those who run the server.")
    )
)]
struct Frame;

/// The document's frame, to which the route table adds the paths.
pub fn frame() -> utoipa::openapi::OpenApi {
    Frame::openapi()
}

/// Completes what the route table has put together.
pub fn finish(document: &utoipa::openapi::OpenApi) -> Document {
    // Writing the builder's own types cannot fail.
    let mut value = serde_json::to_value(document).unwrap_or_default();
    common::complete(&mut value);
    examples::add(&mut value);
    Document(value.to_string().into())
}

/// This description, as OpenAPI 3.1.
#[utoipa::path(get, path = "/openapi.json", tag = "server", responses((status = 200, body = Object)))]
pub async fn document(Extension(document): Extension<Document>) -> Response {
    json_text(document.0.to_string())
}
