//! For those who run the server: is it alive, is it ready, what does it do.

use super::answer::json;
use super::error::Answer;
use crate::state::AppState;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// The process is alive.
pub async fn healthz() -> Answer<Response> {
    json(&json!({"status": "ok"}))
}

/// The database can be used.
pub async fn readyz(State(state): State<AppState>) -> Answer<Response> {
    state.store.ready().await?;
    json(&json!({"status": "ready"}))
}

/// Prometheus text.
pub async fn metrics(State(state): State<AppState>) -> Answer<Response> {
    for (status, n) in state.store.task_counts().await? {
        metrics::gauge!("rota_tasks", "status" => status.as_str()).set(n as f64);
    }
    metrics::gauge!("rota_runs_running").set(state.scheduler.running() as f64);
    let text = state.metrics.render();
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}
