//! Ending the runs of servers that are gone.

use super::super::{DB_NOW, PostgresStore, clean, logs, ms, tasks, unsigned};
use super::parse_trigger;
use crate::store::{RunUpdate, Stored};
use domain::planner;
use domain::run::{Level, LogLine, Trigger};
use domain::task::StoredTask;
use domain::{RunId, TaskId, Timestamp};
use sqlx::{AssertSqlSafe, PgConnection};
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

/// See [`crate::store::RunStore::recover`].
pub async fn recover(store: &PostgresStore, instance: &str, now: Timestamp, message: &str) -> Stored<Vec<TaskId>> {
    let mut tx = store.begin().await?;
    let lost = find(&mut tx, instance).await?;
    if lost.is_empty() {
        return Ok(vec![]);
    }
    let ids: Vec<TaskId> = lost.iter().map(|l| l.task).collect();
    let tasks: HashMap<TaskId, StoredTask> =
        tasks::load(&mut tx, &ids).await?.into_iter().map(|t| (t.task.id, t)).collect();
    let farewell: Vec<RunUpdate> = lost.iter().map(|l| last_line(l, now, message)).collect();
    logs::write(&mut tx, farewell.iter()).await?;
    end_runs(&mut tx, &lost, now, message).await?;
    end_tasks(&mut tx, &lost, &tasks, now, message).await?;
    tx.commit().await?;
    Ok(ids)
}

/// Tasks are locked before their runs, as everyone locks them. What another server is at is skipped; whether the lease still
/// has run out is asked again with the lock held.
async fn find(conn: &mut PgConnection, instance: &str) -> Stored<Vec<Lost>> {
    let sql = AssertSqlSafe(format!(
        "SELECT r.id FROM run r JOIN task t ON t.id = r.task_id
        WHERE r.status = 'running' AND r.lease_until < {DB_NOW} AND r.instance <> $1
        ORDER BY r.id LIMIT $2 FOR UPDATE OF t SKIP LOCKED"
    ));
    let ids: Vec<i64> = sqlx::query_scalar(sql).bind(instance).bind(BATCH).fetch_all(&mut *conn).await?;
    if ids.is_empty() {
        return Ok(vec![]);
    }
    let sql = AssertSqlSafe(format!(
        "SELECT id, task_id, trigger, due_at, log_len FROM run
        WHERE id = ANY($1) AND status = 'running' AND lease_until < {DB_NOW} AND instance <> $2
        ORDER BY id FOR UPDATE SKIP LOCKED"
    ));
    let rows: Vec<(i64, i64, String, i64, i64)> = sqlx::query_as(sql).bind(ids).bind(instance).fetch_all(conn).await?;
    let lost = rows.into_iter().map(|(run, task, trigger, due_at, log_len)| {
        Ok(Lost {
            run: RunId(run),
            task: TaskId(task),
            trigger: parse_trigger(&trigger)?,
            due_at: Timestamp::from_ms(due_at),
            log_len: unsigned(log_len),
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

async fn end_runs(conn: &mut PgConnection, lost: &[Lost], now: Timestamp, message: &str) -> Stored<()> {
    let ids: Vec<i64> = lost.iter().map(|l| l.run.0).collect();
    let sql =
        "UPDATE run SET status = 'error', status_msg = $2, finished_at = $3, log_len = log_len + 1 WHERE id = ANY($1)";
    sqlx::query(sql).bind(ids).bind(clean(message)).bind(now.ms()).execute(conn).await?;
    Ok(())
}

async fn end_tasks(
    conn: &mut PgConnection,
    lost: &[Lost],
    tasks: &HashMap<TaskId, StoredTask>,
    now: Timestamp,
    message: &str,
) -> Stored<()> {
    let next: Vec<Option<i64>> = lost.iter().map(|l| tasks.get(&l.task).and_then(|t| ms(next_run(l, t)))).collect();
    let sql = "UPDATE task SET status = 'error', status_msg = CASE WHEN owner_id IS NULL THEN status_msg ELSE $4 END,
        run_finished_at = $5, active_run = NULL, next_run_at = x.next
        FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS x (id, run, next)
        WHERE task.id = x.id AND task.active_run = x.run";
    sqlx::query(sql)
        .bind(lost.iter().map(|l| l.task.0).collect::<Vec<_>>())
        .bind(lost.iter().map(|l| l.run.0).collect::<Vec<_>>())
        .bind(next)
        .bind(clean(message))
        .bind(now.ms())
        .execute(conn)
        .await?;
    Ok(())
}

/// Counts from the instant that was interrupted: if the next has passed as well, it is caught up on, once.
fn next_run(lost: &Lost, stored: &StoredTask) -> Option<Timestamp> {
    match (stored.owner_id(), lost.trigger.uses_next_run()) {
        (None, _) => None,
        (Some(_), true) => planner::next_by_schedule(&stored.task.schedules, lost.due_at),
        (Some(_), false) => stored.task.next_run_at,
    }
}
