//! Runs that are no longer kept.

use super::super::{SqliteStore, json, text};
use crate::store::{Expired, Keep, Kept, Stored};
use domain::task::Options;
use domain::{RunId, TaskId, Timestamp};
use sqlx::SqliteConnection;

/// How many tasks are looked at in one go.
const TASKS: i64 = 100;
/// How many chunks of lines one transaction removes.
const CHUNKS: i64 = 500;

/// Tasks that say themselves how long their runs are kept.
pub(super) const WITH_OWN: &str = "SELECT id, options, last_run FROM task
    WHERE id > ?1 AND instr(options, '\"keep_') > 0 ORDER BY id LIMIT ?2";
/// All tasks.
pub(super) const ALL: &str = "SELECT id, options, last_run FROM task WHERE id > ?1 ORDER BY id LIMIT ?2";
/// The oldest of the runs that are kept for their number.
pub(super) const OLDEST_KEPT: &str =
    "SELECT id FROM run WHERE task_id = ?1 AND finished_at IS NOT NULL ORDER BY id DESC LIMIT 1 OFFSET ?2";
/// The oldest runs of a task.
pub(super) const OLDEST: &str = "SELECT id, finished_at FROM run WHERE task_id = ?1 ORDER BY id LIMIT ?2";

/// See [`crate::store::RunStore::expired`].
pub async fn expired(
    store: &SqliteStore,
    after: TaskId,
    keep: Keep,
    now: Timestamp,
    look: i64,
) -> Stored<Option<Expired>> {
    let sql = if keep.is_empty() { WITH_OWN } else { ALL };
    store
        .readers
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
    conn: &mut SqliteConnection,
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
pub async fn remove(store: &SqliteStore, runs: &[RunId]) -> Stored<bool> {
    let runs = text(&runs)?;
    let sql =
        "DELETE FROM log_chunk WHERE rowid IN (SELECT c.rowid FROM json_each(?1) j CROSS JOIN run r ON r.id = j.value
        JOIN log_chunk c ON c.run_id = r.id WHERE r.finished_at IS NOT NULL LIMIT ?2)";
    store
        .writer
        .write(async |tx| {
            let chunks = sqlx::query(sql).bind(&runs).bind(CHUNKS).execute(&mut *tx).await?.rows_affected();
            let all = chunks < CHUNKS.unsigned_abs();
            if all {
                let sql = "DELETE FROM run WHERE id IN (SELECT value FROM json_each(?1)) AND finished_at IS NOT NULL";
                sqlx::query(sql).bind(&runs).execute(&mut *tx).await?;
            }
            Ok(all)
        })
        .await
}
