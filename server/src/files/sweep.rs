//! Files go when their run is gone, whatever took it: a deleted task, an end of its keeping, a restored backup.

use super::Files;
use crate::store::{RunStore, Stored};
use domain::RunId;
use std::path::{Path, PathBuf};

/// Runs that are asked for at once.
const BATCH: usize = 500;

/// Removes the folders whose run the database does not have. Answers how many there were.
///
/// # Errors
/// The store's, and then what is left is found the next time.
pub async fn sweep<S: RunStore + ?Sized>(files: &Files, store: &S) -> Stored<usize> {
    let dir = files.dir.clone();
    let folders = tokio::task::spawn_blocking(move || run_folders(&dir)).await.unwrap_or_default();
    let mut removed = 0;
    for batch in folders.chunks(BATCH) {
        let ids: Vec<RunId> = batch.iter().map(|(run, _)| *run).collect();
        let there: std::collections::HashSet<RunId> = store.runs_that_exist(&ids).await?.into_iter().collect();
        let gone = batch.iter().filter(|(run, _)| !there.contains(run));
        let gone: Vec<PathBuf> = gone.map(|(_, folder)| folder.clone()).collect();
        removed += tokio::task::spawn_blocking(move || remove(&gone)).await.unwrap_or_default();
    }
    Ok(removed)
}

/// The folders of all runs: `<task>/<run>`, both numbers. Nothing else is ours.
fn run_folders(dir: &Path) -> Vec<(RunId, PathBuf)> {
    let tasks = numbered(dir).into_iter().map(|(_, folder)| folder);
    tasks.flat_map(|folder| numbered(&folder)).map(|(id, folder)| (RunId(id), folder)).collect()
}

fn numbered(dir: &Path) -> Vec<(i64, PathBuf)> {
    let Ok(entries) = std::fs::read_dir(dir) else { return vec![] };
    let folders = entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    folders.filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path()))).collect()
}

fn remove(folders: &[PathBuf]) -> usize {
    let mut removed = 0;
    for folder in folders {
        match std::fs::remove_dir_all(folder) {
            Ok(()) => removed += 1,
            Err(error) => tracing::warn!(folder = %folder.display(), %error, "the files of a run were not removed"),
        }
        // The task's folder goes with its last run; with others in it this fails, and that is right.
        if let Some(task) = folder.parent() {
            _ = std::fs::remove_dir(task);
        }
    }
    removed
}
