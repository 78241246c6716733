//! `rota serve` as the first process of a container. The kernel makes it the parent of every orphaned process, whose zombies it has to
//! reap. So it does nothing else: it starts the server as a child, forwards signals to it, and reaps.

use super::CliError;
use nix::sys::signal::{SigSet, Signal, kill};
use rustix::io::Errno;
use rustix::process::{Pid, WaitOptions, WaitStatus, wait};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitCode};
use std::thread;
use std::time::{Duration, Instant};

/// Signals to forward.
const FORWARDED: [Signal; 6] =
    [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP, Signal::SIGQUIT, Signal::SIGUSR1, Signal::SIGUSR2];
/// How long to wait for other processes after the server was killed, while its minder ends the programs. When this process exits, the
/// kernel kills the rest.
const REST: Duration = Duration::from_secs(2);
/// How often they are checked.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Runs the server in a child, with the same command line. Returns its exit code, or 128 plus the signal that ended it.
pub fn run() -> Result<ExitCode, CliError> {
    let mut awaited = SigSet::from_iter(FORWARDED);
    awaited.add(Signal::SIGCHLD);
    // Blocked before the child starts, so that none is lost.
    awaited.thread_block().map_err(std::io::Error::from)?;
    let child = start()?;
    let status = attend(&awaited, Pid::from_child(&child))?;
    Ok(ExitCode::from(exit_code(status)))
}

/// Undoes what a child inherits from [`run`].
pub fn unblock_signals() -> std::io::Result<()> {
    SigSet::from_iter(FORWARDED).thread_unblock().map_err(std::io::Error::from)
}

/// In its own process group, so that it receives signals of a terminal only once, forwarded.
fn start() -> std::io::Result<Child> {
    let mut arguments = std::env::args_os();
    let name = arguments.next().unwrap_or_else(|| "rota".into());
    Command::new(std::env::current_exe()?).arg0(name).args(arguments).process_group(0).spawn()
}

/// Forwards signals and reaps until the server has ended. Returns its status.
fn attend(awaited: &SigSet, server: Pid) -> std::io::Result<WaitStatus> {
    loop {
        let signal = awaited.wait().map_err(std::io::Error::from)?;
        if signal != Signal::SIGCHLD {
            // Fails if it has just exited, which is noticed next.
            _ = kill(nix::unistd::Pid::from_raw(server.as_raw_pid()), signal);
            continue;
        }
        if let Some(status) = reap(Some(server)).ended {
            if status.signaled() {
                wait_for_rest();
            }
            return Ok(status);
        }
    }
}

/// The result of [`reap`].
struct Reaped {
    /// The status of the wanted process, if it has ended.
    ended: Option<WaitStatus>,
    /// Whether there are children left.
    are_others: bool,
}

/// Reaps all children that have ended.
fn reap(wanted: Option<Pid>) -> Reaped {
    let mut ended = None;
    loop {
        match wait(WaitOptions::NOHANG) {
            Ok(Some((pid, status))) if Some(pid) == wanted => ended = Some(status),
            Ok(Some(_)) | Err(Errno::INTR) => {}
            Ok(None) => return Reaped { ended, are_others: true },
            Err(_) => return Reaped { ended, are_others: false },
        }
    }
}

fn wait_for_rest() {
    let until = Instant::now() + REST;
    while reap(None).are_others && Instant::now() < until {
        thread::sleep(LOOK_EVERY);
    }
}

fn exit_code(status: WaitStatus) -> u8 {
    let code = status.exit_status().or_else(|| status.terminating_signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}
