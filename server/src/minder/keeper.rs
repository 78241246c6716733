//! Starts the minder, reads its reports, and restarts it when it dies or hangs. Runs in its own thread, so it does not depend on the
//! server's runtime.

use super::Shared;
use super::protocol::{Reader, Report, VERSION};
use super::watch::Settings;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{OFlags, fcntl_setfl};
use rustix::pipe::fcntl_setpipe_size;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Weak;
use std::thread;
use std::time::{Duration, Instant};

/// How long a minder may take to report that it is up.
const UP_WITHIN: Duration = Duration::from_secs(20);
/// How often the minder is pinged. One that has not answered by the next ping hangs.
const PING_EVERY: Duration = Duration::from_secs(10);
/// The pause after a start that failed, at first and at most.
const RESTART_AFTER: [Duration; 2] = [Duration::from_millis(50), Duration::from_secs(5)];
/// How often orders that did not fit into the pipe are written again.
const FLUSH_EVERY: Duration = Duration::from_millis(1);
/// Capacity of the pipe in bytes, enough for thousands of orders, so that starting a program does not wait for the minder.
const PIPE: usize = 256 * 1024;
/// Bytes read at once.
const CHUNK: usize = 4096;

/// A running minder.
pub struct Link {
    child: Child,
    output: ChildStdout,
    reader: Reader,
}

/// Why a minder has to be replaced.
enum Over {
    /// It has exited.
    Gone,
    /// It does not answer.
    Stuck,
}

/// How minders are started.
pub struct Keeper {
    /// The binary `rota`.
    pub program: PathBuf,
    /// Its arguments.
    pub settings: Settings,
}

impl Keeper {
    /// Starts a minder and waits until it is up. Returns it with the write end of its standard input.
    ///
    /// # Errors
    /// When it cannot be started, or the program is not a minder of this version.
    pub fn start(&self) -> io::Result<(Link, OwnedFd)> {
        let mut child = self.command().spawn()?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::Error::other("it has no pipes"));
        };
        fcntl_setfl(&input, OFlags::NONBLOCK)?;
        // The system limits how large pipes of ordinary users may be; a smaller one works too.
        _ = fcntl_setpipe_size(&input, PIPE);
        let mut link = Link { child, output, reader: Reader::default() };
        match link.comes_up() {
            Ok(()) => Ok((link, input.into())),
            Err(e) => {
                link.end(&Over::Stuck);
                Err(e)
            }
        }
    }

    fn command(&self) -> Command {
        let Settings { instance, notes, home } = &self.settings;
        let mut command = Command::new(&self.program);
        command.arg0("rota").args(["mind", "--instance", instance]);
        if let Some(notes) = notes {
            command.arg("--notes").arg(notes);
        }
        command.arg(format!("--session={}", home.session)).arg(format!("--group={}", home.group));
        command.arg(format!("--since={}", home.since));
        // It needs neither the server's secrets nor its working directory.
        command.env_clear().current_dir(Path::new("/")).stdin(Stdio::piped()).stdout(Stdio::piped());
        command
    }

    /// Watches this minder and its successors until the server has stopped.
    pub fn keep(self, shared: &Weak<Shared>, mut link: Link) {
        loop {
            let over = link.listen(shared);
            link.end(&over);
            match shared.upgrade() {
                Some(shared) if !shared.table().is_closed() => shared.table().disconnect(),
                _ => return,
            }
            tracing::warn!(
                "the minder {}; restarting it",
                if matches!(over, Over::Gone) { "has died" } else { "hangs" }
            );
            let Some(next) = self.restart(shared) else { return };
            link = next;
        }
    }

    fn restart(&self, shared: &Weak<Shared>) -> Option<Link> {
        let mut pause = RESTART_AFTER[0];
        loop {
            match self.start() {
                Ok((link, pipe)) => return hand_over(shared, link, pipe),
                Err(error) => tracing::error!(%error, "cannot restart the minder; programs wait until it runs"),
            }
            thread::sleep(pause);
            pause = (pause * 2).min(RESTART_AFTER[1]);
            shared.upgrade().filter(|shared| !shared.table().is_closed())?;
        }
    }
}

/// Sends everything to a new minder, unless the server has stopped.
fn hand_over(shared: &Weak<Shared>, link: Link, pipe: OwnedFd) -> Option<Link> {
    let Some(shared) = shared.upgrade().filter(|shared| !shared.table().is_closed()) else {
        drop(pipe);
        link.end(&Over::Gone);
        return None;
    };
    shared.table().connect(pipe);
    while !shared.table().is_sent() && shared.table().is_connected() {
        thread::sleep(FLUSH_EVERY);
    }
    Some(link)
}

impl Link {
    fn comes_up(&mut self) -> io::Result<()> {
        let until = Instant::now() + UP_WITHIN;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if !self.is_readable(left)? {
                return Err(io::Error::other("it does not report that it is up"));
            }
            match self.read()?.first() {
                Some(Report::Up(VERSION)) => return Ok(()),
                Some(_) => return Err(io::Error::other("it belongs to another version of Rota")),
                None => {}
            }
        }
    }

    /// Reads its reports until it exits or hangs.
    fn listen(&mut self, shared: &Weak<Shared>) -> Over {
        let mut asked = None;
        loop {
            match self.is_readable(PING_EVERY) {
                Ok(true) => {
                    let Ok(reports) = self.read() else { return Over::Gone };
                    if let Some(shared) = shared.upgrade() {
                        reports.into_iter().for_each(|report| shared.table().hear(report));
                    }
                }
                Ok(false) => {
                    // The server is gone, so the minder's input is closed and it exits.
                    let Some(shared) = shared.upgrade() else { continue };
                    let mut table = shared.table();
                    if asked.is_some_and(|ping| !table.is_answered(ping)) {
                        return Over::Stuck;
                    }
                    asked = Some(table.ping());
                }
                Err(_) => return Over::Gone,
            }
        }
    }

    fn is_readable(&self, within: Duration) -> io::Result<bool> {
        let within = Timespec::try_from(within).map_err(io::Error::other)?;
        match poll(&mut [PollFd::new(&self.output, PollFlags::IN)], Some(&within)) {
            Ok(n) => Ok(n > 0),
            Err(rustix::io::Errno::INTR) => Ok(false),
            Err(e) => Err(e.into()),
        }
    }

    /// Its next reports; an error once it has exited.
    fn read(&mut self) -> io::Result<Vec<Report>> {
        let mut chunk = [0; CHUNK];
        match rustix::io::read(&self.output, &mut chunk)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            n => Ok(self.reader.push(&chunk[..n]).iter().filter_map(|line| Report::parse(line)).collect()),
        }
    }

    fn end(mut self, over: &Over) {
        if matches!(over, Over::Stuck) {
            // By SIGKILL it does not get to end the programs.
            _ = self.child.kill();
        }
        _ = self.child.wait();
    }
}
