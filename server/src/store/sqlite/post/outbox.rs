//! The outbox: what is owed goes in with the outcome, what is due is taken, and what became of it is written.

use super::super::runs::from_row;
use super::super::tasks::load;
use super::super::{SqliteStore, text};
use super::taken;
use crate::store::owed::{Ended, NewDelivery, Settlement};
use crate::store::post::{Settled, Take, Taken};
use crate::store::{NoticeFor, Stored};
use domain::mail::Kind;
use domain::run::Run;
use domain::task::StoredTask;
use domain::{DeliveryId, RunId, TaskId};
use serde_json::{Value, json};
use sqlx::SqliteConnection;
use std::collections::HashMap;

pub(super) const NEXT: &str = "SELECT min(not_before) FROM outbox WHERE channel = ?1 AND status = 'waiting'";
pub(super) const PAGE: &str = "SELECT * FROM outbox WHERE ?1 IS NULL ORDER BY id DESC LIMIT ?2 OFFSET ?3";
pub(super) const PAGE_OF_STATUS: &str = "SELECT * FROM outbox WHERE status = ?1 ORDER BY id DESC LIMIT ?2 OFFSET ?3";
pub(super) const TOTAL: &str = "SELECT count(*) FROM outbox WHERE ?1 IS NULL";
pub(super) const TOTAL_OF_STATUS: &str = "SELECT count(*) FROM outbox WHERE status = ?1";
const DUE: &str = "SELECT id FROM outbox WHERE channel = ?1 AND status = 'waiting' AND not_before <= ?2
    ORDER BY not_before, id LIMIT ?3";
/// Only one server can have the file, so what any other instance was sending is nobody's.
const RELEASE: &str = "UPDATE outbox SET status = 'waiting', instance = NULL
    WHERE id IN (SELECT id FROM outbox WHERE status = 'sending') AND instance <> ?1";

const ENDED: &str =
    "SELECT id, task_id, trigger, due_at, started_at, finished_at, status, status_msg, status_percent, node,
    attempt FROM run WHERE id IN (SELECT value FROM json_each(?1))";

/// Writes what ends of runs leave behind: what tasks remember, and what is owed.
pub async fn owe(conn: &mut SqliteConnection, ended: &Settlement) -> Stored<()> {
    if !ended.states.is_empty() {
        let sql = "UPDATE task SET notify = x.notify
            FROM (SELECT value ->> 0 AS id, value ->> 1 AS notify FROM json_each(?1)) AS x WHERE task.id = x.id";
        sqlx::query(sql).bind(text(&ended.states)?).execute(&mut *conn).await?;
    }
    insert(conn, &ended.owed).await
}

/// Writes what interrupted runs owe. They have ended already, and their tasks know it.
pub async fn owe_for_lost(conn: &mut SqliteConnection, runs: &[RunId], notice: NoticeFor<'_>) -> Stored<()> {
    let rows = sqlx::query(ENDED).bind(text(&runs)?).fetch_all(&mut *conn).await?;
    let runs = rows.iter().map(from_row).collect::<Stored<Vec<Run>>>()?;
    let ids: Vec<TaskId> = runs.iter().map(|run| run.task_id).collect();
    let tasks: HashMap<TaskId, StoredTask> =
        load(&mut *conn, &ids).await?.into_iter().map(|task| (task.task.id, task)).collect();
    let mut ended = Settlement::default();
    for run in &runs {
        // One that is tried again is not over yet.
        let Some(task) = tasks.get(&run.task_id).filter(|t| t.task.retry_at.is_none()) else { continue };
        let (Some(notice), Some(at)) = (notice(task, run), run.run_finished_at) else { continue };
        let (message, next_run_at) = (run.status_msg.as_deref(), task.task.next_run_at);
        ended.add(&notice, &Ended { status: run.status, message, at, next_run_at })?;
    }
    owe(conn, &ended).await
}

/// In one statement. A digest that still collects takes the outcome in.
async fn insert(conn: &mut SqliteConnection, owed: &[NewDelivery]) -> Stored<()> {
    if owed.is_empty() {
        return Ok(());
    }
    let rows: Vec<Value> = owed.iter().map(row).collect();
    let sql = "INSERT INTO outbox (kind, channel, recipient, task_id, run_id, snapshot, outcomes, problems, message_id, collects,
            created_at, queued_at, not_before, status)
        SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7,
            value ->> 8, value ->> 9, value ->> 10, value ->> 11, value ->> 11, 'waiting' FROM json_each(?1) WHERE true
        ON CONFLICT (task_id, channel, recipient) WHERE collects = 1 DO UPDATE SET run_id = excluded.run_id,
            snapshot = excluded.snapshot, outcomes = outcomes + excluded.outcomes, problems = problems + excluded.problems";
    sqlx::query(sql).bind(text(&rows)?).execute(conn).await?;
    Ok(())
}

fn row(d: &NewDelivery) -> Value {
    json!([
        d.kind,
        d.channel,
        d.recipient,
        d.task,
        d.run,
        d.snapshot,
        d.tally.outcomes,
        d.tally.problems,
        d.message_id,
        u8::from(d.kind == Kind::Digest),
        d.created_at.ms(),
        d.not_before.ms()
    ])
}

/// See [`crate::store::post::PostStore::take_deliveries`].
pub async fn take(store: &SqliteStore, take: &Take) -> Stored<Vec<Taken>> {
    store
        .writer
        .write(async |tx| {
            sqlx::query(RELEASE).bind(&take.instance).execute(&mut *tx).await?;
            let limit = i64::try_from(take.limit).unwrap_or(i64::MAX);
            let ids: Vec<i64> = sqlx::query_scalar(DUE)
                .bind(take.channel.as_str())
                .bind(take.now.ms())
                .bind(limit)
                .fetch_all(&mut *tx)
                .await?;
            let sql = "UPDATE outbox SET status = 'sending', collects = 0, instance = ?2, lease_until = ?3
        WHERE id IN (SELECT value FROM json_each(?1)) RETURNING *";
            let rows = sqlx::query(sql)
                .bind(text(&ids)?)
                .bind(&take.instance)
                .bind(take.now.plus(take.lease).ms())
                .fetch_all(&mut *tx)
                .await?;
            let mut taken = rows.iter().map(taken).collect::<Stored<Vec<_>>>()?;
            taken.sort_by_key(|t| (t.delivery.not_before, t.delivery.id));
            Ok(taken)
        })
        .await
}

/// See [`crate::store::post::PostStore::settle_delivery`].
pub async fn settle(store: &SqliteStore, instance: &str, id: DeliveryId, settled: &Settled) -> Stored<bool> {
    let (status, tried, not_before, error, sent_at) = match settled {
        Settled::Sent(at) => ("sent", 1, None, None, Some(at.ms())),
        Settled::Later(at, why) => ("waiting", 1, Some(at.ms()), Some(why.as_str()), None),
        Settled::Failed(why) => ("failed", 1, None, Some(why.as_str()), None),
        Settled::Untried => ("waiting", 0, None, None, None),
    };
    let sql = "UPDATE outbox SET status = ?3, attempts = attempts + ?4, not_before = coalesce(?5, not_before),
        last_error = CASE WHEN ?4 = 1 THEN ?6 ELSE last_error END, sent_at = ?7, instance = NULL, lease_until = NULL
        WHERE id = ?1 AND status = 'sending' AND instance = ?2";
    store
        .writer
        .write(async |tx| {
            let done = sqlx::query(sql)
                .bind(id.0)
                .bind(instance)
                .bind(status)
                .bind(tried)
                .bind(not_before)
                .bind(error)
                .bind(sent_at)
                .execute(&mut *tx)
                .await?;
            Ok(done.rows_affected() > 0)
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::Access;
    use sqlx::{AssertSqlSafe, Row};

    #[tokio::test]
    async fn everything_goes_by_an_index() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("rota.db"), 1, Access::Server).await.unwrap();
        let mut conn = store.readers.hold().await.unwrap();
        for sql in [NEXT, PAGE_OF_STATUS, TOTAL_OF_STATUS, DUE, RELEASE, PAGE] {
            let rows = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"))).fetch_all(&mut *conn).await;
            for row in rows.unwrap() {
                let line: String = row.get("detail");
                // The whole list, from its end, by the order of the table itself.
                assert!(!line.contains("TEMP B-TREE") && (sql == PAGE || line != "SCAN outbox"), "{sql}\n{line}");
            }
        }
    }
}
