//! Sends what is owed: takes what is due, hands it over, writes what became of it.

mod hooks;
mod mails;

use super::Post;
use crate::clock::mono;
use crate::store::Stored;
use crate::store::post::{Settled, Take, Taken};
use domain::mail::{Channel, GIVE_UP, retry_after};
use domain::{DeliveryId, Timestamp};
use hooks::Hooks;
use mails::Mails;
use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// After this time without a renewal another server may take what this one has taken; nothing is begun in its last part.
const LEASE: Duration = Duration::from_secs(60);
const LEASE_USED: Duration = Duration::from_secs(40);
/// How often what is taken is renewed.
const RENEW: Duration = Duration::from_secs(15);
/// The longest sleep: another server may have owed something, or a clock was set.
const NAP: Duration = Duration::from_secs(15);
/// How long to leave a mail server, or the database, alone that cannot be used: from this, twice as long each time, to that.
const SHORT_PAUSE: Duration = Duration::from_secs(5);
const LONG_PAUSE: Duration = Duration::from_secs(5 * 60);
/// How long a stop waits for what is under way.
const STOP: Duration = Duration::from_secs(10);

/// What sends, until it is stopped.
pub struct Sender {
    stopping: CancellationToken,
    works: Vec<JoinHandle<()>>,
    keepers: [JoinHandle<()>; 2],
}

impl Sender {
    /// Begins to send: mails and webhooks, neither waiting for the other.
    pub fn start(post: &Arc<Post>) -> Sender {
        let stopping = CancellationToken::new();
        let instance = format!("{:032x}", rand::random::<u128>());
        let desk = |channel| Desk {
            post: post.clone(),
            instance: instance.clone(),
            channel,
            stopping: stopping.clone(),
            held: Arc::default(),
        };
        let (mails, hooks) = (desk(Channel::Mail), desk(Channel::Webhook));
        let keepers =
            [&mails, &hooks].map(|desk| tokio::spawn(keep(post.clone(), instance.clone(), desk.held.clone())));
        let works = vec![tokio::spawn(Mails(mails).work()), tokio::spawn(Hooks(hooks).work())];
        Sender { stopping, works, keepers }
    }

    /// Ends after what is under way.
    pub async fn stop(self) {
        self.stopping.cancel();
        let deadline = tokio::time::Instant::now() + STOP;
        for mut work in self.works {
            if tokio::time::timeout_at(deadline, &mut work).await.is_err() {
                work.abort();
            }
        }
        self.keepers.iter().for_each(JoinHandle::abort);
    }
}

/// What this server has taken of one channel and not settled.
#[derive(Default)]
struct Held {
    ids: Mutex<HashSet<DeliveryId>>,
    /// When it was last renewed, see [`mono`], in milliseconds.
    renewed_ms: AtomicU64,
}

impl Held {
    fn ids(&self) -> MutexGuard<'_, HashSet<DeliveryId>> {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn renewed(&self, sent: Duration) {
        self.renewed_ms.fetch_max(u64::try_from(sent.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Whether so little is left of the lease that nothing more should be begun. What was taken after the last renewal is as old as that
    /// at most.
    fn is_old(&self) -> bool {
        let renewed = Duration::from_millis(self.renewed_ms.load(Ordering::Relaxed));
        mono().saturating_sub(renewed) > LEASE_USED
    }
}

/// Renews what is taken as long as it takes to send it, so that it waits for seconds only where this server dies.
async fn keep(post: Arc<Post>, instance: String, held: Arc<Held>) {
    loop {
        tokio::time::sleep(RENEW).await;
        let ids: Vec<DeliveryId> = held.ids().iter().copied().collect();
        let sent = mono();
        if ids.is_empty() {
            continue;
        }
        match post.store.keep_deliveries(&instance, &ids, LEASE).await {
            Ok(()) => held.renewed(sent),
            Err(error) => tracing::warn!(%error, "cannot keep deliveries that are under way"),
        }
    }
}

/// What to do after a turn.
enum Next {
    /// There may be more.
    Again,
    /// Nothing is due before this.
    Sleep(Duration),
    /// The other side is of no use just now.
    Pause,
}

/// One channel's work, as far as it is the same for both.
struct Desk {
    post: Arc<Post>,
    instance: String,
    channel: Channel,
    stopping: CancellationToken,
    held: Arc<Held>,
}

impl Desk {
    fn due(&self) -> &Notify {
        match self.channel {
            Channel::Mail => &self.post.mail_due,
            Channel::Webhook => &self.post.hooks_due,
        }
    }

    /// Until something may be due.
    async fn sleep(&self, time: Duration) {
        tokio::select! {
            () = tokio::time::sleep(time) => {}
            () = self.due().notified() => {}
            () = self.stopping.cancelled() => {}
        }
    }

    /// Takes what is due, or says how long nothing is.
    async fn take(&self, limit: usize) -> Stored<Result<Vec<Taken>, Next>> {
        let (post, channel) = (&self.post, self.channel);
        let take = Take { instance: self.instance.clone(), channel, now: post.clock.now(), lease: LEASE, limit };
        let sent = mono();
        let batch = post.store.take_deliveries(&take).await?;
        if !batch.is_empty() {
            self.held.ids().extend(batch.iter().map(|taken| taken.delivery.id));
            self.held.renewed(sent);
            return Ok(Ok(batch));
        }
        let next = post.store.next_delivery(channel).await?;
        let wait = next.map_or(NAP, |at| at.since(post.clock.now())).min(NAP);
        Ok(Err(Next::Sleep(wait.max(Duration::from_millis(5)))))
    }

    /// Writes what became of a delivery. What the other side has taken must be written, or it is sent again.
    async fn settle(&self, taken: &Taken, settled: &Settled) -> Stored<()> {
        let done = self.insist(taken, settled).await;
        self.held.ids().remove(&taken.delivery.id);
        done
    }

    async fn insist(&self, taken: &Taken, settled: &Settled) -> Stored<()> {
        let id = taken.delivery.id;
        let word = match settled {
            Settled::Sent(_) => "sent",
            Settled::Later(..) => "later",
            Settled::Failed(_) => "failed",
            Settled::Untried => "untried",
        };
        metrics::counter!("rota_deliveries_total", "channel" => self.channel.as_str(), "outcome" => word).increment(1);
        let mut pause = Duration::from_millis(50);
        loop {
            match self.post.store.settle_delivery(&self.instance, id, settled).await {
                Ok(true) => return Ok(()),
                Ok(false) => {
                    tracing::warn!(delivery = id.0, "another server has taken this delivery");
                    return Ok(());
                }
                Err(error) if self.stopping.is_cancelled() => return Err(error),
                Err(error) => {
                    tracing::error!(%error, delivery = id.0, "cannot write what became of a delivery; trying again")
                }
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(1));
        }
    }
}

/// Again after a while, or never if it has been tried for too long.
fn later(taken: &Taken, now: Timestamp, words: String) -> Settled {
    if now.since(taken.queued_at) >= GIVE_UP {
        return Settled::Failed(words);
    }
    Settled::Later(now.plus(retry_after(taken.delivery.attempts + 1)), words)
}
