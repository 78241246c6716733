//! Files that runs leave for people: copied below `DATA_DIR/files/<task>/<run>/`, with numbers as names.

mod copy;
mod name;
mod sweep;

use crate::config::Config;
use domain::{RunId, TaskId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::{Path, PathBuf};

pub use name::{content_type, disposition};
pub use sweep::sweep;

/// Most files that are kept with a run.
pub const FILES_MAX: usize = 100;

/// Where the files of all runs are.
#[derive(Debug, Clone)]
pub struct Files {
    dir: PathBuf,
    limit: u64,
}

/// Where the files of one run go.
#[derive(Debug, Clone)]
pub struct RunFiles {
    folder: PathBuf,
    /// Most bytes in all.
    limit: u64,
}

/// A file as the result of a run lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptFile {
    /// Its number, from 1.
    pub n: u64,
    /// What it is called; never a path.
    pub name: String,
    /// Its bytes.
    pub size: u64,
    /// Its content type, one of a few that are harmless.
    #[serde(rename = "type")]
    pub kind: String,
}

/// What became of the files that a program named.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Kept {
    /// Those that are kept.
    pub files: Vec<KeptFile>,
    /// A sentence for each that is not.
    pub problems: Vec<String>,
}

impl Files {
    /// As the settings say.
    pub fn of(config: &Config) -> Files {
        Files { dir: config.data_dir.join("files"), limit: config.run_file_limit }
    }

    /// Those of a run.
    pub fn run(&self, task: TaskId, run: RunId) -> RunFiles {
        RunFiles::at(self.dir.join(task.to_string()).join(run.to_string()), self.limit)
    }
}

impl RunFiles {
    /// In this folder, with this many bytes at most.
    pub fn at(folder: PathBuf, limit: u64) -> RunFiles {
        RunFiles { folder, limit }
    }

    /// Most bytes that the files of the run may have in all.
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// Where the file of this number is.
    pub fn path(&self, n: u64) -> PathBuf {
        self.folder.join(n.to_string())
    }

    /// Copies the files that `wanted` names, an array of paths or of objects with `path` and perhaps `filename`, out of the folder
    /// that a program has worked in. Links out of it are not followed, and only regular files are taken.
    pub async fn keep(&self, from: &Path, wanted: &Value) -> Kept {
        let (files, from, wanted) = (self.clone(), from.to_owned(), wanted.clone());
        let copied = tokio::task::spawn_blocking(move || copy::all(&files, &from, &wanted)).await;
        copied.unwrap_or_else(|e| Kept { files: vec![], problems: vec![format!("files: {e}")] })
    }
}
