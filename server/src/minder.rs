//! Ends the programs of a server that is dead, frozen or late: no part of a run may continue once another server may start it again.
//!
//! Before anything else, `rota serve` starts `rota mind`: a small process in its own session, so neither Ctrl-C nor a signal to the
//! server's process group reaches it. The server writes to a pipe which program it is about to start, and only then starts it. Data in
//! a pipe can be read even after its writer died, so a program never runs without being known to the minder. When the pipe is closed
//! (the server ended, for whatever reason), or when the deadline passes that the server extends with each renewal of its lease, the
//! minder ends all programs with everything they started ([`tree`]): SIGTERM, and SIGKILL half a second later. If the minder dies, it is
//! restarted and receives the full list before another program starts.
//!
//! If server and minder are killed together, the minder's notes ([`notes`]) list what is left for the next server with the same data
//! directory, which ends it before it recovers runs ([`end_leftovers`]). Where they cannot be written, the minder works without.
//!
//! Processes that a program leaves behind when it exits by itself are no longer part of the run, and are left alone.

mod clock;
mod keeper;
mod leftovers;
mod minding;
mod notes;
mod processes;
mod protocol;
mod table;
mod tree;
mod watch;

pub use leftovers::end_leftovers;
pub use minding::{MinderError, Minding};
pub use processes::{Home, Identity, VARIABLE};
pub use watch::{Settings, mind};

use domain::RunId;
use keeper::Keeper;
use processes::{Mark, Process};
use rustix::process::Rlimit;
use std::ffi::OsString;
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use table::Table;
use tree::{Ended, Ending, Scans, Target};

/// How often a wait for the minder checks again.
const POLL_EVERY: Duration = Duration::from_millis(2);
/// How long to wait for the minder's answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(1);
/// How long a stop waits for the minder to exit: a little longer than it takes to end programs.
const END_WITHIN: Duration = Duration::from_secs(3);

/// The server's side of the minder, and what all programs of a server have in common. Cheap to clone. The default has no minder.
#[derive(Clone)]
pub struct Minder {
    shared: Arc<Shared>,
}

struct Shared {
    instance: String,
    home: Home,
    scans: Scans,
    table: Mutex<Table>,
    is_minded: bool,
    has_ended: AtomicBool,
    file_limit: Option<Rlimit>,
    /// Locked while the server is alive.
    _notes: Option<File>,
}

impl Shared {
    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Minder {
    fn default() -> Minder {
        Minder::new(instance(), None, None, None)
    }
}

fn instance() -> String {
    format!("{:032x}", rand::random::<u128>())
}

impl Minder {
    fn new(instance: String, program: Option<&Path>, notes: Option<File>, file_limit: Option<Rlimit>) -> Minder {
        let shared = Shared {
            instance,
            home: Home::here(),
            scans: Scans::default(),
            table: Mutex::default(),
            is_minded: program.is_some(),
            has_ended: AtomicBool::new(false),
            file_limit,
            _notes: notes,
        };
        Minder { shared: Arc::new(shared) }
    }

    /// Starts the minder unless it is off, with its notes in the data directory. `file_limit` is the limit of open files that programs
    /// get. Blocks until the minder is up.
    ///
    /// # Errors
    /// [`MinderError`].
    pub fn start(minding: &Minding, data_dir: &Path, file_limit: Option<Rlimit>) -> Result<Minder, MinderError> {
        let Some(program) = minding.program()? else {
            tracing::warn!("running without a minder (ROTA_MINDER=off): programs outlive this server if it is killed");
            return Ok(Minder::new(instance(), None, None, file_limit));
        };
        let instance = instance();
        let path = std::path::absolute(leftovers::folder(data_dir).join(&instance)).map_err(MinderError::Start)?;
        let notes = make_notes(&path);
        let notes =
            notes.inspect_err(|error| tracing::warn!(file = %path.display(), %error, "the minder keeps no notes")).ok();
        let path = notes.is_some().then_some(path);
        let minder = Minder::new(instance.clone(), Some(&program), notes, file_limit);
        let settings = Settings { instance, notes: path, home: minder.shared.home };
        let keeper = Keeper { program, settings };
        let (link, pipe) = keeper.start().map_err(MinderError::Start)?;
        minder.shared.table().connect(pipe);
        let shared = Arc::downgrade(&minder.shared);
        let keep = move || {
            keeper.keep(&shared, link);
            if let Some(shared) = shared.upgrade() {
                shared.has_ended.store(true, Ordering::Release);
            }
        };
        std::thread::Builder::new().name("minder".to_owned()).spawn(keep).map_err(MinderError::Start)?;
        Ok(minder)
    }

    /// Sets the deadline at which the minder ends all programs, in place of the one before. Call it with each renewal of the lease: after
    /// the lease another server may start the runs again. Without a deadline, programs run as long as the server does.
    pub fn keep_until(&self, deadline: Instant) {
        self.shared.table().set_until(clock::at(deadline));
    }

    /// Announces a program that is about to be started for a run. Returns once the minder would end that program if this process died
    /// now: immediately, unless the minder is being restarted.
    pub async fn announce(&self, run: RunId) -> Announced {
        let n = self.shared.table().add(run.0);
        let announced = Announced { minder: self.clone(), run, n, leader: None };
        while self.shared.is_minded && !self.shared.table().is_sent() {
            tokio::time::sleep(POLL_EVERY).await;
        }
        announced
    }

    /// The limit of open files for programs, if it differs from the server's.
    pub fn file_limit(&self) -> Option<Rlimit> {
        self.shared.file_limit
    }

    /// Ends what still runs, and the minder. No program can be started afterwards.
    pub async fn stop(&self) {
        self.shared.table().close();
        let until = Instant::now() + END_WITHIN;
        while self.shared.is_minded && !self.shared.has_ended.load(Ordering::Acquire) && Instant::now() < until {
            tokio::time::sleep(POLL_EVERY).await;
        }
    }
}

/// A locked file in a directory, both accessible to their owner only.
fn make_notes(path: &Path) -> io::Result<File> {
    let folder = path.parent().unwrap_or(path);
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(io::ErrorKind::WouldBlock.into()),
        Err(TryLockError::Error(e)) => Err(e),
    }
}

/// A program that the minder ends with the server. When this is dropped, the program has ended, and what it left running is left alone.
pub struct Announced {
    minder: Minder,
    run: RunId,
    n: u64,
    leader: Option<Identity>,
}

impl Announced {
    /// The variable to start the program with: processes are recognised by it.
    pub fn variable(&self) -> (OsString, OsString) {
        (VARIABLE.into(), self.target().mark.to_string().into())
    }

    /// Sets the process that leads the program's process group. Call it before that process is waited for.
    pub fn set_leader(&mut self, pid: i32) {
        self.leader = Process::read(pid).map(|process| process.id);
        if let Some(leader) = self.leader {
            self.minder.shared.table().set_leader(self.n, leader);
        }
    }

    /// Ends the program with everything it started: SIGTERM now, SIGKILL after `grace`. `held` is its leader, if that has not been waited for
    /// yet. Returns whether everything is gone.
    pub async fn end(&self, grace: Duration, held: Option<i32>) -> bool {
        let Ended { left, .. } = self.ending(grace).holding(held).run_async(&self.minder.shared.scans).await;
        left == 0
    }

    /// Kills the program with everything it started. Blocks until it is gone.
    pub fn kill(&self) {
        self.ending(Duration::ZERO).run();
    }

    /// Whether the minder ended the program because the deadline had passed.
    pub async fn is_late(&self) -> bool {
        let table = || self.minder.shared.table();
        let (ping, until) = (table().ping(), Instant::now() + ANSWER_WITHIN);
        while self.minder.shared.is_minded && !table().is_answered(ping) && Instant::now() < until {
            tokio::time::sleep(POLL_EVERY).await;
        }
        table().is_late(self.n)
    }

    fn ending(&self, grace: Duration) -> Ending {
        Ending::new(vec![self.target()], self.minder.shared.home, grace)
    }

    fn target(&self) -> Target {
        let mark = Mark { instance: self.minder.shared.instance.clone(), run: self.run.0, n: self.n };
        Target { mark, leader: self.leader }
    }
}

impl Drop for Announced {
    fn drop(&mut self) {
        self.minder.shared.table().remove(self.n);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_no_minder_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let start = |program: &str| Minder::start(&Minding::By(program.into()), folder.path(), None).err();
        let message = |program: &str| start(program).map(|e| e.to_string()).unwrap_or_default();
        assert!(message("/bin/true").starts_with("cannot start the minder (rota mind): "), "{}", message("/bin/true"));
        assert!(message("/no/such").contains("No such file"), "{}", message("/no/such"));
    }
}
