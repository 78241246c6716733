//! A server that is killed while it owes mail: none is lost, and a mail comes twice only if the server died between the mail
//! server's word and its own note of it; then with the same id.

use crate::mail::smtp::Smtp;
use crate::server_process::Process;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::time::Duration;

const TASKS: usize = 60;
const KILLS: usize = 4;
const EACH: usize = 3;

/// Tasks that fail at once, each owed to three: due now, so that a restart goes on where the kill was.
async fn make_tasks(process: &Process) {
    let recipients: Vec<Value> = (0..EACH).map(|i| json!({"email": format!("r{i}@example.org")})).collect();
    let task = json!({"task": {"task_module": "http_request", "task_params": {"url": "http://127.0.0.1:1/"},
        "email": {"recipients": recipients}, "next_run_at": "2026-01-01T00:00:00Z"}});
    process.send(reqwest::Method::POST, "/task", json!(vec![task; TASKS])).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kills_of_a_server_with_sqlite_lose_no_mail_and_double_none() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let smtp = Smtp::plain().await;
    let folder = tempfile::tempdir().unwrap();
    let mut process = Process::start(folder.path()).await;
    let mail = json!({"host": "127.0.0.1", "port": smtp.addr.port(), "tls": "none", "sender": "rota@example.org"});
    process.send(reqwest::Method::PATCH, "/settings/mail", mail).await;
    make_tasks(&process).await;
    for kill in 1..=KILLS {
        // Somewhere in the middle of it, by what has arrived.
        let so_far = kill * TASKS * EACH / (KILLS + 2);
        until(&smtp, so_far).await;
        process.kill().await;
        process = Process::start(folder.path()).await;
    }
    let owed = until_all_are_sent(&process).await;
    assert_eq!(owed, TASKS * EACH, "each outcome owes each recipient one");
    let mut by_id: HashMap<String, usize> = HashMap::new();
    for got in smtp.got() {
        let id = got.raw.lines().find_map(|line| line.strip_prefix("Message-ID: ")).unwrap().to_owned();
        *by_id.entry(id).or_default() += 1;
    }
    assert_eq!(by_id.len(), owed, "none is lost");
    let twice = by_id.values().filter(|n| **n > 1).count();
    assert!(twice <= KILLS && by_id.values().all(|n| *n <= 2), "{twice} came twice");
    process.kill().await;
}

/// Waits for so many mails.
async fn until(smtp: &Smtp, mails: usize) {
    for _ in 0..15_000 {
        if smtp.got().len() >= mails {
            return;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    panic!("{} mails of {mails}", smtp.got().len());
}

/// Waits until every task has run and nothing waits; how many mails there are.
async fn until_all_are_sent(process: &Process) -> usize {
    for _ in 0..3000 {
        let ended = process.total("/task?status=error&limit=1").await;
        let all = process.total("/mail?limit=1").await;
        if ended == TASKS && process.total("/mail?status=sent&limit=1").await == all && all > 0 {
            return all;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{} of {} are sent", process.total("/mail?status=sent&limit=1").await, process.total("/mail?limit=1").await);
}
