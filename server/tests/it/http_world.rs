//! A whole server on a database of its own, and people who call it.

use crate::databases::Databases;
use async_trait::async_trait;
use domain::L10n;
use domain::json::Raw;
use domain::module::{ModuleSpec, Param, ParamType};
use domain::run::{Level, Outcome};
use reqwest::{Method, RequestBuilder};
use rota::config::Config;
use rota::minder::Minding;
use rota::modules::{RunContext, TaskModule};
use rota::server::{Extras, Server};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

const ROOT: &str = "rota_root-token-of-the-tests";

/// A server, and a client that speaks plain HTTP to it.
pub struct World {
    pub server: Server,
    client: reqwest::Client,
    _folder: tempfile::TempDir,
}

/// Someone with a token.
#[derive(Clone)]
pub struct Person {
    pub id: i64,
    token: String,
    base: String,
    client: reqwest::Client,
}

/// One answer.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
}

impl World {
    pub async fn start(db: &Databases) -> World {
        World::with(db, &[]).await
    }

    /// With these flags on the command line.
    pub async fn with(db: &Databases, flags: &[&str]) -> World {
        let url = db.new_url().await;
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().to_string_lossy().into_owned();
        let own = ["--listen=127.0.0.1:0", "--root-password=correct horse", "--root-token", ROOT];
        let own = own.into_iter().chain(["--data-dir", &data, "--database-url", &url]);
        let config = Config::from_flags(own.chain(flags.iter().copied())).unwrap();
        let modules: Vec<Arc<dyn TaskModule>> =
            vec![Arc::new(Talk), Arc::new(Hold), Arc::new(Vault), Arc::new(Staff), Arc::new(Fail)];
        let minding = Minding::By(env!("CARGO_BIN_EXE_rota").into());
        let server = Server::start(config, Extras { modules, minding, ..Extras::default() }).await.unwrap();
        World { server, client: reqwest::Client::new(), _folder: folder }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}/api{path}", self.server.addr)
    }

    pub fn root(&self) -> Person {
        Person { id: 1, token: ROOT.into(), base: self.url(""), client: self.client.clone() }
    }

    /// A new user with these rights and a token.
    pub async fn person(&self, login: &str, rights: &[&str]) -> Person {
        let root = self.root();
        let body = json!({"login": login, "password": "correct horse", "system_rights": rights});
        let id = root.post("/user", body).await.good()["user"]["_id"].as_i64().unwrap();
        let made = root.post(&format!("/user/{id}/token"), json!({"name": "t"})).await.good();
        Person { id, token: made["token"].as_str().unwrap().to_owned(), ..root }
    }

    pub async fn user(&self, login: &str) -> Person {
        self.person(login, &["system.task"]).await
    }

    /// Nobody in particular.
    pub async fn anonymous(&self, method: &str, path: &str) -> Reply {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        Reply::of(self.client.request(method, self.url(path))).await
    }

    pub fn raw(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, self.url(path))
    }

    pub async fn stop(self) {
        self.server.stop().await;
    }
}

impl Reply {
    pub async fn of(request: RequestBuilder) -> Reply {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Reply { status, headers, text: response.text().await.unwrap() }
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|v| v.to_str().unwrap()).unwrap_or_default()
    }

    #[track_caller]
    pub fn good(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text);
        assert_eq!(self.header("content-type"), "application/json; charset=utf-8");
        self.json()
    }

    /// The parameters of an error, whose whole body is checked.
    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Value {
        let body = self.json();
        assert_eq!((self.status, &body["code"]), (status, &json!(code)), "{}", self.text);
        assert_eq!(self.header("content-type"), "application/json; charset=utf-8");
        let mut keys: Vec<&String> = body.as_object().unwrap().keys().collect();
        keys.sort();
        assert_eq!(keys, ["code", "error", "package", "parameters", "realm", "statuscode"]);
        assert_eq!((&body["statuscode"], &body["realm"]), (&json!(status), &json!("api")));
        assert!(
            body["error"].as_str().is_some_and(|sentence| sentence.ends_with('.') || sentence.contains(": ")),
            "{body}"
        );
        body["parameters"].clone()
    }
}

impl Person {
    pub fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        self.client.request(method, format!("{}{path}", self.base)).bearer_auth(&self.token)
    }

    pub async fn call(&self, method: &str, path: &str) -> Reply {
        Reply::of(self.request(method, path)).await
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.call("GET", path).await
    }

    pub async fn send(&self, method: &str, path: &str, body: Value) -> Reply {
        Reply::of(self.request(method, path).json(&body)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.send("POST", path, body).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Reply {
        self.send("PATCH", path, body).await
    }

    /// Sends bytes that claim to be JSON.
    pub async fn bytes(&self, method: &str, path: &str, body: impl Into<Vec<u8>>) -> Reply {
        Reply::of(self.request(method, path).header("content-type", "application/json").body(body.into())).await
    }

    /// A new task with these fields: its id.
    pub async fn task(&self, fields: Value) -> i64 {
        self.send("PUT", "/task", json!({"task": fields})).await.good()["task"]["_id"].as_i64().unwrap()
    }

    /// A task that holds still while it runs.
    pub async fn running(&self) -> i64 {
        let id = self.task(json!({"task_module": "hold"})).await;
        self.call("POST", &format!("/task/{id}/run")).await.good();
        self.until(id, "running").await;
        id
    }

    /// Runs a task to its end.
    pub async fn run(&self, id: i64) -> i64 {
        let run = self.call("POST", &format!("/task/{id}/run")).await.good()["run"]["_id"].as_i64().unwrap();
        for _ in 0..500 {
            let runs = self.get(&format!("/task/{id}/run")).await.good();
            if runs[0]["_id"] == run && !runs[0]["run_finished_at"].is_null() {
                return run;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("run {run} does not end");
    }

    /// Waits for a status.
    pub async fn until(&self, id: i64, status: &str) -> Value {
        for _ in 0..500 {
            let task = self.get(&format!("/task/{id}")).await.good();
            if task["task"]["status"] == status {
                return task;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("task {id} does not become {status}");
    }
}

fn spec(name: &str, right: &str, params: Vec<Param>) -> ModuleSpec {
    ModuleSpec {
        name: name.into(),
        displayname: L10n::default(),
        description: L10n::default(),
        debug: true,
        require_system_right: right.into(),
        params: params.into_iter().map(|p| p.in_group("all")).collect(),
    }
}

fn param(name: &str, kind: ParamType) -> Param {
    Param::new(name, 1, kind, L10n::default(), L10n::default())
}

/// Logs as many lines as it is told: each fourth of another level.
struct Talk;

#[async_trait]
impl TaskModule for Talk {
    fn spec(&self) -> ModuleSpec {
        spec("talk", "", vec![param("lines", ParamType::Int).default(2), param("text", ParamType::TextMultiline)])
    }

    async fn run(&self, ctx: RunContext) -> Outcome {
        for i in 0..ctx.int("lines").unwrap_or(0) {
            let level = Level::ALL[usize::try_from(i).unwrap_or(0) % 4];
            ctx.io.log(level, format!("line {i}{}", ctx.text("text")), None).await;
        }
        ctx.io.state(Raw::parse(r#"{"seen":1}"#).unwrap()).await;
        Outcome::done()
    }
}

/// Says one line and waits until it is canceled.
struct Hold;

#[async_trait]
impl TaskModule for Hold {
    fn spec(&self) -> ModuleSpec {
        spec("hold", "", vec![])
    }

    async fn run(&self, ctx: RunContext) -> Outcome {
        ctx.info("holding").await;
        ctx.cancel.cancelled().await;
        Outcome::canceled()
    }
}

/// Has a secret.
struct Vault;

#[async_trait]
impl TaskModule for Vault {
    fn spec(&self) -> ModuleSpec {
        let mut spec = spec("vault", "", vec![param("key", ParamType::Secret), param("inner", ParamType::Text)]);
        spec.params[1].require_system_right = "system.root".into();
        spec
    }

    async fn run(&self, ctx: RunContext) -> Outcome {
        Outcome::done_with(format!("{} characters", ctx.text("key").len()))
    }
}

/// Logs its text at each level, and fails with it, or does not.
struct Fail;

#[async_trait]
impl TaskModule for Fail {
    fn spec(&self) -> ModuleSpec {
        let params = vec![param("text", ParamType::TextMultiline), param("fails", ParamType::Bool).default(true)];
        spec("fail", "", params)
    }

    async fn run(&self, ctx: RunContext) -> Outcome {
        for level in Level::ALL {
            ctx.io.log(level, format!("{}: {}", level.as_str(), ctx.text("text")), None).await;
        }
        if ctx.flag("fails") { Outcome::error(ctx.text("text")) } else { Outcome::done() }
    }
}

/// For root only.
struct Staff;

#[async_trait]
impl TaskModule for Staff {
    fn spec(&self) -> ModuleSpec {
        spec("staff", "system.root", vec![])
    }

    async fn run(&self, _: RunContext) -> Outcome {
        Outcome::done()
    }
}
