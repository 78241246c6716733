//! The minder process, `rota mind`. It has no async runtime and no database, uses little memory, and sleeps until it receives an order.

use super::clock;
use super::notes::{Known, Notes};
use super::processes::{Home, Identity};
use super::protocol::{Order, Reader, Report, VERSION};
use super::tree::{Ending, Target};
use nix::sys::signal::{SigSet, Signal};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::OpenOptions;
use std::io;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long programs may take to end after SIGTERM when their server is gone.
const GRACE: Duration = Duration::from_millis(500);
/// The longest sleep while there is a deadline: poll(2) does not count the time in which the machine is suspended.
const NAP: Duration = Duration::from_secs(1);
/// Bytes read at once.
const CHUNK: usize = 64 * 1024;

/// The arguments of the minder.
#[derive(Debug)]
pub struct Settings {
    /// The server's name in marks.
    pub instance: String,
    /// The file for its notes, if it can be written.
    pub notes: Option<PathBuf>,
    /// The server.
    pub home: Home,
}

/// Runs the minder for the server at the other end of the standard input. Returns when the server is gone and its programs have ended.
///
/// # Errors
/// When signals cannot be blocked, or the standard input cannot be polled.
pub fn mind(settings: Settings) -> io::Result<()> {
    isolate()?;
    let mut watch = Watch {
        notes: settings.notes.as_deref().and_then(|path| open(path, settings.home)),
        settings,
        programs: BTreeMap::new(),
        changed: BTreeSet::new(),
        next: 0,
        until: 0,
    };
    report(Report::Up(VERSION));
    watch.work()
}

/// Ctrl-C, a closed terminal, or a service manager that signals all processes of a service must not end the minder before the server.
fn isolate() -> io::Result<()> {
    let mut deaf = SigSet::empty();
    deaf.extend([Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGQUIT, Signal::SIGTSTP, Signal::SIGUSR1]);
    deaf.extend([Signal::SIGUSR2, Signal::SIGTTIN, Signal::SIGTTOU]);
    deaf.thread_block()?;
    // Fails if it already leads a session, which is fine.
    _ = rustix::process::setsid();
    _ = rustix::thread::set_name(c"rota-mind");
    rustix::fs::fcntl_setfl(io::stdout(), OFlags::NONBLOCK)?;
    Ok(())
}

fn open(path: &Path, home: Home) -> Option<Notes> {
    let notes = OpenOptions::new().write(true).open(path).and_then(|file| Notes::begin(file, home));
    notes.inspect_err(complain).ok()
}

fn complain(error: &io::Error) {
    eprintln!("rota mind: cannot write notes: {error}");
}

/// Writes a report, whole or not at all: a frozen server that does not read must not block the minder.
fn report(report: Report) {
    _ = rustix::io::write(io::stdout(), report.to_string().as_bytes());
}

struct Watch {
    settings: Settings,
    notes: Option<Notes>,
    programs: BTreeMap<u64, Known>,
    /// Since the notes were last written.
    changed: BTreeSet<u64>,
    next: u64,
    /// The deadline, by the clock; 0: none.
    until: u64,
}

impl Watch {
    fn work(&mut self) -> io::Result<()> {
        let (input, mut reader, mut chunk) = (io::stdin(), Reader::default(), vec![0; CHUNK]);
        loop {
            if self.wait_for_input(&input)? {
                // A pipe that cannot be read is treated as closed.
                let n = rustix::io::read(&input, &mut chunk[..]).unwrap_or(0);
                if n == 0 {
                    self.end_all();
                    self.settings.notes.iter().for_each(|path| _ = std::fs::remove_file(path));
                    return Ok(());
                }
                let lines = reader.push(&chunk[..n]);
                lines.iter().filter_map(|line| Order::parse(line)).for_each(|order| self.follow(order));
            }
            self.end_late();
            self.note();
        }
    }

    /// Sleeps until there is something to read, at most until the deadline.
    fn wait_for_input(&self, input: &impl AsFd) -> io::Result<bool> {
        let sleep = (self.until != 0 && !self.programs.is_empty()).then(|| {
            let left = Duration::from_millis(self.until.saturating_sub(clock::now_ms()));
            Timespec::try_from(left.min(NAP)).unwrap_or(Timespec { tv_sec: 1, tv_nsec: 0 })
        });
        let mut asked = [PollFd::new(input, PollFlags::IN)];
        match poll(&mut asked, sleep.as_ref()) {
            Ok(n) => Ok(n > 0),
            Err(rustix::io::Errno::INTR) => Ok(false),
            Err(e) => Err(e.into()),
        }
    }

    fn follow(&mut self, order: Order) {
        match order {
            Order::Add(n, run) => {
                self.programs.insert(n, Known { run, leader: None });
                self.next = self.next.max(n.saturating_add(1));
                self.changed.insert(n);
            }
            Order::Pid(n, leader) => self.set_leader(n, leader),
            Order::Drop(n) => {
                self.programs.remove(&n);
                self.changed.insert(n);
            }
            Order::Until(ms) => self.until = ms,
            Order::Ping(k) => report(Report::Pong(k)),
        }
    }

    fn set_leader(&mut self, n: u64, leader: Identity) {
        if let Some(known) = self.programs.get_mut(&n) {
            known.leader = Some(leader);
            self.changed.insert(n);
        }
    }

    fn end_all(&mut self) {
        let all = std::mem::take(&mut self.programs);
        let targets: Vec<Target> = all.iter().map(|(n, known)| known.target(&self.settings.instance, *n)).collect();
        if !targets.is_empty() {
            Ending::new(targets, self.settings.home, GRACE).run();
        }
    }

    /// Ends all programs after the deadline, including those added later, until there is a new deadline.
    fn end_late(&mut self) {
        if self.until == 0 || self.programs.is_empty() || clock::now_ms() < self.until {
            return;
        }
        let late: Vec<u64> = self.programs.keys().copied().collect();
        self.changed.extend(&late);
        // Reported first, so that the server knows why its programs end.
        late.iter().for_each(|n| report(Report::Late(*n)));
        self.end_all();
    }

    fn note(&mut self) {
        let changed: Vec<u64> = std::mem::take(&mut self.changed).into_iter().collect();
        let Some(notes) = self.notes.as_mut().filter(|_| !changed.is_empty()) else { return };
        if let Err(e) = notes.update(&changed, &self.programs, self.next) {
            complain(&e);
            self.notes = None;
        }
    }
}
