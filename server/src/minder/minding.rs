//! Which binary is the minder of a server.

use std::io;
use std::path::{Path, PathBuf};

/// Which minder a server in this process uses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Minding {
    /// The binary that `ROTA_MINDER` names, or else this one if it is called `rota`, or else a `rota` in its folder or the one above,
    /// where cargo puts it for tests and benchmarks. `ROTA_MINDER=off` means [`Minding::Off`].
    #[default]
    Found,
    /// This `rota`.
    By(PathBuf),
    /// None: programs outlive a server that is killed.
    Off,
}

impl Minding {
    /// This very binary, even if its file has been replaced meanwhile.
    pub fn own() -> Minding {
        Minding::By("/proc/self/exe".into())
    }

    /// The binary, or `None` if there is to be no minder.
    ///
    /// # Errors
    /// When none is found.
    pub fn program(&self) -> Result<Option<PathBuf>, MinderError> {
        match self {
            Minding::Off => Ok(None),
            Minding::By(path) => Ok(Some(path.clone())),
            Minding::Found => match std::env::var_os("ROTA_MINDER").filter(|value| !value.is_empty()) {
                Some(value) if value == "off" => Ok(None),
                Some(path) => Ok(Some(path.into())),
                None => beside(&std::env::current_exe().map_err(MinderError::Start)?).map(Some),
            },
        }
    }
}

fn beside(own: &Path) -> Result<PathBuf, MinderError> {
    let folders = own.ancestors().skip(1).take(2);
    let mut files = folders.map(|folder| folder.join("rota"));
    files.find(|file| file.is_file()).ok_or(MinderError::Missing)
}

/// Why the minder could not be started. Each is a sentence.
#[derive(Debug, thiserror::Error)]
pub enum MinderError {
    /// No binary was found.
    #[error("ROTA_MINDER: must be the path of the rota binary, or \"off\"")]
    Missing,
    /// It did not start.
    #[error("cannot start the minder (rota mind): {0}")]
    Start(io::Error),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_in_other_processes_find_the_binary_beside_them() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("debug/deps/it-1");
        std::fs::create_dir_all(own.parent().unwrap()).unwrap();
        assert!(matches!(beside(&own), Err(MinderError::Missing)));
        let rota = folder.path().join("debug/rota");
        std::fs::write(&rota, "").unwrap();
        assert_eq!(beside(&own).unwrap(), rota);
        assert_eq!(beside(&rota).unwrap(), rota);
        assert_eq!(beside(&folder.path().join("debug/rota-bench")).unwrap(), rota);
    }
}
