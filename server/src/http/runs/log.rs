//! `GET /api/task/{id}/log`.

use super::super::answer::{Place, page};
use super::super::error::Answer;
use super::super::extract::{Query, TaskIn, Tasker};
use super::super::tasks;
use crate::http::openapi::shapes;
use crate::state::AppState;
use crate::store::{LogQuery, Page};
use axum::extract::{OriginalUri, State};
use axum::response::Response;
use domain::run::{Level, LogEntry};

/// The most lines of one page.
const MAX_LIMIT: u64 = 10_000;
const DEFAULT_LIMIT: u64 = 100;

/// A page of the log of the task's latest run, or of the one that `?run=` names.
#[utoipa::path(get, path = "/task/{taskId}/log", tag = "task", params(shapes::TaskPath, shapes::LogListQuery), responses((status = 200, description = "A page of log lines.", body = Vec<LogEntry>, headers(("X-Total-Count" = u64, description = "How many there are in all."), ("Link" = String, description = "rel=\"next\" and rel=\"prev\" (RFC 8288).")))))]
pub async fn log(
    State(state): State<AppState>,
    Tasker(signed): Tasker,
    TaskIn(id): TaskIn,
    OriginalUri(uri): OriginalUri,
    mut query: Query,
) -> Answer<Response> {
    let task = tasks::touchable(&state, &signed.caller, id).await?;
    let run = super::chosen(&state, &task, &mut query).await?;
    let offset = query.number("offset", 0, i64::MAX as u64)?;
    let limit = query.number("limit", DEFAULT_LIMIT, MAX_LIMIT)?;
    let levels = query.words("level", &Level::ALL.map(|l| (l.as_str(), l)))?;
    let q = query.text("q");
    let descending = query.word("order", &[("asc", false), ("desc", true)])?.unwrap_or(false);
    query.finish()?;
    let found = match run {
        Some(run) => state.store.log(&LogQuery { run, offset, limit, levels, q, descending }).await?,
        None => Page { items: vec![], total: 0 },
    };
    page(&found.items, Place { offset, limit, total: found.total }, &uri)
}
