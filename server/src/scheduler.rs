//! Claims what is due and sleeps until the next instant, or until something changes.

use domain::RunId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// What the rest of the server can tell the scheduler. Cheap to clone.
#[derive(Clone, Default)]
pub struct Handle {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    wake: Notify,
    running: Mutex<HashMap<RunId, CancellationToken>>,
}

impl Handle {
    /// Something may be due, or due earlier than was known.
    pub fn wake(&self) {
        self.shared.wake.notify_one();
    }

    /// Cancels a run that executes here; nothing happens if it does not.
    pub fn cancel(&self, run: RunId) {
        let running = self.shared.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(token) = running.get(&run) {
            token.cancel();
        }
    }

    /// How many runs execute here.
    pub fn running(&self) -> usize {
        self.shared.running.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}
