//! Ending the runs of servers that are gone, or having them go on.

use super::super::tasks::load;
use super::super::{SqliteStore, logs, ms, post, text};
use super::pairs;
use crate::store::lost::{BATCH, Lost, last_lines, sorted};
use crate::store::tx::Decided;
use crate::store::{ClaimToken, Recovery, StoreError, Stored};
use domain::run::Trigger;
use domain::task::StoredTask;
use domain::{RunId, TaskId, Timestamp};
use sqlx::SqliteConnection;
use std::collections::HashMap;

/// See [`crate::store::RunStore::recover`]. Only one server can have the file, so any other instance is gone.
pub async fn recover(store: &SqliteStore, instance: &str, recovery: Recovery<'_>) -> Stored<Vec<TaskId>> {
    store.writer.decide(async |tx| recover_in(tx, instance, recovery).await).await
}

async fn recover_in(tx: &mut SqliteConnection, instance: &str, recovery: Recovery<'_>) -> Stored<Decided<Vec<TaskId>>> {
    let lost = find(tx, instance, recovery).await?;
    if lost.is_empty() {
        return Ok(Decided::Unchanged(vec![]));
    }
    let ids: Vec<TaskId> = lost.iter().map(|l| l.task).collect();
    let tasks: HashMap<TaskId, StoredTask> = load(tx, &ids).await?.into_iter().map(|t| (t.task.id, t)).collect();
    let (resumed, ended) = sorted(lost, &tasks, recovery);
    logs::write(tx, last_lines(&resumed, &ended, recovery).iter()).await?;
    resume(tx, &resumed, recovery).await?;
    for l in &ended {
        end_run(tx, l, recovery).await?;
        if let Some(task) = tasks.get(&l.task) {
            end_task(tx, l, task, recovery).await?;
        }
    }
    let runs: Vec<RunId> = ended.iter().map(|l| l.run).collect();
    post::owe_for_lost(tx, &runs, recovery.notice).await?;
    Ok(Decided::Changed(ids))
}

type Row = (i64, i64, i64, String, i64, i64, bool, i64);

async fn find(conn: &mut SqliteConnection, instance: &str, recovery: Recovery<'_>) -> Stored<Vec<Lost>> {
    let sql = "SELECT id, claim, task_id, trigger, due_at, attempt, cancel, log_len FROM run
        WHERE status = 'running' AND (instance <> ?1
            OR (id, claim) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?2))) ORDER BY id LIMIT ?3";
    let query = sqlx::query_as(sql).bind(instance).bind(pairs(recovery.orphaned)?);
    let rows: Vec<Row> = query.bind(BATCH).fetch_all(conn).await?;
    let lost = rows.into_iter().map(|(run, claim, task, trigger, due_at, attempt, cancel, log_len)| {
        let unknown = || StoreError::Corrupt(format!("trigger {trigger}"));
        Ok(Lost {
            run: RunId(run),
            token: ClaimToken(claim),
            task: TaskId(task),
            trigger: Trigger::parse(&trigger).ok_or_else(unknown)?,
            due_at: Timestamp::from_ms(due_at),
            attempt,
            cancel,
            log_len: super::unsigned(log_len),
        })
    });
    lost.collect()
}

/// Queued once more, in their own rows: the ledger has their instants.
async fn resume(conn: &mut SqliteConnection, resumed: &[Lost], recovery: Recovery<'_>) -> Stored<()> {
    let runs = text(&resumed.iter().map(|l| l.run).collect::<Vec<_>>())?;
    let sql =
        "UPDATE run SET status = 'new', trigger = 'retry', attempt = attempt + 1, instance = NULL, lease_until = NULL,
        claim = 0, log_len = log_len + 1 WHERE id IN (SELECT value FROM json_each(?1))";
    sqlx::query(sql).bind(&runs).execute(&mut *conn).await?;
    let sql = "UPDATE task SET status_msg = ?2 WHERE active_run IN (SELECT value FROM json_each(?1))";
    sqlx::query(sql).bind(&runs).bind(recovery.resumed).execute(conn).await?;
    Ok(())
}

async fn end_run(conn: &mut SqliteConnection, lost: &Lost, recovery: Recovery<'_>) -> Stored<()> {
    let sql = "UPDATE run SET status = 'error', status_msg = ?2, finished_at = ?3, claim = 0, log_len = log_len + 1 WHERE id = ?1";
    sqlx::query(sql).bind(lost.run.0).bind(recovery.message).bind(recovery.now.ms()).execute(conn).await?;
    Ok(())
}

async fn end_task(conn: &mut SqliteConnection, lost: &Lost, stored: &StoredTask, recovery: Recovery<'_>) -> Stored<()> {
    let agenda = lost.agenda(stored, recovery.now);
    let sql = "UPDATE task SET status = 'error', status_msg = CASE WHEN owner_id IS NULL THEN status_msg ELSE ?3 END,
        run_finished_at = ?4, active_run = NULL, next_run_at = ?5, retry_at = ?6, attempts = ?7, wake_at = ?8
        WHERE id = ?1 AND active_run = ?2";
    sqlx::query(sql)
        .bind(stored.task.id.0)
        .bind(lost.run.0)
        .bind(recovery.message)
        .bind(recovery.now.ms())
        .bind(ms(agenda.next_run_at))
        .bind(ms(agenda.retry_at))
        .bind(agenda.attempts)
        .bind(ms(agenda.wake_at))
        .execute(conn)
        .await?;
    Ok(())
}
