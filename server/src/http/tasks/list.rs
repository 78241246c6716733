//! `GET /api/task`.

use super::super::answer::{Place, page};
use super::super::error::Answer;
use super::super::extract::{Query, Tasker};
use crate::http::openapi::shapes;
use crate::state::AppState;
use crate::store::{TaskQuery, TaskSort};
use axum::extract::{OriginalUri, State};
use axum::response::Response;
use domain::access::Caller;
use domain::run::Status;
use domain::task::{StoredTask, TaskObject};
use domain::user::ROOT;
use domain::{Error, UserId};

/// The most tasks of one page.
const MAX_LIMIT: u64 = 1000;
const DEFAULT_LIMIT: u64 = 100;
const SORTS: [(&str, TaskSort); 6] = [
    ("_id", TaskSort::Id),
    ("created_at", TaskSort::Id),
    ("updated_at", TaskSort::UpdatedAt),
    ("next_run_at", TaskSort::NextRunAt),
    ("run_started_at", TaskSort::RunStartedAt),
    ("description", TaskSort::Description),
];

/// The caller's tasks, or for root everyone's.
#[utoipa::path(get, path = "/task", tag = "task", params(shapes::PageQuery, shapes::TaskListQuery), responses((status = 200, description = "A page of tasks, newest first unless sorted.", body = Vec<TaskObject>, headers(("X-Total-Count" = u64, description = "How many there are in all."), ("Link" = String, description = "rel=\"next\" and rel=\"prev\" (RFC 8288).")))))]
pub async fn list(
    State(state): State<AppState>,
    Tasker(signed): Tasker,
    OriginalUri(uri): OriginalUri,
    query: Query,
) -> Answer<Response> {
    let query = read(query, &signed.caller)?;
    let found = state.store.tasks(&query).await?;
    let objects: Vec<_> = found.items.iter().map(StoredTask::object).collect();
    page(&objects, Place { offset: query.offset, limit: query.limit, total: found.total }, &uri)
}

/// Whose tasks: root may ask for anyone's.
fn owner(query: &mut Query, caller: &Caller) -> Result<Option<UserId>, Error> {
    let mine = query.word("user", &[("me", true), ("all", false)])?.unwrap_or(false);
    let named = if query.has("owner") {
        let id = i64::try_from(query.number("owner", 0, i64::MAX as u64)?).unwrap_or_default();
        Some(UserId(id))
    } else {
        mine.then(|| caller.id())
    };
    match named {
        _ if caller.is_root() => Ok(named),
        Some(other) if other != caller.id() => Err(Error::rights(&[ROOT])),
        _ => Ok(Some(caller.id())),
    }
}

/// The list that is asked for.
fn read(mut query: Query, caller: &Caller) -> Result<TaskQuery, Error> {
    let statuses = Status::ALL.map(|s| (s.as_str(), s));
    let owner = owner(&mut query, caller)?;
    let list = TaskQuery {
        owner,
        q: query.text("q").map(|q| q.replace('\0', " ")),
        status: query.words("status", &statuses)?,
        module: query.text("module").map(|m| m.replace('\0', " ")),
        tags: tags(&mut query),
        sort: query.word("sort", &SORTS)?.unwrap_or_default(),
        ascending: query.word("order", &[("asc", true), ("desc", false)])?.unwrap_or(false),
        offset: query.number("offset", 0, i64::MAX as u64)?,
        limit: query.number("limit", DEFAULT_LIMIT, MAX_LIMIT)?,
    };
    query.finish()?;
    Ok(list)
}

/// Tags with commas between them, of which a task must have one.
fn tags(query: &mut Query) -> Vec<String> {
    let Some(text) = query.text("tag") else { return vec![] };
    text.replace('\0', " ").split(',').map(|tag| tag.trim().to_owned()).collect()
}
