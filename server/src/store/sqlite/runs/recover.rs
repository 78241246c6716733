//! Ending the runs of servers that are gone.

use super::super::tasks::load;
use super::super::{SqliteStore, instant, logs, ms};
use crate::store::{RunUpdate, StoreError, Stored};
use domain::planner;
use domain::run::{Level, LogLine, Trigger};
use domain::task::StoredTask;
use domain::{RunId, TaskId, Timestamp};
use sqlx::SqliteConnection;
use std::collections::HashMap;

/// Most runs in one transaction.
const BATCH: i64 = 1000;

struct Lost {
    run: RunId,
    task: TaskId,
    trigger: Trigger,
    due_at: Timestamp,
    log_len: u64,
}

/// See [`crate::store::RunStore::recover`]. Only one server can have the file, so any other instance is gone.
pub async fn recover(store: &SqliteStore, instance: &str, now: Timestamp, message: &str) -> Stored<Vec<TaskId>> {
    let mut tx = store.begin().await?;
    let lost = find(&mut tx, instance).await?;
    if lost.is_empty() {
        return Ok(vec![]);
    }
    let ids: Vec<TaskId> = lost.iter().map(|l| l.task).collect();
    let tasks: HashMap<TaskId, StoredTask> = load(&mut tx, &ids).await?.into_iter().map(|t| (t.task.id, t)).collect();
    let farewell: Vec<RunUpdate> = lost.iter().map(|l| last_line(l, now, message)).collect();
    logs::write(&mut tx, farewell.iter()).await?;
    for l in &lost {
        end_run(&mut tx, l, now, message).await?;
        if let Some(task) = tasks.get(&l.task) {
            end_task(&mut tx, l, task, now, message).await?;
        }
    }
    tx.commit().await?;
    Ok(ids)
}

async fn find(conn: &mut SqliteConnection, instance: &str) -> Stored<Vec<Lost>> {
    let sql = "SELECT id, task_id, trigger, due_at, log_len FROM run WHERE status = 'running' AND instance <> ?1 ORDER BY id LIMIT ?2";
    let rows: Vec<(i64, i64, String, i64, i64)> =
        sqlx::query_as(sql).bind(instance).bind(BATCH).fetch_all(conn).await?;
    let lost = rows.into_iter().map(|(run, task, trigger, due_at, log_len)| {
        let unknown = || StoreError::Corrupt(format!("trigger {trigger}"));
        Ok(Lost {
            run: RunId(run),
            task: TaskId(task),
            trigger: Trigger::parse(&trigger).ok_or_else(unknown)?,
            due_at: instant(Some(due_at)).unwrap_or(Timestamp::MAX),
            log_len: super::unsigned(log_len),
        })
    });
    lost.collect()
}

/// The log itself says why it ends here.
fn last_line(lost: &Lost, now: Timestamp, message: &str) -> RunUpdate {
    let line = LogLine { timestamp: now, level: Level::Error, msg: message.to_owned(), status_percent: None };
    RunUpdate {
        run: lost.run,
        task: lost.task,
        first_idx: lost.log_len,
        lines: vec![line],
        percent: None,
        message: None,
        state: None,
        result: None,
        end: None,
    }
}

async fn end_run(conn: &mut SqliteConnection, lost: &Lost, now: Timestamp, message: &str) -> Stored<()> {
    let sql = "UPDATE run SET status = 'error', status_msg = ?2, finished_at = ?3, log_len = log_len + 1 WHERE id = ?1";
    sqlx::query(sql).bind(lost.run.0).bind(message).bind(now.ms()).execute(conn).await?;
    Ok(())
}

/// The next instant counts from the one that was interrupted: if that has passed as well, it is caught up on, once.
async fn end_task(
    conn: &mut SqliteConnection,
    lost: &Lost,
    stored: &StoredTask,
    now: Timestamp,
    message: &str,
) -> Stored<()> {
    let t = &stored.task;
    let next = match (stored.owner_id(), lost.trigger.uses_next_run()) {
        (None, _) => None,
        (Some(_), true) => planner::next_by_schedule(&t.schedules, lost.due_at),
        (Some(_), false) => t.next_run_at,
    };
    let sql = "UPDATE task SET status = 'error', status_msg = CASE WHEN owner_id IS NULL THEN status_msg ELSE ?3 END,
        run_finished_at = ?4, active_run = NULL, next_run_at = ?5 WHERE id = ?1 AND active_run = ?2";
    sqlx::query(sql).bind(t.id.0).bind(lost.run.0).bind(message).bind(now.ms()).bind(ms(next)).execute(conn).await?;
    Ok(())
}
