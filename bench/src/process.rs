//! The server as a process: how fast it is ready, how much memory it takes.

use crate::table::{Row, mean, row};
use crate::world::now_ms;
use anyhow::Context;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::{Child, Command};

/// CPU time used by a process so far, in hundredths of a second.
pub fn cpu_ticks(pid: &str) -> anyhow::Result<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let after = stat.rsplit_once(')').context("no ) in stat")?.1;
    let fields: Vec<&str> = after.split_whitespace().collect();
    Ok(fields[11].parse::<u64>()? + fields[12].parse::<u64>()?)
}

/// Resident memory of a process, in MB.
pub fn resident_mb(pid: &str) -> anyhow::Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find(|l| l.starts_with("VmRSS:")).context("no VmRSS")?;
    let kb: f64 = line.split_whitespace().nth(1).context("no number")?.parse()?;
    Ok(kb / 1024.0)
}

/// Starts on an existing database.
pub async fn run(binary: &Path) -> anyhow::Result<Vec<Row>> {
    let folder = tempfile::tempdir()?;
    let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let (first, _) = start(binary, folder.path(), port).await?;
    stop(first).await?;
    let (mut times, mut memory) = (vec![], 0.0);
    for _ in 0..5 {
        let (child, took) = start(binary, folder.path(), port).await?;
        times.push(took);
        tokio::time::sleep(Duration::from_secs(2)).await;
        memory = resident_mb(&child.id().context("ended")?.to_string())?;
        stop(child).await?;
    }
    Ok(vec![
        row("idle memory after start", format!("{memory:.0} MB"), "≤ 40 MB"),
        row("from exec to ready on an existing database", format!("mean {:.0} ms", mean(&times)), "≤ 300 ms"),
    ])
}

async fn start(binary: &Path, data: &Path, port: u16) -> anyhow::Result<(Child, f64)> {
    spawn(binary, data, port, &[]).await
}

/// Starts a server with these settings, and how many milliseconds later it was ready.
pub async fn spawn(binary: &Path, data: &Path, port: u16, env: &[(&str, &str)]) -> anyhow::Result<(Child, f64)> {
    let began = now_ms();
    let child = Command::new(binary)
        .args(["serve", "--listen", &format!("127.0.0.1:{port}"), "--data-dir"])
        .arg(data)
        .env("ROTA_ROOT_PASSWORD", "benchmark-of-no-value")
        .envs(env.iter().copied())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("{} (build it with: cargo xtask build)", binary.display()))?;
    let client = reqwest::Client::new();
    for _ in 0..5000 {
        let ready = client.get(format!("http://127.0.0.1:{port}/api/readyz")).send().await;
        if ready.is_ok_and(|r| r.status().is_success()) {
            return Ok((child, now_ms() - began));
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    anyhow::bail!("the server did not become ready")
}

/// As an administrator would: SIGTERM.
async fn stop(mut child: Child) -> anyhow::Result<()> {
    let pid = child.id().context("ended")?.to_string();
    Command::new("kill").arg(pid).status().await?;
    child.wait().await?;
    Ok(())
}
