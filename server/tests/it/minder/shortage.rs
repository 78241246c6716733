//! A server without file descriptors: its runs wait, and do not fail.

use super::programs::Programs;
use crate::server_process::Process;
use reqwest::Method;
use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};
use serde_json::{Value, json};
use std::time::Duration;

/// Lets a server open no more files, or as many as before.
fn set_limit(server: &Process, limit: Rlimit) -> Rlimit {
    prlimit(Pid::from_raw(server.pid()), Resource::Nofile, limit).unwrap()
}

/// Waits for a line in the log of a task. Until then the server may be unable to answer.
async fn until_logged(server: &Process, client: &reqwest::Client, id: i64, text: &str) {
    for _ in 0..3000 {
        let answer = server.request(client, Method::GET, &format!("/task/{id}/log")).send().await;
        if let Ok(answer) = answer
            && answer.text().await.is_ok_and(|log| log.contains(text))
        {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("no line with {text:?}");
}

#[tokio::test]
async fn a_program_that_cannot_be_started_for_want_of_descriptors_is_started_later() {
    let programs = Programs::new();
    let server = Process::start(programs.data()).await;
    // Answers are read to their end, so that the connection stays open: there can be no other.
    let client = reqwest::Client::builder().timeout(Duration::from_secs(60)).build().unwrap();
    let params = json!({"program": "true"});
    let task =
        json!({"task": {"task_module": "shell_command", "task_params": params, "next_run_at": "2100-01-01T00:00:00Z"}});
    let made = server.request(&client, Method::PUT, "/task").json(&task).send().await.unwrap();
    let id = made.json::<Value>().await.unwrap()["task"]["_id"].as_i64().unwrap();
    let answer = server.request(&client, Method::GET, &format!("/task/{id}/log")).send().await.unwrap();
    assert_eq!(answer.text().await.unwrap(), "[]");
    let usual = getrlimit(Resource::Nofile);
    let unlimited = set_limit(&server, Rlimit { current: Some(3), maximum: usual.maximum });
    let started = server.request(&client, Method::POST, &format!("/task/{id}/run")).send().await.unwrap();
    assert_eq!(started.json::<Value>().await.unwrap()["acknowledged"], "ok");
    until_logged(&server, &client, id, "true cannot be started at the moment: Too many open files").await;
    set_limit(&server, unlimited);
    server.until(id, |task| task["status"] == "done").await;
    server.stop().await;
}
