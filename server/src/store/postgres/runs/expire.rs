//! Runs that are no longer kept.

use super::super::{PostgresStore, json};
use crate::store::{Expired, Keep, Kept, Stored};
use domain::task::Options;
use domain::{RunId, TaskId, Timestamp};
use sqlx::PgConnection;

/// How many tasks are looked at in one go.
const TASKS: i64 = 100;
/// How many chunks of lines one transaction removes.
const CHUNKS: i64 = 500;

/// Tasks that say themselves how long their runs are kept.
pub const WITH_OWN: &str = "SELECT id, options, last_run FROM task
    WHERE id > $1 AND position('\"keep_' IN options) > 0 ORDER BY id LIMIT $2";
/// All tasks.
pub const ALL: &str = "SELECT id, options, last_run FROM task WHERE id > $1 ORDER BY id LIMIT $2";
/// The oldest of the runs that are kept for their number.
pub const OLDEST_KEPT: &str =
    "SELECT id FROM run WHERE task_id = $1 AND finished_at IS NOT NULL ORDER BY id DESC LIMIT 1 OFFSET $2";
/// The oldest runs of a task.
pub const OLDEST: &str = "SELECT id, finished_at FROM run WHERE task_id = $1 ORDER BY id LIMIT $2";

/// See [`crate::store::RunStore::expired`].
pub async fn expired(
    store: &PostgresStore,
    after: TaskId,
    keep: Keep,
    now: Timestamp,
    look: i64,
) -> Stored<Option<Expired>> {
    let sql = if keep.is_empty() { WITH_OWN } else { ALL };
    store
        .api
        .read(async |conn| {
            let rows: Vec<(i64, String, Option<i64>)> =
                sqlx::query_as(sql).bind(after.0).bind(TASKS).fetch_all(&mut *conn).await?;
            let Some(upto) = rows.last().map(|row| TaskId(row.0)) else { return Ok(None) };
            let mut runs = vec![];
            for (task, options, last_run) in rows {
                let options: Options = json(&options, "options")?;
                runs.extend(of_task(conn, task, last_run, keep.of(&options), (now, look)).await?);
            }
            Ok(Some(Expired { upto, runs }))
        })
        .await
}

async fn of_task(
    conn: &mut PgConnection,
    task: i64,
    last_run: Option<i64>,
    keep: Keep,
    (now, look): (Timestamp, i64),
) -> Stored<Vec<RunId>> {
    let oldest_kept: Option<i64> = match keep.runs {
        None => None,
        Some(n) => sqlx::query_scalar(OLDEST_KEPT).bind(task).bind(n - 1).fetch_optional(&mut *conn).await?,
    };
    let kept = Kept { last_run, oldest_kept, since: keep.since(now) };
    let oldest: Vec<(i64, Option<i64>)> = sqlx::query_as(OLDEST).bind(task).bind(look).fetch_all(conn).await?;
    Ok(oldest.into_iter().filter(|(id, end)| !kept.holds(*id, *end)).map(|(id, _)| RunId(id)).collect())
}

/// See [`crate::store::RunStore::remove_runs`].
pub async fn remove(store: &PostgresStore, runs: &[RunId]) -> Stored<bool> {
    let runs: Vec<i64> = runs.iter().map(|run| run.0).collect();
    let sql = "DELETE FROM log_chunk WHERE (run_id, first_idx) IN (SELECT c.run_id, c.first_idx FROM run r
        JOIN log_chunk c ON c.run_id = r.id WHERE r.id = ANY($1) AND r.finished_at IS NOT NULL LIMIT $2)";
    store
        .api
        .write(async |tx| {
            let chunks = sqlx::query(sql).bind(&runs).bind(CHUNKS).execute(&mut *tx).await?.rows_affected();
            let all = chunks < CHUNKS.unsigned_abs();
            if all {
                let sql = "DELETE FROM run WHERE id = ANY($1) AND finished_at IS NOT NULL";
                sqlx::query(sql).bind(&runs).execute(&mut *tx).await?;
            }
            Ok(all)
        })
        .await
}
