//! Settings that change while servers run, and the outbox: mails and webhooks that are owed.

use super::{Page, Stored};
use async_trait::async_trait;
use domain::mail::{Channel, Delivery, DeliveryStatus};
use domain::{DeliveryId, Lang, Timestamp};
use std::time::Duration;

/// So many days after they were owed, or sent again by hand, deliveries that have ended are removed.
pub const KEEP_DAYS: i64 = 90;

/// Makes the new value of a setting from the stored one, inside the transaction.
pub type Change = Box<dyn FnOnce(Option<&str>) -> Result<String, domain::Error> + Send>;

/// Who takes deliveries to send, and how many.
#[derive(Debug, Clone)]
pub struct Take {
    /// This process: new at every start.
    pub instance: String,
    /// Only those of this channel.
    pub channel: Channel,
    /// What time it is.
    pub now: Timestamp,
    /// After this time without an end, another process may take them.
    pub lease: Duration,
    /// How many at most.
    pub limit: usize,
}

/// A delivery to be sent now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// As it is listed.
    pub delivery: Delivery,
    /// What is said of task and run.
    pub snapshot: String,
    /// Since when it is tried.
    pub queued_at: Timestamp,
}

/// What became of a delivery that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// The other side took it.
    Sent(Timestamp),
    /// Not now; again at this instant. What the other side said, or why it could not be reached.
    Later(Timestamp, String),
    /// Never.
    Failed(String),
    /// It was not tried.
    Untried,
}

/// Which deliveries to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DeliveryQuery {
    /// Only those that stand here.
    pub status: Option<DeliveryStatus>,
    /// How many to pass over.
    pub offset: u64,
    /// How many to give.
    pub limit: u64,
}

/// Settings and the outbox.
#[async_trait]
pub trait PostStore: Send + Sync {
    /// The value of a setting, JSON.
    async fn setting(&self, key: &str) -> Stored<Option<String>>;
    /// Changes a setting; answers the new value. Other servers hear of it.
    async fn change_setting(&self, key: &str, now: Timestamp, change: Change) -> Stored<String>;
    /// Takes what is due, the longest due first, and what a process that is gone had taken.
    async fn take_deliveries(&self, take: &Take) -> Stored<Vec<Taken>>;
    /// Keeps deliveries that `instance` has taken and not settled its own for another `lease`. Where only one process can have the database
    /// there is nobody to keep them from.
    async fn keep_deliveries(&self, _instance: &str, _ids: &[DeliveryId], _lease: Duration) -> Stored<()> {
        Ok(())
    }
    /// Writes what became of a delivery, if it is still this process's: answers whether it was.
    async fn settle_delivery(&self, instance: &str, id: DeliveryId, settled: &Settled) -> Stored<bool>;
    /// When something of this channel that waits is due first.
    async fn next_delivery(&self, channel: Channel) -> Stored<Option<Timestamp>>;
    /// A page of deliveries, the latest first.
    async fn deliveries(&self, query: &DeliveryQuery) -> Stored<Page<Delivery>>;
    /// One delivery.
    async fn delivery(&self, id: DeliveryId) -> Stored<Option<Delivery>>;
    /// Makes a delivery due now, unless it is under way. `None` where there is none.
    async fn resend(&self, id: DeliveryId, now: Timestamp) -> Stored<Option<Delivery>>;
    /// The languages of the users with these addresses (in lower case).
    async fn languages(&self, addresses: &[String]) -> Stored<Vec<(String, Lang)>>;
}
