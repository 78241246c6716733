//! The outbox: what is owed goes in with the outcome, what is due is taken, and what became of it is written.

use super::super::runs::from_row;
use super::super::tasks::load;
use super::super::{DB_NOW, PostgresStore, clean};
use super::taken;
use crate::store::owed::{Ended, NewDelivery, Settlement};
use crate::store::post::{Settled, Take, Taken};
use crate::store::{NoticeFor, Stored};
use domain::mail::Kind;
use domain::run::Run;
use domain::task::StoredTask;
use domain::{DeliveryId, RunId, TaskId};
use sqlx::{AssertSqlSafe, PgConnection};
use std::collections::HashMap;
use std::time::Duration;

/// The first instant of what waits.
pub const NEXT: &str = "SELECT min(not_before) FROM outbox WHERE channel = $1 AND status = 'waiting'";
/// All, the latest first.
pub const PAGE: &str = "SELECT * FROM outbox WHERE $1::text IS NULL ORDER BY id DESC LIMIT $2 OFFSET $3";
/// Those of a status, the latest first.
pub const PAGE_OF_STATUS: &str = "SELECT * FROM outbox WHERE status = $1 ORDER BY id DESC LIMIT $2 OFFSET $3";
/// How many there are.
pub const TOTAL: &str = "SELECT count(*) FROM outbox WHERE $1::text IS NULL";
/// How many are of a status.
pub const TOTAL_OF_STATUS: &str = "SELECT count(*) FROM outbox WHERE status = $1";
/// What is due; what another server is at is skipped.
pub const DUE: &str = "SELECT id FROM outbox WHERE channel = $1 AND status = 'waiting' AND not_before <= $2
    ORDER BY not_before, id LIMIT $3 FOR UPDATE SKIP LOCKED";

/// Runs that have ended.
pub const ENDED: &str =
    "SELECT id, task_id, trigger, due_at, started_at, finished_at, status, status_msg, status_percent, node,
    attempt FROM run WHERE id = ANY($1)";

/// Writes what ends of runs leave behind: what tasks remember, and what is owed.
pub async fn owe(conn: &mut PgConnection, ended: &Settlement) -> Stored<()> {
    if !ended.states.is_empty() {
        let (ids, states): (Vec<i64>, Vec<&str>) = ended.states.iter().map(|(id, s)| (id.0, s.as_str())).unzip();
        let sql = "UPDATE task SET notify = x.notify FROM unnest($1::bigint[], $2::text[]) AS x (id, notify) WHERE task.id = x.id";
        sqlx::query(sql).bind(ids).bind(states).execute(&mut *conn).await?;
    }
    insert(conn, &ended.owed).await
}

/// Writes what interrupted runs owe. They have ended already, and their tasks know it.
pub async fn owe_for_lost(conn: &mut PgConnection, runs: &[RunId], notice: NoticeFor<'_>) -> Stored<()> {
    let rows = sqlx::query(ENDED).bind(runs.iter().map(|run| run.0).collect::<Vec<_>>()).fetch_all(&mut *conn).await?;
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

/// A digest that still collects takes the outcome in.
async fn insert(conn: &mut PgConnection, owed: &[NewDelivery]) -> Stored<()> {
    // One statement changes a row once: outcomes of one digest go in one after the other. Runs of a task end one by one, so
    // that hardly ever happens.
    let mut rest: Vec<&NewDelivery> = owed.iter().collect();
    while !rest.is_empty() {
        let mut seen = std::collections::HashSet::new();
        let (now, later): (Vec<&NewDelivery>, Vec<&NewDelivery>) = rest
            .into_iter()
            .partition(|d| d.kind != Kind::Digest || seen.insert((d.task, d.channel, d.recipient.clone())));
        insert_once(conn, &now).await?;
        rest = later;
    }
    Ok(())
}

async fn insert_once(conn: &mut PgConnection, owed: &[&NewDelivery]) -> Stored<()> {
    fn column<'a, T>(owed: &[&'a NewDelivery], of: impl Fn(&'a NewDelivery) -> T) -> Vec<T> {
        owed.iter().map(|d| of(d)).collect()
    }
    let sql = "INSERT INTO outbox (kind, channel, recipient, task_id, run_id, snapshot, outcomes, problems, message_id, collects,
            created_at, queued_at, not_before, status)
        SELECT x.kind, x.channel, x.recipient, x.task, x.run, x.snapshot, x.outcomes, x.problems, x.message_id, x.kind = 'digest',
            x.at, x.not_before, x.not_before, 'waiting'
        FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::text[], $7::bigint[], $8::bigint[],
            $9::text[], $10::bigint[], $11::bigint[])
            AS x (kind, channel, recipient, task, run, snapshot, outcomes, problems, message_id, at, not_before)
        ON CONFLICT (task_id, channel, md5(recipient)) WHERE collects DO UPDATE SET run_id = excluded.run_id,
            snapshot = excluded.snapshot, outcomes = outbox.outcomes + excluded.outcomes,
            problems = outbox.problems + excluded.problems";
    sqlx::query(sql)
        .bind(column(owed, |d| d.kind.as_str()))
        .bind(column(owed, |d| d.channel.as_str()))
        .bind(column(owed, |d| d.recipient.as_str()))
        .bind(column(owed, |d| d.task.0))
        .bind(column(owed, |d| d.run.0))
        .bind(column(owed, |d| d.snapshot.as_str()))
        .bind(column(owed, |d| d.tally.outcomes))
        .bind(column(owed, |d| d.tally.problems))
        .bind(column(owed, |d| d.message_id.as_str()))
        .bind(column(owed, |d| d.created_at.ms()))
        .bind(column(owed, |d| d.not_before.ms()))
        .execute(conn)
        .await?;
    Ok(())
}

/// What a process was sending whose lease ran out: it is gone.
pub fn release() -> String {
    format!(
        "UPDATE outbox SET status = 'waiting', instance = NULL WHERE id IN
        (SELECT id FROM outbox WHERE status = 'sending' AND lease_until < {DB_NOW} FOR UPDATE SKIP LOCKED)"
    )
}

/// See [`crate::store::post::PostStore::take_deliveries`].
pub async fn take(store: &PostgresStore, take: &Take) -> Stored<Vec<Taken>> {
    store
        .api
        .write(async |tx| {
            sqlx::query(AssertSqlSafe(release())).execute(&mut *tx).await?;
            let limit = i64::try_from(take.limit).unwrap_or(i64::MAX);
            let ids: Vec<i64> = sqlx::query_scalar(DUE)
                .bind(take.channel.as_str())
                .bind(take.now.ms())
                .bind(limit)
                .fetch_all(&mut *tx)
                .await?;
            let sql = AssertSqlSafe(format!(
                "UPDATE outbox SET status = 'sending', collects = false, instance = $2, lease_until = {DB_NOW} + $3
        WHERE id = ANY($1) RETURNING *"
            ));
            let lease = i64::try_from(take.lease.as_millis()).unwrap_or(i64::MAX);
            let rows = sqlx::query(sql).bind(ids).bind(&take.instance).bind(lease).fetch_all(&mut *tx).await?;
            let mut taken = rows.iter().map(taken).collect::<Stored<Vec<_>>>()?;
            taken.sort_by_key(|t| (t.delivery.not_before, t.delivery.id));
            Ok(taken)
        })
        .await
}

/// See [`crate::store::post::PostStore::keep_deliveries`].
pub async fn keep(store: &PostgresStore, instance: &str, ids: &[DeliveryId], lease: Duration) -> Stored<()> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let lease = i64::try_from(lease.as_millis()).unwrap_or(i64::MAX);
    let sql = AssertSqlSafe(format!(
        "UPDATE outbox SET lease_until = {DB_NOW} + $3 WHERE id = ANY($1) AND status = 'sending' AND instance = $2"
    ));
    let query = sqlx::query(sql).bind(ids).bind(instance).bind(lease);
    store.api.read(async |conn| Ok(query.execute(conn).await.map(drop)?)).await
}

/// See [`crate::store::post::PostStore::settle_delivery`].
pub async fn settle(store: &PostgresStore, instance: &str, id: DeliveryId, settled: &Settled) -> Stored<bool> {
    let (status, tried, not_before, error, sent_at) = match settled {
        Settled::Sent(at) => ("sent", 1, None, None, Some(at.ms())),
        Settled::Later(at, why) => ("waiting", 1, Some(at.ms()), Some(clean(why)), None),
        Settled::Failed(why) => ("failed", 1, None, Some(clean(why)), None),
        Settled::Untried => ("waiting", 0, None, None, None),
    };
    let sql = "UPDATE outbox SET status = $3, attempts = attempts + $4, not_before = coalesce($5, not_before),
        last_error = CASE WHEN $4 = 1 THEN $6 ELSE last_error END, sent_at = $7, instance = NULL, lease_until = NULL
        WHERE id = $1 AND status = 'sending' AND instance = $2";
    store
        .api
        .write(async |tx| {
            let done = sqlx::query(sql)
                .bind(id.0)
                .bind(instance)
                .bind(status)
                .bind(tried)
                .bind(not_before)
                .bind(error)
                .bind(sent_at)
                .execute(tx)
                .await?;
            Ok(done.rows_affected() > 0)
        })
        .await
}
