//! Tasks in PostgreSQL.

mod cancel;
pub(super) mod list;
mod once;
mod write;

pub(super) use once::{Begun, begin_once, remember};

use super::{PostgresStore, instant, json, notify};
use crate::store::{Canceled, Edit, Guard, News, Once, Page, Reseal, StoreError, Stored, TaskQuery, TaskStore};
use async_trait::async_trait;
use domain::json::Raw;
use domain::run::Status;
use domain::task::{Owner, StoredTask, Task};
use domain::user::generated_displayname;
use domain::{Error, RunId, TaskId, Timestamp, UserId};
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row};
use std::collections::HashMap;

/// Tasks by their ids, with what is shown of their owners.
const BY_ID: &str = "SELECT t.*, u.login AS owner_login, u.displayname AS owner_displayname
    FROM task t LEFT JOIN users u ON u.id = t.owner_id WHERE t.id = ANY($1)";

/// The same, locked until the transaction ends; in the order of the ids, as everyone locks them.
const LOCKED: &str = "SELECT t.*, u.login AS owner_login, u.displayname AS owner_displayname
    FROM task t LEFT JOIN users u ON u.id = t.owner_id WHERE t.id = ANY($1) ORDER BY t.id FOR UPDATE OF t";

#[async_trait]
impl TaskStore for PostgresStore {
    async fn edit_tasks(&self, edit: Edit) -> Stored<Once<Vec<StoredTask>>> {
        write::edit(self, edit).await
    }

    async fn task(&self, id: TaskId) -> Stored<Option<StoredTask>> {
        self.api.read(async |conn| Ok(load(&mut *conn, &[id]).await?.pop())).await
    }

    async fn tasks_by_id(&self, ids: &[TaskId]) -> Stored<Vec<StoredTask>> {
        self.api.read(async |conn| load(&mut *conn, ids).await).await
    }

    async fn tasks(&self, query: &TaskQuery) -> Stored<Page<StoredTask>> {
        self.api
            .read(async |conn| {
                let ids = list::ids(conn, query).await?;
                let total = list::total(conn, query).await?;
                Ok(Page { items: load(conn, &ids).await?, total })
            })
            .await
    }

    async fn delete_task(&self, id: TaskId, guard: Guard) -> Stored<()> {
        self.api
            .write(async |tx| {
                let found = lock_one(tx, id).await?;
                guard(found.as_ref())?;
                let Some(task) = found else { return Ok(()) };
                if task.active_run.is_some() {
                    return Err(Error::TaskRunning { task_id: id, pointer: String::new() }.into());
                }
                sqlx::query("DELETE FROM task WHERE id = $1").bind(id.0).execute(&mut *tx).await?;
                let sql = "INSERT INTO purge (task_id) VALUES ($1) ON CONFLICT DO NOTHING";
                sqlx::query(sql).bind(id.0).execute(&mut *tx).await?;
                write::count(tx, task.owner_id(), -1).await?;
                notify(tx, &News::Due).await?;
                Ok(())
            })
            .await
    }

    async fn reseal_step(&self, after: TaskId, reseal: Reseal<'_>) -> Stored<Option<TaskId>> {
        write::reseal(self, after, reseal).await
    }

    async fn cancel_task(&self, id: TaskId, now: Timestamp, up_since: Timestamp, guard: Guard) -> Stored<Canceled> {
        cancel::cancel(self, id, now, up_since, guard).await
    }
}

/// Loads tasks in the order of the ids; those that are gone are left out.
pub(super) async fn load(conn: &mut PgConnection, ids: &[TaskId]) -> Stored<Vec<StoredTask>> {
    let mut by_id = fetch(conn, BY_ID, ids).await?;
    Ok(ids.iter().filter_map(|id| by_id.remove(id)).collect())
}

/// Loads and locks tasks.
pub(super) async fn lock(conn: &mut PgConnection, ids: &[TaskId]) -> Stored<HashMap<TaskId, StoredTask>> {
    fetch(conn, LOCKED, ids).await
}

/// Loads and locks one task for a decision.
pub(super) async fn lock_one(conn: &mut PgConnection, id: TaskId) -> Stored<Option<StoredTask>> {
    Ok(lock(conn, &[id]).await?.remove(&id))
}

async fn fetch(conn: &mut PgConnection, sql: &'static str, ids: &[TaskId]) -> Stored<HashMap<TaskId, StoredTask>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query(sql).bind(ids).fetch_all(conn).await?;
    rows.iter().map(|row| from_row(row).map(|t| (t.task.id, t))).collect()
}

fn from_row(row: &PgRow) -> Stored<StoredTask> {
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

fn task(row: &PgRow) -> Stored<Task> {
    let raw = |column: &str| -> Stored<Raw> {
        Raw::parse(row.try_get(column)?).ok_or_else(|| StoreError::Corrupt(format!("column {column}")))
    };
    let percent: Option<i16> = row.try_get("status_percent")?;
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
