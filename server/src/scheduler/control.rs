//! The strings that lead to the scheduler and to each run.

use super::{Engine, Slot, lock};
use domain::{RunId, Timestamp};
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::time::Duration;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Why a run is to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// Someone canceled it.
    Cancel,
    /// It took longer than the task allows.
    Timeout,
    /// The server is stopping.
    Shutdown,
    /// The lease is gone: another server may have ended the run, so this one may write nothing more.
    Lost,
}

/// Stops one run.
#[derive(Debug, Default)]
pub struct Control {
    token: CancellationToken,
    why: Mutex<Option<Stop>>,
}

impl Control {
    /// Tells the run to stop. The first reason stays, but for a lost lease, which outdoes all.
    pub fn stop(&self, why: Stop) {
        let mut stored = lock(&self.why);
        if stored.is_none() || why == Stop::Lost {
            *stored = Some(why);
        }
        drop(stored);
        self.token.cancel();
    }

    /// Why it was told to stop.
    pub fn why(&self) -> Option<Stop> {
        *lock(&self.why)
    }

    /// Fires when it is told.
    pub fn token(&self) -> &CancellationToken {
        &self.token
    }
}

/// What the rest of the server can tell the scheduler. Cheap to clone.
#[derive(Clone, Default)]
pub struct Handle {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    engine: OnceLock<Weak<Engine>>,
    wake: Notify,
    look: Notify,
    idle: Notify,
    stopping: AtomicBool,
    up_since: AtomicI64,
    runs: Mutex<Runs>,
}

#[derive(Default)]
struct Runs {
    here: HashMap<RunId, Arc<Control>>,
    /// Canceled between the claim's commit and its registration here.
    early: HashSet<RunId>,
}

impl Handle {
    pub(super) fn attach(&self, engine: &Arc<Engine>) {
        // One scheduler has one handle: a second could only be told by the same one again.
        let _ = self.shared.engine.set(Arc::downgrade(engine));
    }

    /// A slot for a run that is to start at once, if one is free.
    pub fn slot(&self) -> Option<Slot> {
        let engine = self.shared.engine.get()?.upgrade()?;
        if self.is_stopping() { None } else { Slot::take(&engine) }
    }

    /// Something may be due, or due earlier than was known.
    pub fn wake(&self) {
        self.shared.wake.notify_one();
    }

    pub(super) fn woken(&self) -> impl Future<Output = ()> {
        self.shared.wake.notified()
    }

    /// Since when servers have been up without a break.
    pub fn up_since(&self) -> Timestamp {
        Timestamp::from_ms(self.shared.up_since.load(Ordering::Relaxed))
    }

    pub(super) fn set_up_since(&self, since: Timestamp) {
        self.shared.up_since.store(since.ms(), Ordering::Relaxed);
    }

    /// Leases and cancels are to be looked at now, not at the next turn.
    pub(super) fn look(&self) {
        self.shared.look.notify_one();
    }

    pub(super) async fn looked_for(&self) {
        self.shared.look.notified().await;
    }

    /// Cancels a run. One that executes elsewhere is canceled by its own server.
    pub fn cancel(&self, run: RunId) {
        let mut runs = lock(&self.shared.runs);
        match runs.here.get(&run) {
            Some(control) => control.stop(Stop::Cancel),
            None => {
                runs.early.insert(run);
            }
        }
    }

    pub(super) fn register(&self, run: RunId) -> Arc<Control> {
        let control = Arc::new(Control::default());
        let mut runs = lock(&self.shared.runs);
        if runs.early.remove(&run) {
            control.stop(Stop::Cancel);
        }
        runs.here.insert(run, control.clone());
        control
    }

    /// The run's outcome is written, or is not this server's to write.
    pub(super) fn release(&self, run: RunId) {
        let mut runs = lock(&self.shared.runs);
        runs.here.remove(&run);
        if runs.here.is_empty() {
            self.shared.idle.notify_waiters();
        }
    }

    pub(super) fn here(&self) -> Vec<RunId> {
        lock(&self.shared.runs).here.keys().copied().collect()
    }

    pub(super) fn control(&self, run: RunId) -> Option<Arc<Control>> {
        lock(&self.shared.runs).here.get(&run).cloned()
    }

    pub(super) fn forget_early(&self) {
        lock(&self.shared.runs).early.clear();
    }

    /// How many runs execute here.
    pub fn running(&self) -> usize {
        lock(&self.shared.runs).here.len()
    }

    /// Whether nothing more is started.
    pub fn is_stopping(&self) -> bool {
        self.shared.stopping.load(Ordering::Relaxed)
    }

    pub(super) fn begin_stop(&self) {
        self.shared.stopping.store(true, Ordering::Relaxed);
        self.wake();
    }

    pub(super) fn stop_all(&self, why: Stop) {
        let controls: Vec<Arc<Control>> = lock(&self.shared.runs).here.values().cloned().collect();
        controls.iter().for_each(|c| c.stop(why));
    }

    pub(super) async fn idle_within(&self, time: Duration) -> bool {
        let idle = async {
            loop {
                let notified = self.shared.idle.notified();
                tokio::pin!(notified);
                notified.as_mut().enable();
                if self.running() == 0 {
                    return;
                }
                notified.await;
            }
        };
        tokio::time::timeout(time, idle).await.is_ok()
    }
}
