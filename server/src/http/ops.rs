//! For those who run the server: is it alive, is it ready, what does it do.

use super::answer::json;
use super::error::Answer;
use crate::http::openapi::shapes;
use crate::state::AppState;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use domain::Error;
use serde_json::json;

/// The process is alive.
#[utoipa::path(get, path = "/healthz", tag = "server", responses((status = 200, description = "The process is alive.", body = shapes::Health)))]
pub async fn healthz() -> Answer<Response> {
    json(&json!({"status": "ok"}))
}

/// The database can be used, and the server does its work.
#[utoipa::path(get, path = "/readyz", tag = "server", responses((status = 200, description = "The database can be used, and the server does its work.", body = shapes::Health)))]
pub async fn readyz(State(state): State<AppState>) -> Answer<Response> {
    state.store.ready().await?;
    let reasons = state.scheduler.health().unwrap_or_default().problems;
    if reasons.is_empty() { json(&json!({"status": "ready"})) } else { Err(Error::NotReady { reasons }.into()) }
}

/// Prometheus text. Without the database it tells what the process knows by itself.
#[utoipa::path(get, path = "/metrics", tag = "server", responses((status = 200, description = "Prometheus text.", body = String, content_type = "text/plain")))]
pub async fn metrics(State(state): State<AppState>) -> Answer<Response> {
    for (status, n) in state.store.task_counts().await.unwrap_or_default() {
        metrics::gauge!("rota_tasks", "status" => status.as_str()).set(n as f64);
    }
    metrics::gauge!("rota_runs_running").set(state.scheduler.running() as f64);
    if let Some(health) = state.scheduler.health() {
        metrics::gauge!("rota_run_slots").set(health.slots as f64);
        metrics::gauge!("rota_lease_age_seconds").set(health.lease_age.as_secs_f64());
        metrics::gauge!("rota_clock_offset_seconds").set(health.clock_offset_ms as f64 / 1000.0);
        metrics::gauge!("rota_log_backlog_bytes").set(health.backlog as f64);
    }
    let text = state.metrics.render();
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}
