//! Ends what an earlier server with the same data directory left running.

use super::notes;
use super::processes::{self, Mark, boot_id};
use super::tree::{Ended, Ending, Target};
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long leftover processes may take to end after SIGTERM.
const GRACE: Duration = Duration::from_millis(500);

/// Where notes are in a data directory.
pub fn folder(data_dir: &Path) -> PathBuf {
    data_dir.join("running")
}

/// Ends what dead servers left running, according to their notes in this data directory, and removes the notes. Only processes of the
/// current boot with the right start time or mark are ended, and what belongs to them. Servers that are alive hold a lock on their
/// notes and are skipped. Blocks until the processes are gone. Returns how many were ended.
///
/// # Errors
/// When there are notes that cannot be read.
pub fn end_leftovers(data_dir: &Path) -> io::Result<usize> {
    let entries = match std::fs::read_dir(folder(data_dir)) {
        Ok(entries) => entries,
        Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => return Ok(0),
        Err(e) => return Err(e),
    };
    let mut ended = 0;
    for entry in entries {
        ended += end_those_of(&entry?.path())?;
    }
    Ok(ended)
}

fn end_those_of(path: &Path) -> io::Result<usize> {
    let file = File::open(path)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(0),
        Err(TryLockError::Error(e)) => return Err(e),
    }
    let Ended { ended, left } = match notes::read(path)? {
        Some(read) if read.boot == boot_id() && !read.boot.is_empty() => end(&instance(path), read)?,
        _ => Ended { ended: 0, left: 0 },
    };
    if left > 0 {
        tracing::error!(
            processes = left,
            "processes of an earlier server cannot be killed and may run beside the next runs of their tasks"
        );
    }
    match std::fs::remove_file(path) {
        Ok(()) => {}
        // Its own minder was faster.
        Err(e) if e.kind() == io::ErrorKind::NotFound => {}
        Err(error) => tracing::warn!(file = %path.display(), %error, "cannot remove the notes of an earlier server"),
    }
    Ok(ended)
}

fn instance(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn end(instance: &str, read: notes::Read) -> io::Result<Ended> {
    let mut targets: Vec<Target> = read.programs.iter().map(|(n, known)| known.target(instance, *n)).collect();
    // Programs started in the last moment, which did not make it into the notes.
    let all = processes::all(read.home.since)?;
    let unnoted = |mark: &Mark| mark.instance == instance && mark.n >= read.next;
    let more = all.into_iter().filter_map(|process| process.mark).filter(unnoted);
    targets.extend(more.map(|mark| Target { mark, leader: None }));
    Ok(Ending::new(targets, read.home, GRACE).run())
}
