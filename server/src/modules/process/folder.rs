//! Where a program works.

use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// How many names are tried for a folder of a run's own.
const TRIES: u32 = 10;

/// The working folder of one run.
#[derive(Debug)]
pub enum Folder {
    /// The task's; stays.
    Given(PathBuf),
    /// The run's own; removed on drop.
    Own(PathBuf),
}

impl Folder {
    /// The folder that the task names, or a fresh one that only the server's user may open.
    ///
    /// # Errors
    /// A sentence.
    pub fn open(given: &str, run: impl std::fmt::Display) -> Result<Folder, String> {
        if given.is_empty() {
            return fresh(&run.to_string()).map(Folder::Own).map_err(|e| format!("no folder to work in: {e}"));
        }
        let path = PathBuf::from(given);
        if !path.is_absolute() {
            return Err(format!("working_folder: {given} must start with /"));
        }
        if !path.is_dir() {
            return Err(format!("working_folder: {given} is not a folder"));
        }
        Ok(Folder::Given(path))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        match self {
            Folder::Given(path) | Folder::Own(path) => path,
        }
    }
}

/// Others may write into the folder for temporary files too, so the name must not be known beforehand.
fn fresh(run: &str) -> io::Result<PathBuf> {
    let mut last = io::Error::from(io::ErrorKind::AlreadyExists);
    for _ in 0..TRIES {
        let path = std::env::temp_dir().join(format!("rota-{run}-{:016x}", rand::random::<u64>()));
        match std::fs::DirBuilder::new().mode(0o700).create(&path) {
            Ok(()) => return Ok(path),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => last = e,
            Err(e) => return Err(e),
        }
    }
    Err(last)
}

impl Drop for Folder {
    fn drop(&mut self) {
        let Folder::Own(path) = self else { return };
        // Most programs leave nothing, and then this is all.
        if std::fs::remove_dir(&path).is_ok() {
            return;
        }
        let path = std::mem::take(path);
        let remove = move || {
            if let Err(e) = std::fs::remove_dir_all(&path) {
                tracing::warn!(folder = %path.display(), error = %e, "the folder of a run was not removed");
            }
        };
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(remove)),
            Err(_) => remove(),
        }
    }
}
