//! The store in one SQLite file: one writer, readers beside it.

mod hooks;
mod logs;
mod meta;
mod place;
mod post;
mod runs;
mod tasks;
mod users;

use super::pool::Pool;
use super::tx::Lane;
use super::{StoreError, Stored};
use domain::Timestamp;
use place::Place;
use sqlx::sqlite::{SqliteAutoVacuum, SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, Sqlite};
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

/// How long a write waits for its turn, and a read for a connection.
const WAIT: Duration = Duration::from_secs(15);

/// How long each step of a call may take. There is no network that could hang: only a disk that does gets here.
const LIMIT: Duration = Duration::from_secs(65);

/// The store in one SQLite file.
pub struct SqliteStore {
    writer: Lane<Sqlite>,
    readers: Lane<Sqlite>,
    /// Since when this process has been up, by its first heartbeat.
    up_since: OnceLock<Timestamp>,
    /// Held as long as the server runs: a second server on the same file would start everything twice.
    lock: Mutex<Option<File>>,
}

/// Who opens the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// The one server.
    Server,
    /// A command beside it.
    Command,
}

/// Why the file could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another server has it.
    #[error("another rota server has the database {0} open")]
    Locked(String),
    /// The folder or the lock file cannot be made.
    #[error("cannot use {0}: {1}")]
    Io(String, std::io::Error),
    /// SQLite says no.
    #[error("cannot open the database {0}: {1}")]
    Database(String, sqlx::Error),
    /// The schema is not one this version knows.
    #[error("cannot bring the database {0} up to date: {1}")]
    Migration(String, sqlx::migrate::MigrateError),
}

impl SqliteStore {
    /// Opens the file, makes it if missing, and brings its schema up to date.
    ///
    /// # Errors
    /// [`OpenError`], each a sentence.
    pub async fn open(path: &Path, readers: u32, access: Access) -> Result<SqliteStore, OpenError> {
        let shown = path.display().to_string();
        if let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(|e| OpenError::Io(folder.display().to_string(), e))?;
        }
        make_private(path).map_err(|e| OpenError::Io(shown.clone(), e))?;
        let lock = if access == Access::Server { Some(lock(path)?) } else { None };
        let writer = options(path)
            .create_if_missing(true)
            .auto_vacuum(SqliteAutoVacuum::Incremental)
            .journal_mode(SqliteJournalMode::Wal);
        let database = |e| OpenError::Database(shown.clone(), e);
        let mut first = writer.connect().await.map_err(database)?;
        let migrated = sqlx::migrate!("../migrations/sqlite").run(&mut first).await;
        migrated.map_err(|e| OpenError::Migration(shown.clone(), e))?;
        first.close().await.map_err(database)?;
        // A file that is moved away later must not be replaced by an empty one when a connection is.
        let writer = Pool::new(writer.create_if_missing(false), 1, WAIT);
        let lock_file = (access == Access::Server).then(|| lock_path(path));
        let place =
            Place::of([path.to_owned()].into_iter().chain(lock_file)).map_err(|e| OpenError::Io(shown.clone(), e))?;
        let in_place = move || place.check().map_err(|e| StoreError::Unavailable(sqlx::Error::Io(e)));
        let readers = Pool::new(options(path).pragma("query_only", "on"), readers, WAIT);
        Ok(SqliteStore {
            writer: Lane::new(writer, LIMIT).only_if(in_place),
            readers: Lane::new(readers, LIMIT),
            up_since: OnceLock::new(),
            lock: Mutex::new(lock),
        })
    }

    /// Stops the file from growing beyond this many pages, as a full disk would, until the writer's connection is replaced.
    ///
    /// # Errors
    /// `Unavailable`.
    #[doc(hidden)]
    pub async fn limit_pages(&self, pages: u32) -> Stored<()> {
        let sql = sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {pages}"));
        self.writer
            .read(async |conn| {
                sqlx::query(sql).execute(conn).await?;
                Ok(())
            })
            .await
    }

    /// Lets another server have the file.
    fn unlock(&self) {
        drop(self.lock.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

/// The file holds password hashes, and logs that may hold anything: for the server's own user only. SQLite gives the files
/// beside it the same mode.
fn make_private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path).map(drop)
}

fn lock_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    name.into()
}

fn lock(path: &Path) -> Result<File, OpenError> {
    let name = lock_path(path);
    let shown = || name.display().to_string();
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&name);
    let file = file.map_err(|e| OpenError::Io(shown(), e))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::Locked(path.display().to_string())),
        Err(TryLockError::Error(e)) => Err(OpenError::Io(shown(), e)),
    }
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        // FULL: what was acknowledged survives a power cut, so that no run starts twice after one. Writes come in batches,
        // so one sync serves many.
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(WAIT)
        .foreign_keys(true)
        .pragma("cache_size", "-16000")
        .pragma("temp_store", "memory")
        .pragma("journal_size_limit", "67108864")
        .statement_cache_capacity(64)
}

/// Reads a JSON column.
fn json<T: serde::de::DeserializeOwned>(text: &str, column: &str) -> Stored<T> {
    serde_json::from_str(text).map_err(|e| StoreError::Corrupt(format!("column {column}: {e}")))
}

/// Writes a JSON column.
fn text<T: serde::Serialize>(value: &T) -> Stored<String> {
    serde_json::to_string(value).map_err(|e| StoreError::Corrupt(e.to_string()))
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
