//! Claims what is due and sleeps until the next instant, or until something changes. Decisions are the planner's and the
//! store's; here is only when.

mod control;
mod executor;
mod recorder;
mod upkeep;

pub use control::{Control, Handle, Stop};
pub use executor::INTERRUPTED;

use crate::clock::Clock;
use crate::config::Config;
use crate::hub::Hub;
use crate::modules::Registry;
use crate::secrets::Secrets;
use crate::store::{Claim, ClaimBy, Store, StoreError};
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
        engine.sign_of_life().await?;
        engine.recover().await?;
        let recording = tokio::spawn(engine.recorder.clone().work());
        let tasks = vec![
            tokio::spawn(engine.clone().claim_loop()),
            tokio::spawn(engine.clone().upkeep_loop()),
            tokio::spawn(engine.clone().purge_loop()),
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

    /// Claims once if something is due and a slot is free, else waits for either.
    async fn turn(self: &Arc<Self>) -> Result<(), StoreError> {
        let free = self.slots.available_permits().min(BATCH);
        if free == 0 {
            self.freed.notified().await;
            return Ok(());
        }
        // Registered before the look, so that a wake in between is not lost.
        let woken = self.parts.handle.woken();
        let next = self.parts.store.next_due().await?;
        let now = self.parts.clock.now();
        if next.is_some_and(|at| at <= now) && !self.parts.handle.is_stopping() {
            for claim in self.claim(free, now).await? {
                self.begin(claim);
            }
            return Ok(());
        }
        tokio::select! {
            () = woken => {}
            () = self.sleep_until(next) => {}
        }
        Ok(())
    }

    async fn claim(&self, limit: usize, now: Timestamp) -> Result<Vec<Claim>, StoreError> {
        let by = ClaimBy {
            instance: self.instance.clone(),
            node: self.node.clone(),
            now,
            up_since: self.parts.handle.up_since(),
            lease: self.parts.config.lease(),
            limit,
        };
        self.parts.store.claim(&by).await
    }

    fn begin(self: &Arc<Self>, claim: Claim) {
        let late = claim.run.run_started_at.unwrap_or(claim.run.due_at).since(claim.run.due_at);
        metrics::histogram!("rota_run_lateness_seconds").record(late.as_secs_f64());
        metrics::counter!("rota_runs_started_total").increment(1);
        self.parts.hub.task(claim.run.task_id, claim.task.owner_id(), false);
        let control = self.parts.handle.register(claim.run.id);
        // There were as many free slots as were claimed, and only this loop takes them.
        let permit = self.slots.clone().try_acquire_owned().ok();
        let engine = self.clone();
        tokio::spawn(async move {
            engine.execute(claim, control).await;
            drop(permit);
            engine.freed.notify_one();
        });
    }

    /// Sleeps till the wall clock says `next`, in naps: the clock may be set meanwhile.
    async fn sleep_until(&self, next: Option<Timestamp>) {
        let Some(next) = next else { return std::future::pending().await };
        loop {
            let left = next.since(self.parts.clock.now());
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
