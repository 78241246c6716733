//! Tasks in SQLite.

mod list;
mod write;

pub(super) use write::{answered, remember};

use super::{SqliteStore, instant, json};
use crate::store::{Canceled, Edit, Guard, Once, Page, Reseal, StoreError, Stored, TaskQuery, TaskStore};
use async_trait::async_trait;
use domain::json::Raw;
use domain::run::Status;
use domain::task::{Owner, StoredTask, Task};
use domain::user::generated_displayname;
use domain::{RunId, TaskId, Timestamp, UserId};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};
use std::collections::HashMap;

/// Tasks by a JSON array of ids, with what is shown of their owners.
const BY_ID: &str = "SELECT t.*, u.login AS owner_login, u.displayname AS owner_displayname
    FROM json_each(?1) j JOIN task t ON t.id = j.value LEFT JOIN user u ON u.id = t.owner_id";

#[async_trait]
impl TaskStore for SqliteStore {
    async fn edit_tasks(&self, edit: Edit) -> Stored<Once<Vec<StoredTask>>> {
        write::edit(self, edit).await
    }

    async fn task(&self, id: TaskId) -> Stored<Option<StoredTask>> {
        self.readers.read(async |conn| Ok(load(&mut *conn, &[id]).await?.pop())).await
    }

    async fn tasks_by_id(&self, ids: &[TaskId]) -> Stored<Vec<StoredTask>> {
        self.readers.read(async |conn| load(&mut *conn, ids).await).await
    }

    async fn tasks(&self, query: &TaskQuery) -> Stored<Page<StoredTask>> {
        self.readers
            .read(async |conn| {
                let ids = list::ids(conn, query).await?;
                let total = list::total(conn, query).await?;
                Ok(Page { items: load(conn, &ids).await?, total })
            })
            .await
    }

    async fn delete_task(&self, id: TaskId, guard: Guard) -> Stored<()> {
        write::delete(self, id, guard).await
    }

    async fn reseal_step(&self, after: TaskId, reseal: Reseal<'_>) -> Stored<Option<TaskId>> {
        write::reseal(self, after, reseal).await
    }

    async fn cancel_task(&self, id: TaskId, now: Timestamp, up_since: Timestamp, guard: Guard) -> Stored<Canceled> {
        write::cancel(self, id, now, up_since, guard).await
    }
}

/// Loads tasks in the order of the ids; those that are gone are left out.
pub(super) async fn load(conn: &mut SqliteConnection, ids: &[TaskId]) -> Stored<Vec<StoredTask>> {
    if ids.is_empty() {
        return Ok(vec![]);
    }
    let rows = sqlx::query(BY_ID).bind(super::text(&ids)?).fetch_all(conn).await?;
    let tasks = rows.iter().map(from_row).collect::<Stored<Vec<_>>>()?;
    let mut by_id: HashMap<TaskId, StoredTask> = tasks.into_iter().map(|t| (t.task.id, t)).collect();
    Ok(ids.iter().filter_map(|id| by_id.remove(id)).collect())
}

/// Loads one task for a decision.
pub(super) async fn load_one(conn: &mut SqliteConnection, id: TaskId) -> Stored<Option<StoredTask>> {
    Ok(load(conn, &[id]).await?.pop())
}

fn from_row(row: &SqliteRow) -> Stored<StoredTask> {
    let owner_login: Option<String> = row.try_get("owner_login")?;
    let owner_id: Option<i64> = row.try_get("owner_id")?;
    let owner = match (owner_id, owner_login) {
        (Some(id), Some(login)) => {
            let displayname: String = row.try_get("owner_displayname")?;
            Some(Owner { id: UserId(id), displayname: generated_displayname(&login, &displayname) })
        }
        _ => None,
    };
    let active_run: Option<i64> = row.try_get("active_run")?;
    let last_run: Option<i64> = row.try_get("last_run")?;
    Ok(StoredTask {
        task: task(row)?,
        owner,
        active_run: active_run.map(RunId),
        last_run: last_run.map(RunId),
        attempts: row.try_get("attempts")?,
        notify: json(row.try_get("notify")?, "notify")?,
    })
}

fn task(row: &SqliteRow) -> Stored<Task> {
    let raw = |column: &str| -> Stored<Raw> {
        let text: String = row.try_get(column)?;
        Raw::parse(&text).ok_or_else(|| StoreError::Corrupt(format!("column {column}")))
    };
    let percent: Option<i64> = row.try_get("status_percent")?;
    Ok(Task {
        id: TaskId(row.try_get("id")?),
        version: row.try_get("version")?,
        created_at: Timestamp::from_ms(row.try_get("created_at")?),
        updated_at: Timestamp::from_ms(row.try_get("updated_at")?),
        description: row.try_get("description")?,
        task_module: row.try_get("module")?,
        task_params: json(row.try_get("params")?, "params")?,
        task_timeout_sec: row.try_get("timeout_sec")?,
        schedules: json(row.try_get("schedules")?, "schedules")?,
        next_run_at: instant(row.try_get("next_run_at")?),
        email: json(row.try_get("email")?, "email")?,
        frontend_prefs: raw("prefs")?,
        state: raw("state")?,
        status: status(row.try_get("status")?)?,
        status_msg: row.try_get("status_msg")?,
        status_percent: percent.and_then(|p| u8::try_from(p).ok()),
        run_started_at: instant(row.try_get("run_started_at")?),
        run_finished_at: instant(row.try_get("run_finished_at")?),
        run_canceled_at: instant(row.try_get("run_canceled_at")?),
        retry_at: instant(row.try_get("retry_at")?),
        options: json(row.try_get("options")?, "options")?,
    })
}

/// Reads a status column.
pub(super) fn status(text: &str) -> Stored<Status> {
    Status::parse(text).ok_or_else(|| StoreError::Corrupt(format!("status {text}")))
}
