//! How long programs outlive a server that is killed.

use crate::process::spawn;
use crate::table::{Row, mean, row};
use crate::world::now_ms;
use anyhow::Context;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

const TOKEN: &str = "rota_benchmark_token_of_no_value";
/// Kills for each figure.
const KILLS: usize = 5;
/// Programs that run when the server is killed.
const PROGRAMS: usize = 8;

/// The time from `kill -9` of a server until its programs are gone.
pub async fn after_kill(binary: &Path) -> anyhow::Result<Vec<Row>> {
    let gentle = measure(binary, "exec sleep 600").await?;
    let away = measure(binary, "setsid sleep 600 & exec sleep 600").await?;
    let deaf = measure(binary, "trap '' TERM; while :; do sleep 1; done").await?;
    Ok(vec![
        row("kill -9 of the server: 8 programs gone after", gentle, "≤ 200 ms"),
        row("the same with a child each in a session of its own", away, "≤ 200 ms"),
        row("the same, deaf to SIGTERM", deaf, "≤ 1000 ms"),
    ])
}

async fn measure(binary: &Path, script: &str) -> anyhow::Result<String> {
    let mut times = vec![];
    for _ in 0..KILLS {
        times.push(kill(binary, script).await?);
    }
    let most = times.iter().copied().fold(0.0, f64::max);
    Ok(format!("mean {:.0} ms, most {most:.0} ms", mean(&times)))
}

async fn kill(binary: &Path, script: &str) -> anyhow::Result<f64> {
    let folder = tempfile::tempdir()?;
    let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let env = [("ROTA_ROOT_TOKEN", TOKEN), ("ROTA_RUN_SLOTS", "8")];
    let (mut server, _) = spawn(binary, folder.path(), port, &env).await?;
    for n in 0..PROGRAMS {
        let script = format!("echo $$ > {}/pid{n}; {script}", folder.path().display());
        run(port, &script).await?;
    }
    let mut pids = vec![];
    for n in 0..PROGRAMS {
        pids.push(pid(&folder.path().join(format!("pid{n}"))).await?);
    }
    let began = now_ms();
    server.start_kill()?;
    server.wait().await?;
    while pids.iter().any(|pid| lives(pid)) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    Ok(now_ms() - began)
}

async fn run(port: u16, script: &str) -> anyhow::Result<()> {
    let base = format!("http://127.0.0.1:{port}/api/task");
    let task = json!({"task": {"task_module": "shell_command", "task_params": {"program": "sh", "arguments": ["-c", script]}}});
    let request = |method, url: String| Client::new().request(method, url).bearer_auth(TOKEN);
    let made: Value = request(Method::PUT, base.clone()).json(&task).send().await?.error_for_status()?.json().await?;
    let id = made["task"]["_id"].as_i64().context("no id")?;
    request(Method::POST, format!("{base}/{id}/run")).send().await?.error_for_status()?;
    Ok(())
}

/// Waits until the program has written its process id.
async fn pid(file: &Path) -> anyhow::Result<String> {
    for _ in 0..5000 {
        if let Some(pid) =
            std::fs::read_to_string(file).ok().and_then(|text| text.strip_suffix('\n').map(str::to_owned))
        {
            return Ok(pid);
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    anyhow::bail!("a program did not start")
}

fn lives(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(") ").next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['Z', 'X']))
}
