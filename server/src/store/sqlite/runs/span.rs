//! Runs of many tasks: what started in a span of time, and how tasks ended lately.

use super::super::{SqliteStore, signed, text, unsigned};
use super::from_row;
use crate::store::{Page, RunQuery, Stored, TaskRun};
use domain::TaskId;
use domain::run::Run;
use sqlx::Row;

/// `CROSS JOIN` keeps SQLite on the order in which it is written: along the index of starts, then one task for each run.
macro_rules! span {
    ($columns:literal, $end:literal) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM run r CROSS JOIN task t ON t.id = r.task_id
            WHERE r.started_at >= ?1 AND r.started_at < ?2 AND (?3 IS NULL OR t.owner_id = ?3)
            AND (?4 = '[]' OR r.status IN (SELECT value FROM json_each(?4)))",
            $end
        )
    };
}

pub(super) const SPAN: &str = span!(
    "r.id, r.task_id, r.trigger, r.due_at, r.started_at, r.finished_at, r.status, r.status_msg, r.status_percent, r.node, r.attempt,
    t.description",
    " ORDER BY r.started_at DESC, r.id DESC LIMIT ?5 OFFSET ?6"
);
pub(super) const SPAN_TOTAL: &str = span!("count(*)", "");

pub(super) const OUTCOMES: &str =
    "SELECT r.id, r.task_id, r.trigger, r.due_at, r.started_at, r.finished_at, r.status, r.status_msg, r.status_percent,
    r.node, r.attempt FROM json_each(?1) j CROSS JOIN run r WHERE r.id IN
    (SELECT id FROM run WHERE task_id = j.value AND finished_at IS NOT NULL ORDER BY id DESC LIMIT ?2)";

/// See [`crate::store::RunStore::runs_between`].
pub async fn between(store: &SqliteStore, query: &RunQuery) -> Stored<Page<TaskRun>> {
    store
        .readers
        .read(async |conn| {
            let (owner, statuses) = (query.owner.map(|o| o.0), text(&query.status)?);
            let (from, to) = (query.from.ms(), query.to.ms());
            let total: i64 = sqlx::query_scalar(SPAN_TOTAL)
                .bind(from)
                .bind(to)
                .bind(owner)
                .bind(&statuses)
                .fetch_one(&mut *conn)
                .await?;
            let page = sqlx::query(SPAN).bind(from).bind(to).bind(owner).bind(&statuses);
            let rows = page.bind(signed(query.limit)).bind(signed(query.offset)).fetch_all(&mut *conn).await?;
            let one = |row| Ok(TaskRun { run: from_row(row)?, description: row.try_get("description")? });
            Ok(Page { items: rows.iter().map(one).collect::<Stored<_>>()?, total: unsigned(total) })
        })
        .await
}

/// See [`crate::store::RunStore::outcomes`].
pub async fn outcomes(store: &SqliteStore, tasks: &[TaskId], each: u64) -> Stored<Vec<Run>> {
    store
        .readers
        .read(async |conn| {
            let rows = sqlx::query(OUTCOMES).bind(text(&tasks)?).bind(signed(each)).fetch_all(&mut *conn).await?;
            let mut runs = rows.iter().map(from_row).collect::<Stored<Vec<_>>>()?;
            runs.sort_by_key(|run| std::cmp::Reverse(run.id));
            Ok(runs)
        })
        .await
}
