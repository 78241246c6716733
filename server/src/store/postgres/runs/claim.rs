//! Claiming what is due or queued: one transaction for up to a whole batch.

use super::super::{DB_NOW, PostgresStore, clean, ms, tasks, users};
use super::{from_row, millis};
use crate::store::{Claim, ClaimBy, Stored};
use domain::planner::{self, Due};
use domain::run::{Run, Status, Trigger};
use domain::task::StoredTask;
use domain::user::User;
use domain::{RunId, TaskId, Timestamp, UserId};
use sqlx::{AssertSqlSafe, PgConnection};
use std::collections::{HashMap, HashSet};

/// Queued runs, by their tasks: who has the task locked may start its run. What another server is at is skipped.
pub const QUEUED: &str =
    "SELECT t.id, r.due_at, r.id FROM run r JOIN task t ON t.id = r.task_id AND t.active_run = r.id
    WHERE r.status = 'new' ORDER BY r.due_at, r.id LIMIT $1 FOR UPDATE OF t SKIP LOCKED";

/// Tasks whose instant has come.
pub const DUE: &str = "SELECT id, next_run_at FROM task
    WHERE next_run_at IS NOT NULL AND active_run IS NULL AND owner_id IS NOT NULL AND next_run_at <= $1
    ORDER BY next_run_at, id LIMIT $2 FOR UPDATE SKIP LOCKED";

/// Something that could start: a task, its instant, and the run where one is queued.
struct Candidate {
    task: TaskId,
    at: i64,
    queued: Option<RunId>,
}

/// See [`crate::store::RunStore::claim`].
pub async fn claim(store: &PostgresStore, by: &ClaimBy) -> Stored<Vec<Claim>> {
    let mut tx = store.begin().await?;
    let candidates = candidates(&mut tx, by).await?;
    if candidates.is_empty() {
        return Ok(vec![]);
    }
    let ids: Vec<TaskId> = candidates.iter().map(|c| c.task).collect();
    let mut tasks: HashMap<TaskId, StoredTask> =
        tasks::load(&mut tx, &ids).await?.into_iter().map(|t| (t.task.id, t)).collect();
    let runs = start_runs(&mut tx, by, &candidates, &tasks).await?;
    mark_tasks(&mut tx, by, &runs).await?;
    pass_over(&mut tx, by, &candidates, &runs, &tasks).await?;
    let owners = owners(&mut tx, &tasks).await?;
    tx.commit().await?;
    Ok(claims(runs, &mut tasks, &owners))
}

/// Starts one run that was just queued, its task locked.
pub(super) async fn start(
    conn: &mut PgConnection,
    by: &ClaimBy,
    task: StoredTask,
    run: RunId,
) -> Stored<Option<Claim>> {
    let runs = start_queued(conn, by, vec![run.0]).await?;
    mark_tasks(conn, by, &runs).await?;
    let mut tasks = HashMap::from([(task.task.id, task)]);
    let owners = owners(conn, &tasks).await?;
    Ok(claims(runs, &mut tasks, &owners).pop())
}

/// Runs with what they need.
fn claims(runs: Vec<Run>, tasks: &mut HashMap<TaskId, StoredTask>, owners: &HashMap<UserId, User>) -> Vec<Claim> {
    let claims = runs.into_iter().filter_map(|run| {
        let mut task = tasks.remove(&run.task_id)?;
        let owner = owners.get(&task.owner_id()?)?.clone();
        set_running(&mut task, &run);
        Some(Claim { run, task, owner })
    });
    claims.collect()
}

async fn candidates(conn: &mut PgConnection, by: &ClaimBy) -> Stored<Vec<Candidate>> {
    let limit = i64::try_from(by.limit).unwrap_or(i64::MAX);
    let queued: Vec<(i64, i64, i64)> = sqlx::query_as(QUEUED).bind(limit).fetch_all(&mut *conn).await?;
    let due: Vec<(i64, i64)> = sqlx::query_as(DUE).bind(by.now.ms()).bind(limit).fetch_all(conn).await?;
    let queued = queued.into_iter().map(|(task, at, run)| (task, at, Some(RunId(run))));
    let due = due.into_iter().map(|(task, at)| (task, at, None));
    let mut all: Vec<Candidate> =
        queued.chain(due).map(|(task, at, queued)| Candidate { task: TaskId(task), at, queued }).collect();
    all.sort_by_key(|c| c.at);
    all.truncate(by.limit);
    Ok(all)
}

/// Writes the run rows; what comes back is what starts.
async fn start_runs(
    conn: &mut PgConnection,
    by: &ClaimBy,
    candidates: &[Candidate],
    tasks: &HashMap<TaskId, StoredTask>,
) -> Stored<Vec<Run>> {
    let queued: Vec<i64> = candidates.iter().filter_map(|c| c.queued).map(|run| run.0).collect();
    let mut due = vec![];
    for c in candidates.iter().filter(|c| c.queued.is_none()) {
        let Some(t) = tasks.get(&c.task).map(|s| &s.task) else { continue };
        if let Due::Start(trigger) = planner::decide(t.next_run_at, t.updated_at, by.up_since, by.now) {
            due.push((c.task.0, c.at, trigger));
        }
    }
    let mut runs = start_queued(conn, by, queued).await?;
    runs.extend(start_due(conn, by, &due).await?);
    runs.sort_by_key(|r| (r.due_at, r.id));
    Ok(runs)
}

async fn start_queued(conn: &mut PgConnection, by: &ClaimBy, ids: Vec<i64>) -> Stored<Vec<Run>> {
    if ids.is_empty() {
        return Ok(vec![]);
    }
    let sql = AssertSqlSafe(format!(
        "UPDATE run SET status = 'running', started_at = $2, node = $3, instance = $4, lease_until = {DB_NOW} + $5
        WHERE id = ANY($1) AND status = 'new'
        RETURNING id, task_id, trigger, due_at, started_at, finished_at, status, status_msg, status_percent, node"
    ));
    let rows = sqlx::query(sql)
        .bind(ids)
        .bind(by.now.ms())
        .bind(clean(&by.node))
        .bind(&by.instance)
        .bind(millis(by.lease))
        .fetch_all(conn)
        .await?;
    rows.iter().map(from_row).collect()
}

async fn start_due(conn: &mut PgConnection, by: &ClaimBy, due: &[(i64, i64, Trigger)]) -> Stored<Vec<Run>> {
    if due.is_empty() {
        return Ok(vec![]);
    }
    let sql = AssertSqlSafe(format!(
        "INSERT INTO run (task_id, due_at, trigger, started_at, status, node, instance, lease_until)
        SELECT x.task, x.at, x.trigger, $4, 'running', $5, $6, {DB_NOW} + $7
        FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS x (task, at, trigger)
        ON CONFLICT ON CONSTRAINT run_ledger DO NOTHING
        RETURNING id, task_id, trigger, due_at, started_at, finished_at, status, status_msg, status_percent, node"
    ));
    let rows = sqlx::query(sql)
        .bind(due.iter().map(|d| d.0).collect::<Vec<_>>())
        .bind(due.iter().map(|d| d.1).collect::<Vec<_>>())
        .bind(due.iter().map(|d| d.2.as_str()).collect::<Vec<_>>())
        .bind(by.now.ms())
        .bind(clean(&by.node))
        .bind(&by.instance)
        .bind(millis(by.lease))
        .fetch_all(conn)
        .await?;
    rows.iter().map(from_row).collect()
}

async fn mark_tasks(conn: &mut PgConnection, by: &ClaimBy, runs: &[Run]) -> Stored<()> {
    if runs.is_empty() {
        return Ok(());
    }
    let sql = "UPDATE task SET status = 'running', status_msg = NULL, status_percent = NULL, run_started_at = $3,
        run_finished_at = NULL, run_canceled_at = NULL, active_run = x.run, last_run = x.run
        FROM unnest($1::bigint[], $2::bigint[]) AS x (task, run) WHERE task.id = x.task";
    sqlx::query(sql)
        .bind(runs.iter().map(|r| r.task_id.0).collect::<Vec<_>>())
        .bind(runs.iter().map(|r| r.id.0).collect::<Vec<_>>())
        .bind(by.now.ms())
        .execute(conn)
        .await?;
    Ok(())
}

/// Instants that the ledger has already: they ran, or were canceled. On to the next.
async fn pass_over(
    conn: &mut PgConnection,
    by: &ClaimBy,
    candidates: &[Candidate],
    runs: &[Run],
    tasks: &HashMap<TaskId, StoredTask>,
) -> Stored<()> {
    let started: HashSet<TaskId> = runs.iter().map(|r| r.task_id).collect();
    let (mut ids, mut nexts) = (vec![], vec![]);
    for c in candidates.iter().filter(|c| c.queued.is_none() && !started.contains(&c.task)) {
        let Some(t) = tasks.get(&c.task).map(|s| &s.task) else { continue };
        let due_at = Timestamp::from_ms(c.at);
        ids.push(c.task.0);
        nexts.push(ms(planner::after_run(&t.schedules, Trigger::Schedule, due_at, t.next_run_at, by.now)));
    }
    if ids.is_empty() {
        return Ok(());
    }
    let sql = "UPDATE task SET next_run_at = x.at FROM unnest($1::bigint[], $2::bigint[]) AS x (id, at)
        WHERE task.id = x.id";
    sqlx::query(sql).bind(ids).bind(nexts).execute(conn).await?;
    Ok(())
}

async fn owners(conn: &mut PgConnection, tasks: &HashMap<TaskId, StoredTask>) -> Stored<HashMap<UserId, User>> {
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
