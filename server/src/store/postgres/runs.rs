//! Runs in PostgreSQL.

pub(super) mod claim;
pub(super) mod expire;
mod record;
mod recover;
pub(super) mod span;

use super::tasks::{Begun, begin_once, lock_one, remember, status};
use super::{DB_NOW, PostgresStore, instant, notify, retry, signed, unsigned};
use crate::store::lost::renewal;
use crate::store::tx::Decided;
use crate::store::{
    Claim, ClaimBy, ClaimToken, Expired, Guard, Idempotency, Keep, News, NextDue, Once, Owned, Page, Queued, Recovery,
    Renewal, RunQuery, RunStore, RunUpdate, StoreError, Stored, TaskRun, data_of,
};
use async_trait::async_trait;
use domain::json::Raw;
use domain::run::{Run, Trigger};
use domain::task::StoredTask;
use domain::{Error, RunId, TaskId, Timestamp};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, PgConnection, Row};
use std::time::Duration;

#[async_trait]
impl RunStore for PostgresStore {
    async fn queue_run(
        &self,
        id: TaskId,
        trigger: Trigger,
        now: Timestamp,
        guard: Guard,
        idempotency: Option<Idempotency<Run>>,
        by: Option<&ClaimBy>,
    ) -> Stored<Once<Queued>> {
        self.prompt
            .decide(async |tx| {
                if let Some(key) = &idempotency
                    && let Begun::Before(answer) = begin_once(tx, key, now).await?
                {
                    return Ok(Decided::Unchanged(Once::Before(answer)));
                }
                let (task, run) = queue(tx, id, trigger, now, guard).await?;
                if let Some(key) = idempotency {
                    remember(tx, key, &run).await?;
                }
                let claim = match by {
                    Some(by) => claim::start(tx, by, task, run.id).await?,
                    None => {
                        set_active(tx, &run).await?;
                        notify(tx, &News::Due).await?;
                        None
                    }
                };
                Ok(Decided::Changed(Once::Now(Queued { run, claim })))
            })
            .await
    }

    async fn runs(&self, task: TaskId, offset: u64, limit: u64) -> Stored<Page<Run>> {
        self.api
            .read(async |conn| {
                let rows = sqlx::query(PAGE)
                    .bind(task.0)
                    .bind(signed(limit))
                    .bind(signed(offset))
                    .fetch_all(&mut *conn)
                    .await?;
                let items = rows.iter().map(from_row).collect::<Stored<Vec<_>>>()?;
                let sql = "SELECT count(*) FROM run WHERE task_id = $1";
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
            FROM run WHERE id = $1";
        self.api
            .read(async |conn| {
                let row = sqlx::query(sql).bind(id.0).fetch_optional(&mut *conn).await?;
                row.as_ref().map(from_row).transpose()
            })
            .await
    }

    async fn runs_that_exist(&self, ids: &[RunId]) -> Stored<Vec<RunId>> {
        self.api
            .read(async |conn| {
                let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
                let sql = "SELECT id FROM run WHERE id = ANY($1)";
                let ids: Vec<i64> = sqlx::query_scalar(sql).bind(ids).fetch_all(&mut *conn).await?;
                Ok(ids.into_iter().map(RunId).collect())
            })
            .await
    }

    async fn last_data(&self, task: TaskId) -> Stored<Option<Raw>> {
        self.api
            .read(async |conn| {
                let body: Option<Option<String>> =
                    sqlx::query_scalar(LAST_DATA).bind(task.0).fetch_optional(&mut *conn).await?;
                Ok(body.flatten().as_deref().and_then(data_of))
            })
            .await
    }

    async fn result(&self, run: RunId) -> Stored<Option<Raw>> {
        let sql = "SELECT body FROM run_result WHERE run_id = $1";
        self.api
            .read(async |conn| {
                let body: Option<String> = sqlx::query_scalar(sql).bind(run.0).fetch_optional(&mut *conn).await?;
                Ok(body.and_then(|body| Raw::parse(&body)))
            })
            .await
    }

    async fn claim(&self, by: &ClaimBy) -> Stored<Vec<Claim>> {
        retry!(claim::claim(self, by))
    }

    async fn claimed(&self, instance: &str, token: ClaimToken) -> Stored<Vec<Claim>> {
        self.engine.read(async |conn| claim::claimed(conn, instance, token).await).await
    }

    async fn hand_back(&self, instance: &str, runs: &[Owned]) -> Stored<Vec<TaskId>> {
        retry!(hand_back(self, instance, runs))
    }

    async fn next_due(&self) -> Stored<NextDue> {
        let sql = AssertSqlSafe(format!("SELECT ({NEXT_DUE}), {DB_NOW}"));
        let (at, clock): (Option<i64>, i64) =
            self.engine.read(async |conn| Ok(sqlx::query_as(sql).fetch_one(conn).await?)).await?;
        Ok(NextDue { at: instant(at), clock: Some(Timestamp::from_ms(clock)) })
    }

    async fn record(&self, instance: &str, updates: &[RunUpdate]) -> Stored<Vec<Owned>> {
        retry!(record::record(self, instance, updates))
    }

    async fn renew(&self, instance: &str, here: &[Owned], _: Timestamp, lease: Duration) -> Stored<Renewal> {
        retry!(renew(self, instance, here, lease))
    }

    async fn recover(&self, instance: &str, recovery: Recovery<'_>) -> Stored<Vec<TaskId>> {
        retry!(recover::recover(self, instance, recovery))
    }

    async fn expired(&self, after: TaskId, keep: Keep, now: Timestamp, look: i64) -> Stored<Option<Expired>> {
        expire::expired(self, after, keep, now, look).await
    }

    async fn remove_runs(&self, runs: &[RunId]) -> Stored<bool> {
        expire::remove(self, runs).await
    }
}

pub(super) const PAGE: &str =
    "SELECT id, task_id, trigger, due_at, started_at, finished_at, status, status_msg, status_percent, node, attempt
    FROM run WHERE task_id = $1 ORDER BY id DESC LIMIT $2 OFFSET $3";

/// What the last run that was done has kept. A task may have failed for years: not all of its history is looked at.
pub(super) const LAST_DATA: &str = "SELECT r.body FROM
    (SELECT id, status FROM run WHERE task_id = $1 ORDER BY id DESC LIMIT 1000) AS x LEFT JOIN run_result r ON r.run_id = x.id
    WHERE x.status = 'done' ORDER BY x.id DESC LIMIT 1";

pub(super) const NEXT_DUE: &str = "SELECT min(at) FROM (
    (SELECT due_at AS at FROM run WHERE status = 'new' ORDER BY due_at, id LIMIT 1)
    UNION ALL
    (SELECT wake_at FROM task
        WHERE wake_at IS NOT NULL AND active_run IS NULL AND owner_id IS NOT NULL ORDER BY wake_at, id LIMIT 1)) AS x";

/// Reads a row with the columns of a [`Run`].
pub(super) fn from_row(row: &PgRow) -> Stored<Run> {
    let trigger: &str = row.try_get("trigger")?;
    let percent: Option<i16> = row.try_get("status_percent")?;
    Ok(Run {
        id: RunId(row.try_get("id")?),
        task_id: TaskId(row.try_get("task_id")?),
        trigger: parse_trigger(trigger)?,
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

pub(super) fn parse_trigger(text: &str) -> Stored<Trigger> {
    Trigger::parse(text).ok_or_else(|| StoreError::Corrupt(format!("trigger {text}")))
}

fn millis(d: Duration) -> i64 {
    i64::try_from(d.as_millis()).unwrap_or(i64::MAX)
}

pub(super) async fn queue(
    conn: &mut PgConnection,
    id: TaskId,
    trigger: Trigger,
    now: Timestamp,
    guard: Guard,
) -> Stored<(StoredTask, Run)> {
    let found = lock_one(conn, id).await?;
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
    let run = insert_queued(conn, id, trigger, now).await?;
    Ok((task, run))
}

pub(super) async fn set_active(conn: &mut PgConnection, run: &Run) -> Stored<()> {
    let sql = "UPDATE task SET active_run = $2 WHERE id = $1";
    sqlx::query(sql).bind(run.task_id.0).bind(run.id.0).execute(conn).await?;
    Ok(())
}

/// The due instant is now, or the first millisecond after it that the ledger does not have.
async fn insert_queued(conn: &mut PgConnection, id: TaskId, trigger: Trigger, now: Timestamp) -> Stored<Run> {
    let sql = "INSERT INTO run (task_id, trigger, due_at, status)
        SELECT $1, $2, min(c.at), 'new' FROM
            (SELECT $3::bigint AS at UNION ALL SELECT due_at + 1 FROM run WHERE task_id = $1 AND due_at >= $3) AS c
        WHERE NOT EXISTS (SELECT 1 FROM run AS r WHERE r.task_id = $1 AND r.due_at = c.at)
        RETURNING id, task_id, trigger, due_at, started_at, finished_at, status, status_msg, status_percent, node, attempt";
    let row = sqlx::query(sql).bind(id.0).bind(trigger.as_str()).bind(now.ms()).fetch_one(conn).await?;
    from_row(&row)
}

/// Runs and their claims, as columns.
pub(super) fn columns(runs: &[Owned]) -> (Vec<i64>, Vec<i64>) {
    runs.iter().map(|(run, token)| (run.0, token.0)).unzip()
}

/// One statement: a renewal must not take more than one answer of a database that is slow. Rows are locked in order, as everywhere.
async fn renew(store: &PostgresStore, instance: &str, here: &[Owned], lease: Duration) -> Stored<Renewal> {
    let sql = AssertSqlSafe(format!(
        "WITH mine AS (
            SELECT run.id FROM run JOIN unnest($2::bigint[], $3::bigint[]) AS x (id, claim) ON run.id = x.id AND run.claim = x.claim
            WHERE run.status = 'running' AND run.instance = $1 ORDER BY run.id FOR UPDATE OF run),
        renewed AS (UPDATE run SET lease_until = {DB_NOW} + $4 FROM mine WHERE run.id = mine.id RETURNING run.id, claim, cancel)
        SELECT id, claim, cancel, true FROM renewed
        UNION ALL SELECT id, claim, cancel, false FROM run
            WHERE status = 'running' AND instance = $1
            AND NOT EXISTS (SELECT 1 FROM unnest($2::bigint[], $3::bigint[]) AS x (id, claim) WHERE x.id = run.id AND x.claim = run.claim)"
    ));
    let (ids, claims) = columns(here);
    let query = sqlx::query_as(sql).bind(instance).bind(ids).bind(claims).bind(millis(lease));
    Ok(renewal(store.engine.read(async |conn| Ok(query.fetch_all(conn).await?)).await?))
}

/// See [`RunStore::hand_back`].
async fn hand_back(store: &PostgresStore, instance: &str, runs: &[Owned]) -> Stored<Vec<TaskId>> {
    let (ids, claims) = columns(runs);
    let sql = "WITH mine AS (
            SELECT run.id FROM run JOIN unnest($2::bigint[], $3::bigint[]) AS x (id, claim) ON run.id = x.id AND run.claim = x.claim
            WHERE run.status = 'running' AND run.instance = $1 ORDER BY run.id FOR UPDATE OF run)
        UPDATE run SET status = 'new', started_at = NULL, node = NULL, instance = NULL, lease_until = NULL, claim = 0
        FROM mine WHERE run.id = mine.id RETURNING task_id";
    let query = sqlx::query_scalar(sql).bind(instance).bind(ids).bind(claims);
    store
        .engine
        .write(async |tx| {
            let tasks: Vec<i64> = query.fetch_all(&mut *tx).await?;
            notify(tx, &News::Due).await?;
            Ok(tasks.into_iter().map(TaskId).collect())
        })
        .await
}
