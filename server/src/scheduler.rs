//! Claims what is due and sleeps until the next instant, or until something changes. Decisions are the planner's and the
//! store's; here is only when.

mod control;
mod executor;
mod recorder;
mod slot;
mod upkeep;

pub use control::{Control, Handle, Stop};
pub use executor::INTERRUPTED;
pub use slot::Slot;

use crate::clock::Clock;
use crate::config::Config;
use crate::hub::Hub;
use crate::modules::Registry;
use crate::secrets::Secrets;
use crate::store::{ClaimBy, Store, StoreError};
use domain::Timestamp;
use recorder::Recorder;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// Most runs in one claim.
const BATCH: usize = 512;
/// The longest sleep, so that a clock that was set is noticed.
const NAP: Duration = Duration::from_secs(1);
/// So long before its instant a run is claimed, so that the module starts on time however long the claim takes.
const AHEAD: Duration = Duration::from_millis(25);
/// How long a module gets to end once it was told to; then its work is dropped.
const GENTLE: Duration = Duration::from_secs(8);

/// What the scheduler works with.
pub struct Parts {
    /// The settings.
    pub config: Arc<Config>,
    /// What is kept.
    pub store: Arc<dyn Store>,
    /// What time it is.
    pub clock: Clock,
    /// Who watches.
    pub hub: Arc<Hub>,
    /// What can be run.
    pub registry: Arc<Registry>,
    /// Opens secret parameters.
    pub secrets: Arc<Secrets>,
    /// Who is told of outcomes.
    pub post: Arc<crate::mail::Post>,
    /// How the rest of the server reaches the scheduler.
    pub handle: Handle,
}

struct Engine {
    parts: Parts,
    /// This process: new at every start.
    instance: String,
    node: String,
    slots: Arc<Semaphore>,
    freed: Notify,
    recorder: Arc<Recorder>,
}

/// A scheduler at work.
pub struct Scheduler {
    engine: Arc<Engine>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
    recording: Mutex<Option<JoinHandle<()>>>,
}

impl Scheduler {
    /// Ends the runs of servers that are gone, then begins to claim.
    ///
    /// # Errors
    /// When the database cannot be used.
    pub async fn start(parts: Parts) -> Result<Scheduler, StoreError> {
        let instance = format!("{:032x}", rand::random::<u128>());
        let recorder = Arc::new(Recorder::new(&parts, instance.clone()));
        let engine = Arc::new(Engine {
            node: parts.config.node_name(),
            slots: Arc::new(Semaphore::new(parts.config.slots())),
            freed: Notify::new(),
            recorder,
            instance,
            parts,
        });
        engine.parts.handle.attach(&engine);
        engine.sign_of_life().await?;
        engine.recover().await?;
        let recording = tokio::spawn(engine.recorder.clone().work());
        let tasks = vec![
            tokio::spawn(engine.clone().claim_loop()),
            tokio::spawn(engine.clone().upkeep_loop()),
            tokio::spawn(engine.clone().purge_loop()),
            tokio::spawn(engine.clone().retention_loop()),
            tokio::spawn(engine.clone().listen_loop()),
        ];
        Ok(Scheduler { engine, tasks: Mutex::new(tasks), recording: Mutex::new(Some(recording)) })
    }

    /// Drops everything where it stands, as the end of the process would. For tests of what comes after.
    pub fn crash(&self) {
        self.engine.parts.handle.begin_stop();
        for task in lock(&self.tasks).drain(..) {
            task.abort();
        }
        if let Some(recording) = lock(&self.recording).take() {
            recording.abort();
        }
    }

    /// Starts nothing more, waits for what runs as long as the settings say, then interrupts it. Returns when every outcome is
    /// written.
    pub async fn stop(&self) {
        let engine = &self.engine;
        engine.parts.handle.begin_stop();
        let grace = engine.parts.config.stop_grace();
        if !engine.parts.handle.idle_within(grace).await {
            engine.parts.handle.stop_all(Stop::Shutdown);
            engine.parts.handle.idle_within(GENTLE + Duration::from_secs(2)).await;
        }
        for task in lock(&self.tasks).drain(..) {
            task.abort();
        }
        engine.recorder.finish();
        let recording = lock(&self.recording).take();
        if let Some(recording) = recording {
            // A database that is gone must not keep the process for ever; what could not be written is recovered at the next start.
            let _ = tokio::time::timeout(Duration::from_secs(5), recording).await;
        }
    }
}

impl Engine {
    async fn claim_loop(self: Arc<Self>) {
        let mut pause = Duration::from_millis(100);
        while !self.parts.handle.is_stopping() {
            match self.turn().await {
                Ok(()) => pause = Duration::from_millis(100),
                Err(error) => {
                    tracing::error!(%error, "cannot claim; trying again");
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(Duration::from_secs(2));
                }
            }
        }
    }

    /// Claims once if something is due, or about to be, and a slot is free, else waits for either.
    async fn turn(self: &Arc<Self>) -> Result<(), StoreError> {
        if self.slots.available_permits() == 0 {
            self.freed.notified().await;
            return Ok(());
        }
        // Registered before the look, so that a wake in between is not lost.
        let woken = self.parts.handle.woken();
        let next = self.parts.store.next_due().await?;
        let now = self.parts.clock.now();
        if let Some(at) = next.filter(|at| *at <= now.plus(AHEAD))
            && !self.parts.handle.is_stopping()
        {
            // The time of the claim is not before the instant: that is when the runs start.
            return self.claim(at.max(now)).await;
        }
        tokio::select! {
            () = woken => {}
            () = self.sleep_until(next) => {}
        }
        Ok(())
    }

    async fn claim(self: &Arc<Self>, now: Timestamp) -> Result<(), StoreError> {
        let slots: Vec<Slot> = std::iter::from_fn(|| Slot::take(self)).take(BATCH).collect();
        let claims = self.parts.store.claim(&self.claim_by(now, slots.len())).await?;
        for (slot, claim) in slots.into_iter().zip(claims) {
            slot.begin(claim);
        }
        Ok(())
    }

    fn claim_by(&self, now: Timestamp, limit: usize) -> ClaimBy {
        ClaimBy {
            instance: self.instance.clone(),
            node: self.node.clone(),
            now,
            up_since: self.parts.handle.up_since(),
            lease: self.parts.config.lease(),
            limit,
        }
    }

    /// Sleeps till it is almost `next` by the wall clock, in naps: the clock may be set meanwhile.
    async fn sleep_until(&self, next: Option<Timestamp>) {
        let Some(next) = next else { return std::future::pending().await };
        loop {
            let left = next.since(self.parts.clock.now().plus(AHEAD));
            if left.is_zero() {
                return;
            }
            tokio::time::sleep_until(Instant::now() + left.min(NAP)).await;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
