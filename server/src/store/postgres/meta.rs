//! The database itself: whether it works, who is alive, and what can go.

use super::{CHANNEL, PostgresStore, clean, unsigned};
use crate::store::post::KEEP_DAYS;
use crate::store::tx::Decided;
use crate::store::{Changed, MetaStore, News, Presence, Stored};
use async_trait::async_trait;
use domain::Timestamp;
use domain::run::Status;
use sqlx::PgConnection;
use std::time::Duration;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// One statement that waits for nobody: a server that is cut off in the middle of it holds nothing that others need. Two that start at
/// the same moment may each see nobody else; the earlier of their instants is found by the next heartbeat.
const HEARTBEAT: &str = "WITH gone AS (
        DELETE FROM node WHERE instance IN
            (SELECT instance FROM node WHERE instance <> $1 AND seen_at < $5 FOR UPDATE SKIP LOCKED))
    INSERT INTO node (instance, name, seen_at, up_since)
    SELECT $1::text, $2::text, $3::bigint, least($3, coalesce((SELECT min(up_since) FROM node WHERE seen_at >= $4), $3))
    ON CONFLICT (instance) DO UPDATE SET name = excluded.name, seen_at = excluded.seen_at, up_since = excluded.up_since
    RETURNING up_since, (extract(epoch FROM clock_timestamp() - pg_postmaster_start_time()) * 1000)::bigint";

/// Deliveries that ended long ago.
pub const OLD_DELIVERIES: &str = "DELETE FROM outbox WHERE id IN
    (SELECT id FROM outbox WHERE status IN ('sent', 'failed') AND queued_at <= $1 LIMIT 500 FOR UPDATE SKIP LOCKED)";

#[async_trait]
impl MetaStore for PostgresStore {
    async fn ready(&self) -> Stored<()> {
        // A write that leaves nothing: finds a database that only reads, and a disk that is full.
        self.prompt
            .decide(async |tx| {
                let sql =
                    "INSERT INTO node (instance, name, seen_at, up_since) VALUES (gen_random_uuid()::text, '', 0, 0)";
                sqlx::query(sql).execute(&mut *tx).await?;
                sqlx::query("SELECT id FROM users LIMIT 1").fetch_optional(&mut *tx).await?;
                Ok(Decided::Unchanged(()))
            })
            .await
    }

    async fn heartbeat(&self, instance: &str, node: &str, now: Timestamp, lease: Duration) -> Stored<Presence> {
        let lease = i64::try_from(lease.as_millis()).unwrap_or(i64::MAX);
        let query = sqlx::query_as(HEARTBEAT)
            .bind(instance)
            .bind(clean(node))
            .bind(now.ms())
            .bind(now.ms().saturating_sub(lease))
            .bind(now.ms() - DAY_MS);
        let (up_since, database_up): (i64, i64) =
            self.engine.read(async |conn| Ok(query.fetch_one(conn).await?)).await?;
        let database_up = Some(Duration::from_millis(unsigned(database_up)));
        Ok(Presence { up_since: Timestamp::from_ms(up_since), database_up })
    }

    async fn purge_step(&self, now: Timestamp) -> Stored<bool> {
        self.api
            .write(async |tx| {
                let mut gone = 0;
                let sql = "DELETE FROM session WHERE hash IN
            (SELECT hash FROM session WHERE expires_at <= $1 LIMIT 500 FOR UPDATE SKIP LOCKED)";
                gone += sqlx::query(sql).bind(now.ms()).execute(&mut *tx).await?.rows_affected();
                let sql = "DELETE FROM idempotency WHERE (user_id, key) IN
            (SELECT user_id, key FROM idempotency WHERE created_at <= $1 LIMIT 500 FOR UPDATE SKIP LOCKED)";
                gone += sqlx::query(sql).bind(now.ms() - DAY_MS).execute(&mut *tx).await?.rows_affected();
                gone += sqlx::query(OLD_DELIVERIES)
                    .bind(now.ms() - KEEP_DAYS * DAY_MS)
                    .execute(&mut *tx)
                    .await?
                    .rows_affected();
                let sql = "SELECT task_id FROM purge ORDER BY task_id LIMIT 1 FOR UPDATE SKIP LOCKED";
                let task: Option<i64> = sqlx::query_scalar(sql).fetch_optional(&mut *tx).await?;
                if let Some(task) = task {
                    gone += purge_task(tx, task).await?;
                }
                Ok(gone > 0)
            })
            .await
    }

    async fn task_counts(&self) -> Stored<Vec<(Status, u64)>> {
        let sql = "SELECT status, count(*) FROM task GROUP BY status";
        self.api
            .read(async |conn| {
                let rows: Vec<(String, i64)> = sqlx::query_as(sql).fetch_all(&mut *conn).await?;
                rows.into_iter().map(|(word, n)| Ok((super::tasks::status(&word)?, unsigned(n)))).collect()
            })
            .await
    }

    async fn tell_viewers(&self, changed: &[Changed]) -> Stored<()> {
        let payloads = self.listener.payloads(changed);
        let sql = "SELECT pg_notify($1, payload) FROM unnest($2::text[]) AS payload";
        let query = sqlx::query(sql).bind(CHANNEL).bind(payloads);
        self.engine.read(async |conn| Ok(query.execute(conn).await.map(drop)?)).await
    }

    async fn changed_elsewhere(&self) -> Stored<News> {
        self.listener.changed().await
    }

    async fn close(&self) {
        self.listener.close().await;
        // Their lanes share two pools.
        self.engine.close().await;
        self.api.close().await;
    }
}

/// Chunks first, then runs, then the note itself: a stop in between loses no work.
async fn purge_task(conn: &mut PgConnection, task: i64) -> Stored<u64> {
    let sql = "DELETE FROM log_chunk WHERE (run_id, first_idx) IN (SELECT c.run_id, c.first_idx FROM run r
        JOIN log_chunk c ON c.run_id = r.id WHERE r.task_id = $1 LIMIT 500)";
    let gone = sqlx::query(sql).bind(task).execute(&mut *conn).await?.rows_affected();
    if gone > 0 {
        return Ok(gone);
    }
    let sql = "DELETE FROM run WHERE id IN (SELECT id FROM run WHERE task_id = $1 LIMIT 1000)";
    let gone = sqlx::query(sql).bind(task).execute(&mut *conn).await?.rows_affected();
    if gone > 0 {
        return Ok(gone);
    }
    Ok(sqlx::query("DELETE FROM purge WHERE task_id = $1").bind(task).execute(conn).await?.rows_affected())
}
