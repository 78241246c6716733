//! Hooks in PostgreSQL.

use super::runs::{queue, set_active};
use super::tasks::lock_one;
use super::{PostgresStore, instant, notify};
use crate::store::hooks::HookStore;
use crate::store::{Guard, News, Stored};
use async_trait::async_trait;
use domain::json::Raw;
use domain::run::{Run, Trigger};
use domain::task::Hook;
use domain::{RunId, TaskId, Timestamp};
use sqlx::PgConnection;

#[async_trait]
impl HookStore for PostgresStore {
    async fn set_hook(&self, task: TaskId, hash: &[u8], now: Timestamp, guard: Guard) -> Stored<Hook> {
        self.api
            .write(async |tx| {
                guard(lock_one(tx, task).await?.as_ref())?;
                let sql = "INSERT INTO hook (task_id, hash, created_at) VALUES ($1, $2, $3)
            ON CONFLICT (task_id) DO UPDATE SET hash = $2, created_at = $3, last_used_at = NULL";
                sqlx::query(sql).bind(task.0).bind(hash).bind(now.ms()).execute(&mut *tx).await?;
                Ok(Hook { created_at: now, last_used_at: None })
            })
            .await
    }

    async fn hook(&self, task: TaskId) -> Stored<Option<Hook>> {
        let sql = "SELECT created_at, last_used_at FROM hook WHERE task_id = $1";
        self.api
            .read(async |conn| {
                let row: Option<(i64, Option<i64>)> =
                    sqlx::query_as(sql).bind(task.0).fetch_optional(&mut *conn).await?;
                Ok(row.map(|(at, used)| Hook { created_at: Timestamp::from_ms(at), last_used_at: instant(used) }))
            })
            .await
    }

    async fn delete_hook(&self, task: TaskId) -> Stored<bool> {
        self.api
            .write(async |tx| {
                let done = sqlx::query("DELETE FROM hook WHERE task_id = $1").bind(task.0).execute(&mut *tx).await?;
                Ok(done.rows_affected() > 0)
            })
            .await
    }

    async fn run_by_hook(&self, hash: &[u8], now: Timestamp, input: Option<&Raw>) -> Stored<Option<Run>> {
        self.api
            .write(async |tx| {
                // The task is locked first, as everyone locks it; a hook that is replaced meanwhile still counts.
                let sql = "SELECT task_id FROM hook WHERE hash = $1";
                let task: Option<i64> = sqlx::query_scalar(sql).bind(hash).fetch_optional(&mut *tx).await?;
                let Some(task) = task else { return Ok(None) };
                let (_, run) = queue(tx, TaskId(task), Trigger::Api, now, Box::new(|_| Ok(()))).await?;
                if let Some(input) = input {
                    let sql = "INSERT INTO run_input (run_id, body) VALUES ($1, $2)";
                    sqlx::query(sql).bind(run.id.0).bind(input.get()).execute(&mut *tx).await?;
                }
                set_active(tx, &run).await?;
                let sql = "UPDATE hook SET last_used_at = $2 WHERE hash = $1";
                sqlx::query(sql).bind(hash).bind(now.ms()).execute(&mut *tx).await?;
                notify(tx, &News::Due).await?;
                Ok(Some(run))
            })
            .await
    }

    async fn run_input(&self, run: RunId) -> Stored<Option<Raw>> {
        let sql = "SELECT body FROM run_input WHERE run_id = $1";
        self.api
            .read(async |conn| {
                let body: Option<String> = sqlx::query_scalar(sql).bind(run.0).fetch_optional(&mut *conn).await?;
                Ok(body.and_then(|body| Raw::parse(&body)))
            })
            .await
    }
}

/// A run that tries again gets what the attempt before it was sent.
pub const CARRY: &str = "INSERT INTO run_input (run_id, body) SELECT n.id, i.body FROM run n JOIN run_input i ON i.run_id = (SELECT p.id FROM run p
        WHERE p.task_id = n.task_id AND p.id < n.id AND p.attempt = n.attempt - 1 ORDER BY p.id DESC LIMIT 1)
    WHERE n.id = ANY($1)";

/// Of runs that have just started in rows of their own, gives those that try again what they are to work with.
pub(super) async fn carry_input(conn: &mut PgConnection, runs: &[Run]) -> Stored<()> {
    let again: Vec<i64> = runs.iter().filter(|run| run.trigger == Trigger::Retry).map(|run| run.id.0).collect();
    if !again.is_empty() {
        sqlx::query(CARRY).bind(again).execute(conn).await?;
    }
    Ok(())
}
