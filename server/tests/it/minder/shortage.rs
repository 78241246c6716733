//! A server without file descriptors: its runs wait, and do not fail.

use super::programs::{Programs, gone};
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

/// A task that runs this script when it is started, and a connection to the server. Answers are read to their end, so that it stays open:
/// there can be no other.
async fn task(server: &Process, script: &str) -> (i64, reqwest::Client) {
    let client = reqwest::Client::builder().timeout(Duration::from_secs(60)).build().unwrap();
    let params = json!({"program": "sh", "arguments": ["-c", script]});
    let task = json!({"task": {"task_module": "shell_command", "task_params": params}});
    let made = server.request(&client, Method::PUT, "/task").json(&task).send().await.unwrap();
    let id = made.json::<Value>().await.unwrap()["task"]["_id"].as_i64().unwrap();
    let answer = server.request(&client, Method::GET, &format!("/task/{id}/log")).send().await.unwrap();
    assert_eq!(answer.text().await.unwrap(), "[]");
    (id, client)
}

async fn post(server: &Process, client: &reqwest::Client, path: &str) {
    let answer = server.request(client, Method::POST, path).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.text().await.is_ok()), (200, true));
}

fn take_descriptors(server: &Process) -> Rlimit {
    set_limit(server, Rlimit { current: Some(3), maximum: getrlimit(Resource::Nofile).maximum })
}

#[tokio::test]
async fn a_program_that_cannot_be_started_for_want_of_descriptors_is_started_later() {
    let programs = Programs::new();
    let server = Process::start(programs.data()).await;
    let (id, client) = task(&server, "true").await;
    let usual = take_descriptors(&server);
    post(&server, &client, &format!("/task/{id}/run")).await;
    until_logged(&server, &client, id, "sh cannot be started at the moment: Too many open files").await;
    set_limit(&server, usual);
    server.until(id, |task| task["status"] == "done").await;
    server.stop().await;
}

#[tokio::test]
async fn a_program_can_be_ended_without_descriptors() {
    let programs = Programs::new();
    let server = Process::start(programs.data()).await;
    let (id, client) = task(&server, &format!("echo $$ > {}; exec sleep 600", programs.file("pid"))).await;
    post(&server, &client, &format!("/task/{id}/run")).await;
    let pid = programs.pid("pid").await;
    let usual = take_descriptors(&server);
    post(&server, &client, &format!("/task/{id}/cancel")).await;
    gone(&[pid]).await;
    set_limit(&server, usual);
    server.until(id, |task| task["status"] == "canceled").await;
    server.stop().await;
}
