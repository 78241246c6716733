//! Runs of many tasks: what started in a span of time, and how tasks ended lately.

use super::super::{PostgresStore, signed, unsigned};
use super::from_row;
use crate::store::{Page, RunQuery, Stored, TaskRun};
use domain::TaskId;
use domain::run::Run;
use sqlx::Row;

macro_rules! span {
    ($columns:literal, $end:literal) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM run r JOIN task t ON t.id = r.task_id
            WHERE r.started_at >= $1 AND r.started_at < $2 AND ($3::bigint IS NULL OR t.owner_id = $3)
            AND (cardinality($4::text[]) = 0 OR r.status = ANY($4))",
            $end
        )
    };
}

/// A page of what started in a span of time.
pub const SPAN: &str = span!(
    "r.id, r.task_id, r.trigger, r.due_at, r.started_at, r.finished_at, r.status, r.status_msg, r.status_percent, r.node, r.attempt,
    t.description",
    " ORDER BY r.started_at DESC, r.id DESC LIMIT $5 OFFSET $6"
);
/// How much started in a span of time.
pub const SPAN_TOTAL: &str = span!("count(*)", "");

/// The latest ended runs of some tasks.
pub const OUTCOMES: &str = "SELECT r.* FROM unnest($1::bigint[]) AS j (id) CROSS JOIN LATERAL
    (SELECT id, task_id, trigger, due_at, started_at, finished_at, status, status_msg, status_percent, node, attempt FROM run
    WHERE task_id = j.id AND finished_at IS NOT NULL ORDER BY id DESC LIMIT $2) AS r";

/// See [`crate::store::RunStore::runs_between`].
pub async fn between(store: &PostgresStore, query: &RunQuery) -> Stored<Page<TaskRun>> {
    store
        .api
        .read(async |conn| {
            let owner = query.owner.map(|o| o.0);
            let statuses: Vec<&str> = query.status.iter().map(|s| s.as_str()).collect();
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
pub async fn outcomes(store: &PostgresStore, tasks: &[TaskId], each: u64) -> Stored<Vec<Run>> {
    store
        .api
        .read(async |conn| {
            let ids: Vec<i64> = tasks.iter().map(|id| id.0).collect();
            let rows = sqlx::query(OUTCOMES).bind(ids).bind(signed(each)).fetch_all(&mut *conn).await?;
            let mut runs = rows.iter().map(from_row).collect::<Stored<Vec<_>>>()?;
            runs.sort_by_key(|run| std::cmp::Reverse(run.id));
            Ok(runs)
        })
        .await
}
