//! Mail that is owed while the server is killed again and again.

mod sink;

use crate::process::spawn;
use crate::table::{Row, row};
use crate::world::now_ms;
use anyhow::Context;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use sink::Sink;
use std::path::Path;
use std::time::Duration;
use tokio::process::Child;

const TOKEN: &str = "rota_benchmark-token-of-no-value";
/// Mails that each outcome owes.
const EACH: u64 = 3;
const KILLS: u64 = 5;
/// Most tasks in one request.
const BATCH: u64 = 1000;

/// A server in a process of its own, and where it is.
struct Server {
    child: Child,
    base: String,
}

impl Server {
    async fn start(binary: &Path, data: &Path, port: u16) -> anyhow::Result<Server> {
        let (child, _) = spawn(binary, data, port, &[("ROTA_ROOT_TOKEN", TOKEN), ("ROTA_RUN_SLOTS", "64")]).await?;
        Ok(Server { child, base: format!("http://127.0.0.1:{port}/api") })
    }

    async fn send(&self, method: Method, path: &str, body: &Value) -> anyhow::Result<()> {
        let request = Client::new().request(method, format!("{}{path}", self.base)).bearer_auth(TOKEN).json(body);
        request.send().await?.error_for_status()?;
        Ok(())
    }

    async fn total(&self, path: &str) -> anyhow::Result<u64> {
        let request = Client::new().get(format!("{}{path}", self.base)).bearer_auth(TOKEN);
        let response = request.send().await?.error_for_status()?;
        Ok(response.headers().get("x-total-count").context("no count")?.to_str()?.parse()?)
    }

    async fn kill(mut self) -> anyhow::Result<()> {
        self.child.start_kill()?;
        self.child.wait().await?;
        Ok(())
    }
}

/// So many outcomes, each owing three mails, across five kills: how many mails are lost or come twice, and how long it takes.
pub async fn kills(binary: &Path, outcomes: u64) -> anyhow::Result<Vec<Row>> {
    let (sink, folder) = (Sink::start().await?, tempfile::tempdir()?);
    let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let start = || Server::start(binary, folder.path(), port);
    let mut server = start().await?;
    let mail = json!({"host": "127.0.0.1", "port": sink.port, "tls": "none", "sender": "rota@example.org"});
    server.send(Method::PATCH, "/settings/mail", &mail).await?;
    make_tasks(&server, outcomes).await?;
    let began = now_ms();
    let mails = outcomes * EACH;
    for kill in 1..=KILLS {
        while sink.len() < kill * mails / (KILLS + 1) {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        server.kill().await?;
        server = start().await?;
    }
    while server.total("/task?status=error&limit=1").await? < outcomes
        || server.total("/mail?status=sent&limit=1").await? < server.total("/mail?limit=1").await?
    {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let (took, owed) = ((now_ms() - began) / 1000.0, server.total("/mail?limit=1").await?);
    server.kill().await?;
    let (different, twice) = sink.counts();
    let lost = mails.max(owed).saturating_sub(different);
    let what = format!("{outcomes} outcomes owing {EACH} mails each, across {KILLS} kill -9");
    let measured = format!("{lost} lost, {twice} doubled, {took:.0} s ({:.0} mails/s)", mails as f64 / took);
    Ok(vec![row(&what, measured, "0 lost, 0 doubled but for a lost answer")])
}

/// They are due when they are made, and fail at once.
async fn make_tasks(server: &Server, n: u64) -> anyhow::Result<()> {
    let recipients: Vec<Value> = (0..EACH).map(|i| json!({"email": format!("r{i}@example.org")})).collect();
    let task = json!({"task": {"task_module": "http_request", "task_params": {"url": "http://127.0.0.1:1/"},
        "email": {"recipients": recipients}, "next_run_at": "2026-01-01T00:00:00Z"}});
    let mut left = n;
    while left > 0 {
        let now = left.min(BATCH);
        server.send(Method::POST, "/task", &json!(vec![&task; usize::try_from(now)?])).await?;
        left -= now;
    }
    Ok(())
}
