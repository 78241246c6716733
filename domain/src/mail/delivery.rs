//! One mail or webhook that is, or was, to be delivered.

use crate::ids::{DeliveryId, RunId, TaskId};
use crate::run::{Run, Status};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long after it was owed a delivery that only fails for now is given up.
pub const GIVE_UP: Duration = Duration::from_secs(3 * 24 * 3600);
const FIRST_PAUSE: Duration = Duration::from_secs(60);
const LONGEST_PAUSE: Duration = Duration::from_secs(24 * 3600);

/// How long to wait after so many attempts (from 1) have failed: a minute, then four times as long each, a day at most.
pub fn retry_after(attempts: u32) -> Duration {
    let factor = 4u32.saturating_pow(attempts.saturating_sub(1));
    FIRST_PAUSE.saturating_mul(factor).min(LONGEST_PAUSE)
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "lowercase")]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum $name { $($(#[$variant_doc])* $variant),* }

        impl $name {
            /// All.
            pub const ALL: &'static [$name] = &[$($name::$variant),*];

            /// As the contract writes it.
            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word),* }
            }

            /// From the contract's word.
            pub fn parse(text: &str) -> Option<$name> {
                $name::ALL.iter().copied().find(|one| one.as_str() == text)
            }
        }
    };
}

words!(
    /// What it says.
    Kind {
        /// A run ended other than `done`.
        Problem = "problem",
        /// A run ended `done`.
        Ok = "ok",
        /// A run ended `done`, after a problem that was told.
        Recovery = "recovery",
        /// How the runs of an hour ended.
        Digest = "digest",
    }
);

words!(
    /// How it is delivered.
    Channel {
        /// By the mail server.
        Mail = "mail",
        /// By an HTTP request.
        Webhook = "webhook",
    }
);

words!(
    /// Where it stands.
    DeliveryStatus {
        /// For its time.
        Waiting = "waiting",
        /// Under way.
        Sending = "sending",
        /// The other side took it.
        Sent = "sent",
        /// The other side refused it for good, or for too long.
        Failed = "failed",
    }
);

/// How many outcomes a delivery tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Tally {
    /// In all.
    pub outcomes: i64,
    /// Those that are not `done`.
    pub problems: i64,
}

impl Tally {
    /// Of one outcome.
    pub fn of(status: Status) -> Tally {
        Tally { outcomes: 1, problems: i64::from(status != Status::Done) }
    }
}

/// One mail or webhook, as `GET /mail` answers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Delivery {
    /// From 1.
    #[serde(rename = "_id")]
    pub id: DeliveryId,
    /// What it says.
    pub kind: Kind,
    /// How it is delivered.
    pub channel: Channel,
    /// A mail address, or the address of a webhook.
    pub recipient: String,
    /// The task, which may be gone by now.
    pub task_id: TaskId,
    /// The latest run that it tells of.
    pub run_id: RunId,
    /// What the task was called.
    pub task_description: String,
    /// The run as it ended.
    pub run: Run,
    /// How many outcomes it tells of: more than one in a digest.
    pub tally: Tally,
    /// When it was owed.
    pub created_at: Timestamp,
    /// When it is tried next, if it is waiting.
    pub not_before: Timestamp,
    /// How often it was tried.
    pub attempts: u32,
    /// Where it stands.
    pub status: DeliveryStatus,
    /// What the other side said, or why it could not be reached.
    pub last_error: Option<String>,
    /// When the other side took it.
    pub sent_at: Option<Timestamp>,
    /// The `Message-ID` of the mail, or the `Rota-Delivery` of the webhook; the same at each attempt.
    pub message_id: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_day() {
        let minutes: Vec<u64> = (1..=8).map(|n| retry_after(n).as_secs() / 60).collect();
        assert_eq!(minutes, [1, 4, 16, 64, 256, 1024, 1440, 1440]);
        assert_eq!(retry_after(u32::MAX), LONGEST_PAUSE);
    }

    #[test]
    fn words_are_those_of_the_contract() {
        for kind in Kind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
            assert_eq!(Kind::parse(kind.as_str()), Some(*kind));
        }
        for status in DeliveryStatus::ALL {
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        }
    }
}
