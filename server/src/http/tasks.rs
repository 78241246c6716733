//! `/api/task`: listing, saving, deleting and canceling tasks.

mod list;
mod save;

pub use list::*;
pub use save::*;

use super::answer::{acknowledged, json};
use super::error::Answer;
use super::extract::{TaskIn, TaskShown, Tasker};
use crate::http::openapi::shapes;
use crate::state::AppState;
use crate::store::{Canceled, Guard, StoreError};
use axum::extract::State;
use axum::response::Response;
use domain::access::Caller;
use domain::task::{StoredTask, TaskObject};
use domain::{TaskId, UserId};

/// Whether the caller may do something to the task with this id; asked inside the transaction.
pub(super) fn guard(caller: &Caller, id: TaskId) -> Guard {
    let caller = caller.clone();
    Box::new(move |found| caller.may_touch(id, found.map(StoredTask::owner_id)))
}

/// The task, if the caller may do something to it.
pub(super) async fn touchable(state: &AppState, caller: &Caller, id: TaskId) -> Answer<StoredTask> {
    let found = state.store.task(id).await?;
    caller.may_touch(id, found.as_ref().map(StoredTask::owner_id))?;
    found.ok_or_else(|| domain::Error::ObjectNotFound { object: format!("task {id}") }.into())
}

/// One task.
#[utoipa::path(get, path = "/task/{taskId}", tag = "task", params(shapes::TaskPath), responses((status = 200, description = "The task.", body = TaskObject)))]
pub async fn show(State(state): State<AppState>, Tasker(signed): Tasker, TaskShown(id): TaskShown) -> Answer<Response> {
    let found = state.store.task(id).await?;
    signed.caller.may_read(id, found.as_ref().map(StoredTask::owner_id))?;
    match found {
        Some(task) => json(&task.object()),
        None => Err(domain::Error::ResourceNotFound { resource: format!("task {id}") }.into()),
    }
}

/// Deletes a task with its runs and logs.
#[utoipa::path(delete, path = "/task/{taskId}", tag = "task", params(shapes::TaskPath), responses((status = 200, description = "It was done.", body = shapes::Acknowledged)))]
pub async fn delete(State(state): State<AppState>, Tasker(signed): Tasker, TaskIn(id): TaskIn) -> Answer<Response> {
    let owner: Option<UserId> = touchable(&state, &signed.caller, id).await?.owner_id();
    state.store.delete_task(id, guard(&signed.caller, id)).await?;
    state.hub.task(id, owner, true);
    acknowledged()
}

/// Cancels what runs, is queued or is due.
#[utoipa::path(post, path = "/task/{taskId}/cancel", tag = "task", params(shapes::TaskPath), responses((status = 200, description = "It was done.", body = shapes::Acknowledged)))]
pub async fn cancel(State(state): State<AppState>, Tasker(signed): Tasker, TaskIn(id): TaskIn) -> Answer<Response> {
    let guard = guard(&signed.caller, id);
    let now = state.clock.now();
    let canceled = state.store.cancel_task(id, now, state.scheduler.up_since(), guard).await?;
    if let Canceled::Running(run) = canceled {
        state.scheduler.cancel(run);
    }
    state.scheduler.wake();
    notify(&state, &[id]).await?;
    acknowledged()
}

/// Tells those who watch that tasks changed.
pub(super) async fn notify(state: &AppState, ids: &[TaskId]) -> Result<(), StoreError> {
    for task in state.store.tasks_by_id(ids).await? {
        state.hub.task(task.task.id, task.owner_id(), false);
    }
    Ok(())
}
