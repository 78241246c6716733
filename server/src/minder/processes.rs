//! Processes as `/proc` shows them, and signals that cannot reach another process.

use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open, pidfd_send_signal};
use std::fs::File;
use std::io::{self, Read};

/// The environment variable that all processes of a program inherit; its value is a [`Mark`].
pub const VARIABLE: &str = "ROTA_RUN";

/// A process. Its number may be reused later, but not with the same start time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Identity {
    /// Its process id.
    pub pid: i32,
    /// When it started, in clock ticks since boot.
    pub start: u64,
}

/// The value of [`VARIABLE`]: which program a process belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Mark {
    /// The server, by a name that is new at every start.
    pub instance: String,
    /// The run.
    pub run: i64,
    /// The server's number of the program.
    pub n: u64,
}

impl std::fmt::Display for Mark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.instance, self.run, self.n)
    }
}

impl Mark {
    fn parse(text: &str) -> Option<Mark> {
        let (rest, n) = text.rsplit_once('.')?;
        let (instance, run) = rest.rsplit_once('.')?;
        Some(Mark { instance: instance.to_owned(), run: run.parse().ok()?, n: n.parse().ok()? })
    }
}

/// The server that starts the programs. Its session and group may include unrelated processes, such as those of the shell it was started from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Home {
    /// Its session.
    pub session: i32,
    /// Its process group.
    pub group: i32,
    /// Its start time, see [`Identity::start`]. None of its programs is older.
    pub since: u64,
}

impl Home {
    /// This process.
    pub fn here() -> Home {
        let unknown = Home { session: 0, group: 0, since: 0 };
        let known = |process: Process| Home { session: process.session, group: process.group, since: process.id.start };
        Process::read(own_pid()).map_or(unknown, known)
    }
}

/// The number of this process.
pub fn own_pid() -> i32 {
    rustix::process::getpid().as_raw_nonzero().get()
}

/// One process at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Which.
    pub id: Identity,
    /// Its parent.
    pub parent: i32,
    /// Its process group.
    pub group: i32,
    /// Its session.
    pub session: i32,
    /// It has exited, and may be a zombie.
    pub ended: bool,
    /// The program it belongs to, if its environment says so and can be read.
    pub mark: Option<Mark>,
}

impl Process {
    /// Reads a process, without its mark. `None` if there is none.
    pub fn read(pid: i32) -> Option<Process> {
        // A single read of more bytes than the line can have, because this is done for every program that is started.
        let mut text = [0; 1024];
        let n = File::open(format!("/proc/{pid}/stat")).and_then(|mut file| file.read(&mut text)).ok()?;
        Process::parse(pid, &String::from_utf8_lossy(&text[..n]))
    }

    /// Parses `/proc/PID/stat`, see proc(5). The name in parentheses may contain anything.
    fn parse(pid: i32, line: &str) -> Option<Process> {
        let fields: Vec<&str> = line.rsplit_once(") ")?.1.split(' ').collect();
        let number = |n: usize| fields.get(n)?.parse::<i32>().ok();
        Some(Process {
            id: Identity { pid, start: fields.get(19)?.parse().ok()? },
            parent: number(1)?,
            group: number(2)?,
            session: number(3)?,
            ended: matches!(*fields.first()?, "Z" | "X" | "x"),
            mark: None,
        })
    }

    /// Whether this process has not exited.
    pub fn lives(id: Identity) -> bool {
        Process::read(id.pid).is_some_and(|process| process.id == id && !process.ended)
    }
}

/// All processes, with the marks of those started at `since` or later.
///
/// # Errors
/// When `/proc` cannot be read, for example because no file descriptors are left.
pub fn all(since: u64) -> io::Result<Vec<Process>> {
    let mut all = vec![];
    for entry in std::fs::read_dir("/proc")? {
        let Some(pid) = entry?.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        let Some(mut process) = Process::read(pid) else { continue };
        if process.id.start >= since && !process.ended {
            process.mark = mark(pid);
        }
        all.push(process);
    }
    Ok(all)
}

/// Reads the environment that a process was started with, which is not possible for other users' processes.
fn mark(pid: i32) -> Option<Mark> {
    let environment = std::fs::read(format!("/proc/{pid}/environ")).ok()?;
    let value = |variable: &[u8]| {
        let text = std::str::from_utf8(variable).ok()?;
        Mark::parse(text.strip_prefix(VARIABLE)?.strip_prefix('=')?)
    };
    environment.split(|b| *b == 0).find_map(value)
}

/// Signals this process, and no other that reuses its number. Does nothing if it has exited.
pub fn send(id: Identity, signals: &[Signal]) {
    let Some(pid) = Pid::from_raw(id.pid) else { return };
    // The handle refers to one process for good, so it is the right one if the start time matches afterwards.
    let handle = pidfd_open(pid, PidfdFlags::empty());
    if handle.as_ref().is_err_and(|e| *e == Errno::SRCH) || Process::read(id.pid).is_none_or(|process| process.id != id)
    {
        return;
    }
    for signal in signals {
        _ = match &handle {
            Ok(handle) => pidfd_send_signal(handle, *signal),
            // A kernel older than 5.3, or no file descriptors left.
            Err(_) => kill_process(pid, *signal),
        };
    }
}

/// The kernel's id of the current boot; empty if it cannot be read.
pub fn boot_id() -> String {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_may_contain_anything() {
        let line = "12 (a) S 1 (b) Z) T 3 4 5 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 777 0 0\n";
        let process = Process::parse(12, line).unwrap();
        assert_eq!(process.id, Identity { pid: 12, start: 777 });
        assert_eq!((process.parent, process.group, process.session, process.ended), (3, 4, 5, false));
    }

    #[test]
    fn marks_are_read_back() {
        let mark = Mark { instance: "a0".into(), run: 7, n: 9 };
        assert_eq!(Mark::parse(&mark.to_string()), Some(mark));
        assert_eq!(Mark::parse("x"), None);
    }

    #[test]
    fn a_reused_process_id_is_not_signalled() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let id = Process::read(i32::try_from(child.id()).unwrap()).unwrap().id;
        send(Identity { start: id.start + 1, ..id }, &[Signal::KILL]);
        assert!(child.try_wait().unwrap().is_none() && Process::lives(id));
        send(id, &[Signal::KILL]);
        child.wait().unwrap();
        assert!(!Process::lives(id));
    }
}
