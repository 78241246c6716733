//! Programs end with their server, whatever becomes of it, and with all that they started.

mod deadline;
mod first;
mod programs;
mod shortage;

use crate::server_process::Process;
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use programs::{Programs, gone, lives, minder_of};
use serde_json::json;
use tokio::process::Command;

fn signal(pid: i32, signal: Signal) {
    kill(Pid::from_raw(pid), signal).unwrap();
}

#[tokio::test]
async fn all_that_was_started_ends_with_a_server_that_is_killed() {
    let programs = Programs::new();
    let server = Process::start(programs.data()).await;
    let pids = programs.run_all(&server).await;
    server.kill().await;
    gone(&pids).await;
    programs.until_no_notes().await;
}

#[tokio::test]
async fn a_kill_of_the_whole_process_group_does_not_take_the_minder() {
    let programs = Programs::new();
    let mut command = Command::new(env!("CARGO_BIN_EXE_rota"));
    let mut server = Process::of(command.args(Process::arguments(programs.data())).process_group(0)).await;
    let pids = programs.run_all(&server).await;
    let minder = minder_of(server.pid()).await;
    // A service manager may signal each process.
    for heard in [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP] {
        signal(minder, heard);
    }
    killpg(Pid::from_raw(server.pid()), Signal::SIGKILL).unwrap();
    server.child.wait().await.unwrap();
    gone(&pids).await;
}

#[tokio::test]
async fn another_minder_knows_what_runs() {
    let programs = Programs::new();
    let server = Process::start(programs.data()).await;
    let mut pids = programs.run_all(&server).await;
    let first = minder_of(server.pid()).await;
    signal(first, Signal::SIGKILL);
    gone(&[first]).await;
    let second = minder_of(server.pid()).await;
    assert!(pids.iter().all(|pid| lives(*pid)), "a minder that is killed ends nothing");
    pids.push(programs.run(&server, "later", "", "exec sleep 600").await);
    assert!(lives(second));
    server.kill().await;
    gone(&pids).await;
}

#[tokio::test]
async fn what_a_program_left_running_goes_on() {
    let programs = Programs::new();
    let left = async |server: &Process, name: &str| {
        let script = format!("setsid sleep 600 > /dev/null 2>&1 < /dev/null & echo $! > {}", programs.file(name));
        let id = server
            .run(json!({"task_module": "shell_command",
            "task_params": {"program": "sh", "arguments": ["-c", script]}}))
            .await;
        server.until(id, |task| task["status"] == "done").await;
        programs.pid(name).await
    };
    let server = Process::start(programs.data()).await;
    let of_stopped = left(&server, "a").await;
    assert_eq!(server.stop().await, Some(0));
    assert!(lives(of_stopped));
    programs.until_no_notes().await;
    let server = Process::start(programs.data()).await;
    let of_killed = left(&server, "b").await;
    let pids = programs.run_all(&server).await;
    server.kill().await;
    gone(&pids).await;
    programs.until_no_notes().await;
    let server = Process::start(programs.data()).await;
    for pid in [of_stopped, of_killed] {
        assert!(lives(pid));
        signal(pid, Signal::SIGKILL);
    }
    server.stop().await;
}

#[tokio::test]
async fn what_a_dead_server_and_its_minder_left_is_ended_before_the_next_begins() {
    let programs = Programs::new();
    let server = Process::start(programs.data()).await;
    let pids = programs.run_all(&server).await;
    let minder = minder_of(server.pid()).await;
    signal(server.pid(), Signal::SIGSTOP);
    signal(minder, Signal::SIGKILL);
    server.kill().await;
    assert!(pids.iter().all(|pid| lives(*pid)));
    let next = Process::start(programs.data()).await;
    assert!(!pids.iter().any(|pid| lives(*pid)), "gone before it is up");
    assert_eq!(programs.notes(), 1, "its own");
    next.stop().await;
    assert_eq!(programs.notes(), 0);
}

#[tokio::test]
async fn a_cancel_and_a_time_out_end_all_that_was_started() {
    let programs = Programs::new();
    let server = Process::start(programs.data()).await;
    let script = |name: &str| {
        format!(
            "setsid sleep 600 & echo $! > {}; (env -i setsid sleep 600 & echo $! > {}; wait)",
            programs.file(name),
            programs.file(&format!("{name}-bare"))
        )
    };
    let task = |name: &str, timeout: i64| {
        json!({"task_module": "shell_command", "task_timeout_sec": timeout,
        "task_params": {"program": "sh", "arguments": ["-c", script(name)]}})
    };
    let (canceled, late) = (server.run(task("canceled", 0)).await, server.run(task("late", 1)).await);
    let mut pids = vec![];
    for name in ["canceled", "canceled-bare", "late", "late-bare"] {
        pids.push(programs.pid(name).await);
    }
    server.send(reqwest::Method::POST, &format!("/task/{canceled}/cancel"), json!({})).await;
    server.until(canceled, |task| task["status"] == "canceled").await;
    let late = server.until(late, |task| task["status"] == "error").await;
    assert_eq!(late["status_msg"], "timed out after 1 s");
    assert!(!pids.iter().any(|pid| lives(*pid)), "gone when the run has ended");
    server.stop().await;
}

#[tokio::test]
async fn the_limit_of_open_files_is_raised_for_the_server_alone() {
    let programs = Programs::new();
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -Sn 200; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_rota")]);
    let server = Process::of(command.args(Process::arguments(programs.data()))).await;
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", server.pid())).unwrap();
    let files: Vec<&str> =
        limits.lines().find(|l| l.starts_with("Max open files")).unwrap().split_whitespace().collect();
    assert!(files[3] != "200" && files[3] == files[4], "{files:?}");
    // It has its limit when it gets its input.
    let script = format!("read -r go; echo \"$(ulimit -Sn) $(ulimit -Hn)\" > {}", programs.file("limit"));
    let params = json!({"program": "sh", "arguments": ["-c", script], "stdin": "go\n"});
    let id = server.run(json!({"task_module": "shell_command", "task_params": params})).await;
    server.until(id, |task| task["status"] == "done").await;
    assert_eq!(std::fs::read_to_string(programs.file("limit")).unwrap(), format!("200 {}\n", files[4]));
    server.stop().await;
}

#[tokio::test]
async fn without_a_folder_for_notes_programs_still_end() {
    let programs = Programs::new();
    std::fs::create_dir(programs.data()).unwrap();
    std::fs::write(programs.data().join("running"), "in the way").unwrap();
    let server = Process::start(programs.data()).await;
    let pids = programs.run_all(&server).await;
    server.kill().await;
    gone(&pids).await;
}
