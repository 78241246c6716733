//! Run now over REST, to the module's start.

use crate::table::{Row, mean, percentile, row};
use crate::world::{World, now_ms};
use reqwest::Method;
use serde_json::json;
use std::time::Duration;

/// One after the other, on an idle server.
pub async fn run_now(world: World, n: u64) -> anyhow::Result<Vec<Row>> {
    let id = world.tasks(1, |_| json!({"task_module": "bench_noop"})).await?[0];
    let mut took = vec![];
    for _ in 0..n {
        let before = now_ms();
        let answer = world.request(Method::POST, &format!("/task/{id}/run")).send().await?;
        anyhow::ensure!(answer.status().is_success(), "run now: {}", answer.text().await?);
        let started = loop {
            if let Some((at, _)) = world.take_starts().pop() {
                break at;
            }
            tokio::time::sleep(Duration::from_micros(200)).await;
        };
        took.push(started - before);
        while world.server.state.scheduler.running() > 0 {
            tokio::time::sleep(Duration::from_micros(500)).await;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    world.server.stop().await;
    let (mean, p99) = (mean(&took), percentile(&mut took, 99.0));
    let measured = format!("mean {mean:.2} ms, p99 {p99:.2} ms");
    Ok(vec![row("run now over REST to the module's start", measured, "mean ≤ 2 ms, p99 ≤ 10 ms")])
}
