//! Walks a folder and deletes. It waits for disks, so it runs where that is allowed.

use cap_std::ambient_authority;
use cap_std::fs::{Dir, DirEntry};
use globset::GlobMatcher;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use tokio::sync::mpsc::Sender;
use tokio_util::sync::CancellationToken;

/// Folders within folders that are entered.
const DEPTH_MAX: usize = 64;

/// What to delete.
pub struct Job {
    /// The folder that the settings allow.
    pub root: PathBuf,
    /// The task's folder, from there.
    pub below: PathBuf,
    /// Which files: by name, or by the path from the task's folder if there is a `/` in it.
    pub pattern: GlobMatcher,
    /// Only files that were changed last before this instant.
    pub before: SystemTime,
    /// Folders within, too.
    pub recursive: bool,
    /// Only tell.
    pub dry: bool,
    /// Ends it between two files.
    pub cancel: CancellationToken,
}

/// What happened to a file or folder. Paths start in the task's folder.
#[derive(Debug)]
pub enum Event {
    /// It is deleted, or would be.
    File { path: String, bytes: u64 },
    /// It is there still.
    Failed { path: String, why: String },
}

/// Does it.
///
/// # Errors
/// A sentence, if the folder cannot be opened.
pub fn all(job: &Job, events: &Sender<Event>) -> Result<(), String> {
    let refused = |e: io::Error| format!("folder: {}: {e}", job.root.join(&job.below).display());
    let root = Dir::open_ambient_dir(&job.root, ambient_authority()).map_err(refused)?;
    // A link on the way may lead to another place below the root, and no further.
    let folder = if job.below.as_os_str().is_empty() { root } else { root.open_dir(&job.below).map_err(refused)? };
    Walk { job, events }.folder(&folder, Path::new(""), 0);
    Ok(())
}

struct Walk<'a> {
    job: &'a Job,
    events: &'a Sender<Event>,
}

impl Walk<'_> {
    fn folder(&self, dir: &Dir, at: &Path, depth: usize) {
        let mut entries: Vec<DirEntry> = match dir.entries() {
            Ok(entries) => entries.flatten().collect(),
            Err(e) => return self.failed(at, &e),
        };
        entries.sort_by_key(DirEntry::file_name);
        for entry in entries {
            if self.job.cancel.is_cancelled() {
                return;
            }
            let path = at.join(entry.file_name());
            if let Err(e) = self.entry(dir, &entry, &path, depth) {
                self.failed(&path, &e);
            }
        }
    }

    /// Links are neither followed nor deleted, nor is anything else that is no regular file.
    fn entry(&self, dir: &Dir, entry: &DirEntry, path: &Path, depth: usize) -> io::Result<()> {
        let kind = entry.file_type()?;
        if kind.is_dir() && self.job.recursive {
            if depth == DEPTH_MAX {
                return Err(io::Error::other(format!("folders deeper than {DEPTH_MAX} are not entered")));
            }
            // If a link took its place meanwhile, it leads nowhere outside of this folder.
            self.folder(&dir.open_dir(entry.file_name())?, path, depth + 1);
        } else if kind.is_file() && self.matches(path) {
            self.file(dir, entry, path)?;
        }
        Ok(())
    }

    fn matches(&self, path: &Path) -> bool {
        let whole = self.job.pattern.glob().glob().contains('/');
        let name = path.file_name().map(Path::new).unwrap_or(path);
        self.job.pattern.is_match(if whole { path } else { name })
    }

    fn file(&self, dir: &Dir, entry: &DirEntry, path: &Path) -> io::Result<()> {
        let about = dir.symlink_metadata(entry.file_name())?;
        if !about.is_file() || about.modified()?.into_std() >= self.job.before {
            return Ok(());
        }
        if !self.job.dry {
            // By its name in the open folder; a link that took its place would go itself, not what it leads to.
            dir.remove_file(entry.file_name())?;
        }
        self.tell(Event::File { path: path.display().to_string(), bytes: about.len() });
        Ok(())
    }

    fn failed(&self, path: &Path, why: &io::Error) {
        self.tell(Event::Failed { path: path.display().to_string(), why: why.to_string() });
    }

    /// When nobody listens any more, the run has been dropped, and so is what would have been said.
    fn tell(&self, event: Event) {
        if self.events.blocking_send(event).is_err() {
            self.job.cancel.cancel();
        }
    }
}
