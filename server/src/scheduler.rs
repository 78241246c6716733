//! Claims what is due, runs it, and keeps what it owns. Decisions are the planner's and the store's; here is only when.

mod claims;
mod control;
mod executor;
mod health;
mod lease;
mod peers;
mod recorder;
mod run_now;
mod slot;
mod upkeep;

pub use control::{Control, Handle, Stop};
pub use executor::INTERRUPTED;
pub use health::Health;
pub use lease::Lease;
pub use run_now::RunNow;
pub use slot::Slot;

use crate::clock::{Clock, mono};
use crate::config::Config;
use crate::hub::Hub;
use crate::minder::Minder;
use crate::modules::Registry;
use crate::secrets::Secrets;
use crate::store::{Owned, Store, StoreError};
use health::Mark;
use lease::Contact;
use recorder::Recorder;
use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinHandle;

/// Most runs in one claim.
const BATCH: usize = 512;
/// So long before its instant a run is claimed, so that the module starts on time however long the claim takes.
const AHEAD: Duration = Duration::from_millis(25);
/// How long a module gets to end once it was told to; then its work is dropped.
const GENTLE: Duration = Duration::from_secs(8);
/// How long a stop waits for the claim that is under way.
const LAST_CLAIM: Duration = Duration::from_secs(5);
/// How long a stop waits for the last outcomes to be written.
const LAST_RECORD: Duration = Duration::from_secs(5);

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
    /// Ends programs when this process cannot.
    pub minder: Minder,
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
    lease: Lease,
    contact: Contact,
    /// Running runs of this process that it does not hold, and since when it knows of them (see [`mono`]).
    strays: Mutex<HashMap<Owned, Duration>>,
    /// When the claim loop last turned; none while all slots are taken.
    turned: Mark,
    /// Whether the log says that this machine's clock is wrong.
    clock_told: AtomicBool,
}

/// A scheduler at work.
pub struct Scheduler {
    engine: Arc<Engine>,
    works: Mutex<Works>,
}

#[derive(Default)]
struct Works {
    claiming: Option<JoinHandle<()>>,
    recording: Option<JoinHandle<()>>,
    tasks: Vec<JoinHandle<()>>,
}

impl Scheduler {
    /// Ends the runs of servers that are gone, then begins to claim.
    ///
    /// # Errors
    /// When the database cannot be used.
    pub async fn start(parts: Parts) -> Result<Scheduler, StoreError> {
        let engine = Engine::new(parts).await?;
        engine.renew().await?;
        engine.recover(true, &[]).await?;
        let recording = tokio::spawn(engine.recorder.clone().work());
        let claiming = tokio::spawn(engine.clone().claim_loop());
        let tasks = vec![
            tokio::spawn(engine.clone().renew_loop()),
            tokio::spawn(engine.clone().watch_loop()),
            tokio::spawn(engine.clone().peers_loop()),
            tokio::spawn(engine.clone().purge_loop()),
            tokio::spawn(engine.clone().retention_loop()),
            tokio::spawn(engine.clone().listen_loop()),
            tokio::spawn(engine.clone().tell_loop()),
        ];
        let works = Works { claiming: Some(claiming), recording: Some(recording), tasks };
        Ok(Scheduler { engine, works: Mutex::new(works) })
    }

    /// Drops everything where it stands, as the end of the process would. For tests of what comes after.
    pub fn crash(&self) {
        self.engine.parts.handle.begin_stop();
        let works = std::mem::take(&mut *lock(&self.works));
        works.claiming.into_iter().chain(works.recording).chain(works.tasks).for_each(|work| work.abort());
    }

    /// Starts nothing more, waits for what runs as long as the settings say, then interrupts it. Returns when every outcome is
    /// written, or when the database has been gone for too long: what it lacks then is recovered at the next start.
    pub async fn stop(&self) {
        let (engine, handle) = (&self.engine, &self.engine.parts.handle);
        let works = std::mem::take(&mut *lock(&self.works));
        handle.begin_stop();
        // A claim under way is waited for: what it gets is handed back.
        ended_within(LAST_CLAIM, works.claiming).await;
        if !handle.idle_within(engine.parts.config.stop_grace()).await {
            handle.stop_all(Stop::Shutdown);
            handle.idle_within(GENTLE + Duration::from_secs(2)).await;
        }
        works.tasks.into_iter().for_each(|work| work.abort());
        engine.recorder.finish();
        ended_within(LAST_RECORD, works.recording).await;
    }
}

/// Waits for the end of a task, and ends it after that time.
async fn ended_within(time: Duration, work: Option<JoinHandle<()>>) {
    let Some(mut work) = work else { return };
    if tokio::time::timeout(time, &mut work).await.is_err() {
        work.abort();
    }
}

impl Engine {
    async fn new(parts: Parts) -> Result<Arc<Engine>, StoreError> {
        let instance = format!("{:032x}", rand::random::<u128>());
        let lease = Lease::new(parts.config.lease());
        let asked = mono();
        if let Some(clock) = parts.store.next_due().await?.clock {
            parts.clock.follow(clock, asked);
        }
        let node = parts.config.node_name();
        let presence = parts.store.heartbeat(&instance, &node, parts.clock.now(), lease.length()).await?;
        parts.handle.set_up_since(presence.up_since);
        let recorder = Arc::new(Recorder::new(&parts, instance.clone()));
        let engine = Arc::new(Engine {
            node,
            slots: Arc::new(Semaphore::new(parts.config.slots())),
            freed: Notify::new(),
            contact: Contact::begin(presence.database_up.unwrap_or_default()),
            strays: Mutex::default(),
            turned: Mark::default(),
            clock_told: AtomicBool::new(false),
            recorder,
            instance,
            lease,
            parts,
        });
        engine.parts.handle.attach(&engine);
        engine.look_at_clock();
        Ok(engine)
    }

    /// Whether no other server can ever take over what this one runs.
    fn exclusive(&self) -> bool {
        self.parts.store.exclusive()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
