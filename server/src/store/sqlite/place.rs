//! Whether the files are still where they were opened. A file that is moved or deleted while it is open can be written to as before, and
//! whatever is written is lost with the process; a lock on one protects nothing.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

/// Files and what identifies them.
#[derive(Debug, Default)]
pub struct Place {
    files: Vec<(PathBuf, (u64, u64))>,
}

impl Place {
    /// These files as they are now.
    ///
    /// # Errors
    /// When one is not there.
    pub fn of(paths: impl IntoIterator<Item = PathBuf>) -> io::Result<Place> {
        let identified = |path: PathBuf| fs::metadata(&path).map(|found| (path, identity(&found)));
        Ok(Place { files: paths.into_iter().map(identified).collect::<io::Result<_>>()? })
    }

    /// Whether all are there, and are the same.
    ///
    /// # Errors
    /// A sentence that names the file that is not.
    pub fn check(&self) -> io::Result<()> {
        let moved =
            |(path, was): &&(PathBuf, (u64, u64))| fs::metadata(path).map(|found| identity(&found)).ok() != Some(*was);
        match self.files.iter().find(moved) {
            None => Ok(()),
            Some((path, _)) => {
                let why =
                    format!("{} was moved, replaced or deleted while the server runs: restart it", path.display());
                Err(io::Error::new(io::ErrorKind::NotFound, why))
            }
        }
    }
}

fn identity(found: &Metadata) -> (u64, u64) {
    (found.dev(), found.ino())
}
