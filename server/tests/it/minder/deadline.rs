//! The programs of a server that is frozen, or does not renew its lease, end at the deadline.

use super::programs::{Programs, gone, lives};
use super::signal;
use domain::RunId;
use nix::sys::signal::Signal;
use rota::minder::{Minder, Minding};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Names the folder in which [`as_a_server`] works.
const FOLDER: &str = "ROTA_TEST_FOLDER";

fn minder(data: &Path) -> Minder {
    std::fs::create_dir_all(data).unwrap();
    Minder::start(&Minding::By(env!("CARGO_BIN_EXE_rota").into()), data, None).unwrap()
}

/// A program that ignores SIGTERM, with a child in another session. Both write their process ids to files.
fn deaf(variable: (std::ffi::OsString, std::ffi::OsString), file: &str) -> Child {
    let child = format!("setsid sh -c 'echo $$ > {file}-child; exec sleep 600'");
    let script = format!("trap '' TERM; {child} & echo $$ > {file}; while :; do sleep 1; done");
    Command::new("sh").args(["-c", &script]).envs([variable]).stdin(Stdio::null()).spawn().unwrap()
}

#[tokio::test]
async fn without_renewal_programs_end_and_later_ones_too() {
    let programs = Programs::new();
    let minder = minder(programs.data());
    let in_time = minder.announce(RunId(1)).await;
    assert!(!in_time.is_late().await);
    let mut child = deaf(in_time.variable(), &programs.file("a"));
    let pids = [programs.pid("a").await, programs.pid("a-child").await];
    minder.keep_until(Instant::now() + Duration::from_secs(3600));
    assert!(!in_time.is_late().await && pids.iter().all(|pid| lives(*pid)));
    minder.keep_until(Instant::now());
    child.wait().unwrap();
    gone(&pids).await;
    assert!(in_time.is_late().await);
    let too_late = minder.announce(RunId(2)).await;
    let mut child = deaf(too_late.variable(), &programs.file("b"));
    child.wait().unwrap();
    assert!(too_late.is_late().await);
    minder.keep_until(Instant::now() + Duration::from_secs(3600));
    let renewed = minder.announce(RunId(3)).await;
    assert!(!renewed.is_late().await);
    minder.stop().await;
    assert_eq!(programs.notes(), 0);
}

/// What [`a_frozen_server_loses_its_programs_when_its_time_has_passed`] starts as a process of its own.
#[tokio::test]
#[ignore = "the part of another test that is frozen"]
async fn as_a_server() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let folder = Path::new(&folder);
    let minder = minder(&folder.join("data"));
    minder.keep_until(Instant::now() + Duration::from_secs(2));
    let announced = minder.announce(RunId(1)).await;
    let mut child = deaf(announced.variable(), folder.join("program").to_str().unwrap());
    while child.try_wait().unwrap().is_none() {
        minder.keep_until(Instant::now() + Duration::from_secs(2));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn a_frozen_server_loses_its_programs_when_its_time_has_passed() {
    let programs = Programs::new();
    let folder = Path::new(&programs.file("")).to_owned();
    let mut server = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "minder::deadline::as_a_server"])
        .env(FOLDER, folder)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let pids = [programs.pid("program").await, programs.pid("program-child").await];
    let pid = i32::try_from(server.id()).unwrap();
    signal(pid, Signal::SIGSTOP);
    gone(&pids).await;
    signal(pid, Signal::SIGKILL);
    server.wait().unwrap();
}
