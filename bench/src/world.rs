//! A server in this process on a database of its own, with modules made for measuring, and a REST client.

use anyhow::{Context, bail};
use async_trait::async_trait;
use domain::module::ModuleSpec;
use domain::run::{Level, Outcome, Status};
use domain::{L10n, Timestamp};
use rota::config::Config;
use rota::modules::{RunContext, TaskModule};
use rota::server::{Extras, Server};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Where the figures come from.
#[derive(Debug, Clone)]
pub enum Database {
    /// A file in a temporary folder.
    Sqlite,
    /// A new database on this server.
    Postgres(String),
}

impl Database {
    /// What the table says.
    pub fn name(&self) -> &'static str {
        match self {
            Database::Sqlite => "SQLite",
            Database::Postgres(_) => "PostgreSQL",
        }
    }
}

/// When each run started, and how late that was, in milliseconds.
pub type Starts = Arc<Mutex<Vec<(f64, f64)>>>;

const TOKEN: &str = "rota_benchmark_token_of_no_value";

/// A server and a client.
pub struct World {
    /// The server.
    pub server: Server,
    /// What the measuring modules saw.
    pub starts: Starts,
    client: reqwest::Client,
    _folder: tempfile::TempDir,
}

/// Milliseconds since 1970, with fractions.
pub fn now_ms() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64() * 1000.0
}

impl World {
    /// Starts a server.
    pub async fn start(database: &Database, slots: u32) -> anyhow::Result<World> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir()?;
        crate::programs::install(folder.path())?;
        let data = folder.path().to_string_lossy().into_owned();
        let slots = slots.to_string();
        let mut flags = vec!["--listen", "127.0.0.1:0", "--data-dir", &data, "--root-token", TOKEN];
        flags.extend(["--run-slots", &slots, "--root-password", "benchmark-of-no-value"]);
        let url = match database {
            Database::Sqlite => None,
            Database::Postgres(server) => Some(new_database(server).await?),
        };
        if let Some(url) = &url {
            flags.extend(["--database-url", url, "--database-connections", "16"]);
        }
        let config = Config::from_flags(flags)?;
        let starts = Starts::default();
        let modules: Vec<Arc<dyn TaskModule>> =
            vec![Arc::new(NoOp(starts.clone())), Arc::new(Chatter), Arc::new(Ticker)];
        let server = Server::start(config, Extras { modules, ..Extras::default() }).await?;
        Ok(World { server, starts, client: reqwest::Client::new(), _folder: folder })
    }

    /// A request with the root token.
    pub fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, format!("http://{}/api{path}", self.server.addr)).bearer_auth(TOKEN)
    }

    /// Makes `n` tasks, a thousand a request. `task` writes the object of each.
    pub async fn tasks(&self, n: u64, task: impl Fn(u64) -> Value) -> anyhow::Result<Vec<i64>> {
        let mut ids = vec![];
        for from in (0..n).step_by(1000) {
            let body: Vec<Value> = (from..n.min(from + 1000)).map(|i| json!({ "task": task(i) })).collect();
            let answer = self.request(reqwest::Method::POST, "/task").json(&body).send().await?;
            if !answer.status().is_success() {
                bail!("POST /task: {}", answer.text().await?);
            }
            let saved: Vec<Value> = answer.json().await?;
            ids.extend(saved.iter().filter_map(|t| t["task"]["_id"].as_i64()));
        }
        Ok(ids)
    }

    /// Waits until so many tasks are done.
    pub async fn until_done(&self, n: u64) -> anyhow::Result<()> {
        for _ in 0..60_000 {
            let counts = self.server.state.store.task_counts().await?;
            if counts.iter().any(|(status, count)| *status == Status::Done && *count >= n) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        bail!("the runs did not end")
    }

    /// How many starts the modules saw so far.
    pub fn starts_so_far(&self) -> usize {
        self.starts.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Takes what the modules saw so far.
    pub fn take_starts(&self) -> Vec<(f64, f64)> {
        std::mem::take(&mut *self.starts.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Makes an empty database beside the one that the address names.
async fn new_database(server: &str) -> anyhow::Result<String> {
    let name = format!("rota_bench_{}", now_ms() as u64);
    let mut connection = PgConnection::connect(server).await.context("connecting to PostgreSQL")?;
    sqlx::raw_sql(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut connection).await?;
    let (base, query) = server.split_once('?').unwrap_or((server, ""));
    let (host, _) = base.rsplit_once('/').context("the address of PostgreSQL ends with a database")?;
    Ok(if query.is_empty() { format!("{host}/{name}") } else { format!("{host}/{name}?{query}") })
}

fn spec(name: &str) -> ModuleSpec {
    ModuleSpec {
        name: name.to_owned(),
        displayname: L10n::default(),
        description: L10n::default(),
        debug: true,
        require_system_right: String::new(),
        params: vec![],
    }
}

/// Two lines, done.
struct NoOp(Starts);

#[async_trait]
impl TaskModule for NoOp {
    fn spec(&self) -> ModuleSpec {
        spec("bench_noop")
    }

    async fn run(&self, ctx: RunContext) -> Outcome {
        let now = now_ms();
        let due: Timestamp = ctx.run.due_at;
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((now, now - due.ms() as f64));
        ctx.info("started").await;
        ctx.info("did nothing").await;
        Outcome::done()
    }
}

/// As many lines as the task's description says.
struct Chatter;

#[async_trait]
impl TaskModule for Chatter {
    fn spec(&self) -> ModuleSpec {
        spec("bench_chatter")
    }

    async fn run(&self, ctx: RunContext) -> Outcome {
        let n: u64 = ctx.description.parse().unwrap_or(0);
        for i in 0..n {
            let line = format!("line {i}: the quick brown fox jumps over the lazy dog and goes on its way");
            ctx.io.log(Level::Info, line, None).await;
        }
        Outcome::done()
    }
}

/// A line with the time in it, every 20 ms.
struct Ticker;

#[async_trait]
impl TaskModule for Ticker {
    fn spec(&self) -> ModuleSpec {
        spec("bench_ticker")
    }

    async fn run(&self, ctx: RunContext) -> Outcome {
        let n: u64 = ctx.description.parse().unwrap_or(0);
        tokio::time::sleep(Duration::from_millis(500)).await;
        for _ in 0..n {
            ctx.info(format!("at {}", now_ms())).await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Outcome::done()
    }
}
