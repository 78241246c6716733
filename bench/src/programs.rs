//! Modules that are programs: what they cost beside a plain start, how many lines they can write, and what bad ones do to others.

use crate::process::resident_mb;
use crate::table::{Row, percentile, row};
use crate::world::{World, now_ms};
use domain::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

/// The modules that are measured: name and program.
const MODULES: [(&str, &str); 7] = [
    ("bench_true", r#"["true"]"#),
    ("bench_seq", r#"["seq", "1", "1000000"]"#),
    ("bench_long_line", r#"["sh", "-c", "head -c 1000000000 /dev/zero | tr '\\000' x"]"#),
    ("bench_endless", r#"["yes"]"#),
    ("bench_deaf", r#"["sh", "-c", "trap '' TERM; while :; do sleep 1; done"]"#),
    ("bench_forks", r#"["sh", "-c", "(sleep 600 & sleep 600 &) ; exit 0"]"#),
    ("bench_closes", r#"["sh", "-c", "exec >&- 2>&-; sleep 600"]"#),
];

/// Writes the modules where a server with this data folder finds them.
pub fn install(data: &Path) -> std::io::Result<()> {
    for (name, command) in MODULES {
        let folder = data.join("modules").join(name);
        std::fs::create_dir_all(&folder)?;
        let manifest = format!("name = \"{name}\"\ndisplayname = \"{name}\"\ncommand = {command}\n");
        std::fs::write(folder.join("module.toml"), manifest)?;
    }
    Ok(())
}

/// A program as a module beside the same program started plainly, one after the other.
pub async fn overhead(world: World, n: u64) -> anyhow::Result<Vec<Row>> {
    let id = world.tasks(1, |_| json!({"task_module": "bench_true"})).await?[0];
    let (mut plain, mut module) = (vec![], vec![]);
    for _ in 0..n {
        plain.push(plain_start().await?);
        module.push(run(&world, id).await?);
    }
    world.server.stop().await;
    let (a, b) = (percentile(&mut plain, 50.0), percentile(&mut module, 50.0));
    let measured = format!("+{:.1} ms (p50: plain {a:.1}, as a module {b:.1} ms; n {n})", b - a);
    Ok(vec![row("a program as a module, over the same program started plainly", measured, "≤ 3 ms")])
}

async fn plain_start() -> anyhow::Result<f64> {
    let began = now_ms();
    let mut child = tokio::process::Command::new("true")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    child.wait().await?;
    Ok(now_ms() - began)
}

/// Runs the task, and answers how long the run took by its own account, in milliseconds.
async fn run(world: &World, id: i64) -> anyhow::Result<f64> {
    let began: Value = world.request(Method::POST, &format!("/task/{id}/run")).send().await?.json().await?;
    let run = began["run"]["_id"].clone();
    loop {
        let runs: Value = world.request(Method::GET, &format!("/task/{id}/run?limit=1")).send().await?.json().await?;
        let time = |field: &str| runs[0][field].as_str().and_then(Timestamp::parse);
        if let (true, Some(start), Some(end)) = (runs[0]["_id"] == run, time("run_started_at"), time("run_finished_at"))
        {
            anyhow::ensure!(runs[0]["status"] == "done", "{}", runs[0]);
            return Ok((end.ms() - start.ms()) as f64);
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A million lines from one program.
pub async fn lines(world: World) -> anyhow::Result<Vec<Row>> {
    let id = world.tasks(1, |_| json!({"task_module": "bench_seq"})).await?[0];
    let began = now_ms();
    run(&world, id).await?;
    let rate = 1_000_000.0 / (now_ms() - began) * 1000.0;
    let answer = world.request(Method::GET, &format!("/task/{id}/log?limit=1&order=desc")).send().await?;
    let total = answer.headers().get("x-total-count").and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    let last: Value = answer.json().await?;
    world.server.stop().await;
    let measured = format!("{rate:.0}/s; {total} kept, the last is {}", last[0]["msg"]);
    Ok(vec![row("lines from one program (1,000,000), until the last can be read", measured, "≥ 100,000/s, none lost")])
}

/// How late others start while programs misbehave, and what memory that takes.
pub async fn hostile(world: World, n: u64) -> anyhow::Result<Vec<Row>> {
    let before = resident_mb("self")?;
    let bad = ["bench_long_line", "bench_endless", "bench_deaf", "bench_forks", "bench_closes"];
    let ids = world.tasks(5, |i| json!({"task_module": bad[i as usize], "task_timeout_sec": 20})).await?;
    for id in &ids {
        world.request(Method::POST, &format!("/task/{id}/run")).send().await?.error_for_status()?;
    }
    let base = now_ms() + 3000.0;
    let at = |i: u64| Timestamp::from_ms((base + (i / 20) as f64 * 200.0) as i64).to_string();
    world.tasks(n, |i| json!({"task_module": "bench_noop", "next_run_at": at(i)})).await?;
    let mut most = before;
    while world.starts_so_far() < n as usize {
        most = most.max(resident_mb("self")?);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let mut late: Vec<f64> = world.take_starts().into_iter().map(|(_, late)| late).collect();
    let mut ends = vec![];
    for (id, name) in ids.iter().zip(bad) {
        ends.push(format!("{} {}", name.trim_start_matches("bench_"), ended(&world, *id).await?));
    }
    world.server.stop().await;
    let (p50, p99) = (percentile(&mut late, 50.0), percentile(&mut late, 99.0));
    let measured = format!("p50 {p50:.1} ms, p99 {p99:.1} ms; memory +{:.0} MiB; {}", most - before, ends.join(", "));
    Ok(vec![row("lateness of 100 starts a second beside five programs that misbehave", measured, "p99 ≤ 50 ms")])
}

async fn ended(world: &World, id: i64) -> anyhow::Result<String> {
    loop {
        let task: Value = world.request(Method::GET, &format!("/task/{id}")).send().await?.json().await?;
        let status = task["task"]["status"].as_str().unwrap_or_default().to_owned();
        if status != "running" {
            return Ok(status);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
