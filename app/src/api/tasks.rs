//! Tasks.

use super::{ApiError, Call, Page, encoded, exchange, page, read, send};
use domain::TaskId;
pub use domain::run::Status;
pub use domain::task::{Task, TaskObject};
use serde_json::{Value, json};

/// Which tasks to list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wanted {
    /// Only those with this text in their description, or with this id.
    pub q: String,
    /// Only this status, as the contract names it; empty: any.
    pub status: String,
    /// Only this module's; empty: any.
    pub module: String,
    /// For root: only those of `me` or of the user with this id; empty: everyone's.
    pub owner: String,
    /// Only those with this tag, or with one of several with commas between them; empty: any.
    pub tag: String,
    /// By what; empty: newest first.
    pub sort: String,
    /// Smallest first.
    pub ascending: bool,
    /// How many to pass over.
    pub offset: u64,
    /// How many to give.
    pub limit: u64,
}

impl Wanted {
    /// As a query, without those that say nothing.
    pub fn query(&self) -> String {
        let mut query = format!("limit={}&offset={}", self.limit, self.offset);
        for (name, value) in [
            ("q", &self.q),
            ("status", &self.status),
            ("module", &self.module),
            (if self.owner == "me" { "user" } else { "owner" }, &self.owner),
            ("tag", &self.tag),
            ("sort", &self.sort),
        ] {
            if !value.is_empty() {
                query += &format!("&{name}={}", encoded(value));
            }
        }
        if !self.sort.is_empty() {
            query += if self.ascending { "&order=asc" } else { "&order=desc" };
        }
        query
    }
}

/// `GET /task`.
///
/// # Errors
/// What befalls any call.
pub async fn list(wanted: Wanted) -> Result<Page<TaskObject>, ApiError> {
    page(format!("/api/task?{}", wanted.query()), wanted.offset).await
}

/// `GET /task/{id}`.
///
/// # Errors
/// `ResourceNotFound` for someone else's or none.
pub async fn one(id: TaskId) -> Result<TaskObject, ApiError> {
    read(&send(Call::get(format!("/api/task/{id}"))).await?)
}

/// `PUT /task`: creates one. `fields` is the object inside `task`.
///
/// # Errors
/// Those of a save; `pointer` begins with `/task`.
pub async fn create(fields: Value) -> Result<TaskObject, ApiError> {
    exchange("PUT", "/api/task".to_owned(), &json!({ "task": fields })).await
}

/// `PATCH /task/{id}`: changes some fields; `fields` holds the stored `version` plus one.
///
/// # Errors
/// Those of a save; `VersionMismatch` when somebody else saved meanwhile.
pub async fn change(id: TaskId, fields: Value) -> Result<TaskObject, ApiError> {
    exchange("PATCH", format!("/api/task/{id}"), &json!({ "task": fields })).await
}

/// `DELETE /task/{id}`.
///
/// # Errors
/// `TaskRunning`, `ObjectNotFound`.
pub async fn delete(id: TaskId) -> Result<(), ApiError> {
    send(Call::new("DELETE", format!("/api/task/{id}"))).await.map(drop)
}

/// `POST /task/{id}/cancel`.
///
/// # Errors
/// `TaskNotRunning`.
pub async fn cancel(id: TaskId) -> Result<(), ApiError> {
    send(Call::new("POST", format!("/api/task/{id}/cancel"))).await.map(drop)
}
