//! Canceling what runs, is queued or is due.

use super::super::{PostgresStore, ms, notify};
use super::lock_one;
use crate::store::due::{canceled, to_cancel};
use crate::store::{Canceled, Guard, News, Stored};
use domain::planner::{self, Agenda, Ended, Start};
use domain::run::Status;
use domain::task::StoredTask;
use domain::{Error, RunId, TaskId, Timestamp};
use sqlx::PgConnection;

/// See [`crate::store::TaskStore::cancel_task`]. With the task locked nobody else can start or end its run.
pub async fn cancel(
    store: &PostgresStore,
    id: TaskId,
    now: Timestamp,
    up_since: Timestamp,
    guard: Guard,
) -> Stored<Canceled> {
    store.api.write(async |tx| cancel_in(tx, id, now, up_since, guard).await).await
}

async fn cancel_in(
    tx: &mut PgConnection,
    id: TaskId,
    now: Timestamp,
    up_since: Timestamp,
    guard: Guard,
) -> Stored<Canceled> {
    let found = lock_one(tx, id).await?;
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
    notify(tx, &News::Cancel).await?;
    Ok(done)
}

async fn is_running(conn: &mut PgConnection, run: RunId) -> Stored<bool> {
    let sql = "SELECT id FROM run WHERE id = $1 AND status = 'running' FOR UPDATE";
    let found: Option<i64> = sqlx::query_scalar(sql).bind(run.0).fetch_optional(conn).await?;
    Ok(found.is_some())
}

/// A second cancel while the run is still stopping is acknowledged, and changes nothing.
async fn stop_running(conn: &mut PgConnection, task: &StoredTask, run: RunId, now: Timestamp) -> Stored<()> {
    if task.task.run_canceled_at.is_some() {
        return Ok(());
    }
    sqlx::query("UPDATE run SET cancel = true WHERE id = $1").bind(run.0).execute(&mut *conn).await?;
    let sql = "UPDATE task SET run_canceled_at = $2, updated_at = $2, version = version + 1 WHERE id = $1";
    sqlx::query(sql).bind(task.task.id.0).bind(now.ms()).execute(conn).await?;
    Ok(())
}

/// A run that never started, as its end has it.
async fn queued(conn: &mut PgConnection, run: RunId) -> Stored<Ended> {
    let sql = "SELECT trigger, due_at, attempt FROM run WHERE id = $1";
    let (trigger, due_at, attempt): (String, i64, i64) = sqlx::query_as(sql).bind(run.0).fetch_one(conn).await?;
    let trigger = super::super::runs::parse_trigger(&trigger)?;
    Ok(canceled(Start { trigger, due_at: Timestamp::from_ms(due_at), attempt }))
}

async fn end_queued(conn: &mut PgConnection, run: RunId, now: Timestamp) -> Stored<()> {
    let sql = "UPDATE run SET status = 'canceled', finished_at = $2 WHERE id = $1 AND status = 'new'";
    sqlx::query(sql).bind(run.0).bind(now.ms()).execute(conn).await?;
    Ok(())
}

async fn end_task(
    conn: &mut PgConnection,
    task: &StoredTask,
    run: RunId,
    agenda: Agenda,
    now: Timestamp,
) -> Stored<()> {
    let sql = "UPDATE task SET status = 'canceled', status_msg = NULL, status_percent = NULL, run_started_at = NULL,
        run_finished_at = $2, run_canceled_at = $2, updated_at = $2, version = version + 1, active_run = NULL, last_run = $3,
        next_run_at = $4, retry_at = $5, attempts = $6, wake_at = $7 WHERE id = $1";
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
    conn: &mut PgConnection,
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

async fn ledger_canceled(conn: &mut PgConnection, task: TaskId, start: Start, now: Timestamp) -> Stored<RunId> {
    let sql = "INSERT INTO run (task_id, trigger, due_at, finished_at, status, attempt)
        VALUES ($1, $2, $3, $4, 'canceled', $5)
        ON CONFLICT ON CONSTRAINT run_ledger DO UPDATE SET task_id = excluded.task_id RETURNING id";
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
