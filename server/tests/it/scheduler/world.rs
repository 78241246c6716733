//! A scheduler with a database of its own, and modules that do odd things.

use async_trait::async_trait;
use domain::json::Raw;
use domain::module::ModuleSpec;
use domain::run::{Level, LogEntry, Outcome, Run, Trigger};
use domain::task::{StoredTask, TaskInput, create, read_one};
use domain::user::User;
use domain::{L10n, Lang, RunId, TaskId, Timestamp};
use rota::clock::Clock;
use rota::config::Config;
use rota::hub::Hub;
use rota::mail::Post;
use rota::modules::{Registry, RunContext, TaskModule};
use rota::scheduler::{Handle, Parts, RunNow, Scheduler};
use rota::secrets::Secrets;
use rota::store::sqlite::{Access, SqliteStore};
use rota::store::{Edit, LogQuery, LogStore, NewUser, Once, TaskStore, UserStore};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// What a module does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Two lines, done.
    Quick,
    /// Panics.
    Panics,
    /// Waits for ever, whatever it is told.
    Waits,
    /// Half a second.
    Brief,
    /// Counts how many run at once.
    Counts,
    /// 120,000 lines.
    Chatters,
    /// Fails twice, then succeeds; counts in its state.
    Fails,
    /// Counts in its state and waits for its end, the third time not; goes on after an interruption.
    Resumes,
}

struct Odd {
    kind: Kind,
    now: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

#[async_trait]
impl TaskModule for Odd {
    fn spec(&self) -> ModuleSpec {
        ModuleSpec {
            name: format!("{:?}", self.kind).to_lowercase(),
            displayname: L10n::default(),
            description: L10n::default(),
            debug: true,
            require_system_right: String::new(),
            params: vec![],
        }
    }

    fn is_resumable(&self) -> bool {
        self.kind == Kind::Resumes
    }

    async fn run(&self, ctx: RunContext) -> Outcome {
        match self.kind {
            Kind::Quick => {
                ctx.info("one").await;
                ctx.info("two").await;
            }
            Kind::Panics => panic!("on purpose"),
            // Listens to nothing but the end of its future.
            Kind::Waits if ctx.cancel.is_cancelled() => {}
            Kind::Waits => ctx.cancel.cancelled().await,
            Kind::Brief => tokio::time::sleep(Duration::from_millis(500)).await,
            Kind::Counts => {
                let n = self.now.fetch_add(1, Ordering::SeqCst) + 1;
                self.most.fetch_max(n, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(20)).await;
                self.now.fetch_sub(1, Ordering::SeqCst);
            }
            Kind::Fails => {
                if count(&ctx).await < 3 {
                    return Outcome::error("not yet");
                }
            }
            Kind::Resumes => {
                if count(&ctx).await < 3 {
                    ctx.cancel.cancelled().await;
                }
            }
            Kind::Chatters => {
                for i in 0..120_000 {
                    ctx.io.log(Level::Info, format!("line {i}"), None).await;
                }
            }
        }
        Outcome::done()
    }
}

/// One more than the state says, which says so from now on.
async fn count(ctx: &RunContext) -> i64 {
    let n = ctx.state.value()["n"].as_i64().unwrap_or(0) + 1;
    ctx.info(format!("the {n}. time")).await;
    ctx.io.state(Raw::from_value(&serde_json::json!({ "n": n }))).await;
    n
}

/// A scheduler at work.
pub struct World {
    pub folder: tempfile::TempDir,
    pub store: Arc<SqliteStore>,
    pub clock: Clock,
    pub registry: Arc<Registry>,
    handle: Handle,
    scheduler: Scheduler,
    user: User,
    most: Arc<AtomicUsize>,
}

/// A world between two starts.
pub struct Down {
    folder: tempfile::TempDir,
    clock: Clock,
}

fn config(slots: u32) -> Config {
    #[derive(clap::Parser)]
    struct Cli {
        #[command(flatten)]
        config: Config,
    }
    let slots = slots.to_string();
    let args = ["rota", "--run-slots", &slots, "--stop-grace-sec", "2", "--lease-sec", "3"];
    <Cli as clap::Parser>::parse_from(args).config
}

impl World {
    pub async fn start(kinds: Vec<Kind>) -> World {
        World::with_slots(kinds, 8).await
    }

    pub async fn with_slots(kinds: Vec<Kind>, slots: u32) -> World {
        let down = Down { folder: tempfile::tempdir().unwrap(), clock: Clock::default() };
        down.start(kinds, slots).await
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

    /// Waits until the task is as wanted.
    pub async fn until(&self, id: TaskId, wanted: impl Fn(&StoredTask) -> bool) -> StoredTask {
        for _ in 0..3000 {
            let task = self.store.task(id).await.unwrap().unwrap();
            if wanted(&task) {
                return task;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("task {id} is {:?}", self.store.task(id).await);
    }

    pub async fn cancel(&self, id: TaskId) {
        let canceled =
            self.store.cancel_task(id, self.clock.now(), self.handle.up_since(), Box::new(|_| Ok(()))).await.unwrap();
        if let rota::store::Canceled::Running(run) = canceled {
            self.handle.cancel(run);
        }
    }

    pub async fn run_now(&self, id: TaskId) -> Run {
        let guard = Box::new(|_: Option<&StoredTask>| Ok(()));
        let asked = RunNow { task: id, trigger: Trigger::Api, now: self.clock.now(), guard, idempotency: None };
        match self.handle.run_now(&*self.store, asked).await.unwrap() {
            Once::Now(run) => run,
            Once::Before(_) => panic!("no key was given"),
        }
    }

    pub async fn log(&self, run: RunId) -> Vec<LogEntry> {
        let query = LogQuery { run, offset: 0, limit: 1000, levels: vec![], q: None, descending: false };
        self.store.log(&query).await.unwrap().items
    }

    pub async fn store_len(&self, run: RunId) -> u64 {
        self.store.log_len(run).await.unwrap()
    }

    pub fn most_at_once(&self) -> usize {
        self.most.load(Ordering::SeqCst)
    }

    pub async fn stop(self) {
        self.stop_and(|_| ()).await;
    }

    pub async fn stop_and(self, between: impl FnOnce(&Clock)) -> Down {
        self.scheduler.stop().await;
        rota::store::MetaStore::close(&*self.store).await;
        between(&self.clock);
        Down { folder: self.folder, clock: self.clock }
    }

    /// The process is gone without a word.
    pub async fn crash(self) -> Down {
        self.scheduler.crash();
        rota::store::MetaStore::close(&*self.store).await;
        Down { folder: self.folder, clock: self.clock }
    }
}

impl Down {
    pub async fn start_again(self, kinds: Vec<Kind>) -> World {
        self.start(kinds, 8).await
    }

    pub async fn reopen(&self) -> SqliteStore {
        SqliteStore::open(&self.folder.path().join("rota.db"), 2, Access::Server).await.unwrap()
    }

    async fn start(self, kinds: Vec<Kind>, slots: u32) -> World {
        let store = Arc::new(self.reopen().await);
        let user = match store.user_by_login("root").await.unwrap() {
            Some((user, _)) => user,
            None => store.create_user(root(), self.clock.now()).await.unwrap(),
        };
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let modules = kinds
            .into_iter()
            .map(|kind| Arc::new(Odd { kind, now: now.clone(), most: most.clone() }) as Arc<dyn TaskModule>);
        let registry = Arc::new(Registry::of(modules.collect()));
        let handle = Handle::default();
        let (config, secrets) = (Arc::new(config(slots)), Arc::new(Secrets::with_key(&[7; 32])));
        let post = Post::new(config.clone(), store.clone(), self.clock.clone(), secrets.clone()).unwrap();
        let parts = Parts {
            config,
            store: store.clone(),
            clock: self.clock.clone(),
            hub: Arc::new(Hub::new(1)),
            registry: registry.clone(),
            secrets,
            post: Arc::new(post),
            handle: handle.clone(),
        };
        let scheduler = Scheduler::start(parts).await.unwrap();
        World { folder: self.folder, store, clock: self.clock, registry, handle, scheduler, user, most }
    }
}

fn root() -> NewUser {
    NewUser {
        login: "root".into(),
        password_hash: String::new(),
        password_generated: false,
        email: String::new(),
        displayname: String::new(),
        language: Lang::En,
        system_rights: vec!["system.root".into()],
        frontend_prefs: None,
    }
}
