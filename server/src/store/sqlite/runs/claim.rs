//! Claiming what is due or queued: one transaction for up to a whole batch.

use super::super::tasks::load;
use super::super::{SqliteStore, users};
use super::from_row;
use crate::store::{Claim, ClaimBy, Stored};
use domain::planner::{self, Due};
use domain::run::{Run, Status, Trigger};
use domain::task::StoredTask;
use domain::{RunId, TaskId, UserId};
use serde_json::json;
use sqlx::SqliteConnection;
use std::collections::HashMap;

pub(super) const QUEUED: &str =
    "SELECT id, task_id, trigger, due_at, started_at, finished_at, status, status_msg, status_percent, node
    FROM run WHERE status = 'new' ORDER BY due_at, id LIMIT ?1";

pub(super) const DUE: &str = "SELECT id, next_run_at FROM task
    WHERE next_run_at IS NOT NULL AND active_run IS NULL AND owner_id IS NOT NULL AND next_run_at <= ?1
    ORDER BY next_run_at, id LIMIT ?2";

/// Something that could start: a queued run, or a task whose instant has come.
enum Candidate {
    Queued(Run),
    Due { task: TaskId, at: i64 },
}

impl Candidate {
    fn at(&self) -> i64 {
        match self {
            Candidate::Queued(run) => run.due_at.ms(),
            Candidate::Due { at, .. } => *at,
        }
    }

    fn task(&self) -> TaskId {
        match self {
            Candidate::Queued(run) => run.task_id,
            Candidate::Due { task, .. } => *task,
        }
    }
}

/// See [`crate::store::RunStore::claim`].
pub async fn claim(store: &SqliteStore, by: &ClaimBy) -> Stored<Vec<Claim>> {
    let mut tx = store.begin().await?;
    let candidates = candidates(&mut tx, by).await?;
    if candidates.is_empty() {
        return Ok(vec![]);
    }
    let ids: Vec<TaskId> = candidates.iter().map(Candidate::task).collect();
    let mut tasks: HashMap<TaskId, StoredTask> =
        load(&mut tx, &ids).await?.into_iter().map(|t| (t.task.id, t)).collect();
    let runs = start_runs(&mut tx, by, &candidates, &tasks).await?;
    mark_tasks(&mut tx, by, &runs).await?;
    pass_over(&mut tx, by, &candidates, &runs, &tasks).await?;
    let owners = owners(&mut tx, &tasks).await?;
    tx.commit().await?;
    Ok(claims(runs, &mut tasks, &owners))
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
    Ok(claims(runs, &mut tasks, &owners).pop())
}

/// Runs with what they need.
fn claims(
    runs: Vec<Run>,
    tasks: &mut HashMap<TaskId, StoredTask>,
    owners: &HashMap<UserId, domain::user::User>,
) -> Vec<Claim> {
    let claims = runs.into_iter().filter_map(|run| {
        let mut task = tasks.remove(&run.task_id)?;
        let owner = owners.get(&task.owner_id()?)?.clone();
        set_running(&mut task, &run);
        Some(Claim { run, task, owner })
    });
    claims.collect()
}

async fn candidates(conn: &mut SqliteConnection, by: &ClaimBy) -> Stored<Vec<Candidate>> {
    let limit = i64::try_from(by.limit).unwrap_or(i64::MAX);
    let queued = sqlx::query(QUEUED).bind(limit).fetch_all(&mut *conn).await?;
    let due: Vec<(i64, i64)> = sqlx::query_as(DUE).bind(by.now.ms()).bind(limit).fetch_all(conn).await?;
    let mut all = queued.iter().map(|row| from_row(row).map(Candidate::Queued)).collect::<Stored<Vec<_>>>()?;
    all.extend(due.into_iter().map(|(id, at)| Candidate::Due { task: TaskId(id), at }));
    all.sort_by_key(Candidate::at);
    all.truncate(by.limit);
    Ok(all)
}

/// Writes the run rows; what comes back is what starts.
async fn start_runs(
    conn: &mut SqliteConnection,
    by: &ClaimBy,
    candidates: &[Candidate],
    tasks: &HashMap<TaskId, StoredTask>,
) -> Stored<Vec<Run>> {
    let mut queued = vec![];
    let mut due = vec![];
    for candidate in candidates {
        match candidate {
            Candidate::Queued(run) => queued.push(run.id),
            Candidate::Due { task, at } => {
                let Some(stored) = tasks.get(task) else { continue };
                let t = &stored.task;
                if let Due::Start(trigger) = planner::decide(t.next_run_at, t.updated_at, by.up_since, by.now) {
                    due.push(json!([task, trigger, at]));
                }
            }
        }
    }
    let mut runs = start_queued(conn, by, &queued).await?;
    runs.extend(start_due(conn, by, &due).await?);
    runs.sort_by_key(|r| (r.due_at, r.id));
    Ok(runs)
}

async fn start_queued(conn: &mut SqliteConnection, by: &ClaimBy, ids: &[RunId]) -> Stored<Vec<Run>> {
    if ids.is_empty() {
        return Ok(vec![]);
    }
    let sql = "UPDATE run SET status = 'running', started_at = ?2, node = ?3, instance = ?4, lease_until = ?5
        WHERE id IN (SELECT value FROM json_each(?1)) AND status = 'new'
        RETURNING id, task_id, trigger, due_at, started_at, finished_at, status, status_msg, status_percent, node";
    let rows = sqlx::query(sql)
        .bind(super::super::text(&ids)?)
        .bind(by.now.ms())
        .bind(&by.node)
        .bind(&by.instance)
        .bind(by.now.plus(by.lease).ms())
        .fetch_all(conn)
        .await?;
    rows.iter().map(from_row).collect()
}

async fn start_due(conn: &mut SqliteConnection, by: &ClaimBy, due: &[serde_json::Value]) -> Stored<Vec<Run>> {
    if due.is_empty() {
        return Ok(vec![]);
    }
    let sql = "INSERT INTO run (task_id, trigger, due_at, started_at, status, node, instance, lease_until)
        SELECT value ->> 0, value ->> 1, value ->> 2, ?2, 'running', ?3, ?4, ?5 FROM json_each(?1) WHERE true
        ON CONFLICT (task_id, due_at) DO NOTHING
        RETURNING id, task_id, trigger, due_at, started_at, finished_at, status, status_msg, status_percent, node";
    let rows = sqlx::query(sql)
        .bind(super::super::text(&due)?)
        .bind(by.now.ms())
        .bind(&by.node)
        .bind(&by.instance)
        .bind(by.now.plus(by.lease).ms())
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

/// Instants that the ledger has already: they ran, or were canceled. On to the next.
async fn pass_over(
    conn: &mut SqliteConnection,
    by: &ClaimBy,
    candidates: &[Candidate],
    runs: &[Run],
    tasks: &HashMap<TaskId, StoredTask>,
) -> Stored<()> {
    if runs.len() == candidates.len() {
        return Ok(());
    }
    let started: std::collections::HashSet<TaskId> = runs.iter().map(|r| r.task_id).collect();
    for candidate in candidates {
        let Candidate::Due { task, at } = candidate else { continue };
        let Some(stored) = tasks.get(task).filter(|_| !started.contains(task)) else { continue };
        let t = &stored.task;
        let due_at = domain::Timestamp::from_ms(*at);
        let next = planner::after_run(&t.schedules, Trigger::Schedule, due_at, t.next_run_at, by.now);
        let sql = "UPDATE task SET next_run_at = ?2 WHERE id = ?1";
        sqlx::query(sql).bind(task.0).bind(super::super::ms(next)).execute(&mut *conn).await?;
    }
    Ok(())
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
