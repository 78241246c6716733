//! Handles for waking the scheduler and stopping runs.

use super::{Engine, lock};
use crate::clock::mono;
use crate::store::{ClaimToken, Owned};
use domain::{RunId, Timestamp};
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicI64, Ordering};
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
    /// The database can never store what it reports.
    Fault,
    /// The lease could not be renewed in time: it ends here before another server may take it over. Its outcome is kept and written later,
    /// if nobody did take it over.
    Expired,
    /// The run is another server's now, or has ended: this one may write nothing more.
    Lost,
}

impl Stop {
    /// Which reason stays when there are two: the first, but for those that leave no time.
    fn overrules(self, earlier: Stop) -> bool {
        match self {
            Stop::Lost => true,
            Stop::Expired => earlier != Stop::Lost,
            Stop::Cancel | Stop::Timeout | Stop::Shutdown | Stop::Fault => false,
        }
    }
}

/// Stops one run.
#[derive(Debug, Default)]
pub struct Control {
    token: CancellationToken,
    hurry: CancellationToken,
    why: Mutex<Option<Stop>>,
}

impl Control {
    /// Tells the run to stop.
    pub fn stop(&self, why: Stop) {
        let mut stored = lock(&self.why);
        if stored.is_none_or(|earlier| why.overrules(earlier)) {
            *stored = Some(why);
        }
        drop(stored);
        self.token.cancel();
        if matches!(why, Stop::Expired | Stop::Lost) {
            self.hurry.cancel();
        }
    }

    /// Why it was told to stop.
    pub fn why(&self) -> Option<Stop> {
        *lock(&self.why)
    }

    /// Fires when it is told.
    pub fn token(&self) -> &CancellationToken {
        &self.token
    }

    /// Fires when there is no time for a gentle end, as another server may start the task.
    pub fn hurry(&self) -> &CancellationToken {
        &self.hurry
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
    stopping: CancellationToken,
    up_since: AtomicI64,
    runs: Mutex<Runs>,
}

#[derive(Default)]
struct Runs {
    here: HashMap<RunId, Here>,
    /// Canceled between the claim's commit and its registration here, and when (see [`mono`]).
    early: HashMap<RunId, Duration>,
    /// Claims that are under way: what they took is begun, or handed back, by whoever waits for their answers.
    under_way: HashSet<ClaimToken>,
    /// Claims whose runs this process did not begin, and since when.
    doubtful: HashMap<ClaimToken, Duration>,
}

/// A claim that is under way, until this is dropped.
pub(super) struct UnderWay {
    shared: Arc<Shared>,
    token: ClaimToken,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        lock(&self.shared.runs).under_way.remove(&self.token);
    }
}

/// A run that executes here.
struct Here {
    token: ClaimToken,
    control: Arc<Control>,
}

impl Handle {
    pub(super) fn attach(&self, engine: &Arc<Engine>) {
        // One scheduler has one handle: a second could only be told by the same one again.
        let _ = self.shared.engine.set(Arc::downgrade(engine));
    }

    /// Names this process in the database: new at every start. `None` before the scheduler was started.
    pub fn instance(&self) -> Option<String> {
        self.engine().map(|engine| engine.instance.clone())
    }

    pub(super) fn engine(&self) -> Option<Arc<Engine>> {
        self.shared.engine.get()?.upgrade()
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
            Some(here) => here.control.stop(Stop::Cancel),
            None => {
                runs.early.insert(run, mono());
            }
        }
    }

    /// A run begins here. An execution of the same run that is here still, as its claim was overtaken, is stopped.
    pub(super) fn register(&self, (run, token): Owned) -> Arc<Control> {
        let control = Arc::new(Control::default());
        let mut runs = lock(&self.shared.runs);
        if runs.early.remove(&run).is_some() {
            control.stop(Stop::Cancel);
        }
        if let Some(overtaken) = runs.here.insert(run, Here { token, control: control.clone() }) {
            overtaken.control.stop(Stop::Lost);
        }
        control
    }

    /// The run's outcome is written, or is not this process's to write.
    pub(super) fn release(&self, (run, token): Owned) {
        let mut runs = lock(&self.shared.runs);
        if runs.here.get(&run).is_some_and(|here| here.token == token) {
            runs.here.remove(&run);
        }
        if runs.here.is_empty() {
            self.shared.idle.notify_waiters();
        }
    }

    pub(super) fn here(&self) -> Vec<Owned> {
        lock(&self.shared.runs).here.iter().map(|(run, here)| (*run, here.token)).collect()
    }

    pub(super) fn control(&self, (run, token): Owned) -> Option<Arc<Control>> {
        let runs = lock(&self.shared.runs);
        runs.here.get(&run).filter(|here| here.token == token).map(|here| here.control.clone())
    }

    /// A claim begins.
    pub(super) fn under_way(&self, token: ClaimToken) -> UnderWay {
        lock(&self.shared.runs).under_way.insert(token);
        UnderWay { shared: self.shared.clone(), token }
    }

    pub(super) fn is_under_way(&self, token: ClaimToken) -> bool {
        lock(&self.shared.runs).under_way.contains(&token)
    }

    /// This process does not begin what was claimed so.
    pub(super) fn doubt(&self, token: ClaimToken) {
        lock(&self.shared.runs).doubtful.insert(token, mono());
    }

    pub(super) fn is_doubtful(&self, token: ClaimToken) -> bool {
        lock(&self.shared.runs).doubtful.contains_key(&token)
    }

    /// What nobody asks for any more after that time.
    pub(super) fn forget(&self, after: Duration) {
        let now = mono();
        let mut runs = lock(&self.shared.runs);
        runs.early.retain(|_, since| now.saturating_sub(*since) < after);
        runs.doubtful.retain(|_, since| now.saturating_sub(*since) < after);
    }

    /// How many runs execute here.
    pub fn running(&self) -> usize {
        lock(&self.shared.runs).here.len()
    }

    /// Whether nothing more is started.
    pub fn is_stopping(&self) -> bool {
        self.shared.stopping.is_cancelled()
    }

    pub(super) async fn stopping(&self) {
        self.shared.stopping.cancelled().await;
    }

    pub(super) fn begin_stop(&self) {
        self.shared.stopping.cancel();
    }

    pub(super) fn stop_all(&self, why: Stop) {
        let controls: Vec<Arc<Control>> =
            lock(&self.shared.runs).here.values().map(|here| here.control.clone()).collect();
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
