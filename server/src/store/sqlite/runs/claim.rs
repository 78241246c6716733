//! Claiming what is due or queued: one transaction for up to a whole batch.

use super::super::tasks::load;
use super::super::{SqliteStore, hooks, ms, users};
use super::from_row;
use crate::store::tx::Decided;
use crate::store::{Claim, ClaimBy, ClaimToken, Stored, due};
use domain::planner::{Agenda, Start};
use domain::run::{Run, Status};
use domain::task::StoredTask;
use domain::{RunId, TaskId, Timestamp, UserId};
use serde_json::json;
use sqlx::SqliteConnection;
use std::collections::HashMap;

pub(super) const QUEUED: &str = "SELECT t.id, r.due_at AS wake_at, r.id AS run, t.priority
    FROM run r CROSS JOIN task t ON t.id = r.task_id WHERE r.status = 'new' ORDER BY r.due_at, r.id LIMIT ?1";

pub(super) const DUE: &str = "SELECT id, wake_at, NULL AS run, priority FROM task
    WHERE wake_at IS NOT NULL AND active_run IS NULL AND owner_id IS NOT NULL AND wake_at <= ?1
    ORDER BY wake_at, id LIMIT ?2";

/// Those of one priority, for when more is due than can start.
pub(super) const DUE_OF_PRIORITY: &str = "SELECT id, wake_at, NULL AS run, priority FROM task
    WHERE wake_at IS NOT NULL AND active_run IS NULL AND owner_id IS NOT NULL AND priority = ?3 AND wake_at <= ?1
    ORDER BY wake_at, id LIMIT ?2";

/// The next priority below one that a task which waits for its time has.
pub(super) const NEXT_PRIORITY: &str = "SELECT max(priority) FROM task
    WHERE wake_at IS NOT NULL AND active_run IS NULL AND owner_id IS NOT NULL AND priority < ?1";

/// Something that could start: a queued run, or a task whose instant has come.
#[derive(sqlx::FromRow)]
struct Candidate {
    id: i64,
    #[sqlx(rename = "wake_at")]
    at: i64,
    run: Option<i64>,
    priority: i64,
}

/// See [`crate::store::RunStore::claim`].
pub async fn claim(store: &SqliteStore, by: &ClaimBy) -> Stored<Vec<Claim>> {
    store.writer.decide(async |tx| claim_in(tx, by).await).await
}

async fn claim_in(tx: &mut SqliteConnection, by: &ClaimBy) -> Stored<Decided<Vec<Claim>>> {
    let candidates = candidates(tx, by).await?;
    if candidates.is_empty() {
        return Ok(Decided::Unchanged(vec![]));
    }
    let ids: Vec<TaskId> = candidates.iter().map(|c| TaskId(c.id)).collect();
    let mut tasks: HashMap<TaskId, StoredTask> = load(tx, &ids).await?.into_iter().map(|t| (t.task.id, t)).collect();
    let queued: Vec<RunId> = candidates.iter().filter_map(|c| c.run).map(RunId).collect();
    let due = candidates.iter().filter(|c| c.run.is_none()).map(|c| TaskId(c.id));
    let plan = due::plan(due, &tasks, by);
    let mut runs = start_queued(tx, by, &queued).await?;
    let due = start_due(tx, by, &plan.start).await?;
    hooks::carry_input(tx, &due).await?;
    runs.extend(due);
    runs.sort_by_key(|r| (r.due_at, r.id));
    mark_tasks(tx, by, &runs).await?;
    let started = runs.iter().map(|r| r.task_id).collect();
    let mut agendas = due::passed_over(&plan.start, &started, &tasks, by);
    agendas.extend(plan.agendas);
    write_let_go(tx, by, &plan.let_go).await?;
    write_agendas(tx, &agendas).await?;
    let log_lens = log_lens(tx, &runs).await?;
    let owners = owners(tx, &tasks).await?;
    Ok(Decided::Changed(claims(by.token, runs, &mut tasks, &owners, &log_lens)))
}

/// Starts one run that was just queued, its task locked.
pub(super) async fn start(
    conn: &mut SqliteConnection,
    by: &ClaimBy,
    task: StoredTask,
    run: RunId,
) -> Stored<Option<Claim>> {
    let runs = start_queued(conn, by, &[run]).await?;
    mark_tasks(conn, by, &runs).await?;
    let mut tasks = HashMap::from([(task.task.id, task)]);
    let owners = owners(conn, &tasks).await?;
    Ok(claims(by.token, runs, &mut tasks, &owners, &HashMap::new()).pop())
}

/// See [`crate::store::RunStore::claimed`].
pub async fn claimed(conn: &mut SqliteConnection, instance: &str, token: ClaimToken) -> Stored<Vec<Claim>> {
    let sql = "SELECT id, task_id, trigger, due_at, started_at, finished_at, status, status_msg, status_percent, node, attempt
        FROM run WHERE status = 'running' AND instance = ?1 AND claim = ?2 ORDER BY due_at, id";
    let rows = sqlx::query(sql).bind(instance).bind(token.0).fetch_all(&mut *conn).await?;
    let runs = rows.iter().map(from_row).collect::<Stored<Vec<Run>>>()?;
    let ids: Vec<TaskId> = runs.iter().map(|run| run.task_id).collect();
    let mut tasks: HashMap<TaskId, StoredTask> = load(conn, &ids).await?.into_iter().map(|t| (t.task.id, t)).collect();
    let (log_lens, owners) = (log_lens(conn, &runs).await?, owners(conn, &tasks).await?);
    Ok(claims(token, runs, &mut tasks, &owners, &log_lens))
}

/// Runs with what they need.
fn claims(
    token: ClaimToken,
    runs: Vec<Run>,
    tasks: &mut HashMap<TaskId, StoredTask>,
    owners: &HashMap<UserId, domain::user::User>,
    log_lens: &HashMap<RunId, u64>,
) -> Vec<Claim> {
    let claims = runs.into_iter().filter_map(|run| {
        let mut task = tasks.remove(&run.task_id)?;
        let owner = owners.get(&task.owner_id()?)?.clone();
        set_running(&mut task, &run);
        let log_len = log_lens.get(&run.id).copied().unwrap_or(0);
        Some(Claim { token, run, task, owner, log_len })
    });
    claims.collect()
}

async fn candidates(conn: &mut SqliteConnection, by: &ClaimBy) -> Stored<Vec<Candidate>> {
    let limit = i64::try_from(by.limit).unwrap_or(i64::MAX);
    let mut all: Vec<Candidate> = sqlx::query_as(QUEUED).bind(limit).fetch_all(&mut *conn).await?;
    all.extend(due_now(conn, by, limit).await?);
    all.sort_by_key(|c| (-c.priority, c.at));
    all.truncate(by.limit);
    Ok(all)
}

/// What is due, the most important first where not all of it can start.
async fn due_now(conn: &mut SqliteConnection, by: &ClaimBy, limit: i64) -> Stored<Vec<Candidate>> {
    let now = by.now.ms();
    let mut due: Vec<Candidate> =
        sqlx::query_as(DUE).bind(now).bind(limit.saturating_add(1)).fetch_all(&mut *conn).await?;
    if due.len() <= by.limit {
        return Ok(due);
    }
    due.clear();
    let mut above = i64::MAX;
    while due.len() < by.limit {
        let next: Option<i64> = sqlx::query_scalar(NEXT_PRIORITY).bind(above).fetch_one(&mut *conn).await?;
        let Some(priority) = next else { break };
        let left = super::super::signed((by.limit - due.len()) as u64);
        let query = sqlx::query_as(DUE_OF_PRIORITY).bind(now).bind(left).bind(priority);
        due.extend(query.fetch_all(&mut *conn).await?);
        above = priority;
    }
    Ok(due)
}

async fn start_queued(conn: &mut SqliteConnection, by: &ClaimBy, ids: &[RunId]) -> Stored<Vec<Run>> {
    if ids.is_empty() {
        return Ok(vec![]);
    }
    let sql = "UPDATE run SET status = 'running', started_at = ?2, node = ?3, instance = ?4, lease_until = ?5, claim = ?6
        WHERE id IN (SELECT value FROM json_each(?1)) AND status = 'new'
        RETURNING id, task_id, trigger, due_at, started_at, finished_at, status, status_msg, status_percent, node, attempt";
    let rows = sqlx::query(sql)
        .bind(super::super::text(&ids)?)
        .bind(by.now.ms())
        .bind(&by.node)
        .bind(&by.instance)
        .bind(by.now.plus(by.lease).ms())
        .bind(by.token.0)
        .fetch_all(conn)
        .await?;
    rows.iter().map(from_row).collect()
}

async fn start_due(conn: &mut SqliteConnection, by: &ClaimBy, due: &[(TaskId, Start)]) -> Stored<Vec<Run>> {
    if due.is_empty() {
        return Ok(vec![]);
    }
    let rows: Vec<_> = due.iter().map(|(id, s)| json!([id, s.trigger, s.due_at.ms(), s.attempt])).collect();
    let sql = "INSERT INTO run (task_id, trigger, due_at, attempt, started_at, status, node, instance, lease_until, claim)
        SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, ?2, 'running', ?3, ?4, ?5, ?6 FROM json_each(?1) WHERE true
        ON CONFLICT (task_id, due_at) DO NOTHING
        RETURNING id, task_id, trigger, due_at, started_at, finished_at, status, status_msg, status_percent, node, attempt";
    let rows = sqlx::query(sql)
        .bind(super::super::text(&rows)?)
        .bind(by.now.ms())
        .bind(&by.node)
        .bind(&by.instance)
        .bind(by.now.plus(by.lease).ms())
        .bind(by.token.0)
        .fetch_all(conn)
        .await?;
    rows.iter().map(from_row).collect()
}

async fn mark_tasks(conn: &mut SqliteConnection, by: &ClaimBy, runs: &[Run]) -> Stored<()> {
    let pairs: Vec<(TaskId, RunId)> = runs.iter().map(|r| (r.task_id, r.id)).collect();
    let sql = "UPDATE task SET status = 'running', status_msg = NULL, status_percent = NULL, run_started_at = ?2,
        run_finished_at = NULL, run_canceled_at = NULL, active_run = x.run, last_run = x.run
        FROM (SELECT value ->> 0 AS task, value ->> 1 AS run FROM json_each(?1)) AS x WHERE task.id = x.task";
    sqlx::query(sql).bind(super::super::text(&pairs)?).bind(by.now.ms()).execute(conn).await?;
    Ok(())
}

/// The history tells of instants that do not run.
async fn write_let_go(conn: &mut SqliteConnection, by: &ClaimBy, let_go: &[(TaskId, Timestamp)]) -> Stored<()> {
    if let_go.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = let_go.iter().map(|(id, due_at)| json!([id, due_at.ms()])).collect();
    let sql = "INSERT INTO run (task_id, trigger, due_at, finished_at, status, status_msg)
        SELECT value ->> 0, 'catch_up', value ->> 1, ?2, 'canceled', ?3 FROM json_each(?1) WHERE true
        ON CONFLICT (task_id, due_at) DO NOTHING";
    sqlx::query(sql).bind(super::super::text(&rows)?).bind(by.now.ms()).bind(due::LET_GO).execute(conn).await?;
    Ok(())
}

async fn write_agendas(conn: &mut SqliteConnection, agendas: &[(TaskId, Agenda)]) -> Stored<()> {
    if agendas.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = agendas
        .iter()
        .map(|(id, a)| json!([id, ms(a.next_run_at), ms(a.retry_at), a.attempts, ms(a.wake_at)]))
        .collect();
    let sql = "UPDATE task SET next_run_at = x.next, retry_at = x.retry, attempts = x.attempts, wake_at = x.wake
        FROM (SELECT value ->> 0 AS id, value ->> 1 AS next, value ->> 2 AS retry, value ->> 3 AS attempts, value ->> 4 AS wake
            FROM json_each(?1)) AS x WHERE task.id = x.id";
    sqlx::query(sql).bind(super::super::text(&rows)?).execute(conn).await?;
    Ok(())
}

/// How many lines those have that go on after an interruption.
async fn log_lens(conn: &mut SqliteConnection, runs: &[Run]) -> Stored<HashMap<RunId, u64>> {
    let again: Vec<RunId> = runs.iter().filter(|r| r.attempt > 1).map(|r| r.id).collect();
    if again.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = "SELECT id, log_len FROM run WHERE id IN (SELECT value FROM json_each(?1))";
    let rows: Vec<(i64, i64)> = sqlx::query_as(sql).bind(super::super::text(&again)?).fetch_all(conn).await?;
    Ok(rows.into_iter().map(|(id, n)| (RunId(id), super::super::unsigned(n))).collect())
}

async fn owners(
    conn: &mut SqliteConnection,
    tasks: &HashMap<TaskId, StoredTask>,
) -> Stored<HashMap<UserId, domain::user::User>> {
    let mut ids: Vec<UserId> = tasks.values().filter_map(StoredTask::owner_id).collect();
    ids.sort();
    ids.dedup();
    users::load(conn, &ids).await
}

fn set_running(task: &mut StoredTask, run: &Run) {
    task.active_run = Some(run.id);
    task.last_run = Some(run.id);
    let t = &mut task.task;
    t.status = Status::Running;
    t.status_msg = None;
    t.status_percent = None;
    t.run_started_at = run.run_started_at;
    t.run_finished_at = None;
    t.run_canceled_at = None;
}
