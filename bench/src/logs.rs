//! Log lines: into the database, out of it by page, and live to a reader.

use crate::table::{Row, percentile, row};
use crate::world::{World, now_ms};
use futures::StreamExt;
use reqwest::Method;
use serde_json::{Value, json};

/// Many lines into one run, then pages far behind.
pub async fn lines(world: World, n: u64) -> anyhow::Result<Vec<Row>> {
    let id = world.tasks(1, |_| json!({"task_module": "bench_chatter", "description": n.to_string()})).await?[0];
    let began = now_ms();
    world.request(Method::POST, &format!("/task/{id}/run")).send().await?.error_for_status()?;
    world.until_done(1).await?;
    let rate = n as f64 / (now_ms() - began) * 1000.0;
    let far = n.saturating_sub(200_000);
    let mut took = vec![];
    for i in 0..200 {
        let began = now_ms();
        let path = format!("/task/{id}/log?limit=100&offset={}", far + i * 500);
        let page: Vec<Value> = world.request(Method::GET, &path).send().await?.json().await?;
        anyhow::ensure!(page.len() == 100, "a page of {}", page.len());
        took.push(now_ms() - began);
    }
    world.server.stop().await;
    let (p50, p99) = (percentile(&mut took, 50.0), percentile(&mut took, 99.0));
    Ok(vec![
        row(&format!("log lines into one run ({n})"), format!("{rate:.0}/s"), "≥ 200,000/s"),
        row(&format!("a page of 100 lines from offset {far}"), format!("p50 {p50:.1} ms, p99 {p99:.1} ms"), "≤ 10 ms"),
    ])
}

/// From the module's line to a reader of `log/stream`.
pub async fn live(world: World, n: u64) -> anyhow::Result<Vec<Row>> {
    let id = world.tasks(1, |_| json!({"task_module": "bench_ticker", "description": n.to_string()})).await?[0];
    world.request(Method::POST, &format!("/task/{id}/run")).send().await?.error_for_status()?;
    let answer = world.request(Method::GET, &format!("/task/{id}/log/stream")).send().await?.error_for_status()?;
    let mut body = answer.bytes_stream();
    let (mut buffer, mut took) = (String::new(), vec![]);
    while (took.len() as u64) < n {
        let Some(chunk) = body.next().await else { break };
        buffer.push_str(&String::from_utf8_lossy(&chunk?));
        let now = now_ms();
        while let Some((line, rest)) = buffer.split_once('\n') {
            let sent = line.split_once("\"msg\":\"at ").and_then(|(_, t)| t.split_once('"'));
            if let Some(sent) = sent.and_then(|(t, _)| t.parse::<f64>().ok()) {
                took.push(now - sent);
            }
            buffer = rest.to_owned();
        }
    }
    drop(body);
    world.until_done(1).await?;
    world.server.stop().await;
    let (p50, p99) = (percentile(&mut took, 50.0), percentile(&mut took, 99.0));
    let measured = format!("p50 {p50:.0} ms, p99 {p99:.0} ms (n {})", took.len());
    Ok(vec![row("a line from module to a live `log/stream` reader", measured, "p99 ≤ 150 ms")])
}
