//! Schedulers with a database of their own, and short words for what tests do with them.

use super::odd::{Kind, Odd, Witness};
use crate::databases::Databases;
use crate::store_world::{a_user, allow};
use domain::json::Raw;
use domain::run::{LogEntry, Run, Trigger};
use domain::task::{StoredTask, TaskInput, create, read_one};
use domain::user::User;
use domain::{RunId, TaskId, Timestamp};
use rota::clock::Clock;
use rota::config::Config;
use rota::hub::Hub;
use rota::mail::Post;
use rota::minder::Minder;
use rota::modules::{Registry, TaskModule};
use rota::scheduler::{Handle, Parts, RunNow, Scheduler};
use rota::secrets::Secrets;
use rota::store::open::open;
use rota::store::sqlite::Access;
use rota::store::{Canceled, Edit, LogQuery, Once, Store};
use std::sync::Arc;
use std::time::Duration;

/// Of the servers in these tests: short, as their runs are waited for when they are gone. The shortest that the settings allow.
pub const LEASE: Duration = Duration::from_secs(3);

/// How a server is started. What is not said is as in the settings' defaults.
#[derive(Clone)]
pub struct Setup {
    pub url: String,
    /// The server's name in the history.
    pub node: String,
    pub kinds: Vec<Kind>,
    pub slots: u32,
    /// Servers that were started from clones of one setup share it.
    pub clock: Clock,
    pub witness: Arc<Witness>,
}

/// A scheduler at work.
pub struct World {
    pub setup: Setup,
    pub store: Arc<dyn Store>,
    pub clock: Clock,
    pub registry: Arc<Registry>,
    pub handle: Handle,
    pub hub: Arc<Hub>,
    pub witness: Arc<Witness>,
    scheduler: Scheduler,
    user: User,
}

/// A world between two starts.
pub struct Down {
    setup: Setup,
}

impl Setup {
    pub async fn new(db: &Databases, kinds: Vec<Kind>) -> Setup {
        let (url, node) = (db.new_url().await, "first".to_owned());
        Setup { url, node, kinds, slots: 8, clock: Clock::default(), witness: Witness::new() }
    }

    pub async fn open(&self) -> Arc<dyn Store> {
        open(&self.config(), Access::Server).await.unwrap()
    }

    fn config(&self) -> Config {
        let (slots, lease) = (self.slots.to_string(), LEASE.as_secs().to_string());
        let own = ["--database-url", &self.url, "--node", &self.node, "--run-slots", &slots, "--lease-sec", &lease];
        Config::from_flags(own.into_iter().chain(["--stop-grace-sec", "2", "--database-connections", "4"])).unwrap()
    }

    fn registry(&self) -> Registry {
        let odd = |kind: &Kind| Odd { kind: *kind, node: self.node.clone(), witness: self.witness.clone() };
        Registry::of(self.kinds.iter().map(|kind| Arc::new(odd(kind)) as Arc<dyn TaskModule>).collect())
    }

    pub async fn start(self) -> World {
        let store = self.open().await;
        self.start_on(store).await
    }

    /// On a store that the test has opened: one that fails at times, perhaps.
    pub async fn start_on(self, store: Arc<dyn Store>) -> World {
        let user = match store.user_by_login("root").await.unwrap() {
            Some((user, _)) => user,
            None => store.create_user(a_user("root", &["system.root"]), self.clock.now()).await.unwrap(),
        };
        let (registry, handle) = (Arc::new(self.registry()), Handle::default());
        let (config, secrets) = (Arc::new(self.config()), Arc::new(Secrets::with_key(&[7; 32])));
        let post = Post::new(config.clone(), store.clone(), self.clock.clone(), secrets.clone()).unwrap();
        let hub = Arc::new(Hub::new(1));
        let parts = Parts {
            config,
            store: store.clone(),
            clock: self.clock.clone(),
            hub: hub.clone(),
            registry: registry.clone(),
            secrets,
            post: Arc::new(post),
            minder: Minder::default(),
            handle: handle.clone(),
        };
        let scheduler = Scheduler::start(parts).await.unwrap();
        let (clock, witness) = (self.clock.clone(), self.witness.clone());
        World { setup: self, store, clock, registry, handle, hub, witness, scheduler, user }
    }
}

impl World {
    pub async fn start(db: &Databases, kinds: Vec<Kind>) -> World {
        Setup::new(db, kinds).await.start().await
    }

    pub async fn with_slots(db: &Databases, kinds: Vec<Kind>, slots: u32) -> World {
        Setup { slots, ..Setup::new(db, kinds).await }.start().await
    }

    /// Another server on the same PostgreSQL database, as if on another machine: of its own are name, connections, modules and
    /// process. A third is started in the same way.
    pub async fn another(&self, node: &str) -> World {
        Setup { node: node.to_owned(), ..self.setup.clone() }.start().await
    }

    /// A task of the only user, with the schedules computed on if there is no `next_run_at`.
    pub async fn task(&self, module: &str, next: Option<Timestamp>, schedules: &str) -> TaskId {
        self.task_with(module, next, schedules, 0).await
    }

    pub async fn task_with(&self, module: &str, next: Option<Timestamp>, schedules: &str, timeout: i64) -> TaskId {
        let fields = format!(r#""schedules":{schedules},"task_timeout_sec":{timeout}"#);
        self.task_of(module, next, &fields).await
    }

    /// A task with more fields, as they are written in JSON.
    pub async fn task_of(&self, module: &str, next: Option<Timestamp>, fields: &str) -> TaskId {
        let body = format!(r#"{{"task":{{"task_module":"{module}",{fields}}}}}"#);
        let mut input: TaskInput = read_one(&Raw::parse(&body).unwrap(), "").unwrap();
        if let Some(next) = next {
            input.next_run_at = Some(Some(next));
        }
        let (registry, now, user) = (self.registry.clone(), self.clock.now(), self.user.clone());
        let secrets = Secrets::with_key(&[7; 32]);
        let edit = Edit {
            load: vec![],
            creates: 1,
            owner: self.user.id,
            now,
            decide: Box::new(move |_, ids| {
                let caller = domain::access::Caller { user };
                let rules = domain::task::Rules { catalog: &*registry, sealer: &secrets, caller: &caller, now };
                let mut task = create(input, ids[0], rules)?;
                // Kept in the past, for the order of what is due.
                task.next_run_at = next.or(task.next_run_at);
                Ok(vec![task])
            }),
            idempotency: None,
        };
        let Once::Now(tasks) = self.store.edit_tasks(edit).await.unwrap() else { panic!("no key was given") };
        self.handle.wake();
        tasks[0].task.id
    }

    pub async fn stored(&self, id: TaskId) -> StoredTask {
        self.store.task(id).await.unwrap().unwrap()
    }

    /// The latest ten runs, newest first.
    pub async fn runs(&self, id: TaskId) -> Vec<Run> {
        self.store.runs(id, 0, 10).await.unwrap().items
    }

    /// Waits until the task is as wanted.
    pub async fn until(&self, id: TaskId, wanted: impl Fn(&StoredTask) -> bool) -> StoredTask {
        for _ in 0..6000 {
            let task = self.stored(id).await;
            if wanted(&task) {
                return task;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("task {id} is {:?}", self.store.task(id).await);
    }

    /// Waits until so many executions go on, on all servers of the test.
    pub async fn until_running(&self, n: usize) {
        for _ in 0..6000 {
            if self.witness.running() == n {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("{} run, not {n}", self.witness.running());
    }

    /// Waits until nothing is executed here any more: a run's end is written a moment before.
    pub async fn until_idle(&self) {
        for _ in 0..6000 {
            if self.handle.running() == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("{} runs are still here", self.handle.running());
    }

    /// Returns when this server has looked for all that is due by now: runs begin in the order of their instants, so what did not
    /// begin before the run that this makes is not going to. Needs a free slot and the module `quick`.
    pub async fn has_looked(&self) {
        let marker = self.task("quick", Some(self.clock.now()), "[]").await;
        self.until(marker, |t| t.task.status.is_final()).await;
    }

    /// An hourly schedule, in JSON, whose instants are half an hour from now and from any whole number of hours later: no test takes
    /// so long that one comes unasked.
    pub fn hourly(&self) -> String {
        let minute = (self.clock.now().ms() / 60_000 + 30).rem_euclid(60);
        format!(r#"[{{"minutes":[{minute}]}}]"#)
    }

    pub async fn cancel(&self, id: TaskId) {
        let canceled = self.store.cancel_task(id, self.clock.now(), self.handle.up_since(), allow()).await.unwrap();
        if let Canceled::Running(run) = canceled {
            self.handle.cancel(run);
        }
    }

    pub async fn run_now(&self, id: TaskId) -> Run {
        let asked =
            RunNow { task: id, trigger: Trigger::Api, now: self.clock.now(), guard: allow(), idempotency: None };
        match self.handle.run_now(&*self.store, asked).await.unwrap() {
            Once::Now(run) => run,
            Once::Before(_) => panic!("no key was given"),
        }
    }

    pub async fn log(&self, run: RunId) -> Vec<LogEntry> {
        let query = LogQuery { run, offset: 0, limit: 1000, levels: vec![], q: None, descending: false };
        self.store.log(&query).await.unwrap().items
    }

    pub async fn stop(self) {
        self.stop_and(|_| ()).await;
    }

    pub async fn stop_and(self, between: impl FnOnce(&Clock)) -> Down {
        self.scheduler.stop().await;
        self.store.close().await;
        between(&self.clock);
        Down { setup: self.setup }
    }

    /// The process is gone without a word.
    pub async fn crash(self) -> Down {
        self.scheduler.crash();
        self.store.close().await;
        Down { setup: self.setup }
    }
}

impl Down {
    pub async fn start_again(self, kinds: Vec<Kind>) -> World {
        Setup { kinds, ..self.setup }.start().await
    }

    pub async fn reopen(&self) -> Arc<dyn Store> {
        self.setup.open().await
    }
}
