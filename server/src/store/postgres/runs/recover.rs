//! Ending the runs of servers that are gone, or having them go on.

use super::super::{DB_NOW, PostgresStore, clean, logs, ms, notify, post, tasks, unsigned};
use super::{columns, parse_trigger};
use crate::store::lost::{BATCH, Lost, last_lines, sorted};
use crate::store::tx::Decided;
use crate::store::{ClaimToken, News, Recovery, Stored};
use domain::planner::Agenda;
use domain::task::StoredTask;
use domain::{RunId, TaskId, Timestamp};
use sqlx::{AssertSqlSafe, PgConnection};
use std::collections::HashMap;

/// See [`crate::store::RunStore::recover`].
pub async fn recover(store: &PostgresStore, instance: &str, recovery: Recovery<'_>) -> Stored<Vec<TaskId>> {
    store.engine.decide(async |tx| recover_in(tx, instance, recovery).await).await
}

async fn recover_in(tx: &mut PgConnection, instance: &str, recovery: Recovery<'_>) -> Stored<Decided<Vec<TaskId>>> {
    let lost = find(tx, instance, recovery).await?;
    if lost.is_empty() {
        return Ok(Decided::Unchanged(vec![]));
    }
    let ids: Vec<TaskId> = lost.iter().map(|l| l.task).collect();
    let tasks: HashMap<TaskId, StoredTask> = tasks::load(tx, &ids).await?.into_iter().map(|t| (t.task.id, t)).collect();
    let (resumed, ended) = sorted(lost, &tasks, recovery);
    logs::write(tx, last_lines(&resumed, &ended, recovery).iter()).await?;
    resume(tx, &resumed, recovery).await?;
    end_runs(tx, &ended, recovery).await?;
    end_tasks(tx, &ended, &tasks, recovery).await?;
    let runs: Vec<RunId> = ended.iter().map(|l| l.run).collect();
    post::owe_for_lost(tx, &runs, recovery.notice).await?;
    notify(tx, &News::Due).await?;
    Ok(Decided::Changed(ids))
}

type Row = (i64, i64, i64, String, i64, i64, bool, i64);

/// Which running runs have no server any more: their leases ran out, and they are not held here; or this process says so of its own.
fn is_over() -> String {
    format!(
        "(($2 AND lease_until < {DB_NOW} AND NOT (instance = $1 AND r.id = ANY($3)))
        OR (instance = $1 AND (r.id, claim) IN (SELECT * FROM unnest($4::bigint[], $5::bigint[]))))"
    )
}

/// Tasks are locked before their runs, as everyone locks them. What another server is at is skipped; whether the lease still
/// has run out is asked again with the lock held.
async fn find(conn: &mut PgConnection, instance: &str, recovery: Recovery<'_>) -> Stored<Vec<Lost>> {
    let (here, _) = columns(recovery.here);
    let (orphaned, claims) = columns(recovery.orphaned);
    let sql = AssertSqlSafe(format!(
        "SELECT r.id FROM run r JOIN task t ON t.id = r.task_id WHERE r.status = 'running' AND {}
        ORDER BY r.id LIMIT $6 FOR UPDATE OF t SKIP LOCKED",
        is_over()
    ));
    let query = sqlx::query_scalar(sql).bind(instance).bind(recovery.expired).bind(&here).bind(&orphaned).bind(&claims);
    let ids: Vec<i64> = query.bind(BATCH).fetch_all(&mut *conn).await?;
    if ids.is_empty() {
        return Ok(vec![]);
    }
    let sql = AssertSqlSafe(format!(
        "SELECT id, claim, task_id, trigger, due_at, attempt, cancel, log_len FROM run r
        WHERE id = ANY($6) AND status = 'running' AND {} ORDER BY id FOR UPDATE SKIP LOCKED",
        is_over()
    ));
    let query = sqlx::query_as(sql).bind(instance).bind(recovery.expired).bind(&here).bind(&orphaned).bind(&claims);
    let rows: Vec<Row> = query.bind(ids).fetch_all(conn).await?;
    let lost = rows.into_iter().map(|(run, claim, task, trigger, due_at, attempt, cancel, log_len)| {
        Ok(Lost {
            run: RunId(run),
            token: ClaimToken(claim),
            task: TaskId(task),
            trigger: parse_trigger(&trigger)?,
            due_at: Timestamp::from_ms(due_at),
            attempt,
            cancel,
            log_len: unsigned(log_len),
        })
    });
    lost.collect()
}

/// Queued once more, in their own rows: the ledger has their instants.
async fn resume(conn: &mut PgConnection, resumed: &[Lost], recovery: Recovery<'_>) -> Stored<()> {
    if resumed.is_empty() {
        return Ok(());
    }
    let runs: Vec<i64> = resumed.iter().map(|l| l.run.0).collect();
    let sql =
        "UPDATE run SET status = 'new', trigger = 'retry', attempt = attempt + 1, instance = NULL, lease_until = NULL,
        claim = 0, log_len = log_len + 1 WHERE id = ANY($1)";
    sqlx::query(sql).bind(&runs).execute(&mut *conn).await?;
    let sql = "UPDATE task SET status_msg = $2 WHERE active_run = ANY($1)";
    sqlx::query(sql).bind(&runs).bind(clean(recovery.resumed)).execute(conn).await?;
    Ok(())
}

async fn end_runs(conn: &mut PgConnection, lost: &[Lost], recovery: Recovery<'_>) -> Stored<()> {
    let ids: Vec<i64> = lost.iter().map(|l| l.run.0).collect();
    let sql = "UPDATE run SET status = 'error', status_msg = $2, finished_at = $3, claim = 0, log_len = log_len + 1 WHERE id = ANY($1)";
    sqlx::query(sql).bind(ids).bind(clean(recovery.message)).bind(recovery.now.ms()).execute(conn).await?;
    Ok(())
}

async fn end_tasks(
    conn: &mut PgConnection,
    lost: &[Lost],
    tasks: &HashMap<TaskId, StoredTask>,
    recovery: Recovery<'_>,
) -> Stored<()> {
    let agenda = |l: &Lost| tasks.get(&l.task).map(|t| l.agenda(t, recovery.now)).unwrap_or_default();
    let agendas: Vec<Agenda> = lost.iter().map(agenda).collect();
    let sql = "UPDATE task SET status = 'error', status_msg = CASE WHEN owner_id IS NULL THEN status_msg ELSE $7 END,
        run_finished_at = $8, active_run = NULL, next_run_at = x.next, retry_at = x.retry, attempts = x.attempts, wake_at = x.wake
        FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[])
            AS x (id, run, next, retry, attempts, wake)
        WHERE task.id = x.id AND task.active_run = x.run";
    sqlx::query(sql)
        .bind(lost.iter().map(|l| l.task.0).collect::<Vec<_>>())
        .bind(lost.iter().map(|l| l.run.0).collect::<Vec<_>>())
        .bind(agendas.iter().map(|a| ms(a.next_run_at)).collect::<Vec<_>>())
        .bind(agendas.iter().map(|a| ms(a.retry_at)).collect::<Vec<_>>())
        .bind(agendas.iter().map(|a| a.attempts).collect::<Vec<_>>())
        .bind(agendas.iter().map(|a| ms(a.wake_at)).collect::<Vec<_>>())
        .bind(clean(recovery.message))
        .bind(recovery.now.ms())
        .execute(conn)
        .await?;
    Ok(())
}
