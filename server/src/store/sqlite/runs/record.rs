//! What runs have to say, many runs at a time: log lines, progress, states, ends.

use super::super::{SqliteStore, logs, ms, post, text};
use crate::store::fence::Fence;
use crate::store::owed::Settlement;
use crate::store::{ClaimToken, Owned, RunUpdate, Stored};
use domain::RunId;
use domain::run::Status;
use serde_json::{Value, json};
use sqlx::SqliteConnection;

/// See [`crate::store::RunStore::record`].
pub async fn record(store: &SqliteStore, instance: &str, updates: &[RunUpdate]) -> Stored<Vec<Owned>> {
    if updates.is_empty() {
        return Ok(vec![]);
    }
    store.writer.write(async |tx| record_in(tx, instance, updates).await).await
}

async fn record_in(tx: &mut SqliteConnection, instance: &str, updates: &[RunUpdate]) -> Stored<Vec<Owned>> {
    let mut fence = write_runs(tx, instance, updates).await?;
    find_ended(tx, instance, updates, &mut fence).await?;
    let kept = || updates.iter().filter(|u| fence.admits(u));
    logs::write(tx, kept()).await?;
    write_results(tx, kept()).await?;
    write_tasks(tx, kept(), &fence).await?;
    let ended = Settlement::of(kept(), |u| fence.canceled(u))?;
    post::owe(tx, &ended).await?;
    Ok(fence.lost(updates))
}

/// Writes the run rows that still are this process's, and says which these are, the fence, and whether someone wanted
/// them canceled.
async fn write_runs(conn: &mut SqliteConnection, instance: &str, updates: &[RunUpdate]) -> Stored<Fence> {
    let rows: Vec<Value> = updates
        .iter()
        .map(|u| {
            let (status, message, at) = end(u);
            // Where the lines end, counted from their place: written twice they count once.
            let len = if u.lines.is_empty() { 0 } else { u.first_idx + u.lines.len() as u64 };
            json!([u.run, len, u.percent, message, status, at, u.token.0])
        })
        .collect();
    // At the end the message is the outcome's, even if that has none; before, a new one replaces the old. A cancel that was
    // acknowledged holds, even if the module was done before it noticed.
    let sql = "UPDATE run SET log_len = max(log_len, x.len), status_percent = coalesce(x.percent, status_percent),
        status_msg = CASE WHEN x.status IS NULL THEN coalesce(x.message, status_msg) WHEN cancel = 0 THEN x.message END,
        status = CASE WHEN x.status IS NULL THEN run.status WHEN cancel = 1 THEN 'canceled' ELSE x.status END, finished_at = x.at
        FROM (SELECT value ->> 0 AS id, value ->> 1 AS len, value ->> 2 AS percent, value ->> 3 AS message,
            value ->> 4 AS status, value ->> 5 AS at, value ->> 6 AS claim FROM json_each(?1)) AS x
        WHERE run.id = x.id AND run.status = 'running' AND run.instance = ?2 AND run.claim = x.claim
        RETURNING run.id, run.claim, cancel";
    let own: Vec<(i64, i64, bool)> = sqlx::query_as(sql).bind(text(&rows)?).bind(instance).fetch_all(conn).await?;
    let mut fence = Fence::default();
    own.into_iter().for_each(|(id, claim, cancel)| fence.own((RunId(id), ClaimToken(claim)), cancel));
    Ok(fence)
}

/// Ends that an earlier try wrote, whose answer was lost.
async fn find_ended(
    conn: &mut SqliteConnection,
    instance: &str,
    updates: &[RunUpdate],
    fence: &mut Fence,
) -> Stored<()> {
    let ids: Vec<RunId> = fence.in_question(updates).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let sql = "SELECT id, claim FROM run
        WHERE id IN (SELECT value FROM json_each(?1)) AND instance = ?2 AND status <> 'running'";
    let rows: Vec<(i64, i64)> = sqlx::query_as(sql).bind(text(&ids)?).bind(instance).fetch_all(conn).await?;
    rows.into_iter().for_each(|(id, claim)| fence.ended((RunId(id), ClaimToken(claim))));
    Ok(())
}

/// Status, message and instant of an end, or the message of a run that goes on.
fn end(update: &RunUpdate) -> (Option<&'static str>, Option<&str>, Option<i64>) {
    match &update.end {
        Some(end) => (Some(end.outcome.status.as_str()), end.outcome.message.as_deref(), Some(end.finished_at.ms())),
        None => (None, update.message.as_deref(), None),
    }
}

async fn write_results(conn: &mut SqliteConnection, updates: impl Iterator<Item = &RunUpdate>) -> Stored<()> {
    for (run, result) in updates.filter_map(|u| Some((u.run, u.result.as_ref()?))) {
        let sql = "INSERT INTO run_result (run_id, body) VALUES (?1, ?2) ON CONFLICT (run_id) DO UPDATE SET body = ?2";
        sqlx::query(sql).bind(run.0).bind(result.get()).execute(&mut *conn).await?;
    }
    Ok(())
}

async fn write_tasks(
    conn: &mut SqliteConnection,
    updates: impl Iterator<Item = &RunUpdate>,
    fence: &Fence,
) -> Stored<()> {
    let told = updates.filter(|u| u.end.is_some() || u.percent.is_some() || u.message.is_some() || u.state.is_some());
    let rows: Vec<Value> = told
        .map(|u| {
            let canceled = fence.canceled(u);
            let (mut status, mut message, at) = end(u);
            if status.is_some() && canceled {
                (status, message) = (Some(Status::Canceled.as_str()), None);
            }
            let agenda = u.end.as_ref().map(|e| e.agenda(canceled)).unwrap_or_default();
            json!([
                u.task,
                u.run,
                u.percent,
                message,
                u.state.as_ref().map(|s| s.get()),
                status,
                at,
                ms(agenda.next_run_at),
                ms(agenda.retry_at),
                agenda.attempts,
                ms(agenda.wake_at)
            ])
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    // A task whose owner is gone keeps saying so, and gets no next run.
    let sql = "UPDATE task SET status_percent = coalesce(x.percent, status_percent),
        status_msg = CASE WHEN owner_id IS NULL THEN status_msg WHEN x.status IS NOT NULL THEN x.message
            ELSE coalesce(x.message, status_msg) END,
        state = coalesce(x.state, task.state), status = coalesce(x.status, task.status), run_finished_at = x.at,
        run_canceled_at = CASE WHEN x.status = 'canceled' THEN coalesce(run_canceled_at, x.at) ELSE run_canceled_at END,
        active_run = CASE WHEN x.status IS NULL THEN active_run END,
        next_run_at = CASE WHEN owner_id IS NULL THEN NULL WHEN x.status IS NULL THEN next_run_at ELSE x.next END,
        retry_at = CASE WHEN owner_id IS NULL THEN NULL WHEN x.status IS NULL THEN task.retry_at ELSE x.retry END,
        attempts = CASE WHEN x.status IS NULL THEN task.attempts ELSE x.attempts END,
        wake_at = CASE WHEN owner_id IS NULL THEN NULL WHEN x.status IS NULL THEN task.wake_at ELSE x.wake END
        FROM (SELECT value ->> 0 AS id, value ->> 1 AS run, value ->> 2 AS percent, value ->> 3 AS message, value ->> 4 AS state,
            value ->> 5 AS status, value ->> 6 AS at, value ->> 7 AS next, value ->> 8 AS retry, value ->> 9 AS attempts,
            value ->> 10 AS wake FROM json_each(?1)) AS x
        WHERE task.id = x.id AND task.active_run = x.run";
    sqlx::query(sql).bind(text(&rows)?).execute(conn).await?;
    Ok(())
}
