//! A database of its own for each test, and short words for what tests do with it.

use crate::databases::{Databases, Start};
use domain::json::Raw;
use domain::planner::Agenda;
use domain::run::{Level, LogLine, Outcome, Run, Status, Trigger};
use domain::schedule::Schedule;
use domain::task::{Email, Options, StoredTask, Task};
use domain::user::User;
use domain::{Error, Lang, RunId, TaskId, Timestamp, UserId};
use rota::config::Config;
use rota::store::open::{open, sqlite_path};
use rota::store::sqlite::Access;
use rota::store::{
    Claim, ClaimBy, ClaimToken, Edit, Guard, Idempotency, NewUser, Once, Owned, Recovery, RunEnd, RunUpdate, Store,
    StoreError, Stored, TaskQuery,
};
use std::sync::Arc;
use std::time::Duration;

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
    /// Where its database is.
    pub url: String,
}

impl Start for World {
    async fn start(databases: &Databases) -> World {
        let url = databases.new_url().await;
        let store = open_store(&url).await;
        let other = if databases.are_postgres() { open_store(&url).await } else { store.clone() };
        World::new(store, other, url).await
    }
}

/// A store of its own, as a server opens it.
pub async fn open_store(url: &str) -> Arc<dyn Store> {
    let flags = ["--database-url", url, "--database-connections", "6"];
    open(&Config::from_flags(flags).unwrap(), Access::Server).await.unwrap()
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
    pub async fn new(store: Arc<dyn Store>, other: Arc<dyn Store>, url: String) -> World {
        let user = store.create_user(a_user("root", &["system.root"]), at(-1000)).await.unwrap();
        World { store, other, user, postgres: sqlite_path(&url).is_none(), url }
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
