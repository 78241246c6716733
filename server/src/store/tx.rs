//! Connections and transactions that are used again only where nothing went wrong on them.
//!
//! sqlx counts the depth of a transaction itself, and its count is wrong once a database has rolled back on its own: SQLite does
//! so when the disk is full, and every later `BEGIN` on that connection is refused. So Rota sends `BEGIN`, `COMMIT` and `ROLLBACK`
//! as plain statements, and closes a connection whose state it cannot be sure of.

use super::pool::{Held, Pool};
use super::postgres::Session;
use super::{StoreError, Stored};
use sqlx::error::DatabaseError;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Database, Postgres, Sqlite};
use std::future::Future;
use std::io::ErrorKind;
use std::time::Duration;

/// What connections and transactions need to know of a database.
pub trait Kind: Database {
    /// What a connection is made from.
    type Source: Send + Sync + 'static;
    /// Begins a transaction.
    const BEGIN: &'static str;

    /// Makes a connection. Comes back in bounded time.
    fn connect(source: &Self::Source) -> impl Future<Output = Result<Self::Connection, sqlx::Error>> + Send;

    /// Sends one statement without parameters.
    fn send<'c>(
        conn: &'c mut Self::Connection,
        sql: &'static str,
    ) -> impl Future<Output = Result<(), sqlx::Error>> + Send + 'c;

    /// Whether a transaction may have been committed although the database answered its COMMIT with this error.
    fn in_doubt(error: &dyn DatabaseError) -> bool;
}

impl Kind for Sqlite {
    type Source = SqliteConnectOptions;
    /// IMMEDIATE takes the write lock at once, so that no later statement can find the database busy.
    const BEGIN: &'static str = "BEGIN IMMEDIATE";

    async fn connect(source: &SqliteConnectOptions) -> Result<Self::Connection, sqlx::Error> {
        source.connect().await
    }

    async fn send(conn: &mut Self::Connection, sql: &'static str) -> Result<(), sqlx::Error> {
        sqlx::raw_sql(sql).execute(conn).await.map(drop)
    }

    /// SQLITE_IOERR: the pages may be on the disk already when the sync after them fails.
    fn in_doubt(error: &dyn DatabaseError) -> bool {
        const PRIMARY: u32 = 0xff;
        const IOERR: u32 = 10;
        error.code().and_then(|code| code.parse::<u32>().ok()).is_some_and(|code| code & PRIMARY == IOERR)
    }
}

impl Kind for Postgres {
    type Source = Session;
    const BEGIN: &'static str = "BEGIN";

    async fn connect(source: &Session) -> Result<Self::Connection, sqlx::Error> {
        Ok(source.connect().await?.0)
    }

    async fn send(conn: &mut Self::Connection, sql: &'static str) -> Result<(), sqlx::Error> {
        sqlx::raw_sql(sql).execute(conn).await.map(drop)
    }

    /// Operator intervention (57), connection exception (08), statement completion unknown (40003).
    fn in_doubt(error: &dyn DatabaseError) -> bool {
        error.code().is_some_and(|code| code.starts_with("57") || code.starts_with("08") || code == "40003")
    }
}

/// Whether a transaction has changed anything.
pub enum Decided<T> {
    /// It has: COMMIT.
    Changed(T),
    /// It has not: ROLLBACK, whose answer nothing depends on.
    Unchanged(T),
}

/// A pool of connections, and how long each step of a call on it may take.
pub struct Lane<DB: Kind> {
    pool: Pool<DB>,
    limit: Duration,
    may_write: Option<Check>,
}

/// Whether anything should be written.
type Check = Box<dyn Fn() -> Stored<()> + Send + Sync>;

impl<DB: Kind> Lane<DB> {
    /// A call waits up to `limit` for its connection and BEGIN, for its statements, and for its COMMIT.
    pub fn new(pool: Pool<DB>, limit: Duration) -> Lane<DB> {
        Lane { pool, limit, may_write: None }
    }

    /// Asks `check` before each transaction.
    pub fn only_if(self, check: impl Fn() -> Stored<()> + Send + Sync + 'static) -> Lane<DB> {
        Lane { may_write: Some(Box::new(check)), ..self }
    }

    /// Runs statements outside a transaction. The connection is used again after success, a refusal, or a row that is missing or
    /// unreadable.
    ///
    /// # Errors
    /// Those of `body`; `Unavailable` where there is no connection or the limit has passed.
    pub async fn read<T>(&self, body: impl AsyncFnOnce(&mut DB::Connection) -> Stored<T>) -> Stored<T> {
        let mut held = self.hold().await?;
        let done = within(self.limit, body(&mut held)).await;
        match &done {
            Ok(_) | Err(StoreError::Refused(_) | StoreError::Corrupt(_)) => held.give_back(),
            Err(StoreError::Unavailable(sqlx::Error::RowNotFound)) => held.give_back(),
            Err(_) => drop(held),
        }
        done
    }

    /// Makes one decision, in one transaction.
    ///
    /// # Errors
    /// Those of `body`, of beginning, and of [`Tx::settle`].
    pub async fn write<T>(&self, body: impl AsyncFnOnce(&mut DB::Connection) -> Stored<T>) -> Stored<T> {
        let mut tx = self.begin().await?;
        let done = tx.run(body).await;
        tx.settle(done).await
    }

    /// Like [`Lane::write`], for decisions that may turn out to change nothing.
    ///
    /// # Errors
    /// As for [`Lane::write`].
    pub async fn decide<T>(&self, body: impl AsyncFnOnce(&mut DB::Connection) -> Stored<Decided<T>>) -> Stored<T> {
        let mut tx = self.begin().await?;
        match tx.run(body).await {
            Ok(Decided::Changed(value)) => tx.settle(Ok(value)).await,
            Ok(Decided::Unchanged(value)) => {
                tx.rollback().await;
                Ok(value)
            }
            Err(error) => tx.settle(Err(error)).await,
        }
    }

    /// Begins a transaction.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn begin(&self) -> Stored<Tx<DB>> {
        self.may_write.as_ref().map_or(Ok(()), |check| check())?;
        let mut held = self.hold().await?;
        within(self.limit, async { Ok(DB::send(&mut held, DB::BEGIN).await?) }).await?;
        Ok(Tx { held, limit: self.limit })
    }

    /// Takes a connection out of the pool.
    pub(super) async fn hold(&self) -> Stored<Held<DB>> {
        within(self.limit, async { Ok(self.pool.acquire().await?) }).await
    }

    /// Closes all connections, in bounded time.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// A transaction. It ends by [`Tx::settle`] or [`Tx::rollback`]; dropped, its connection is closed, which rolls it back.
pub struct Tx<DB: Kind> {
    held: Held<DB>,
    limit: Duration,
}

impl<DB: Kind> Tx<DB> {
    /// Runs statements in it.
    ///
    /// # Errors
    /// Those of `body`; `Unavailable` when the limit has passed.
    pub async fn run<T>(&mut self, body: impl AsyncFnOnce(&mut DB::Connection) -> Stored<T>) -> Stored<T> {
        within(self.limit, body(&mut self.held)).await
    }

    /// Commits what succeeded. What was refused is rolled back, and the connection is used again; after any other error it is closed.
    ///
    /// # Errors
    /// The one given. `InDoubt` where the answer to COMMIT is missing or does not say what became of it, `Unavailable` where
    /// the database refused to commit.
    pub async fn settle<T>(self, done: Stored<T>) -> Stored<T> {
        match done {
            Ok(value) => self.commit().await.map(|()| value),
            Err(StoreError::Refused(error)) => {
                self.rollback().await;
                Err(StoreError::Refused(error))
            }
            Err(error) => Err(error),
        }
    }

    /// Changes nothing. A connection on which that fails is closed, which comes to the same.
    pub async fn rollback(mut self) {
        if within(self.limit, async { Ok(DB::send(&mut self.held, "ROLLBACK").await?) }).await.is_ok() {
            self.held.give_back();
        }
    }

    async fn commit(mut self) -> Stored<()> {
        match tokio::time::timeout(self.limit, DB::send(&mut self.held, "COMMIT")).await {
            Ok(Ok(())) => {
                self.held.give_back();
                Ok(())
            }
            Ok(Err(sqlx::Error::Database(error))) if !DB::in_doubt(&*error) => {
                Err(StoreError::Unavailable(sqlx::Error::Database(error)))
            }
            Ok(Err(error)) => Err(StoreError::InDoubt(error)),
            Err(_) => Err(StoreError::InDoubt(no_answer(self.limit))),
        }
    }
}

async fn within<T>(limit: Duration, call: impl Future<Output = Stored<T>>) -> Stored<T> {
    let done = tokio::time::timeout(limit, call).await;
    done.unwrap_or_else(|_| Err(StoreError::Unavailable(no_answer(limit))))
}

fn no_answer(limit: Duration) -> sqlx::Error {
    let why = format!("no answer within {} ms", limit.as_millis());
    sqlx::Error::Io(std::io::Error::new(ErrorKind::TimedOut, why))
}
