//! What may be set of a task beyond the reference API: when it tries again, what happens to instants that were missed, how long
//! runs are kept, who hears of what. Each has a default that needs no touching, and stays out of answers while it has it.

mod input;

pub use input::OptionsInput;
#[cfg(feature = "zones")]
pub use input::SecretRules;

use crate::json::Raw;
use crate::module::{mask_in, reseal_in};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Most tags of a task.
pub const MAX_TAGS: usize = 50;
/// Most characters of a tag.
pub const MAX_TAG: usize = 64;
/// Most webhooks of a task.
pub const MAX_WEBHOOKS: usize = 20;
/// Most characters of a webhook's address.
pub const MAX_URL: usize = 2000;
/// The highest priority; its negative is the lowest.
pub const MAX_PRIORITY: i64 = 10;
/// The longest waiting time that can be set, in seconds: a year.
pub const MAX_WAIT_SEC: i64 = 31_536_000;
/// Most attempts of one instant.
pub const MAX_ATTEMPTS: i64 = 100;
/// Most runs or days that `keep_runs` and `keep_days` can name.
pub const MAX_KEEP: i64 = 1_000_000;
/// Most failures in a row that `notify_after` can wait for.
pub const MAX_NOTIFY_AFTER: i64 = 1000;

/// The options of a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Options {
    /// How often and when a run that failed is tried again; none: not at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
    /// What becomes of instants that pass while a run is under way.
    #[serde(skip_serializing_if = "is_default")]
    pub overlap: Overlap,
    /// What becomes of instants that passed while no server was up.
    #[serde(skip_serializing_if = "is_default")]
    pub catch_up: CatchUp,
    /// Instants longer ago than this many seconds are not made up. 0: however long ago for `one`, a day for `all`.
    #[serde(skip_serializing_if = "is_default")]
    pub catch_up_window_sec: i64,
    /// Runs by schedule start up to so many seconds late, each instant by its own share, so that tasks do not start all at once.
    #[serde(skip_serializing_if = "is_default")]
    pub jitter_sec: i64,
    /// Does not start by itself before this instant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused_until: Option<Timestamp>,
    /// Words to find it by, sorted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// When more is due than can run at once, higher goes first. -10 to 10.
    #[serde(skip_serializing_if = "is_default")]
    pub priority: i64,
    /// Only so many of its ended runs are kept; none: as many as there are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_runs: Option<i64>,
    /// Its ended runs are kept so many days; none: for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_days: Option<i64>,
    /// Problems are told from this failure in a row on.
    #[serde(skip_serializing_if = "is_one")]
    pub notify_after: i64,
    /// Whether those who were told of a problem are told when it works again.
    #[serde(skip_serializing_if = "is_true")]
    pub notify_recovery: bool,
    /// At most one message an hour to each recipient, with a count.
    #[serde(skip_serializing_if = "is_default")]
    pub digest: bool,
    /// Addresses that are called when a run has ended.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub webhooks: Vec<Webhook>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            retry: None,
            overlap: Overlap::default(),
            catch_up: CatchUp::default(),
            catch_up_window_sec: 0,
            jitter_sec: 0,
            paused_until: None,
            tags: vec![],
            priority: 0,
            keep_runs: None,
            keep_days: None,
            notify_after: 1,
            notify_recovery: true,
            digest: false,
            webhooks: vec![],
        }
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn is_one(n: &i64) -> bool {
    *n == 1
}

fn is_true(set: &bool) -> bool {
    *set
}

/// How a run that failed is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Retry {
    /// Runs in all, the first included. 2 to 100.
    pub max_attempts: i64,
    /// Seconds before the second attempt.
    pub backoff_sec: i64,
    /// How much longer each further attempt waits than the one before. 1 to 10.
    pub factor: i64,
    /// The longest wait, in seconds.
    pub max_backoff_sec: i64,
}

impl Default for Retry {
    fn default() -> Retry {
        Retry { max_attempts: 3, backoff_sec: 60, factor: 2, max_backoff_sec: 3600 }
    }
}

impl Retry {
    /// Seconds to wait after this attempt, which counts from 1; `None` after the last.
    pub fn wait_sec(&self, attempt: i64) -> Option<i64> {
        if attempt >= self.max_attempts {
            return None;
        }
        let exponent = u32::try_from(attempt.max(1) - 1).unwrap_or(u32::MAX);
        let wait = self.factor.saturating_pow(exponent).saturating_mul(self.backoff_sec);
        Some(wait.min(self.max_backoff_sec))
    }
}

/// What becomes of instants that pass while a run is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Overlap {
    /// They are left out.
    #[default]
    Skip,
    /// They run afterwards, one after the other; those older than a day are let go.
    Queue,
}

/// What becomes of instants that passed while no server was up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum CatchUp {
    /// They are let go; the history says so.
    None,
    /// One run makes up for all of them.
    #[default]
    One,
    /// Each of them runs, one after the other.
    All,
}

/// An address that is called when a run has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Webhook {
    /// http or https.
    pub url: String,
    /// Signs what is sent. `{"_secret": true}` in answers; a text sets it, that object keeps it.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub secret: Value,
    /// What it is called for; empty: for everything.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<WebhookEvent>,
}

/// What a webhook can be called for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum WebhookEvent {
    /// A run did what it should.
    Done,
    /// A run was canceled.
    Canceled,
    /// A run failed, and is not tried again.
    Error,
    /// A run did what it should after failures that were told.
    Recovery,
}

impl Options {
    /// As they may leave the server: secrets masked.
    #[must_use]
    pub fn masked(&self) -> Options {
        let mut masked = self.clone();
        masked.webhooks.iter_mut().for_each(|hook| mask_in(&mut hook.secret));
        masked
    }

    /// Seals the secrets anew: `reseal` gets [`SECRET_POINTER`] and the sealed text, and answers another one or leaves it. Answers
    /// whether anything changed.
    pub fn reseal(&mut self, reseal: &mut dyn FnMut(&str, &str) -> Option<String>) -> bool {
        let mut changed = false;
        for hook in &mut self.webhooks {
            changed |= reseal_in(&mut hook.secret, SECRET_POINTER, reseal);
        }
        changed
    }

    /// As they are stored.
    pub fn stored(&self) -> Raw {
        // Texts, numbers and lists of them: writing cannot fail.
        serde_json::to_value(self).map_or_else(|_| Raw::empty_object(), |value| Raw::from_value(&value))
    }
}

/// What the secret of a webhook is bound to, beside its task.
pub const SECRET_POINTER: &str = "/webhooks/*/secret";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_stay_out_of_the_way() {
        assert_eq!(Options::default().stored().get(), "{}");
        assert_eq!(serde_json::from_str::<Options>("{}").unwrap(), Options::default());
    }

    #[test]
    fn waits_grow_up_to_their_limit() {
        let retry = Retry { max_attempts: 5, backoff_sec: 10, factor: 3, max_backoff_sec: 100 };
        let waits: Vec<Option<i64>> = (1..=5).map(|n| retry.wait_sec(n)).collect();
        assert_eq!(waits, [Some(10), Some(30), Some(90), Some(100), None]);
        let far = Retry { max_attempts: 100, backoff_sec: MAX_WAIT_SEC, factor: 10, max_backoff_sec: MAX_WAIT_SEC };
        assert_eq!(far.wait_sec(99), Some(MAX_WAIT_SEC));
    }
}
