//! The database file itself: whether it works, and what can go.

use super::{SqliteStore, unsigned};
use crate::store::post::KEEP_DAYS;
use crate::store::{MetaStore, News, Presence, Stored};
use async_trait::async_trait;
use domain::Timestamp;
use domain::run::Status;
use std::time::Duration;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

const OLD_DELIVERIES: &str = "DELETE FROM outbox WHERE id IN
    (SELECT id FROM outbox WHERE status IN ('sent', 'failed') AND queued_at <= ?1 LIMIT 500)";

#[async_trait]
impl MetaStore for SqliteStore {
    async fn ready(&self) -> Stored<()> {
        // A write lock that is given back at once: finds a file that is gone, a disk that is read-only.
        let sql = "INSERT OR REPLACE INTO node (instance, name, seen_at, up_since) VALUES ('ready', '', 0, 0)";
        self.writer
            .write(async |tx| {
                sqlx::query(sql).execute(&mut *tx).await?;
                Ok(())
            })
            .await?;
        self.readers
            .read(async |conn| {
                sqlx::query("SELECT count(*) FROM (SELECT 1 FROM user LIMIT 1)").fetch_one(conn).await?;
                Ok(())
            })
            .await
    }

    async fn heartbeat(&self, _: &str, _: &str, now: Timestamp, _: Duration) -> Stored<Presence> {
        // Only one server can have the file, so the break ended when this one came up. A clock set back moves that along.
        Ok(Presence { up_since: (*self.up_since.get_or_init(|| now)).min(now), database_up: None })
    }

    async fn purge_step(&self, now: Timestamp) -> Stored<bool> {
        self.writer
            .write(async |tx| {
                let mut gone = 0;
                let sql =
                    "DELETE FROM session WHERE hash IN (SELECT hash FROM session WHERE expires_at <= ?1 LIMIT 500)";
                gone += sqlx::query(sql).bind(now.ms()).execute(&mut *tx).await?.rows_affected();
                let sql = "DELETE FROM idempotency WHERE (user_id, key) IN
            (SELECT user_id, key FROM idempotency WHERE created_at <= ?1 LIMIT 500)";
                gone += sqlx::query(sql).bind(now.ms() - DAY_MS).execute(&mut *tx).await?.rows_affected();
                gone += sqlx::query(OLD_DELIVERIES)
                    .bind(now.ms() - KEEP_DAYS * DAY_MS)
                    .execute(&mut *tx)
                    .await?
                    .rows_affected();
                let task: Option<i64> =
                    sqlx::query_scalar("SELECT task_id FROM purge LIMIT 1").fetch_optional(&mut *tx).await?;
                if let Some(task) = task {
                    gone += purge_task(tx, task).await?;
                }
                Ok(gone > 0)
            })
            .await
    }

    async fn shrink_step(&self) -> Stored<u64> {
        self.writer
            .read(async |conn| {
                let free = "PRAGMA freelist_count";
                let before: i64 = sqlx::query_scalar(free).fetch_one(&mut *conn).await?;
                sqlx::query("PRAGMA incremental_vacuum(500)").execute(&mut *conn).await?;
                let after: i64 = sqlx::query_scalar(free).fetch_one(&mut *conn).await?;
                Ok(unsigned(before - after))
            })
            .await
    }

    async fn task_counts(&self) -> Stored<Vec<(Status, u64)>> {
        let sql = "SELECT status, count(*) FROM task GROUP BY status";
        self.readers
            .read(async |conn| {
                let rows: Vec<(String, i64)> = sqlx::query_as(sql).fetch_all(&mut *conn).await?;
                rows.into_iter().map(|(word, n)| Ok((super::tasks::status(&word)?, unsigned(n)))).collect()
            })
            .await
    }

    async fn changed_elsewhere(&self) -> Stored<News> {
        std::future::pending().await
    }

    fn exclusive(&self) -> bool {
        true
    }

    async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
        self.unlock();
    }
}

/// Chunks first, then runs, then the note itself: a stop in between loses no work.
async fn purge_task(conn: &mut sqlx::SqliteConnection, task: i64) -> Stored<u64> {
    let sql = "DELETE FROM log_chunk WHERE rowid IN (SELECT c.rowid FROM run r JOIN log_chunk c ON c.run_id = r.id
        WHERE r.task_id = ?1 LIMIT 500)";
    let gone = sqlx::query(sql).bind(task).execute(&mut *conn).await?.rows_affected();
    if gone > 0 {
        return Ok(gone);
    }
    let sql = "DELETE FROM run WHERE id IN (SELECT id FROM run WHERE task_id = ?1 LIMIT 1000)";
    let gone = sqlx::query(sql).bind(task).execute(&mut *conn).await?.rows_affected();
    if gone > 0 {
        return Ok(gone);
    }
    Ok(sqlx::query("DELETE FROM purge WHERE task_id = ?1").bind(task).execute(conn).await?.rows_affected())
}
