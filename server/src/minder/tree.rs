//! Ends programs with everything they started, even in another process group or session, or with another parent.
//!
//! A process belongs to a program if it has the program's mark in its environment, if it is the process that the program started as,
//! or if a process that belongs is its parent or shares its group or session. A process can only escape by doing all of it: clearing
//! its environment, starting a session, and having its parent exit.

use super::processes::{self, Home, Identity, Mark, Process};
use rustix::process::{Pid, Signal, kill_process_group};
use std::collections::{HashMap, HashSet};
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// The pause between checks whether processes have ended, at first and at most.
const LOOK_EVERY: [Duration; 2] = [Duration::from_millis(2), Duration::from_millis(20)];
/// How long the kernel may take to end killed processes.
const KILLED_WITHIN: Duration = Duration::from_secs(2);
/// How long a program may take from being announced until its process can be recognised.
const UNBORN: Duration = Duration::from_millis(250);

/// A program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// In the environment of its processes.
    pub mark: Mark,
    /// The leader of its process group, once known.
    pub leader: Option<Identity>,
}

/// Ends programs: which ones, and how far that has got.
pub struct Ending {
    targets: Vec<Target>,
    home: Home,
    /// From then on they are killed.
    patience: Instant,
    give_up: Instant,
    /// A leader that was not waited for, so its number cannot have been reused.
    held: Option<Pid>,
    is_held_asked: bool,
    /// Alive at the last scan, without those that have ended since.
    living: Vec<Identity>,
    /// All processes found so far.
    known: HashSet<Identity>,
    asked: HashSet<Identity>,
    looked: Instant,
    unborn: Option<Instant>,
}

impl Ending {
    /// For these programs of a server: SIGTERM first, SIGKILL after `grace`.
    pub fn new(targets: Vec<Target>, home: Home, grace: Duration) -> Ending {
        let now = Instant::now();
        let patience = now + grace;
        Ending {
            unborn: targets.iter().any(|target| target.leader.is_none()).then_some(now + UNBORN),
            targets,
            home,
            patience,
            give_up: patience + KILLED_WITHIN,
            held: None,
            is_held_asked: false,
            living: vec![],
            known: HashSet::new(),
            asked: HashSet::new(),
            looked: now,
        }
    }

    /// Names a leader that is a child of this process and was not waited for. Its group can be signalled even if `/proc` cannot be read
    /// for want of file descriptors.
    pub fn holding(mut self, leader: Option<i32>) -> Ending {
        self.held = leader.and_then(Pid::from_raw);
        self
    }

    /// Ends them. Blocks until they are gone.
    pub fn run(mut self) -> Ended {
        while self.step(&processes::all(self.home.since)) {
            let mut pause = LOOK_EVERY[0];
            while self.waits() {
                std::thread::sleep(pause);
                pause = longer(pause);
            }
        }
        self.ended()
    }

    /// The same without blocking a thread.
    pub async fn run_async(mut self, scans: &Scans) -> Ended {
        while self.step(&*scans.next(self.home.since).await) {
            let mut pause = LOOK_EVERY[0];
            while self.waits() {
                tokio::time::sleep(pause).await;
                pause = longer(pause);
            }
        }
        self.ended()
    }

    fn ended(self) -> Ended {
        Ended { ended: self.known.len() - self.living.len(), left: self.living.len() }
    }

    /// Takes a scan of all processes and sends signals. Returns whether there is more to do.
    fn step(&mut self, all: &io::Result<Vec<Process>>) -> bool {
        self.looked = Instant::now();
        let is_gentle = self.looked < self.patience;
        match all {
            Ok(all) => self.living = self.members(all),
            Err(_) => {
                self.signal_held(is_gentle);
                return self.looked < self.give_up;
            }
        }
        if self.living.is_empty() {
            return self.unborn.is_some_and(|until| self.looked < until);
        }
        for id in &self.living {
            let is_first = self.asked.insert(*id);
            match is_gentle {
                // A stopped process handles no SIGTERM.
                true if is_first => processes::send(*id, &[Signal::TERM, Signal::CONT]),
                true => {}
                false => processes::send(*id, &[Signal::KILL]),
            }
        }
        self.looked < self.give_up
    }

    /// Whether it is too early for the next scan.
    fn waits(&mut self) -> bool {
        let now = Instant::now();
        if self.living.is_empty() {
            return now < self.looked + LOOK_EVERY[1];
        }
        self.living.retain(|id| Process::lives(*id));
        let next = if self.looked < self.patience { self.patience } else { self.looked + LOOK_EVERY[1] };
        !self.living.is_empty() && now < next
    }

    /// The living processes of the programs, parents before children.
    fn members(&mut self, all: &[Process]) -> Vec<Identity> {
        let ours = self.closure(all);
        self.known.extend(ours.values().map(|process| process.id));
        let mut living: Vec<Identity> = ours.into_values().filter(|p| !p.ended).map(|p| p.id).collect();
        living.sort_by_key(|id| (id.start, id.pid));
        living
    }

    fn closure<'a>(&self, all: &'a [Process]) -> HashMap<i32, &'a Process> {
        let marks: HashSet<&Mark> = self.targets.iter().map(|target| &target.mark).collect();
        let leaders: HashSet<Identity> = self.targets.iter().filter_map(|target| target.leader).collect();
        let is_seed = |process: &Process| {
            let marked = process.mark.as_ref().is_some_and(|mark| marks.contains(mark));
            marked || leaders.contains(&process.id) || self.known.contains(&process.id)
        };
        let others = |process: &&Process| process.id.pid != 1 && process.id.pid != processes::own_pid();
        let mut ours: HashMap<i32, &Process> =
            all.iter().filter(others).filter(|p| is_seed(p)).map(|p| (p.id.pid, p)).collect();
        loop {
            let before = ours.len();
            let groups: HashSet<i32> = ours.values().map(|p| p.group).filter(|g| *g != self.home.group).collect();
            let sessions: HashSet<i32> = ours.values().map(|p| p.session).filter(|s| *s != self.home.session).collect();
            let joins = |p: &&Process| {
                ours.contains_key(&p.parent) || groups.contains(&p.group) || sessions.contains(&p.session)
            };
            let more: Vec<&Process> = all.iter().filter(others).filter(joins).collect();
            ours.extend(more.into_iter().map(|p| (p.id.pid, p)));
            if ours.len() == before {
                return ours;
            }
        }
    }

    fn signal_held(&mut self, is_gentle: bool) {
        let Some(pid) = self.held else { return };
        let is_first = !std::mem::replace(&mut self.is_held_asked, true);
        match is_gentle {
            true if is_first => {
                _ = kill_process_group(pid, Signal::TERM);
                _ = kill_process_group(pid, Signal::CONT);
            }
            true => {}
            false => _ = kill_process_group(pid, Signal::KILL),
        }
    }
}

fn longer(pause: Duration) -> Duration {
    (pause * 2).min(LOOK_EVERY[1])
}

/// The result of an [`Ending`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// Processes that have ended.
    pub ended: usize,
    /// Processes that the kernel did not end in time, for example because they wait for a disk that does not respond.
    pub left: usize,
}

/// Scans all processes, once for all callers that wait at the same time.
#[derive(Default)]
pub struct Scans {
    last: Mutex<Option<(Instant, Scan)>>,
}

type Scan = Arc<io::Result<Vec<Process>>>;

impl Scans {
    /// A scan that starts now or later.
    async fn next(&self, since: u64) -> Scan {
        let asked = Instant::now();
        let mut last = self.last.lock().await;
        if let Some((begun, scan)) = &*last
            && *begun >= asked
        {
            return scan.clone();
        }
        let begun = Instant::now();
        let scan = tokio::task::spawn_blocking(move || processes::all(since)).await;
        let scan = Arc::new(scan.unwrap_or_else(|e| Err(io::Error::other(e))));
        *last = Some((begun, scan.clone()));
        scan
    }
}
