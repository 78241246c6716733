//! The store in PostgreSQL, for one server or several.
//!
//! Rows are locked in one order, so that decisions wait for each other and never in a circle: the idempotency key, the
//! users, the tasks by id, the runs by id, the counts by owner.

mod address;
mod connect;
#[cfg(test)]
mod explain;
mod hooks;
mod listen;
mod logs;
mod meta;
mod post;
mod runs;
mod tasks;
mod users;

use super::pool::Pool;
use super::tx::Lane;
use super::{News, StoreError, Stored};
use address::AddressError;
use connect::{Bounds, Unreachable};
use domain::Timestamp;
use listen::Listener;
use sqlx::{Connection, PgConnection, Postgres};
use std::borrow::Cow;
use std::time::Duration;

pub(super) use connect::Session;

/// How long a call waits for a connection to come free.
const WAIT: Duration = Duration::from_secs(3);
/// The longest statement of a request.
const API_STATEMENT: Duration = Duration::from_secs(60);
/// The longest wait of a request for a lock.
const API_LOCK: Duration = Duration::from_secs(20);
/// How much longer the client's side waits, so that the server is the first to give up where it can.
const MARGIN: Duration = Duration::from_secs(5);
/// The scheduler's limit is never below this.
const ENGINE_LIMIT_MIN: Duration = Duration::from_secs(2);
/// What a batch of outcomes and lines may take: after an outage it is larger than usual, and a limit that it can never keep would
/// stop it for good.
const RECORD_LIMIT_MIN: Duration = Duration::from_secs(30);
/// With fewer connections than this in all, the scheduler could not have its own.
const CONNECTIONS_MIN: u32 = 4;
/// How often a decision that PostgreSQL broke off for another's sake is tried.
const TRIES: u32 = 5;
/// The channel on which servers tell each other that tasks changed.
const CHANNEL: &str = "rota";
/// The database's clock, in milliseconds. Leases go by it, whatever the servers' own clocks say.
const DB_NOW: &str = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint";

/// How long calls may take before their connections are given up.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Each step of what requests ask for.
    pub api: Duration,
    /// Each step of what the scheduler needs to keep its runs: claims, renewals, recovery.
    pub engine: Duration,
    /// Each step of writing what runs have to say.
    pub record: Duration,
}

impl Limits {
    /// For servers whose leases hold this long: several calls of the scheduler may fail before a lease has run out.
    pub fn of_lease(lease: Duration) -> Limits {
        let engine = (lease / 6).max(ENGINE_LIMIT_MIN);
        Limits { api: API_STATEMENT + MARGIN, engine, record: engine.max(RECORD_LIMIT_MIN) }
    }
}

/// The store in PostgreSQL.
///
/// The scheduler has connections of its own, so that a long search in a log cannot keep it from renewing leases.
pub struct PostgresStore {
    api: Lane<Postgres>,
    /// The requests' connections, with the scheduler's limit: for what begins a lease, and for whether the database works.
    prompt: Lane<Postgres>,
    engine: Lane<Postgres>,
    record: Lane<Postgres>,
    listener: Listener,
}

/// Why the database could not be opened. None of the sentences holds a password.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address cannot be read.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// No host can be reached, or all refuse.
    #[error("cannot open the PostgreSQL database: {0}")]
    Unreachable(#[from] Unreachable),
    /// The schema is not one this version knows.
    #[error("cannot bring the PostgreSQL database up to date: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
}

/// Of all connections one listens, and two to four are the scheduler's, which claims, records and keeps leases at the same time.
/// Answers those of requests, and the scheduler's.
fn shares(connections: u32) -> (u32, u32) {
    let connections = connections.max(CONNECTIONS_MIN);
    let engine = (connections * 3 / 8).clamp(2, 4);
    (connections - 1 - engine, engine)
}

impl PostgresStore {
    /// Connects, with at most this many connections (but at least four), and brings the schema up to date. Servers that start at the
    /// same time wait for each other. No call takes longer than its limit.
    ///
    /// # Errors
    /// [`OpenError`], each a sentence.
    pub async fn open(url: &str, connections: u32, limits: Limits) -> Result<PostgresStore, OpenError> {
        let session = Session::unlimited(url.parse()?);
        migrate(&session).await?;
        let bounds = |statement, lock| session.limited(Bounds { statement, lock });
        let (for_api, for_engine) = shares(connections);
        let api = Pool::new(bounds(API_STATEMENT, API_LOCK), for_api, WAIT);
        let engine = Pool::new(bounds(limits.record, limits.engine / 2), for_engine, WAIT);
        Ok(PostgresStore {
            api: Lane::new(api.clone(), limits.api),
            prompt: Lane::new(api, limits.engine),
            engine: Lane::new(engine.clone(), limits.engine),
            record: Lane::new(engine, limits.record),
            listener: Listener::new(session),
        })
    }
}

/// A migration may take longer than a request may.
async fn migrate(session: &Session) -> Result<(), OpenError> {
    let (mut conn, _) = session.connect().await?;
    sqlx::migrate!("../migrations/postgres").run(&mut conn).await?;
    let _ = conn.close().await;
    Ok(())
}

/// Tells the other servers. They hear it with the commit, and once for each transaction.
async fn notify(conn: &mut PgConnection, news: &News) -> Stored<()> {
    sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(news.word()).execute(conn).await?;
    Ok(())
}

/// Whether PostgreSQL broke the transaction off for another's sake (serialization failure, deadlock), so that it can be
/// tried again.
fn broken_off(error: &StoreError) -> bool {
    let StoreError::Unavailable(sqlx::Error::Database(e)) = error else { return false };
    matches!(e.code().as_deref(), Some("40001" | "40P01"))
}

/// Tries a decision again that was broken off for another's sake.
macro_rules! retry {
    ($decision:expr) => {{
        let mut tries = 1;
        loop {
            match $decision.await {
                Err(error) if $crate::store::postgres::broken_off(&error) && tries < $crate::store::postgres::TRIES => {
                    tokio::time::sleep(std::time::Duration::from_millis(5 * u64::from(tries))).await;
                    tries += 1;
                }
                done => break done,
            }
        }
    }};
}
use retry;

/// Reads a JSON column.
fn json<T: serde::de::DeserializeOwned>(text: &str, column: &str) -> Stored<T> {
    serde_json::from_str(text).map_err(|e| StoreError::Corrupt(format!("column {column}: {e}")))
}

/// Writes a JSON column. JSON holds no U+0000 but as an escape.
fn text<T: serde::Serialize>(value: &T) -> Stored<String> {
    serde_json::to_string(value).map_err(|e| StoreError::Corrupt(e.to_string()))
}

/// A text without U+0000, which PostgreSQL cannot keep: U+FFFD stands in for it.
fn clean(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "\u{fffd}")) } else { Cow::Borrowed(text) }
}

fn instant(ms: Option<i64>) -> Option<Timestamp> {
    ms.map(Timestamp::from_ms)
}

fn ms(t: Option<Timestamp>) -> Option<i64> {
    t.map(Timestamp::ms)
}

fn signed(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

fn unsigned(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}

fn percent(p: Option<u8>) -> Option<i16> {
    p.map(i16::from)
}
