//! Removes runs that are no longer kept, a little at a time.

use crate::store::{Keep, RunStore, StoreError};
use domain::{RunId, TaskId, Timestamp};
use std::time::Duration;

/// How many of a task's oldest runs are looked at in one go.
const LOOK: i64 = 200;
/// How many runs are removed in one go.
const STEP: usize = 200;
/// Between two goes, so that what runs has the database for itself most of the time.
const PAUSE: Duration = Duration::from_millis(20);

/// Removes what `keep`, and the tasks themselves, do not keep. Answers how many runs.
///
/// # Errors
/// When the database cannot be used; what was removed until then is gone.
pub async fn sweep<S: RunStore + ?Sized>(store: &S, keep: Keep, now: Timestamp) -> Result<u64, StoreError> {
    let (mut after, mut removed) = (TaskId(0), 0);
    while let Some(found) = store.expired(after, keep, now, LOOK).await? {
        if found.runs.is_empty() {
            after = found.upto;
            continue;
        }
        removed += found.runs.len() as u64;
        for runs in found.runs.chunks(STEP) {
            remove(store, runs).await?;
        }
    }
    Ok(removed)
}

async fn remove<S: RunStore + ?Sized>(store: &S, runs: &[RunId]) -> Result<(), StoreError> {
    while !store.remove_runs(runs).await? {
        tokio::time::sleep(PAUSE).await;
    }
    tokio::time::sleep(PAUSE).await;
    Ok(())
}

/// How many runs a sweep would remove now.
///
/// # Errors
/// When the database cannot be used.
pub async fn count<S: RunStore + ?Sized>(store: &S, keep: Keep, now: Timestamp) -> Result<u64, StoreError> {
    let (mut after, mut n) = (TaskId(0), 0);
    while let Some(found) = store.expired(after, keep, now, i64::MAX).await? {
        n += found.runs.len() as u64;
        after = found.upto;
    }
    Ok(n)
}
