//! A server as a process of its own, as people start it.

use serde_json::{Value, json};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

const TOKEN: &str = "rota_root-token-of-the-tests";

/// Killed on drop.
pub struct Process {
    pub child: Child,
    base: String,
}

impl Process {
    pub async fn start(data: &Path) -> Process {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rota"));
        Process::of(command.args(Process::arguments(data))).await
    }

    /// The command line of a server.
    pub fn arguments(data: &Path) -> Vec<String> {
        let own = ["serve", "--listen", "127.0.0.1:0", "--root-token", TOKEN, "--root-password", "correct horse"];
        let data = ["--data-dir", data.to_str().unwrap()];
        own.into_iter().chain(data).map(str::to_owned).collect()
    }

    /// A command that leads to a server.
    pub async fn of(command: &mut Command) -> Process {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        while let Some(line) = lines.next_line().await.unwrap() {
            if let Some(url) = line.strip_prefix("Rota is at ") {
                let base = format!("{}/api", url.trim_end_matches('/'));
                tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
                return Process { child, base };
            }
        }
        panic!("the server does not start");
    }

    pub fn pid(&self) -> i32 {
        i32::try_from(self.child.id().unwrap()).unwrap()
    }

    pub fn request(&self, client: &reqwest::Client, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        client.request(method, format!("{}{path}", self.base)).bearer_auth(TOKEN)
    }

    pub async fn send(&self, method: reqwest::Method, path: &str, body: Value) -> Value {
        let request = self.request(&reqwest::Client::new(), method, path).json(&body);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        response.json().await.unwrap()
    }

    pub async fn total(&self, path: &str) -> usize {
        let request = reqwest::Client::new().get(format!("{}{path}", self.base)).bearer_auth(TOKEN);
        let response = request.send().await.unwrap();
        response.headers()["x-total-count"].to_str().unwrap().parse().unwrap()
    }

    /// A new task with these fields, started: its id.
    pub async fn run(&self, fields: Value) -> i64 {
        let made = self.send(reqwest::Method::PUT, "/task", json!({ "task": fields })).await;
        let id = made["task"]["_id"].as_i64().unwrap();
        self.send(reqwest::Method::POST, &format!("/task/{id}/run"), json!({})).await;
        id
    }

    /// Waits until the task is as wanted.
    pub async fn until(&self, id: i64, wanted: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..3000 {
            let task = self.send(reqwest::Method::GET, &format!("/task/{id}"), json!({})).await;
            if wanted(&task["task"]) {
                return task["task"].clone();
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("task {id} does not become what is wanted");
    }

    /// SIGKILL: not a word more.
    pub async fn kill(mut self) {
        self.child.start_kill().unwrap();
        self.child.wait().await.unwrap();
    }

    /// Sends SIGTERM and waits. Returns the exit code.
    pub async fn stop(mut self) -> Option<i32> {
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(self.pid()), nix::sys::signal::Signal::SIGTERM).unwrap();
        self.child.wait().await.unwrap().code()
    }
}
