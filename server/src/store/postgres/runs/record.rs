//! What runs have to say, many runs at a time: log lines, progress, states, ends.

use super::super::{PostgresStore, clean, logs, ms, percent, post, signed};
use crate::store::fence::Fence;
use crate::store::owed::Settlement;
use crate::store::{ClaimToken, Owned, RunUpdate, Stored};
use domain::RunId;
use domain::planner::Agenda;
use domain::run::Status;
use sqlx::PgConnection;
use std::collections::HashSet;

/// See [`crate::store::RunStore::record`].
pub async fn record(store: &PostgresStore, instance: &str, updates: &[RunUpdate]) -> Stored<Vec<Owned>> {
    if updates.is_empty() {
        return Ok(vec![]);
    }
    store.record.write(async |tx| record_in(tx, instance, updates).await).await
}

async fn record_in(tx: &mut PgConnection, instance: &str, updates: &[RunUpdate]) -> Stored<Vec<Owned>> {
    lock_tasks(tx, updates).await?;
    let fence = fence(tx, instance, updates).await?;
    for wave in waves(updates, &fence) {
        write_runs(tx, &wave, &fence).await?;
        logs::write(tx, wave.iter().copied()).await?;
        write_results(tx, &wave).await?;
        write_tasks(tx, &wave, &fence).await?;
    }
    let kept = updates.iter().filter(|u| fence.admits(u));
    let ended = Settlement::of(kept, |u| fence.canceled(u))?;
    post::owe(tx, &ended).await?;
    Ok(fence.lost(updates))
}

/// One statement writes a row once. So what is said of one run in several updates is written one after the other.
fn waves<'a>(updates: &'a [RunUpdate], fence: &Fence) -> Vec<Vec<&'a RunUpdate>> {
    let (mut waves, mut wave, mut seen) = (vec![], vec![], HashSet::new());
    for update in updates.iter().filter(|u| fence.admits(u)) {
        if !seen.insert(update.run) {
            waves.push(std::mem::take(&mut wave));
            seen = HashSet::from([update.run]);
        }
        wave.push(update);
    }
    if !wave.is_empty() {
        waves.push(wave);
    }
    waves
}

/// Whether the update changes anything of the task.
fn tells_task(u: &RunUpdate) -> bool {
    u.end.is_some() || u.percent.is_some() || u.message.is_some() || u.state.is_some()
}

/// Tasks before runs, as everyone locks them.
async fn lock_tasks(conn: &mut PgConnection, updates: &[RunUpdate]) -> Stored<()> {
    let ids: Vec<i64> = updates.iter().filter(|u| tells_task(u)).map(|u| u.task.0).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let sql = "SELECT id FROM task WHERE id = ANY($1) ORDER BY id FOR UPDATE";
    sqlx::query(sql).bind(ids).execute(conn).await?;
    Ok(())
}

/// The rows are locked: what they say of the owner stays true.
async fn fence(conn: &mut PgConnection, instance: &str, updates: &[RunUpdate]) -> Stored<Fence> {
    let ids: Vec<i64> = updates.iter().map(|u| u.run.0).collect();
    let sql = "SELECT id, claim, cancel, status = 'running' FROM run
        WHERE id = ANY($1) AND instance = $2 ORDER BY id FOR UPDATE";
    let rows: Vec<(i64, i64, bool, bool)> = sqlx::query_as(sql).bind(ids).bind(instance).fetch_all(conn).await?;
    let mut fence = Fence::default();
    for (id, claim, cancel, running) in rows {
        let run = (RunId(id), ClaimToken(claim));
        if running { fence.own(run, cancel) } else { fence.ended(run) }
    }
    Ok(fence)
}

/// Status, message and instant of an end, or the message of a run that goes on. A cancel that was acknowledged holds, even if
/// the module was done before it noticed.
fn end(u: &RunUpdate, fence: &Fence) -> (Option<&'static str>, Option<String>, Option<i64>) {
    let message = |text: &Option<String>| text.as_deref().map(|m| clean(m).into_owned());
    match &u.end {
        None => (None, message(&u.message), None),
        Some(end) if fence.canceled(u) => (Some(Status::Canceled.as_str()), None, Some(end.finished_at.ms())),
        Some(end) => (Some(end.outcome.status.as_str()), message(&end.outcome.message), Some(end.finished_at.ms())),
    }
}

/// The columns that runs and tasks share.
#[derive(Default)]
struct Columns {
    percent: Vec<Option<i16>>,
    message: Vec<Option<String>>,
    status: Vec<Option<&'static str>>,
    at: Vec<Option<i64>>,
}

impl Columns {
    fn push(&mut self, u: &RunUpdate, fence: &Fence) {
        let (status, message, at) = end(u, fence);
        self.percent.push(percent(u.percent));
        self.message.push(message);
        self.status.push(status);
        self.at.push(at);
    }
}

/// Kept as it was written: JSON escapes the character that texts cannot hold here.
async fn write_results(conn: &mut PgConnection, wave: &[&RunUpdate]) -> Stored<()> {
    for (run, result) in wave.iter().filter_map(|u| Some((u.run, u.result.as_ref()?))) {
        let sql = "INSERT INTO run_result (run_id, body) VALUES ($1, $2) ON CONFLICT (run_id) DO UPDATE SET body = $2";
        sqlx::query(sql).bind(run.0).bind(result.get()).execute(&mut *conn).await?;
    }
    Ok(())
}

/// The length counts from the lines' place, so that a try whose commit was not heard of counts once.
async fn write_runs(conn: &mut PgConnection, wave: &[&RunUpdate], fence: &Fence) -> Stored<()> {
    let mut columns = Columns::default();
    wave.iter().for_each(|u| columns.push(u, fence));
    // At the end the message is the outcome's, even if that has none; before, a new one replaces the old.
    let sql =
        "UPDATE run SET log_len = greatest(log_len, x.len), status_percent = coalesce(x.percent, run.status_percent),
        status_msg = CASE WHEN x.status IS NULL THEN coalesce(x.message, run.status_msg) ELSE x.message END,
        status = coalesce(x.status, run.status), finished_at = x.at
        FROM unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::text[], $5::text[], $6::bigint[])
            AS x (id, len, percent, message, status, at) WHERE run.id = x.id";
    let len = |u: &&RunUpdate| if u.lines.is_empty() { 0 } else { signed(u.first_idx + u.lines.len() as u64) };
    sqlx::query(sql)
        .bind(wave.iter().map(|u| u.run.0).collect::<Vec<_>>())
        .bind(wave.iter().map(len).collect::<Vec<_>>())
        .bind(columns.percent)
        .bind(columns.message)
        .bind(columns.status)
        .bind(columns.at)
        .execute(conn)
        .await?;
    Ok(())
}

async fn write_tasks(conn: &mut PgConnection, wave: &[&RunUpdate], fence: &Fence) -> Stored<()> {
    let told: Vec<&RunUpdate> = wave.iter().copied().filter(|u| tells_task(u)).collect();
    if told.is_empty() {
        return Ok(());
    }
    let mut columns = Columns::default();
    told.iter().for_each(|u| columns.push(u, fence));
    let agendas: Vec<Agenda> =
        told.iter().map(|u| u.end.as_ref().map(|e| e.agenda(fence.canceled(u))).unwrap_or_default()).collect();
    // A task whose owner is gone keeps saying so, and gets no next run.
    let sql = "UPDATE task SET status_percent = coalesce(x.percent, task.status_percent),
        status_msg = CASE WHEN owner_id IS NULL THEN task.status_msg WHEN x.status IS NOT NULL THEN x.message
            ELSE coalesce(x.message, task.status_msg) END,
        state = coalesce(x.state, task.state), status = coalesce(x.status, task.status), run_finished_at = x.at,
        run_canceled_at = CASE WHEN x.status = 'canceled' THEN coalesce(run_canceled_at, x.at) ELSE run_canceled_at END,
        active_run = CASE WHEN x.status IS NULL THEN active_run END,
        next_run_at = CASE WHEN owner_id IS NULL THEN NULL WHEN x.status IS NULL THEN next_run_at ELSE x.next END,
        retry_at = CASE WHEN owner_id IS NULL THEN NULL WHEN x.status IS NULL THEN task.retry_at ELSE x.retry END,
        attempts = CASE WHEN x.status IS NULL THEN task.attempts ELSE x.attempts END,
        wake_at = CASE WHEN owner_id IS NULL THEN NULL WHEN x.status IS NULL THEN task.wake_at ELSE x.wake END
        FROM unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::text[], $5::text[], $6::bigint[], $7::text[],
            $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[])
            AS x (id, run, percent, message, status, at, state, next, retry, attempts, wake)
        WHERE task.id = x.id AND task.active_run = x.run";
    sqlx::query(sql)
        .bind(told.iter().map(|u| u.task.0).collect::<Vec<_>>())
        .bind(told.iter().map(|u| u.run.0).collect::<Vec<_>>())
        .bind(columns.percent)
        .bind(columns.message)
        .bind(columns.status)
        .bind(columns.at)
        .bind(told.iter().map(|u| u.state.as_ref().map(|s| s.get())).collect::<Vec<_>>())
        .bind(agendas.iter().map(|a| ms(a.next_run_at)).collect::<Vec<_>>())
        .bind(agendas.iter().map(|a| ms(a.retry_at)).collect::<Vec<_>>())
        .bind(agendas.iter().map(|a| a.attempts).collect::<Vec<_>>())
        .bind(agendas.iter().map(|a| ms(a.wake_at)).collect::<Vec<_>>())
        .execute(conn)
        .await?;
    Ok(())
}
