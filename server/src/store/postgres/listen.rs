//! Hears of changes that other servers made.

use super::connect::Session;
use super::{CHANNEL, WAIT};
use crate::store::news::payloads;
use crate::store::pool::CLOSE;
use crate::store::{Changed, News, StoreError, Stored};
use sqlx::postgres::{PgListener, PgPool, PgPoolOptions};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// How often the connection is asked whether it still works: one that died silently would never hear anything.
const PING_EVERY: Duration = Duration::from_secs(5);
/// How long it has to answer.
const PING: Duration = Duration::from_secs(2);

/// A connection that listens cannot be shared, so this is one of its own.
pub struct Listener {
    session: Session,
    /// Names this store in what it tells others.
    origin: String,
    place: Mutex<Option<Listening>>,
    closing: CancellationToken,
}

struct Listening {
    listener: PgListener,
    pool: PgPool,
}

impl Listener {
    /// Connects when it is first asked.
    pub fn new(session: Session) -> Listener {
        Listener {
            session,
            origin: format!("{:016x}", rand::random::<u64>()),
            place: Mutex::new(None),
            closing: CancellationToken::new(),
        }
    }

    /// See [`crate::store::MetaStore::changed_elsewhere`].
    pub async fn changed(&self) -> Stored<News> {
        let closed = || Err(StoreError::Unavailable(sqlx::Error::PoolClosed));
        self.closing.run_until_cancelled(self.wait()).await.unwrap_or_else(closed)
    }

    async fn wait(&self) -> Stored<News> {
        let mut place = self.place.lock().await;
        let Some(mut listening) = place.take() else {
            // What was said before this listens is lost; so the first call ends at once, and the caller looks.
            *place = Some(self.connect().await?);
            return Ok(News::Missed);
        };
        // While a connection was lost notices may have been missed, so that ends the call as well, and the next one makes
        // another connection. So it does when the caller no longer waits.
        loop {
            let Some(payload) = listening.heard().await? else { return Ok(News::Missed) };
            if let Some(news) = News::read(&payload, &self.origin) {
                *place = Some(listening);
                return Ok(news);
            }
        }
    }

    /// What this store tells of these tasks.
    pub fn payloads(&self, changed: &[Changed]) -> Vec<String> {
        payloads(changed, &self.origin)
    }

    async fn connect(&self) -> Stored<Listening> {
        let (_, options) = self.session.connect().await.map_err(sqlx::Error::from)?;
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(WAIT)
            .max_lifetime(None)
            .idle_timeout(None)
            .connect_lazy_with(options);
        let mut listener = PgListener::connect_with(&pool).await?;
        listener.eager_reconnect(false);
        match timeout(PING, listener.listen(CHANNEL)).await {
            Ok(done) => done?,
            Err(_) => return Err(StoreError::Unavailable(sqlx::Error::PoolTimedOut)),
        }
        Ok(Listening { listener, pool })
    }

    /// Wakes who waits, and closes the connection, in bounded time.
    pub async fn close(&self) {
        self.closing.cancel();
        let listening = self.place.lock().await.take();
        if let Some(Listening { listener, pool }) = listening {
            drop(listener);
            let _ = timeout(CLOSE, pool.close()).await;
        }
    }
}

impl Listening {
    /// Waits for a notice. `None` where the connection does not work any more.
    async fn heard(&mut self) -> Stored<Option<String>> {
        loop {
            match timeout(PING_EVERY, self.listener.try_recv()).await {
                Ok(notice) => return Ok(notice?.map(|notice| notice.payload().to_owned())),
                Err(_) if self.works().await => {}
                Err(_) => return Ok(None),
            }
        }
    }

    async fn works(&mut self) -> bool {
        let ping = sqlx::raw_sql("SELECT 1").execute(&mut self.listener);
        matches!(timeout(PING, ping).await, Ok(Ok(_)))
    }
}
