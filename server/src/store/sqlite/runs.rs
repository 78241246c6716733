//! Runs in SQLite.

mod claim;
mod expire;
mod record;
mod recover;
mod span;

use super::tasks::{load_one, status};
use super::{SqliteStore, instant, signed, tasks, unsigned};
use crate::store::lost::renewal;
use crate::store::tx::Decided;
use crate::store::{
    Claim, ClaimBy, ClaimToken, Expired, Guard, Idempotency, Keep, NextDue, Once, Owned, Page, Queued, Recovery,
    Renewal, RunQuery, RunStore, RunUpdate, StoreError, Stored, TaskRun, data_of,
};
use async_trait::async_trait;
use domain::json::Raw;
use domain::run::{Run, Trigger};
use domain::task::StoredTask;
use domain::{Error, RunId, TaskId, Timestamp};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};
use std::time::Duration;

#[async_trait]
impl RunStore for SqliteStore {
    async fn queue_run(
        &self,
        id: TaskId,
        trigger: Trigger,
        now: Timestamp,
        guard: Guard,
        idempotency: Option<Idempotency<Run>>,
        by: Option<&ClaimBy>,
    ) -> Stored<Once<Queued>> {
        self.writer
            .decide(async |tx| {
                if let Some(key) = &idempotency
                    && let Some(answer) = tasks::answered(tx, key, now).await?
                {
                    return Ok(Decided::Unchanged(Once::Before(answer)));
                }
                let (task, run) = queue(tx, id, trigger, now, guard).await?;
                if let Some(key) = idempotency {
                    tasks::remember(tx, key, now, &run).await?;
                }
                let claim = match by {
                    Some(by) => claim::start(tx, by, task, run.id).await?,
                    None => {
                        set_active(tx, &run).await?;
                        None
                    }
                };
                Ok(Decided::Changed(Once::Now(Queued { run, claim })))
            })
            .await
    }

    async fn runs(&self, task: TaskId, offset: u64, limit: u64) -> Stored<Page<Run>> {
        self.readers
            .read(async |conn| {
                let rows = sqlx::query(PAGE)
                    .bind(task.0)
                    .bind(signed(limit))
                    .bind(signed(offset))
                    .fetch_all(&mut *conn)
                    .await?;
                let items = rows.iter().map(from_row).collect::<Stored<Vec<_>>>()?;
                let sql = "SELECT count(*) FROM run WHERE task_id = ?1";
                let total: i64 = sqlx::query_scalar(sql).bind(task.0).fetch_one(&mut *conn).await?;
                Ok(Page { items, total: unsigned(total) })
            })
            .await
    }

    async fn runs_between(&self, query: &RunQuery) -> Stored<Page<TaskRun>> {
        span::between(self, query).await
    }

    async fn outcomes(&self, tasks: &[TaskId], each: u64) -> Stored<Vec<Run>> {
        span::outcomes(self, tasks, each).await
    }

    async fn run(&self, id: RunId) -> Stored<Option<Run>> {
        let sql =
            "SELECT id, task_id, trigger, due_at, started_at, finished_at, status, status_msg, status_percent, node, attempt
            FROM run WHERE id = ?1";
        self.readers
            .read(async |conn| {
                let row = sqlx::query(sql).bind(id.0).fetch_optional(&mut *conn).await?;
                row.as_ref().map(from_row).transpose()
            })
            .await
    }

    async fn runs_that_exist(&self, ids: &[RunId]) -> Stored<Vec<RunId>> {
        let sql = "SELECT id FROM run WHERE id IN (SELECT value FROM json_each(?1))";
        self.readers
            .read(async |conn| {
                let ids: Vec<i64> = sqlx::query_scalar(sql).bind(super::text(&ids)?).fetch_all(&mut *conn).await?;
                Ok(ids.into_iter().map(RunId).collect())
            })
            .await
    }

    async fn last_data(&self, task: TaskId) -> Stored<Option<Raw>> {
        self.readers
            .read(async |conn| {
                let body: Option<Option<String>> =
                    sqlx::query_scalar(LAST_DATA).bind(task.0).fetch_optional(&mut *conn).await?;
                Ok(body.flatten().as_deref().and_then(data_of))
            })
            .await
    }

    async fn result(&self, run: RunId) -> Stored<Option<Raw>> {
        let sql = "SELECT body FROM run_result WHERE run_id = ?1";
        self.readers
            .read(async |conn| {
                let body: Option<String> = sqlx::query_scalar(sql).bind(run.0).fetch_optional(&mut *conn).await?;
                Ok(body.and_then(|body| Raw::parse(&body)))
            })
            .await
    }

    async fn claim(&self, by: &ClaimBy) -> Stored<Vec<Claim>> {
        claim::claim(self, by).await
    }

    async fn claimed(&self, instance: &str, token: ClaimToken) -> Stored<Vec<Claim>> {
        self.readers.read(async |conn| claim::claimed(conn, instance, token).await).await
    }

    async fn hand_back(&self, instance: &str, runs: &[Owned]) -> Stored<Vec<TaskId>> {
        let sql = "UPDATE run SET status = 'new', started_at = NULL, node = NULL, instance = NULL, lease_until = NULL, claim = 0
            FROM (SELECT value ->> 0 AS id, value ->> 1 AS claim FROM json_each(?2)) AS x
            WHERE run.id = x.id AND run.claim = x.claim AND run.instance = ?1 AND run.status = 'running' RETURNING task_id";
        let query = sqlx::query_scalar(sql).bind(instance).bind(pairs(runs)?);
        let tasks: Vec<i64> = self.writer.write(async |tx| Ok(query.fetch_all(tx).await?)).await?;
        Ok(tasks.into_iter().map(TaskId).collect())
    }

    async fn next_due(&self) -> Stored<NextDue> {
        let at: Option<i64> =
            self.readers.read(async |conn| Ok(sqlx::query_scalar(NEXT_DUE).fetch_one(conn).await?)).await?;
        Ok(NextDue { at: instant(at), clock: None })
    }

    async fn record(&self, instance: &str, updates: &[RunUpdate]) -> Stored<Vec<Owned>> {
        record::record(self, instance, updates).await
    }

    /// Only one process has the file: no lease has to be written for others to see.
    async fn renew(&self, instance: &str, here: &[Owned], _: Timestamp, _: Duration) -> Stored<Renewal> {
        let sql = "SELECT run.id, run.claim, cancel, x.id IS NOT NULL FROM run
            LEFT JOIN (SELECT value ->> 0 AS id, value ->> 1 AS claim FROM json_each(?2)) AS x ON run.id = x.id AND run.claim = x.claim
            WHERE status = 'running' AND instance = ?1";
        let query = sqlx::query_as(sql).bind(instance).bind(pairs(here)?);
        Ok(renewal(self.readers.read(async |conn| Ok(query.fetch_all(conn).await?)).await?))
    }

    async fn recover(&self, instance: &str, recovery: Recovery<'_>) -> Stored<Vec<TaskId>> {
        recover::recover(self, instance, recovery).await
    }

    async fn expired(&self, after: TaskId, keep: Keep, now: Timestamp, look: i64) -> Stored<Option<Expired>> {
        expire::expired(self, after, keep, now, look).await
    }

    async fn remove_runs(&self, runs: &[RunId]) -> Stored<bool> {
        expire::remove(self, runs).await
    }
}

/// Runs and their claims as JSON.
fn pairs(runs: &[Owned]) -> Stored<String> {
    super::text(&runs.iter().map(|(run, token)| (run.0, token.0)).collect::<Vec<_>>())
}

const PAGE: &str =
    "SELECT id, task_id, trigger, due_at, started_at, finished_at, status, status_msg, status_percent, node, attempt
    FROM run WHERE task_id = ?1 ORDER BY id DESC LIMIT ?2 OFFSET ?3";

const NEXT_DUE: &str = "SELECT min(at) FROM (
    SELECT * FROM (SELECT due_at AS at FROM run WHERE status = 'new' ORDER BY due_at, id LIMIT 1)
    UNION ALL
    SELECT * FROM (SELECT wake_at AS at FROM task
        WHERE wake_at IS NOT NULL AND active_run IS NULL AND owner_id IS NOT NULL ORDER BY wake_at, id LIMIT 1))";

pub(super) fn from_row(row: &SqliteRow) -> Stored<Run> {
    let trigger: String = row.try_get("trigger")?;
    let percent: Option<i64> = row.try_get("status_percent")?;
    Ok(Run {
        id: RunId(row.try_get("id")?),
        task_id: TaskId(row.try_get("task_id")?),
        trigger: Trigger::parse(&trigger).ok_or_else(|| StoreError::Corrupt(format!("trigger {trigger}")))?,
        due_at: Timestamp::from_ms(row.try_get("due_at")?),
        run_started_at: instant(row.try_get("started_at")?),
        run_finished_at: instant(row.try_get("finished_at")?),
        status: status(row.try_get("status")?)?,
        status_msg: row.try_get("status_msg")?,
        status_percent: percent.and_then(|p| u8::try_from(p).ok()),
        node: row.try_get("node")?,
        attempt: row.try_get("attempt")?,
    })
}

pub(super) async fn queue(
    tx: &mut SqliteConnection,
    id: TaskId,
    trigger: Trigger,
    now: Timestamp,
    guard: Guard,
) -> Stored<(StoredTask, Run)> {
    let found = load_one(tx, id).await?;
    guard(found.as_ref())?;
    let Some(task) = found else { return Err(Error::ObjectNotFound { object: format!("task {id}") }.into()) };
    if task.active_run.is_some() {
        return Err(Error::TaskRunning { task_id: id, pointer: String::new() }.into());
    }
    if task.owner.is_none() {
        return Err(Error::TaskWithoutOwner { task_id: id }.into());
    }
    // The instants of the schedule and of a retry stay free for their runs.
    let taken = [task.task.next_run_at, task.task.retry_at].contains(&Some(now));
    let now = if taken { now.plus(Duration::from_millis(1)) } else { now };
    let run = insert_queued(tx, id, trigger, now).await?;
    Ok((task, run))
}

pub(super) async fn set_active(conn: &mut SqliteConnection, run: &Run) -> Stored<()> {
    let sql = "UPDATE task SET active_run = ?2 WHERE id = ?1";
    sqlx::query(sql).bind(run.task_id.0).bind(run.id.0).execute(conn).await?;
    Ok(())
}

/// The due instant is now, or the first millisecond after it that the ledger does not have.
async fn insert_queued(conn: &mut SqliteConnection, id: TaskId, trigger: Trigger, now: Timestamp) -> Stored<Run> {
    let sql = "INSERT INTO run (task_id, trigger, due_at, status)
        SELECT ?1, ?2, max(?3, coalesce((SELECT max(due_at) + 1 FROM run WHERE task_id = ?1 AND due_at BETWEEN ?3 AND ?3 + 1000), ?3)), 'new'
        RETURNING id, task_id, trigger, due_at, started_at, finished_at, status, status_msg, status_percent, node, attempt";
    let row = sqlx::query(sql).bind(id.0).bind(trigger.as_str()).bind(now.ms()).fetch_one(conn).await?;
    from_row(&row)
}

/// What the last run that was done has kept. A task may have failed for years: not all of its history is looked at.
const LAST_DATA: &str = "SELECT r.body FROM
    (SELECT id, status FROM run WHERE task_id = ?1 ORDER BY id DESC LIMIT 1000) AS x LEFT JOIN run_result r ON r.run_id = x.id
    WHERE x.status = 'done' ORDER BY x.id DESC LIMIT 1";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::Access;

    #[tokio::test]
    async fn history_and_next_due_go_by_an_index() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("t.db"), 2, Access::Server).await.unwrap();
        let mut conn = store.readers.hold().await.unwrap();
        for sql in [
            expire::WITH_OWN,
            expire::ALL,
            expire::OLDEST,
            expire::OLDEST_KEPT,
            PAGE,
            NEXT_DUE,
            LAST_DATA,
            claim::QUEUED,
            claim::DUE,
            claim::DUE_OF_PRIORITY,
            claim::NEXT_PRIORITY,
            span::SPAN,
            span::SPAN_TOTAL,
            span::OUTCOMES,
        ] {
            let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
            let rows = sqlx::query(explain).fetch_all(&mut *conn).await.unwrap();
            for row in rows {
                let line: String = row.get("detail");
                let table = line.starts_with("SCAN run") || line.starts_with("SCAN task");
                assert!(!table || line.contains("INDEX"), "{sql}: {line}");
                assert!(!line.contains("TEMP B-TREE"), "{sql}: {line}");
            }
        }
    }
}
