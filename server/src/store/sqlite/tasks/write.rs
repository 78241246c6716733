//! Saving, deleting and canceling tasks in SQLite.

use super::super::{SqliteStore, ms, signed, text};
use super::load_one;
use crate::store::due::{canceled, to_cancel};
use crate::store::reseal::{Row, STEP, resealed};
use crate::store::tx::Decided;
use crate::store::{Canceled, Edit, Guard, Idempotency, Once, Reseal, StoreError, Stored};
use domain::planner::{self, Agenda, Ended, Start};
use domain::run::{Status, Trigger};
use domain::task::{StoredTask, Task};
use domain::{Error, RunId, TaskId, Timestamp, UserId};
use sqlx::SqliteConnection;
use std::collections::HashMap;

/// How long an `Idempotency-Key` is remembered.
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// See [`crate::store::TaskStore::edit_tasks`].
pub async fn edit(store: &SqliteStore, edit: Edit) -> Stored<Once<Vec<StoredTask>>> {
    store.writer.decide(async |tx| edit_in(tx, edit).await).await
}

async fn edit_in(tx: &mut SqliteConnection, edit: Edit) -> Stored<Decided<Once<Vec<StoredTask>>>> {
    if let Some(key) = &edit.idempotency
        && let Some(answer) = answered(tx, key, edit.now).await?
    {
        return Ok(Decided::Unchanged(Once::Before(answer)));
    }
    let new_ids = next_ids(tx, edit.creates).await?;
    let loaded = load_in_order(tx, &edit.load).await?;
    let tasks = (edit.decide)(&loaded, &new_ids)?;
    for task in &tasks {
        if new_ids.contains(&task.id) {
            insert(tx, task, edit.owner).await?;
        } else {
            update(tx, task).await?;
        }
    }
    write_tags(tx, &tasks, &new_ids).await?;
    let created = tasks.iter().filter(|t| new_ids.contains(&t.id)).count();
    count(tx, Some(edit.owner), signed(created as u64)).await?;
    let ids: Vec<TaskId> = tasks.iter().map(|t| t.id).collect();
    let saved = load_in_order(tx, &ids).await?.into_iter().flatten().collect::<Vec<_>>();
    if let Some(key) = edit.idempotency {
        remember(tx, key, edit.now, saved.as_slice()).await?;
    }
    Ok(Decided::Changed(Once::Now(saved)))
}

/// Like `load`, but an id may come twice and what is gone is `None`.
async fn load_in_order(conn: &mut SqliteConnection, ids: &[TaskId]) -> Stored<Vec<Option<StoredTask>>> {
    let found = super::load(conn, ids).await?;
    let by_id: HashMap<TaskId, StoredTask> = found.into_iter().map(|t| (t.task.id, t)).collect();
    Ok(ids.iter().map(|id| by_id.get(id).cloned()).collect())
}

/// Ids that were never used, even by tasks since deleted.
async fn next_ids(conn: &mut SqliteConnection, n: usize) -> Stored<Vec<TaskId>> {
    if n == 0 {
        return Ok(vec![]);
    }
    let sql = "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'task'), 0)";
    let last: i64 = sqlx::query_scalar(sql).fetch_one(conn).await?;
    Ok((1..=signed(n as u64)).map(|i| TaskId(last + i)).collect())
}

async fn insert(conn: &mut SqliteConnection, t: &Task, owner: UserId) -> Stored<()> {
    let sql =
        "INSERT INTO task (id, owner_id, version, created_at, updated_at, description, module, params, timeout_sec,
        schedules, next_run_at, email, prefs, state, status, options, priority, wake_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)";
    sqlx::query(sql)
        .bind(t.id.0)
        .bind(owner.0)
        .bind(t.version)
        .bind(t.created_at.ms())
        .bind(t.updated_at.ms())
        .bind(&t.description)
        .bind(&t.task_module)
        .bind(text(&t.task_params)?)
        .bind(t.task_timeout_sec)
        .bind(text(&t.schedules)?)
        .bind(ms(t.next_run_at))
        .bind(text(&t.email)?)
        .bind(t.frontend_prefs.get())
        .bind(t.state.get())
        .bind(t.status.as_str())
        .bind(t.options.stored().get())
        .bind(t.options.priority)
        .bind(ms(planner::wake_at(t)))
        .execute(conn)
        .await?;
    Ok(())
}

/// The tags of tasks, in place of those they had. One that is saved twice has those it was left with.
async fn write_tags(conn: &mut SqliteConnection, tasks: &[Task], new_ids: &[TaskId]) -> Stored<()> {
    let last: HashMap<TaskId, &Task> = tasks.iter().map(|t| (t.id, t)).collect();
    let old: Vec<TaskId> = last.keys().filter(|id| !new_ids.contains(id)).copied().collect();
    if !old.is_empty() {
        let sql = "DELETE FROM task_tag WHERE task_id IN (SELECT value FROM json_each(?1))";
        sqlx::query(sql).bind(text(&old)?).execute(&mut *conn).await?;
    }
    let tags: Vec<(TaskId, &str)> =
        last.values().flat_map(|t| t.options.tags.iter().map(|tag| (t.id, tag.as_str()))).collect();
    if !tags.is_empty() {
        let sql = "INSERT INTO task_tag (task_id, tag) SELECT value ->> 0, value ->> 1 FROM json_each(?1)";
        sqlx::query(sql).bind(text(&tags)?).execute(conn).await?;
    }
    Ok(())
}

/// Writes what clients write, and nothing that is the runner's.
async fn update(conn: &mut SqliteConnection, t: &Task) -> Stored<()> {
    let sql = "UPDATE task SET version = ?2, updated_at = ?3, description = ?4, params = ?5, timeout_sec = ?6, schedules = ?7,
        next_run_at = ?8, email = ?9, prefs = ?10, options = ?11, priority = ?12, wake_at = ?13, retry_at = ?14,
        attempts = CASE WHEN ?14 IS NULL THEN 0 ELSE attempts END WHERE id = ?1";
    sqlx::query(sql)
        .bind(t.id.0)
        .bind(t.version)
        .bind(t.updated_at.ms())
        .bind(&t.description)
        .bind(text(&t.task_params)?)
        .bind(t.task_timeout_sec)
        .bind(text(&t.schedules)?)
        .bind(ms(t.next_run_at))
        .bind(text(&t.email)?)
        .bind(t.frontend_prefs.get())
        .bind(t.options.stored().get())
        .bind(t.options.priority)
        .bind(ms(planner::wake_at(t)))
        .bind(ms(t.retry_at))
        .execute(conn)
        .await?;
    Ok(())
}

/// See [`crate::store::TaskStore::reseal_step`].
pub(super) async fn reseal(store: &SqliteStore, after: TaskId, reseal: Reseal<'_>) -> Stored<Option<TaskId>> {
    let sql = "SELECT id, params, options FROM task WHERE id > ?1 ORDER BY id LIMIT ?2";
    store
        .writer
        .write(async |tx| {
            let rows: Vec<Row> = sqlx::query_as(sql).bind(after.0).bind(STEP).fetch_all(&mut *tx).await?;
            let last = rows.last().map(|(id, ..)| TaskId(*id));
            let changed = resealed(rows, reseal)?;
            if !changed.is_empty() {
                let sql = "UPDATE task SET params = j.value ->> 1, options = j.value ->> 2
                    FROM json_each(?1) j WHERE task.id = j.value ->> 0";
                sqlx::query(sql).bind(text(&changed)?).execute(&mut *tx).await?;
            }
            Ok(last)
        })
        .await
}

/// Keeps the number of an owner's tasks.
async fn count(conn: &mut SqliteConnection, owner: Option<UserId>, by: i64) -> Stored<()> {
    if by == 0 {
        return Ok(());
    }
    let sql = "INSERT INTO task_count (owner_id, n) VALUES (?1, ?2) ON CONFLICT (owner_id) DO UPDATE SET n = n + ?2";
    sqlx::query(sql).bind(owner.map_or(0, |o| o.0)).bind(by).execute(conn).await?;
    Ok(())
}

/// The answer that was given under this key, if any.
pub async fn answered<T: ?Sized>(
    conn: &mut SqliteConnection,
    key: &Idempotency<T>,
    now: Timestamp,
) -> Stored<Option<String>> {
    let sql = "SELECT request, answer FROM idempotency WHERE user_id = ?1 AND key = ?2 AND created_at > ?3";
    let row: Option<(Vec<u8>, String)> =
        sqlx::query_as(sql).bind(key.caller.0).bind(&key.key).bind(now.ms() - DAY_MS).fetch_optional(conn).await?;
    match row {
        None => Ok(None),
        Some((request, answer)) if request == key.request => Ok(Some(answer)),
        Some(_) => Err(StoreError::Refused(Error::IdempotencyConflict { key: key.key.clone() })),
    }
}

/// Keeps the answer under the key.
pub async fn remember<T: ?Sized>(
    tx: &mut SqliteConnection,
    key: Idempotency<T>,
    now: Timestamp,
    result: &T,
) -> Stored<()> {
    let sql =
        "INSERT OR REPLACE INTO idempotency (user_id, key, request, answer, created_at) VALUES (?1, ?2, ?3, ?4, ?5)";
    sqlx::query(sql)
        .bind(key.caller.0)
        .bind(&key.key)
        .bind(&key.request)
        .bind((key.answer)(result))
        .bind(now.ms())
        .execute(&mut *tx)
        .await?;
    Ok(())
}

/// See [`crate::store::TaskStore::delete_task`].
pub async fn delete(store: &SqliteStore, id: TaskId, guard: Guard) -> Stored<()> {
    store
        .writer
        .write(async |tx| {
            let found = load_one(tx, id).await?;
            guard(found.as_ref())?;
            let Some(task) = found else { return Ok(()) };
            if task.active_run.is_some() {
                return Err(Error::TaskRunning { task_id: id, pointer: String::new() }.into());
            }
            sqlx::query("DELETE FROM task WHERE id = ?1").bind(id.0).execute(&mut *tx).await?;
            sqlx::query("INSERT OR IGNORE INTO purge (task_id) VALUES (?1)").bind(id.0).execute(&mut *tx).await?;
            count(tx, task.owner_id(), -1).await?;
            Ok(())
        })
        .await
}

/// See [`crate::store::TaskStore::cancel_task`].
pub async fn cancel(
    store: &SqliteStore,
    id: TaskId,
    now: Timestamp,
    up_since: Timestamp,
    guard: Guard,
) -> Stored<Canceled> {
    store.writer.write(async |tx| cancel_in(tx, id, now, up_since, guard).await).await
}

async fn cancel_in(
    tx: &mut SqliteConnection,
    id: TaskId,
    now: Timestamp,
    up_since: Timestamp,
    guard: Guard,
) -> Stored<Canceled> {
    let found = load_one(tx, id).await?;
    guard(found.as_ref())?;
    let Some(task) = found else { return Err(Error::TaskNotRunning { task_id: id }.into()) };
    let done = match task.active_run {
        Some(run) if task.task.status == Status::Running && is_running(tx, run).await? => {
            stop_running(tx, &task, run, now).await?;
            Canceled::Running(run)
        }
        Some(run) => {
            end_queued(tx, run, now).await?;
            // A run that waited to go on after an interruption has its instant in the agenda still.
            let ended = queued(tx, run).await?;
            end_task(tx, &task, run, planner::after_run(&task.task, ended, up_since, now), now).await?;
            Canceled::Unstarted(run)
        }
        None => cancel_due(tx, &task, now, up_since).await?,
    };
    Ok(done)
}

async fn is_running(conn: &mut SqliteConnection, run: RunId) -> Stored<bool> {
    let sql = "SELECT count(*) FROM run WHERE id = ?1 AND status = 'running'";
    let n: i64 = sqlx::query_scalar(sql).bind(run.0).fetch_one(conn).await?;
    Ok(n > 0)
}

/// A second cancel while the run is still stopping is acknowledged, and changes nothing.
async fn stop_running(conn: &mut SqliteConnection, task: &StoredTask, run: RunId, now: Timestamp) -> Stored<()> {
    if task.task.run_canceled_at.is_some() {
        return Ok(());
    }
    sqlx::query("UPDATE run SET cancel = 1 WHERE id = ?1").bind(run.0).execute(&mut *conn).await?;
    let sql = "UPDATE task SET run_canceled_at = ?2, updated_at = ?2, version = version + 1 WHERE id = ?1";
    sqlx::query(sql).bind(task.task.id.0).bind(now.ms()).execute(conn).await?;
    Ok(())
}

/// A run that never started, as its end has it.
async fn queued(conn: &mut SqliteConnection, run: RunId) -> Stored<Ended> {
    let sql = "SELECT trigger, due_at, attempt FROM run WHERE id = ?1";
    let (trigger, due_at, attempt): (String, i64, i64) = sqlx::query_as(sql).bind(run.0).fetch_one(conn).await?;
    let trigger = Trigger::parse(&trigger).ok_or_else(|| StoreError::Corrupt(format!("trigger {trigger}")))?;
    Ok(canceled(Start { trigger, due_at: Timestamp::from_ms(due_at), attempt }))
}

async fn end_queued(conn: &mut SqliteConnection, run: RunId, now: Timestamp) -> Stored<()> {
    let sql = "UPDATE run SET status = 'canceled', finished_at = ?2 WHERE id = ?1 AND status = 'new'";
    sqlx::query(sql).bind(run.0).bind(now.ms()).execute(conn).await?;
    Ok(())
}

async fn end_task(
    conn: &mut SqliteConnection,
    task: &StoredTask,
    run: RunId,
    agenda: Agenda,
    now: Timestamp,
) -> Stored<()> {
    let sql = "UPDATE task SET status = 'canceled', status_msg = NULL, status_percent = NULL, run_started_at = NULL,
        run_finished_at = ?2, run_canceled_at = ?2, updated_at = ?2, version = version + 1, active_run = NULL, last_run = ?3,
        next_run_at = ?4, retry_at = ?5, attempts = ?6, wake_at = ?7 WHERE id = ?1";
    sqlx::query(sql)
        .bind(task.task.id.0)
        .bind(now.ms())
        .bind(run.0)
        .bind(ms(agenda.next_run_at))
        .bind(ms(agenda.retry_at))
        .bind(agenda.attempts)
        .bind(ms(agenda.wake_at))
        .execute(conn)
        .await?;
    Ok(())
}

/// The instant is used up: its row in the ledger says `canceled`, and the next one is up.
async fn cancel_due(
    conn: &mut SqliteConnection,
    task: &StoredTask,
    now: Timestamp,
    up_since: Timestamp,
) -> Stored<Canceled> {
    let t = &task.task;
    let Some(start) = to_cancel(task, up_since, now) else {
        return Err(Error::TaskNotRunning { task_id: t.id }.into());
    };
    let run = ledger_canceled(conn, t.id, start, now).await?;
    end_task(conn, task, run, planner::after_run(t, canceled(start), up_since, now), now).await?;
    Ok(Canceled::Unstarted(run))
}

async fn ledger_canceled(conn: &mut SqliteConnection, task: TaskId, start: Start, now: Timestamp) -> Stored<RunId> {
    let sql = "INSERT INTO run (task_id, trigger, due_at, finished_at, status, attempt)
        VALUES (?1, ?2, ?3, ?4, 'canceled', ?5)
        ON CONFLICT (task_id, due_at) DO UPDATE SET task_id = task_id RETURNING id";
    let id: i64 = sqlx::query_scalar(sql)
        .bind(task.0)
        .bind(start.trigger.as_str())
        .bind(start.due_at.ms())
        .bind(now.ms())
        .bind(start.attempt)
        .fetch_one(conn)
        .await?;
    Ok(RunId(id))
}
