//! `rota serve` as the first process of a container.

use super::programs::{Programs, children, gone, lives};
use super::signal;
use crate::server_process::Process;
use nix::sys::signal::Signal;
use serde_json::json;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;

/// A namespace of processes, for those who may make one.
const NAMESPACE: [&str; 6] = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "--"];

async fn can_make_namespaces() -> bool {
    let mut command = Command::new(NAMESPACE[0]);
    let made = command.args(&NAMESPACE[1..]).arg("true").stderr(Stdio::null()).status().await;
    let can = made.is_ok_and(|status| status.success());
    if !can {
        eprintln!("not tested: this account may not make a namespace of processes");
    }
    can
}

async fn start(programs: &Programs) -> Process {
    let mut command = Command::new(NAMESPACE[0]);
    command.args(&NAMESPACE[1..]).arg(env!("CARGO_BIN_EXE_rota")).args(Process::arguments(programs.data()));
    Process::of(&mut command).await
}

/// The only child of a process, as this namespace has it.
fn child(parent: i32) -> i32 {
    let all = children(parent);
    assert_eq!(all.len(), 1, "{all:?}");
    all[0].0
}

#[tokio::test]
async fn the_first_process_passes_signals_on_and_leaves_no_zombies() {
    if !can_make_namespaces().await {
        return;
    }
    let programs = Programs::new();
    let mut space = start(&programs).await;
    let first = child(space.pid());
    // Its child gets an orphan, which ends when the first process is its parent.
    let script = "(sh -c 'sleep 0.1' & exec true); wait; while :; do sleep 1; done";
    let id = space
        .run(json!({"task_module": "shell_command",
        "task_params": {"program": "sh", "arguments": ["-c", script]}}))
        .await;
    space.until(id, |task| task["status"] == "running").await;
    space.send(reqwest::Method::POST, &format!("/task/{id}/cancel"), json!({})).await;
    space.until(id, |task| task["status"] == "canceled").await;
    for left in (0..1000).rev() {
        if zombies_below(first) == 0 {
            break;
        }
        assert!(left > 0, "zombies stay");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    signal(first, Signal::SIGTERM);
    assert_eq!(space.child.wait().await.unwrap().code(), Some(0));
}

fn zombies_below(first: i32) -> usize {
    let stat = |pid: &str| std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let pids = std::fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| entry.file_name().into_string().ok());
    pids.filter(|pid| stat(pid).contains(&format!(") Z {first} "))).count()
}

#[tokio::test]
async fn the_exit_code_is_the_servers_and_its_programs_end_first() {
    if !can_make_namespaces().await {
        return;
    }
    let programs = Programs::new();
    let mut space = start(&programs).await;
    let server = child(child(space.pid()));
    let tidied = programs.file("tidied");
    // The shell may report to a server that is gone.
    let trap = format!("trap '' PIPE; trap 'echo > {tidied}; exit' TERM;");
    programs.run(&space, "gentle", &trap, "while :; do sleep 0.05; done").await;
    signal(server, Signal::SIGKILL);
    assert_eq!(space.child.wait().await.unwrap().code(), Some(128 + 9));
    assert!(std::path::Path::new(&tidied).exists(), "the program heard SIGTERM");
    gone(&[server]).await;
    assert!(!lives(server));
}
