//! What is kept, and the decisions that are one transaction each. One trait a table; two implementations.

pub mod chunk;
mod collector;
mod due;
mod fence;
pub mod hooks;
mod keep;
mod lost;
pub mod news;
pub mod open;
pub mod owed;
mod pool;
pub mod post;
pub mod postgres;
mod reseal;
pub mod sqlite;
mod tx;

use keep::Kept;
pub use keep::{Expired, Keep};

use async_trait::async_trait;
use domain::json::{Raw, RawMap};
use domain::planner::Agenda;
use domain::run::{Level, LogEntry, LogLine, Outcome, Run, Status, Trigger};
use domain::task::{Options, StoredTask, Task};
use domain::user::{Token, User};
use domain::{Lang, RunId, TaskId, Timestamp, TokenId, UserId};
use std::time::Duration;

pub use hooks::HookStore;
pub use news::{Changed, News};
pub use post::PostStore;

/// Why the store did not do it. Nothing was changed, unless it is in doubt.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The decision inside the transaction refused it.
    #[error(transparent)]
    Refused(#[from] domain::Error),
    /// The database cannot be reached, read or written.
    #[error("the database is unavailable: {0}")]
    Unavailable(#[source] sqlx::Error),
    /// The transaction was about to commit when the answer went missing: it may have been committed.
    #[error("the database did not say whether it has saved the change: {0}")]
    InDoubt(#[source] sqlx::Error),
    /// A row holds what no version of Rota writes.
    #[error("the database holds something unreadable: {0}")]
    Corrupt(String),
}

impl StoreError {
    /// Whether the database can never take what it was given: trying again is of no use. Everything else, such as a full disk, a lock or
    /// a connection that is gone, may be different at the next try.
    pub fn names_the_data(&self) -> bool {
        match self {
            StoreError::Refused(_) | StoreError::Corrupt(_) => true,
            StoreError::InDoubt(_) => false,
            StoreError::Unavailable(sqlx::Error::Database(e)) => e.code().is_some_and(|code| is_about_data(&code)),
            StoreError::Unavailable(sqlx::Error::Encode(_)) => true,
            StoreError::Unavailable(_) => false,
        }
    }
}

/// PostgreSQL: SQLSTATE classes 22 (data exception) and 23 (integrity constraint). SQLite: TOOBIG, CONSTRAINT and MISMATCH, the low byte of
/// its extended result codes.
fn is_about_data(code: &str) -> bool {
    if code.len() == 5 {
        return code.starts_with("22") || code.starts_with("23");
    }
    code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 18..=20))
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> StoreError {
        match error {
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::ColumnNotFound(_) | sqlx::Error::Decode(_) => {
                StoreError::Corrupt(error.to_string())
            }
            error => StoreError::Unavailable(error),
        }
    }
}

/// The store's answer.
pub type Stored<T> = Result<T, StoreError>;

/// One page of a list, and how long the whole list is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows of the page.
    pub items: Vec<T>,
    /// All rows that match.
    pub total: u64,
}

/// Whether a change to this task is allowed; asked inside the transaction, with the row locked.
pub type Guard = Box<dyn FnOnce(Option<&StoredTask>) -> Result<(), domain::Error> + Send>;

/// A task's parameters and options with their secrets sealed anew; `None` where nothing changes.
pub type Reseal<'a> = &'a (dyn Fn(TaskId, &RawMap, &Options) -> Option<(RawMap, Options)> + Send + Sync);

/// Who is to be told of the end of a run of this task; `None`: nobody.
pub type NoticeFor<'a> = &'a (dyn Fn(&StoredTask, &Run) -> Option<Box<owed::Notice>> + Send + Sync);

/// Makes the new forms of tasks: gets those that were asked for (in the order of the ids, `None` where there is none) and the
/// ids for new ones; answers all to be written, in the order of the request. A task whose id is one of the new ids is
/// created, any other updated.
pub type Decide = Box<dyn FnOnce(&[Option<StoredTask>], &[TaskId]) -> Result<Vec<Task>, domain::Error> + Send>;

/// An `Idempotency-Key` and what is kept under it for 24 hours.
pub struct Idempotency<T: ?Sized> {
    /// Whose key it is.
    pub caller: UserId,
    /// The key, as sent.
    pub key: String,
    /// SHA-256 of method, path and body.
    pub request: Vec<u8>,
    /// Writes the answer that a repetition gets.
    pub answer: Box<dyn FnOnce(&T) -> String + Send + Sync>,
}

/// Done now, or done before under the same key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Once<T> {
    /// Done now.
    Now(T),
    /// The answer that was given then.
    Before(String),
}

/// One save of any number of tasks.
pub struct Edit {
    /// The tasks to load and lock. May name one twice.
    pub load: Vec<TaskId>,
    /// How many new ids are needed.
    pub creates: usize,
    /// Who owns the new ones.
    pub owner: UserId,
    /// When: for the idempotency record.
    pub now: Timestamp,
    /// What to write.
    pub decide: Decide,
    /// The key, if the request had one.
    pub idempotency: Option<Idempotency<[StoredTask]>>,
}

/// Which tasks to list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TaskQuery {
    /// Only this user's; `None`: everyone's.
    pub owner: Option<UserId>,
    /// Only those whose description holds this text, whatever its case, or whose id it is.
    pub q: Option<String>,
    /// Only these statuses; empty: all.
    pub status: Vec<Status>,
    /// Only this module's.
    pub module: Option<String>,
    /// Only those with one of these tags; empty: all.
    pub tags: Vec<String>,
    /// By what.
    pub sort: TaskSort,
    /// Smallest first.
    pub ascending: bool,
    /// How many to pass over.
    pub offset: u64,
    /// How many to give.
    pub limit: u64,
}

/// What tasks can be sorted by. Ties go by id, in the same direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TaskSort {
    /// When they were made.
    #[default]
    Id,
    /// When they were last saved.
    UpdatedAt,
    /// When they run next; those that do not come last either way.
    NextRunAt,
    /// When they last started; those that never did come last either way.
    RunStartedAt,
    /// What they are called, by code point.
    Description,
}

/// A run that was asked for.
#[derive(Debug, Clone)]
pub struct Queued {
    /// As it was queued.
    pub run: Run,
    /// To be executed at once.
    pub claim: Option<Claim>,
}

/// What a cancel did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Canceled {
    /// The run goes on until its executor stops it.
    Running(RunId),
    /// A run that was due or queued never started.
    Unstarted(RunId),
}

/// Names one claim: each has a token of its own, stored in the rows that it claims. It is the fence, as a process that was overtaken
/// still has the old one; and it finds what was claimed when the answer to the claim is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClaimToken(pub i64);

impl ClaimToken {
    /// One that no other claim has.
    pub fn random() -> ClaimToken {
        ClaimToken(rand::random::<i64>() & i64::MAX)
    }
}

/// A run that a process owns, by this claim.
pub type Owned = (RunId, ClaimToken);

/// A run that this node shall execute.
#[derive(Debug, Clone)]
pub struct Claim {
    /// The claim it belongs to.
    pub token: ClaimToken,
    /// Its row, `running` already.
    pub run: Run,
    /// Its task as of the claim.
    pub task: StoredTask,
    /// The owner, with today's rights.
    pub owner: User,
    /// Lines in its log already: of what it did before an interruption.
    pub log_len: u64,
}

/// Who claims, and by which clock.
#[derive(Debug, Clone)]
pub struct ClaimBy {
    /// This process: new at every start.
    pub instance: String,
    /// The server's name, for people.
    pub node: String,
    /// Of this claim and no other.
    pub token: ClaimToken,
    /// What time it is.
    pub now: Timestamp,
    /// Since when servers have been up without a break, for telling a catch-up.
    pub up_since: Timestamp,
    /// How long the lease holds without being renewed.
    pub lease: Duration,
    /// How many at most.
    pub limit: usize,
}

/// What a run has to say since the last write.
#[derive(Debug, Clone)]
pub struct RunUpdate {
    /// The run.
    pub run: RunId,
    /// The claim by which the writer owns it.
    pub token: ClaimToken,
    /// Its task.
    pub task: TaskId,
    /// The index of the first of `lines`.
    pub first_idx: u64,
    /// New log lines.
    pub lines: Vec<LogLine>,
    /// A new percentage.
    pub percent: Option<u8>,
    /// A new message.
    pub message: Option<String>,
    /// A new state of the module's.
    pub state: Option<Raw>,
    /// What is kept with the run from now on, an object.
    pub result: Option<Raw>,
    /// Set when the run has ended.
    pub end: Option<RunEnd>,
}

impl RunUpdate {
    /// The run, and the claim by which the writer owns it.
    pub fn owned(&self) -> Owned {
        (self.run, self.token)
    }
}

/// The end of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunEnd {
    /// How.
    pub outcome: Outcome,
    /// When.
    pub finished_at: Timestamp,
    /// The task's next runs.
    pub agenda: Agenda,
    /// The same, if it turns out that someone canceled the run before this was written.
    pub if_canceled: Agenda,
    /// Who is told of it, if anyone.
    pub notice: Option<Box<owed::Notice>>,
}

impl RunEnd {
    /// The task's next runs.
    pub fn agenda(&self, canceled: bool) -> Agenda {
        if canceled { self.if_canceled } else { self.agenda }
    }
}

/// What a renewal found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Renewal {
    /// Those that were asked for and still are this process's, and whether someone wants them canceled.
    pub own: Vec<(RunId, bool)>,
    /// Running runs of this process that it did not ask for, in any order. Their leases were not renewed.
    pub stray: Vec<Owned>,
}

/// When something is due next, and what time it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NextDue {
    /// The earliest instant at which something that is not claimed is due.
    pub at: Option<Timestamp>,
    /// What the database's own clock says, where it has one.
    pub clock: Option<Timestamp>,
}

/// What a sign of life learned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Presence {
    /// Since when servers have been up without a break of more than a lease.
    pub up_since: Timestamp,
    /// How long the database has been up, where it is a server of its own.
    pub database_up: Option<Duration>,
}

/// What becomes of runs whose server is gone.
#[derive(Clone, Copy)]
pub struct Recovery<'a> {
    /// Whether runs whose leases ran out are ended. Not before their owners had time to renew after the database was away.
    pub expired: bool,
    /// Runs of this very process that nobody executes: they are ended, whatever their leases say.
    pub orphaned: &'a [Owned],
    /// Runs that this process holds: they are not ended.
    pub here: &'a [Owned],
    /// What time it is.
    pub now: Timestamp,
    /// What a run says that ends there.
    pub message: &'a str,
    /// What the log of a run says that goes on.
    pub resumed: &'a str,
    /// The modules whose runs go on from their state.
    pub resumable: &'a [String],
    /// Who is told of those that end.
    pub notice: NoticeFor<'a>,
}

/// So often a run goes on after an interruption at most; one that brings its server down must not do so for ever.
pub const MAX_RESUMES: i64 = 10;

/// Which log lines to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogQuery {
    /// The run.
    pub run: RunId,
    /// How many of the matching ones to pass over.
    pub offset: u64,
    /// How many to give.
    pub limit: u64,
    /// Only these levels; empty: all.
    pub levels: Vec<Level>,
    /// Only lines that hold this text, whatever its case.
    pub q: Option<String>,
    /// The last first.
    pub descending: bool,
}

/// Which runs to list, of all tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunQuery {
    /// Only of this user's tasks; `None`: everyone's.
    pub owner: Option<UserId>,
    /// Started at or after this instant.
    pub from: Timestamp,
    /// Started before this instant.
    pub to: Timestamp,
    /// Only these statuses; empty: all.
    pub status: Vec<Status>,
    /// How many to pass over.
    pub offset: u64,
    /// How many to give.
    pub limit: u64,
}

/// A run, and what its task is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskRun {
    /// The run.
    pub run: Run,
    /// The task's description.
    pub description: String,
}

/// A new user.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// Unique whatever its case.
    pub login: String,
    /// A PHC string.
    pub password_hash: String,
    /// Whether the program made the password up.
    pub password_generated: bool,
    /// May be empty.
    pub email: String,
    /// May be empty.
    pub displayname: String,
    /// Of mails and pages.
    pub language: Lang,
    /// Sorted.
    pub system_rights: Vec<String>,
    /// As sent; `None` is `{}`.
    pub frontend_prefs: Option<Raw>,
}

/// What changes of a user; `None` stays.
#[derive(Debug, Clone, Default)]
pub struct UserChange {
    /// Unique whatever its case.
    pub login: Option<String>,
    /// A PHC string. Ends all sessions of the user but `keep_session`.
    pub password_hash: Option<String>,
    /// The session (its hash) that goes on after a new password.
    pub keep_session: Option<Vec<u8>>,
    /// May be empty.
    pub email: Option<String>,
    /// May be empty.
    pub displayname: Option<String>,
    /// Of mails and pages.
    pub language: Option<Lang>,
    /// Sorted.
    pub system_rights: Option<Vec<String>>,
    /// As sent.
    pub frontend_prefs: Option<Raw>,
}

/// A user found by an API token.
#[derive(Debug, Clone)]
pub struct TokenUser {
    /// The token.
    pub token: Token,
    /// Whose it is.
    pub user: User,
}

/// Tasks.
#[async_trait]
pub trait TaskStore: Send + Sync {
    /// Saves tasks: all or nothing. Refusals of `decide` come back as they are; a key that was used for another request is
    /// `IdempotencyConflict`.
    async fn edit_tasks(&self, edit: Edit) -> Stored<Once<Vec<StoredTask>>>;
    /// One task.
    async fn task(&self, id: TaskId) -> Stored<Option<StoredTask>>;
    /// These tasks, in the order of the ids; those that are gone are left out.
    async fn tasks_by_id(&self, ids: &[TaskId]) -> Stored<Vec<StoredTask>>;
    /// A page of tasks.
    async fn tasks(&self, query: &TaskQuery) -> Stored<Page<StoredTask>>;
    /// Deletes a task; its runs and logs follow in [`MetaStore::purge_step`]. A task with a queued or running run is
    /// `TaskRunning` after `guard` has allowed it.
    async fn delete_task(&self, id: TaskId, guard: Guard) -> Stored<()>;
    /// Seals the secrets of the next few tasks after this id anew, in one transaction. Answers the last of those tasks; `None`: there
    /// are no more. Versions stay.
    async fn reseal_step(&self, after: TaskId, reseal: Reseal<'_>) -> Stored<Option<TaskId>>;
    /// Cancels what runs, is queued or is due at `now`. `TaskNotRunning` where there is none.
    async fn cancel_task(&self, id: TaskId, now: Timestamp, up_since: Timestamp, guard: Guard) -> Stored<Canceled>;
}

/// The `data` in what a run has kept.
fn data_of(body: &str) -> Option<Raw> {
    #[derive(serde::Deserialize)]
    struct Kept {
        data: Option<Raw>,
    }
    serde_json::from_str::<Kept>(body).ok()?.data.filter(|data| !data.is_null())
}

/// Runs.
#[async_trait]
pub trait RunStore: Send + Sync {
    /// Queues a run whose due instant is `now` (or the next free millisecond); claims it in the same transaction where `by`
    /// says for whom. `TaskRunning` where one is queued or runs, `TaskWithoutOwner` where the owner is gone.
    async fn queue_run(
        &self,
        id: TaskId,
        trigger: Trigger,
        now: Timestamp,
        guard: Guard,
        idempotency: Option<Idempotency<Run>>,
        by: Option<&ClaimBy>,
    ) -> Stored<Once<Queued>>;
    /// Runs of a task, newest first.
    async fn runs(&self, task: TaskId, offset: u64, limit: u64) -> Stored<Page<Run>>;
    /// Runs that started in a span of time, the latest first.
    async fn runs_between(&self, query: &RunQuery) -> Stored<Page<TaskRun>>;
    /// The latest ended runs of each of these tasks, `each` at most, newest first; by task, in any order.
    async fn outcomes(&self, tasks: &[TaskId], each: u64) -> Stored<Vec<Run>>;
    /// One run, of whatever task.
    async fn run(&self, id: RunId) -> Stored<Option<Run>>;
    /// Which of these runs there are, in any order.
    async fn runs_that_exist(&self, ids: &[RunId]) -> Stored<Vec<RunId>>;
    /// The `data` that the task's last run that ended `done` has kept; looked for among its last 1,000 runs.
    async fn last_data(&self, task: TaskId) -> Stored<Option<Raw>>;
    /// What was kept with a run.
    async fn result(&self, run: RunId) -> Stored<Option<Raw>>;
    /// Claims what is due or queued, in due order: run rows are written, tasks set `running`, in one transaction. An instant
    /// that the ledger has already is passed over, never started again.
    async fn claim(&self, by: &ClaimBy) -> Stored<Vec<Claim>>;
    /// What a claim of `instance` claimed whose answer was lost, as far as it still runs. Empty where the claim was not committed.
    async fn claimed(&self, instance: &str, token: ClaimToken) -> Stored<Vec<Claim>>;
    /// Queues runs of `instance` again that it claimed and did not begin. Answers the tasks.
    async fn hand_back(&self, instance: &str, runs: &[Owned]) -> Stored<Vec<TaskId>>;
    /// When something is due next; queued runs count with their instants.
    async fn next_due(&self) -> Stored<NextDue>;
    /// Writes what runs of `instance` have to say, all in one transaction. Answers those that are no longer its own (claimed by
    /// another, or ended): of those nothing was written. Writing the same once more, as after a lost answer, changes nothing.
    async fn record(&self, instance: &str, updates: &[RunUpdate]) -> Stored<Vec<Owned>>;
    /// Renews the leases of `here`, the runs that `instance` holds, and finds those of its runs that it does not hold.
    async fn renew(&self, instance: &str, here: &[Owned], now: Timestamp, lease: Duration) -> Stored<Renewal>;
    /// Ends, as `error` with `message`, up to 1,000 runs whose lease ran out (where only one process can have the database: those of
    /// any other process), and those of its own that `recovery` names. Missed instants lead to one catch-up. Runs of modules that
    /// are resumable are queued again instead: the same row, the same instant, the trigger `retry`. Answers the tasks.
    async fn recover(&self, instance: &str, recovery: Recovery<'_>) -> Stored<Vec<TaskId>>;
    /// Runs that are no longer kept, of the next few tasks after this id and among the `look` oldest runs of each. `None`: there
    /// are no more tasks to look at. Where `keep` keeps everything, only tasks are looked at that say otherwise.
    async fn expired(&self, after: TaskId, keep: Keep, now: Timestamp, look: i64) -> Stored<Option<Expired>>;
    /// Removes ended runs, their logs first; a bounded number of rows. Answers whether all of them are gone.
    async fn remove_runs(&self, runs: &[RunId]) -> Stored<bool>;
}

/// Log lines.
#[async_trait]
pub trait LogStore: Send + Sync {
    /// A page of a run's log.
    async fn log(&self, query: &LogQuery) -> Stored<Page<LogEntry>>;
    /// How many lines a run has.
    async fn log_len(&self, run: RunId) -> Stored<u64>;
}

/// Users, tokens, sessions.
#[async_trait]
pub trait UserStore: Send + Sync {
    /// Makes a user. `LoginTaken` where the login is in use, whatever its case.
    async fn create_user(&self, new: NewUser, now: Timestamp) -> Stored<User>;
    /// Changes a user. `ObjectNotFound` ("user 7"), `LoginTaken`, `LastRoot`.
    async fn change_user(&self, id: UserId, change: UserChange, now: Timestamp) -> Stored<User>;
    /// Deletes a user with tokens and sessions; the tasks stay, owned by nobody, with no next run and `message` as their
    /// `status_msg`; queued runs are canceled, running ones marked for cancel. `ObjectNotFound`, `LastRoot`. Answers the runs to stop.
    async fn delete_user(&self, id: UserId, now: Timestamp, message: &str) -> Stored<Vec<RunId>>;
    /// One user.
    async fn user(&self, id: UserId) -> Stored<Option<User>>;
    /// One user and the password's PHC string.
    async fn user_by_login(&self, login: &str) -> Stored<Option<(User, String)>>;
    /// The PHC string of a user's password.
    async fn password_hash(&self, id: UserId) -> Stored<Option<String>>;
    /// Whether the user still has a password that the program made up. Any other password ends that.
    async fn password_is_generated(&self, id: UserId) -> Stored<bool>;
    /// Users, by id; only those with `q` in login, display name or address, whatever its case, where there is one.
    async fn users(&self, q: Option<&str>, offset: u64, limit: u64) -> Stored<Page<User>>;

    /// Stores a token by the hash of its value; an existing token with that hash is answered instead.
    async fn create_token(
        &self,
        user: UserId,
        name: &str,
        hash: &[u8],
        expires_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Stored<Token>;
    /// The tokens of a user, by id.
    async fn tokens(&self, user: UserId) -> Stored<Vec<Token>>;
    /// Whether there was such a token of that user.
    async fn delete_token(&self, user: UserId, id: TokenId) -> Stored<bool>;
    /// Who holds the token with this hash, expired or not.
    async fn token_user(&self, hash: &[u8]) -> Stored<Option<TokenUser>>;
    /// Notes when tokens were last used.
    async fn touch_tokens(&self, used: &[(TokenId, Timestamp)]) -> Stored<()>;

    /// Stores a session by the hash of its value.
    async fn create_session(&self, user: UserId, hash: &[u8], now: Timestamp, expires_at: Timestamp) -> Stored<()>;
    /// Who holds the session with this hash, if it has not expired, and until when.
    async fn session_user(&self, hash: &[u8], now: Timestamp) -> Stored<Option<(User, Timestamp)>>;
    /// Puts off the end of a session.
    async fn extend_session(&self, hash: &[u8], expires_at: Timestamp) -> Stored<()>;
    /// Ends a session.
    async fn delete_session(&self, hash: &[u8]) -> Stored<()>;
}

/// The database itself.
#[async_trait]
pub trait MetaStore: Send + Sync {
    /// Whether it can be read and written and has every migration.
    async fn ready(&self) -> Stored<()>;
    /// Notes that this process is alive.
    async fn heartbeat(&self, instance: &str, node: &str, now: Timestamp, lease: Duration) -> Stored<Presence>;
    /// Removes a little of what is no longer needed: runs and logs of deleted tasks, expired sessions, idempotency keys older
    /// than 24 hours, deliveries that ended [`post::KEEP_DAYS`] ago. Answers whether there is more.
    async fn purge_step(&self, now: Timestamp) -> Stored<bool>;
    /// Gives a little of the room that is free in the database back to the disk. Answers how many pages; 0: there is no more, or
    /// the database does so by itself.
    async fn shrink_step(&self) -> Stored<u64> {
        Ok(0)
    }
    /// Counts for `/api/metrics`: tasks by status.
    async fn task_counts(&self) -> Stored<Vec<(Status, u64)>>;
    /// Waits for something that another process did; where there can be no other process, without end. Answers [`News::Missed`] at the
    /// first call and whenever notices may have been lost.
    async fn changed_elsewhere(&self) -> Stored<News>;
    /// Tells viewers on other servers which tasks changed here.
    async fn tell_viewers(&self, _: &[Changed]) -> Stored<()> {
        Ok(())
    }
    /// Whether only one process can have the database, so that no other can ever take over its runs.
    fn exclusive(&self) -> bool {
        false
    }
    /// Closes all connections, after what is under way.
    async fn close(&self);
}

/// Everything that is kept.
pub trait Store: TaskStore + RunStore + LogStore + UserStore + PostStore + HookStore + MetaStore {}
impl<T: TaskStore + RunStore + LogStore + UserStore + PostStore + HookStore + MetaStore> Store for T {}
