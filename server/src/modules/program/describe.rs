//! Asks a program to describe itself: with `--describe` it prints its manifest as JSON.

use super::command;
use crate::modules::process::folder::Folder;
use crate::modules::process::inherited;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use serde_json::Value;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// How long a program may take to describe itself.
pub const TIME_MAX: Duration = Duration::from_secs(5);
/// Most bytes of its description.
pub const ANSWER_MAX: u64 = 1024 * 1024;
/// How often a program that has closed its output is asked whether it has ended.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// What the program of this command, in this folder, says of itself: an object. It waits, so call it where that is allowed.
///
/// # Errors
/// A sentence. The program, and all that it started, has ended then.
pub fn ask(command: &[String], folder: &Path) -> Result<Value, String> {
    within(command, folder, TIME_MAX).map_err(|why| format!("--describe: {why}"))
}

fn within(command: &[String], folder: &Path, time: Duration) -> Result<Value, String> {
    let work = Folder::open("", "describe")?;
    let deadline = Instant::now() + time;
    let mut child = start(command, folder, work.path())?;
    let answer = read(&mut child, deadline).and_then(|bytes| Ok((bytes, end(&mut child, deadline)?)));
    let (bytes, status) = match answer {
        Ok(answer) => answer,
        Err(why) => {
            stop(&mut child);
            return Err(why);
        }
    };
    if !status.success() {
        return Err(super::process::outcome(status).message.unwrap_or_default());
    }
    match serde_json::from_slice(&bytes) {
        Ok(value @ Value::Object(_)) => Ok(value),
        Ok(_) => Err("its answer is no JSON object".to_owned()),
        Err(e) => Err(format!("its answer is not JSON: {e}")),
    }
}

fn start(command: &[String], folder: &Path, work: &Path) -> Result<Child, String> {
    let (file, arguments) = command::resolve(command, folder)?;
    let child = Command::new(&file)
        .args(arguments)
        .arg("--describe")
        .env_clear()
        .envs(inherited())
        .current_dir(work)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn();
    child.map_err(|e| format!("{} could not be started: {e}", file.display()))
}

/// All that it writes. Something that it started may hold the pipe for ever, so another thread reads.
fn read(child: &mut Child, deadline: Instant) -> Result<Vec<u8>, String> {
    let Some(pipe) = child.stdout.take() else { return Ok(vec![]) };
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = vec![];
        let done = pipe.take(ANSWER_MAX + 1).read_to_end(&mut bytes);
        _ = sender.send(done.map(|_| bytes));
    });
    match receiver.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
        Ok(Ok(bytes)) if bytes.len() as u64 > ANSWER_MAX => Err(format!("its answer has more than {ANSWER_MAX} bytes")),
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(e)) => Err(e.to_string()),
        Err(_) => Err(too_late()),
    }
}

fn end(child: &mut Child, deadline: Instant) -> Result<ExitStatus, String> {
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status),
            Ok(None) if Instant::now() < deadline => std::thread::sleep(LOOK_EVERY),
            Ok(None) => return Err(too_late()),
            Err(e) => return Err(e.to_string()),
        }
    }
}

fn too_late() -> String {
    format!("it did not answer within {} s", TIME_MAX.as_secs())
}

/// Kills it with all that it started.
fn stop(child: &mut Child) {
    if let Ok(id) = i32::try_from(child.id()) {
        _ = killpg(Pid::from_raw(id), Signal::SIGKILL);
    }
    _ = child.wait();
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn sh(line: &str) -> Result<Value, String> {
        let command = ["sh", "-c", line].map(str::to_owned);
        within(&command, Path::new("/"), Duration::from_secs(1))
    }

    #[test]
    fn an_object_is_the_answer_and_all_else_is_refused_with_a_reason() {
        assert_eq!(sh("echo '{\"a\":1}'"), Ok(json!({"a": 1})));
        assert_eq!(sh("echo \"{\\\"a\\\":\\\"$0\\\"}\""), Ok(json!({"a": "--describe"})));
        assert_eq!(sh("echo '[1]'").unwrap_err(), "its answer is no JSON object");
        assert!(sh("echo usage: x").unwrap_err().starts_with("its answer is not JSON: "));
        assert_eq!(sh("echo '{}'; exit 3").unwrap_err(), "exit code 3");
        assert_eq!(sh("yes").unwrap_err(), "its answer has more than 1048576 bytes");
        let missing = ask(&["no-such-program".to_owned()], Path::new("/")).unwrap_err();
        assert_eq!(missing, "--describe: no-such-program was not found in PATH");
    }

    /// Looks, and if it lives waits a little: what was killed takes a moment to go.
    fn is_gone(pid: i32) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let gone = stat.is_empty() || stat.contains(") Z ") || stat.contains(") X ");
        if !gone {
            std::thread::sleep(Duration::from_millis(10));
        }
        gone
    }

    #[test]
    fn one_that_does_not_end_is_ended_with_what_it_started() {
        let folder = tempfile::tempdir().unwrap();
        let pid = folder.path().join("pid");
        for line in ["sleep 100 & echo $! > PID; wait", "exec >&-; sleep 100 & echo $! > PID; wait"] {
            let line = line.replace("PID", pid.to_str().unwrap());
            assert_eq!(sh(&line).unwrap_err(), "it did not answer within 5 s");
            let pid: i32 = std::fs::read_to_string(&pid).unwrap().trim().parse().unwrap();
            assert!((0..500).any(|_| is_gone(pid)), "process {pid} still lives");
        }
    }
}
