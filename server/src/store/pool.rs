//! Connections to a database: how many there may be, those that rest, and new ones.
//!
//! sqlx' own pool cannot be given a way to connect (to one of several hosts), does not say why it could not connect, and tests
//! connections without a limit.

use super::tx::Kind;
use sqlx::{Connection, Error};
use std::io::ErrorKind;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// A connection that rested no longer than this still works.
const FRESH: Duration = Duration::from_millis(200);
/// How long one that rested longer may take to show that it still works.
const PING: Duration = Duration::from_secs(1);
/// A connection that was not used for this long is closed.
const IDLE: Duration = Duration::from_secs(10 * 60);
/// So is one this old, so that load moves along with the addresses of hosts.
const LIFETIME: Duration = Duration::from_secs(30 * 60);
/// How long closing waits for calls that are under way, and then for connections to say goodbye.
pub const CLOSE: Duration = Duration::from_secs(5);

/// A bounded number of connections.
pub struct Pool<DB: Kind>(Arc<Inner<DB>>);

impl<DB: Kind> Clone for Pool<DB> {
    fn clone(&self) -> Pool<DB> {
        Pool(self.0.clone())
    }
}

struct Inner<DB: Kind> {
    source: DB::Source,
    size: u32,
    wait: Duration,
    places: Arc<Semaphore>,
    /// The last used at the end.
    resting: Mutex<Vec<Resting<DB>>>,
    closed: AtomicBool,
}

struct Resting<DB: Kind> {
    conn: DB::Connection,
    born: Instant,
    since: Instant,
}

impl<DB: Kind> Resting<DB> {
    async fn tested(mut self) -> Option<(DB::Connection, Instant)> {
        let works = self.since.elapsed() < FRESH || matches!(timeout(PING, self.conn.ping()).await, Ok(Ok(())));
        works.then_some((self.conn, self.born))
    }
}

impl<DB: Kind> Inner<DB> {
    fn resting(&self) -> MutexGuard<'_, Vec<Resting<DB>>> {
        self.resting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn last_used(&self) -> Option<Resting<DB>> {
        let mut resting = self.resting();
        resting.retain(|r| r.since.elapsed() < IDLE && r.born.elapsed() < LIFETIME);
        resting.pop()
    }
}

impl<DB: Kind> Pool<DB> {
    /// Up to `size` connections, made when they are needed. A call waits up to `wait` for one to come free.
    pub fn new(source: DB::Source, size: u32, wait: Duration) -> Pool<DB> {
        let places = Arc::new(Semaphore::new(size as usize));
        Pool(Arc::new(Inner { source, size, wait, places, resting: Mutex::default(), closed: AtomicBool::new(false) }))
    }

    /// A connection that works.
    ///
    /// # Errors
    /// Why there is none: all are in use, the pool is closed, or the database cannot be reached.
    pub async fn acquire(&self) -> Result<Held<DB>, Error> {
        let pool = &self.0;
        let place = timeout(pool.wait, pool.places.clone().acquire_owned()).await;
        let place = place.map_err(|_| self.all_in_use())?.map_err(|_| Error::PoolClosed)?;
        if pool.closed.load(Ordering::Acquire) {
            return Err(Error::PoolClosed);
        }
        while let Some(resting) = pool.last_used() {
            if let Some((conn, born)) = resting.tested().await {
                return Ok(Held { conn: Some(conn), born, pool: pool.clone(), _place: place });
            }
        }
        let conn = DB::connect(&pool.source).await?;
        Ok(Held { conn: Some(conn), born: Instant::now(), pool: pool.clone(), _place: place })
    }

    fn all_in_use(&self) -> Error {
        let why = format!("all {} connections to the database were in use for {:?}", self.0.size, self.0.wait);
        Error::Io(std::io::Error::new(ErrorKind::TimedOut, why))
    }

    /// Closes all connections. One that is still in use after five seconds is closed when its call ends.
    pub async fn close(&self) {
        let pool = &self.0;
        pool.closed.store(true, Ordering::Release);
        if timeout(CLOSE, pool.places.acquire_many(pool.size)).await.is_err() {
            tracing::warn!("a call to the database is still under way; closing does not wait for it any longer");
        }
        pool.places.close();
        let resting = std::mem::take(&mut *pool.resting());
        let closing = futures::future::join_all(resting.into_iter().map(|r| r.conn.close()));
        let _ = timeout(CLOSE, closing).await;
    }
}

/// A connection in use. It goes back only by [`Held::give_back`]; dropped, it is closed and never used again.
pub struct Held<DB: Kind> {
    conn: Option<DB::Connection>,
    born: Instant,
    pool: Arc<Inner<DB>>,
    /// Freed after the connection is back, or closed.
    _place: OwnedSemaphorePermit,
}

impl<DB: Kind> Held<DB> {
    /// Lets others use it. Only for one on which everything that was begun has ended.
    pub fn give_back(mut self) {
        if let Some(conn) = self.conn.take()
            && !self.pool.closed.load(Ordering::Acquire)
        {
            self.pool.resting().push(Resting { conn, born: self.born, since: Instant::now() });
        }
    }
}

const TAKEN: &str = "only give_back takes the connection, and it ends this value";

impl<DB: Kind> Deref for Held<DB> {
    type Target = DB::Connection;

    fn deref(&self) -> &DB::Connection {
        self.conn.as_ref().expect(TAKEN)
    }
}

impl<DB: Kind> DerefMut for Held<DB> {
    fn deref_mut(&mut self) -> &mut DB::Connection {
        self.conn.as_mut().expect(TAKEN)
    }
}
