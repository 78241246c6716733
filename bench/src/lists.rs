//! A million tasks: what they cost while nothing is due, and how fast lists are.

use crate::process::{cpu_ticks, resident_mb};
use crate::table::{Row, percentile, row};
use crate::world::{World, now_ms};
use domain::Timestamp;
use reqwest::Method;
use serde_json::json;
use std::time::Duration;

/// Idle, and `GET /task` at offsets up to 10,000.
pub async fn million(world: World, n: u64) -> anyhow::Result<Vec<Row>> {
    let before = resident_mb("self")?;
    let far = now_ms() + 30.0 * 86_400_000.0;
    let task = |i: u64| {
        let at = Timestamp::from_ms(far as i64 + i as i64).to_string();
        json!({"task_module": "bench_noop", "description": format!("task number {i}"), "next_run_at": at,
            "schedules": [{"hours": [i % 24], "minutes": [i % 60], "timezone": "Europe/Berlin"}]})
    };
    let began = now_ms();
    world.tasks(n, task).await?;
    let saved = n as f64 / (now_ms() - began) * 1000.0;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let (ticks, at) = (cpu_ticks("self")?, now_ms());
    tokio::time::sleep(Duration::from_secs(10)).await;
    // 100 ticks a second on every Linux that Rota runs on.
    let cpu = (cpu_ticks("self")? - ticks) as f64 / 100.0 / ((now_ms() - at) / 1000.0) * 100.0;
    let memory = resident_mb("self")?;
    let mut took = vec![];
    for i in 0..300 {
        let offset = (i * 37) % 10_001;
        let began = now_ms();
        let answer = world.request(Method::GET, &format!("/task?limit=100&offset={offset}")).send().await?;
        anyhow::ensure!(answer.status().is_success(), "list: {}", answer.text().await?);
        answer.bytes().await?;
        took.push(now_ms() - began);
    }
    world.server.stop().await;
    let p99 = percentile(&mut took, 99.0);
    let idle = format!("{cpu:.2} % CPU, {memory:.0} MB resident (with the client; {before:.0} MB before)");
    Ok(vec![
        row(&format!("saving {n} tasks over REST, 1,000 a request"), format!("{saved:.0}/s"), "–"),
        row(&format!("{n} scheduled tasks, idle"), idle, "≤ 1 %, ≤ 150 MB"),
        row("`GET /task?limit=100`, offsets 0 to 10,000", format!("p99 {p99:.1} ms"), "p99 ≤ 20 ms"),
    ])
}
