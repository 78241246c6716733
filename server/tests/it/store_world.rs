//! A database of its own for each test, and short words for what tests do with it.

use domain::json::Raw;
use domain::planner::Agenda;
use domain::run::{Level, LogLine, Outcome, Run, Status, Trigger};
use domain::schedule::Schedule;
use domain::task::{Email, Options, StoredTask, Task};
use domain::user::User;
use domain::{Error, Lang, RunId, TaskId, Timestamp, UserId};
use rota::store::postgres::{Limits, PostgresStore};
use rota::store::sqlite::{Access, SqliteStore};
use rota::store::{
    Claim, ClaimBy, ClaimToken, Edit, Guard, Idempotency, NewUser, Once, Owned, Recovery, RunEnd, RunUpdate, Store,
    StoreError, Stored, TaskQuery,
};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

/// Runs a test, an `async fn(World)`, on both stores.
macro_rules! on_both {
    ($($(#[$meta:meta])* $name:ident),* $(,)?) => { $(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            $crate::store_world::on_both(stringify!($name), |world| bodies::$name(world)).await;
        }
    )* };
}

/// When the tests take place: 2026-01-01T12:00:00Z.
pub const NOON: i64 = 1_767_268_800_000;
pub const LEASE: Duration = Duration::from_secs(30);
/// Of every claim, where the test does not say otherwise.
pub const TOKEN: ClaimToken = ClaimToken(7);

/// So many milliseconds after noon.
pub fn at(ms: i64) -> Timestamp {
    Timestamp::from_ms(NOON + ms)
}

/// A store and a user in it.
#[derive(Clone)]
pub struct World {
    pub store: Arc<dyn Store>,
    /// Another server's view of the same database; the same one where there can be no other.
    pub other: Arc<dyn Store>,
    pub user: User,
    pub postgres: bool,
    /// Where its PostgreSQL database is.
    pub url: String,
}

/// Runs a test on SQLite, and on PostgreSQL if there is one.
pub async fn on_both<F: Future<Output = ()>>(name: &str, test: impl Fn(World) -> F) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rota.db");
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&path, 4, Access::Server).await.unwrap());
    test(World::new(store.clone(), store, None).await).await;
    match std::env::var("ROTA_TEST_POSTGRES_URL") {
        Ok(url) => on_postgres(&url, test).await,
        Err(_) => eprintln!("{name}: PostgreSQL skipped, ROTA_TEST_POSTGRES_URL is not set"),
    }
}

/// In a database that goes when the test has passed; a failed test leaves it, to be looked at.
async fn on_postgres<F: Future<Output = ()>>(url: &str, test: impl Fn(World) -> F) {
    let name = format!("rota_test_{:016x}", rand::random::<u64>());
    let mut admin = PgConnection::connect(url).await.unwrap();
    let sql = format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'");
    sqlx::query(AssertSqlSafe(sql)).execute(&mut admin).await.unwrap();
    let own = own_url(url, &name);
    let store: Arc<dyn Store> = Arc::new(PostgresStore::open(&own, 6, Limits::of_lease(LEASE)).await.unwrap());
    let other: Arc<dyn Store> = Arc::new(PostgresStore::open(&own, 6, Limits::of_lease(LEASE)).await.unwrap());
    test(World::new(store.clone(), other.clone(), Some(&own)).await).await;
    store.close().await;
    other.close().await;
    let sql = format!("DROP DATABASE {name} WITH (FORCE)");
    sqlx::query(AssertSqlSafe(sql)).execute(&mut admin).await.unwrap();
}

/// The same server, another database.
fn own_url(url: &str, name: &str) -> String {
    let (base, query) = url.split_once('?').map_or((url, None), |(base, query)| (base, Some(query)));
    let scheme_end = base.find("://").map_or(0, |i| i + 3);
    let host_end = base[scheme_end..].find('/').map_or(base.len(), |i| scheme_end + i);
    let query = query.map(|q| format!("?{q}")).unwrap_or_default();
    format!("{}/{name}{query}", &base[..host_end])
}

/// No objection.
pub fn allow() -> Guard {
    Box::new(|_| Ok(()))
}

/// Why it was refused.
pub fn refused<T: std::fmt::Debug>(answer: Stored<T>) -> Error {
    match answer {
        Err(StoreError::Refused(error)) => error,
        other => panic!("not refused: {other:?}"),
    }
}

/// The minutes past each hour, UTC.
pub fn hourly(minutes: &[u8]) -> Vec<Schedule> {
    vec![Schedule { minutes: minutes.to_vec(), ..Schedule::default() }]
}

/// A task as a save makes it.
pub fn new_task(id: TaskId) -> Task {
    Task {
        id,
        version: 1,
        created_at: at(0),
        updated_at: at(0),
        description: "a task".into(),
        task_module: "sleep".into(),
        task_params: serde_json::from_str("{}").unwrap(),
        task_timeout_sec: 0,
        schedules: vec![],
        next_run_at: None,
        email: Email::default(),
        frontend_prefs: Raw::empty_object(),
        state: Raw::empty_object(),
        status: Status::New,
        status_msg: None,
        status_percent: None,
        run_started_at: None,
        run_finished_at: None,
        run_canceled_at: None,
        retry_at: None,
        options: Options::default(),
    }
}

/// A log line at noon.
pub fn line(level: Level, msg: &str) -> LogLine {
    LogLine { timestamp: at(0), level, msg: msg.into(), status_percent: None }
}

impl World {
    pub async fn new(store: Arc<dyn Store>, other: Arc<dyn Store>, url: Option<&str>) -> World {
        let user = store.create_user(a_user("root", &["system.root"]), at(-1000)).await.unwrap();
        World { store, other, user, postgres: url.is_some(), url: url.unwrap_or_default().to_owned() }
    }

    /// An edit that makes so many tasks.
    pub fn creating(&self, n: usize, change: impl Fn(usize, &mut Task) + Send + 'static) -> Edit {
        Edit {
            load: vec![],
            creates: n,
            owner: self.user.id,
            now: at(0),
            decide: Box::new(move |_, ids| {
                let make = |(i, id): (usize, &TaskId)| {
                    let mut task = new_task(*id);
                    change(i, &mut task);
                    task
                };
                Ok(ids.iter().enumerate().map(make).collect())
            }),
            idempotency: None,
        }
    }

    pub async fn create(&self, n: usize, change: impl Fn(usize, &mut Task) + Send + 'static) -> Vec<TaskId> {
        now(self.store.edit_tasks(self.creating(n, change)).await).iter().map(|t| t.task.id).collect()
    }

    pub async fn create_one(&self, change: impl Fn(&mut Task) + Send + 'static) -> TaskId {
        self.create(1, move |_, t| change(t)).await[0]
    }

    pub async fn task(&self, id: TaskId) -> StoredTask {
        self.store.task(id).await.unwrap().unwrap()
    }

    pub async fn run(&self, id: RunId) -> Run {
        self.store.run(id).await.unwrap().unwrap()
    }

    pub async fn next_due(&self) -> Option<Timestamp> {
        self.store.next_due().await.unwrap().at
    }

    /// Renews these runs: those that still are the instance's.
    pub async fn renew(&self, instance: &str, runs: &[RunId]) -> Vec<(RunId, bool)> {
        let here: Vec<Owned> = runs.iter().map(|run| (*run, TOKEN)).collect();
        let mut own = self.store.renew(instance, &here, at(1), LEASE).await.unwrap().own;
        own.sort();
        own
    }

    pub async fn queue(&self, id: TaskId, when: Timestamp) -> Run {
        now(self.store.queue_run(id, Trigger::Api, when, allow(), None, None).await).run
    }

    pub async fn claim(&self, instance: &str, when: Timestamp) -> Vec<Claim> {
        self.store.claim(&claim_by(instance, when)).await.unwrap()
    }

    /// A task that runs, owned by the instance `a`.
    pub async fn running(&self) -> (TaskId, RunId) {
        let id = self.create_one(|t| t.next_run_at = Some(at(0))).await;
        let claims = self.claim("a", at(0)).await;
        (id, claims.iter().find(|c| c.task.task.id == id).unwrap().run.id)
    }

    pub async fn list(&self, query: TaskQuery) -> Vec<i64> {
        self.store.tasks(&query).await.unwrap().items.iter().map(|t| t.task.id.0).collect()
    }
}

/// A claim of the instance, of up to 100, with servers up since long before.
pub fn claim_by(instance: &str, now: Timestamp) -> ClaimBy {
    let up_since = at(-86_400_000);
    ClaimBy { instance: instance.into(), node: "here".into(), token: TOKEN, now, up_since, lease: LEASE, limit: 100 }
}

/// What was done now.
pub fn now<T: std::fmt::Debug>(answer: Stored<Once<T>>) -> T {
    match answer.unwrap() {
        Once::Now(value) => value,
        Once::Before(answer) => panic!("done before: {answer}"),
    }
}

pub fn a_user(login: &str, rights: &[&str]) -> NewUser {
    NewUser {
        login: login.into(),
        password_hash: format!("hash of {login}"),
        password_generated: false,
        email: String::new(),
        displayname: String::new(),
        language: Lang::En,
        system_rights: rights.iter().map(|r| (*r).to_owned()).collect(),
        frontend_prefs: None,
    }
}

pub fn key<T: ?Sized>(
    caller: UserId,
    key: &str,
    request: u8,
    answer: impl FnOnce(&T) -> String + Send + Sync + 'static,
) -> Option<Idempotency<T>> {
    Some(Idempotency { caller, key: key.into(), request: vec![request; 32], answer: Box::new(answer) })
}

/// Nothing to say, yet.
pub fn update((task, run): (TaskId, RunId)) -> RunUpdate {
    RunUpdate {
        run,
        token: TOKEN,
        task,
        first_idx: 0,
        lines: vec![],
        percent: None,
        message: None,
        state: None,
        result: None,
        end: None,
    }
}

pub fn end(outcome: Outcome, finished_at: Timestamp) -> Option<RunEnd> {
    then(outcome, finished_at, None)
}

/// The end of a run, after which its task runs next at that instant.
pub fn then(outcome: Outcome, finished_at: Timestamp, next: Option<Timestamp>) -> Option<RunEnd> {
    let agenda = Agenda { next_run_at: next, wake_at: next, ..Agenda::default() };
    Some(RunEnd { outcome, finished_at, agenda, if_canceled: agenda, notice: None })
}

/// What a server that finds runs of others does.
pub fn recovery(now: Timestamp) -> Recovery<'static> {
    Recovery {
        expired: true,
        orphaned: &[],
        here: &[],
        now,
        message: "interrupted",
        resumed: "going on",
        resumable: &[],
        notice: &|_, _| None,
    }
}
