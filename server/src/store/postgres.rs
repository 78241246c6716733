//! The store in PostgreSQL, for one server or several.
//!
//! Rows are locked in one order, so that decisions wait for each other and never in a circle: the idempotency key, the
//! users, the tasks by id, the runs by id, the counts by owner.

#[cfg(test)]
mod explain;
mod hooks;
mod logs;
mod meta;
mod post;
mod runs;
mod tasks;
mod users;

use super::tx::Lane;
use super::{StoreError, Stored};
use domain::Timestamp;
use sqlx::postgres::{PgConnectOptions, PgListener, PgPool, PgPoolOptions};
use sqlx::{Connection, PgConnection, Postgres};
use std::borrow::Cow;
use std::str::FromStr;
use std::time::Duration;
use tokio::sync::Mutex;

/// How long a request waits for a connection.
const WAIT: Duration = Duration::from_secs(3);
/// A connection that rested no longer than this still works.
const FRESH: Duration = Duration::from_millis(200);
/// How long a connection that rested may take to show that it still works.
const PING: Duration = Duration::from_secs(1);
/// A little over `statement_timeout`, so that the server is the first to give up where it can.
const API_LIMIT: Duration = Duration::from_secs(65);
/// The scheduler's limit is never below this.
const ENGINE_LIMIT_MIN: Duration = Duration::from_secs(2);
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
    /// Each step of what the scheduler needs to keep its runs: claims, records, renewals, recovery.
    pub engine: Duration,
}

impl Limits {
    /// For servers whose leases hold this long: several calls of the scheduler may fail before a lease has run out.
    pub fn of_lease(lease: Duration) -> Limits {
        Limits { api: API_LIMIT, engine: (lease / 6).max(ENGINE_LIMIT_MIN) }
    }
}

/// The store in PostgreSQL.
pub struct PostgresStore {
    api: Lane<Postgres>,
    engine: Lane<Postgres>,
    /// A connection of its own: one that listens cannot be shared.
    listener: Mutex<Option<PgListener>>,
    listen_pool: PgPool,
}

/// Why the database could not be opened. None of the sentences holds a password.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address cannot be read.
    #[error("ROTA_DATABASE_URL (--database-url) is not an address of a PostgreSQL database")]
    Url,
    /// It cannot be reached, or refuses.
    #[error("cannot open the PostgreSQL database: {0}")]
    Database(sqlx::Error),
    /// The schema is not one this version knows.
    #[error("cannot bring the PostgreSQL database up to date: {0}")]
    Migration(sqlx::migrate::MigrateError),
}

impl PostgresStore {
    /// Connects, with at most so many connections, one of them for notices, and brings the schema up to date. Servers that
    /// start at the same time wait for each other. No call takes longer than its limit.
    ///
    /// # Errors
    /// [`OpenError`], each a sentence.
    pub async fn open(url: &str, connections: u32, limits: Limits) -> Result<PostgresStore, OpenError> {
        let options = PgConnectOptions::from_str(url).map_err(|_| OpenError::Url)?.application_name("rota");
        migrate(&options).await?;
        let limited = options.clone().options([
            ("statement_timeout", "60s"),
            ("lock_timeout", "20s"),
            ("idle_in_transaction_session_timeout", "60s"),
        ]);
        // A connection that a restart of PostgreSQL has cut is found before it is used, not by a request; one that was in use
        // a moment ago is not asked again.
        let pool = PgPoolOptions::new()
            .max_connections(connections.saturating_sub(1).max(1))
            .acquire_timeout(WAIT)
            .test_before_acquire(false)
            .before_acquire(|conn, meta| {
                Box::pin(async move {
                    if meta.idle_for < FRESH {
                        return Ok(true);
                    }
                    Ok(matches!(tokio::time::timeout(PING, conn.ping()).await, Ok(Ok(()))))
                })
            })
            .connect_lazy_with(limited);
        let listen_pool = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(WAIT)
            .max_lifetime(None)
            .idle_timeout(None)
            .connect_lazy_with(options);
        let engine = Lane::new(pool.clone(), limits.engine);
        Ok(PostgresStore { api: Lane::new(pool, limits.api), engine, listener: Mutex::new(None), listen_pool })
    }
}

/// A migration may take longer than a request may.
async fn migrate(options: &PgConnectOptions) -> Result<(), OpenError> {
    let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(WAIT).connect_lazy_with(options.clone());
    pool.acquire().await.map_err(OpenError::Database)?;
    sqlx::migrate!("../migrations/postgres").run(&pool).await.map_err(OpenError::Migration)?;
    pool.close().await;
    Ok(())
}

/// Tells the other servers that tasks changed. They hear it with the commit, and once for each transaction.
async fn notify(conn: &mut PgConnection) -> Stored<()> {
    sqlx::query("SELECT pg_notify($1, 'tasks')").bind(CHANNEL).execute(conn).await?;
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
