//! Runs end to end, and how late they start.

use crate::table::{Row, percentile, row};
use crate::world::{World, now_ms};
use domain::Timestamp;
use serde_json::json;
use std::time::Duration;

fn at(ms: f64) -> String {
    Timestamp::from_ms(ms as i64).to_string()
}

async fn sleep_until(ms: f64) {
    tokio::time::sleep(Duration::from_secs_f64((ms - now_ms()).max(0.0) / 1000.0)).await;
}

/// All due at one instant; the time from then until the last outcome is written.
async fn rate(world: &World, n: u64, task: serde_json::Value) -> anyhow::Result<f64> {
    // First without a time, to learn how long the saving takes; then all for one instant.
    let lead = 10_000.0 + n as f64 * 0.4;
    let due = (now_ms() + lead).ceil();
    let object = |_| {
        let mut object = task.clone();
        object["next_run_at"] = json!(at(due));
        object
    };
    world.tasks(n, object).await?;
    anyhow::ensure!(now_ms() < due, "saving the tasks took longer than planned");
    sleep_until(due).await;
    world.until_done(n).await?;
    Ok(n as f64 / (now_ms() - due) * 1000.0)
}

/// No-op runs a second.
pub async fn no_ops(world: World, n: u64) -> anyhow::Result<Vec<Row>> {
    let rate = rate(&world, n, json!({"task_module": "bench_noop"})).await?;
    world.server.stop().await;
    let what = format!("no-op runs end to end, {n} with a run row and two log lines each");
    Ok(vec![row(&what, format!("{rate:.0}/s"), "≥ 10,000/s SQLite, ≥ 5,000/s PostgreSQL")])
}

/// Programs a second.
pub async fn programs(world: World, n: u64) -> anyhow::Result<Vec<Row>> {
    let params = json!({"program": "true"});
    let rate = rate(&world, n, json!({"task_module": "shell_command", "task_params": params})).await?;
    world.server.stop().await;
    Ok(vec![row("`shell_command` running `true`, end to end", format!("{rate:.0}/s"), "≥ 300/s")])
}

fn lateness(starts: Vec<(f64, f64)>) -> String {
    let mut late: Vec<f64> = starts.into_iter().map(|(_, late)| late).collect();
    let n = late.len();
    let (p50, p99) = (percentile(&mut late, 50.0), percentile(&mut late, 99.0));
    format!("p50 {p50:.1} ms, p99 {p99:.1} ms (n {n})")
}

/// 100 due each second, among many.
pub async fn steady(world: World, n: u64) -> anyhow::Result<Vec<Row>> {
    let base = now_ms() + 15_000.0 + n as f64 * 0.4;
    let far = base + 86_400_000.0;
    let due = |i: u64| if i < 2000 { base + (i % 20) as f64 * 1000.0 } else { far };
    world.tasks(n, |i| json!({"task_module": "bench_noop", "next_run_at": at(due(i))})).await?;
    sleep_until(base + 21_000.0).await;
    world.until_done(2000.min(n)).await?;
    let measured = lateness(world.take_starts());
    world.server.stop().await;
    let what = format!("lateness of a start, {n} tasks, 100 due each second");
    Ok(vec![row(&what, measured, "p50 ≤ 5 ms, p99 ≤ 50 ms")])
}

/// 10,000 due in one second, among many.
pub async fn burst(world: World, n: u64) -> anyhow::Result<Vec<Row>> {
    let base = now_ms() + 15_000.0 + n as f64 * 0.4;
    let many = n / 10;
    let due = |i: u64| if i < many { base } else { base + 86_400_000.0 };
    world.tasks(n, |i| json!({"task_module": "bench_noop", "next_run_at": at(due(i))})).await?;
    sleep_until(base).await;
    world.until_done(many).await?;
    let measured = lateness(world.take_starts());
    world.server.stop().await;
    let what = format!("lateness of a start, {n} tasks, {many} due at the same instant");
    Ok(vec![row(&what, measured, "p99 ≤ 1 s")])
}
