//! The task object: what it is, what a client may send of it, and what a save makes of that.

mod input;
mod options;
#[cfg(feature = "zones")]
mod save;

pub use input::{TaskInput, check_address, read_batch, read_one};
#[cfg(feature = "zones")]
pub use options::SecretRules;
pub use options::{
    CatchUp, MAX_ATTEMPTS, MAX_KEEP, MAX_NOTIFY_AFTER, MAX_PRIORITY, MAX_TAG, MAX_TAGS, MAX_WAIT_SEC, MAX_WEBHOOKS,
    Options, OptionsInput, Overlap, Retry, SECRET_POINTER, Webhook, WebhookEvent,
};
#[cfg(feature = "zones")]
pub use save::{Rules, create, update};

use crate::ids::{RunId, TaskId, UserId};
use crate::json::{Raw, RawMap};
use crate::module::mask_secrets;
use crate::notify::NotifyState;
use crate::run::Status;
use crate::schedule::Schedule;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Most tasks that one `POST /task` takes.
pub const MAX_BATCH: usize = 1000;
/// Most characters of a description.
pub const MAX_DESCRIPTION: usize = 10_000;
/// Most mail recipients of a task.
pub const MAX_RECIPIENTS: usize = 100;
/// The longest time-out, in seconds: a hundred years.
pub const MAX_TIMEOUT_SEC: i64 = 3_153_600_000;

/// A task, field by field as the contract has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Task {
    /// From 1.
    #[serde(rename = "_id")]
    pub id: TaskId,
    /// 1 on creation, one more with each save and each cancel.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last saved or canceled.
    pub updated_at: Timestamp,
    /// What people call it.
    pub description: String,
    /// Which module runs; fixed.
    pub task_module: String,
    /// The module's parameters. In the store with sealed secrets, in answers with masked ones.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub task_params: RawMap,
    /// Seconds after which a run is ended; 0: never.
    pub task_timeout_sec: i64,
    /// When it runs; empty: not by a calendar.
    pub schedules: Vec<Schedule>,
    /// Not before this instant; `None`: not by itself.
    pub next_run_at: Option<Timestamp>,
    /// Who gets mail.
    pub email: Email,
    /// A map by app name, kept as sent.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub frontend_prefs: Raw,
    /// The module's own; an object.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub state: Raw,
    /// Where it stands: that of the last run.
    pub status: Status,
    /// What the last run says.
    pub status_msg: Option<String>,
    /// 0 to 100.
    pub status_percent: Option<u8>,
    /// Of the last run.
    pub run_started_at: Option<Timestamp>,
    /// Of the last run.
    pub run_finished_at: Option<Timestamp>,
    /// Of the last run.
    pub run_canceled_at: Option<Timestamp>,
    /// When the run that failed is tried again, while that is so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_at: Option<Timestamp>,
    /// Beyond the reference API; what has its default is left out.
    #[serde(flatten)]
    pub options: Options,
}

/// Who gets mail about a task.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Email {
    /// One mail each.
    pub recipients: Vec<Recipient>,
}

/// The address under which others may start the task, as far as it may be shown again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Hook {
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last started a run.
    pub last_used_at: Option<Timestamp>,
}

/// The same when it was made: the token is shown this once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewHook {
    /// What is shown of it again.
    #[serde(flatten)]
    pub hook: Hook,
    /// Whoever has it can start the task.
    pub token: String,
    /// The address to call; without the server's own where that is not known.
    pub url: String,
}

/// One address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Recipient {
    /// RFC 5321.
    pub email: String,
    /// Only when a run ended other than `done`.
    #[serde(default)]
    pub problems_only: bool,
}

/// The user that a task belongs to, as tasks show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Owner {
    /// From 1.
    #[serde(rename = "_id")]
    pub id: UserId,
    /// What people see.
    #[serde(rename = "_generated_displayname")]
    pub displayname: String,
}

/// A reference to a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UserRef {
    /// Always `user`.
    #[serde(rename = "_basetype")]
    pub basetype: String,
    /// Who.
    pub user: Owner,
}

/// A task as the API answers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TaskObject {
    /// The owner; `null` once that user was deleted.
    #[serde(rename = "_user")]
    pub user: Option<UserRef>,
    /// The task.
    pub task: Task,
}

/// A task with what the server knows beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredTask {
    /// The task, secrets sealed.
    pub task: Task,
    /// Whose it is; `None` once that user was deleted.
    pub owner: Option<Owner>,
    /// The run that is queued or running now.
    pub active_run: Option<RunId>,
    /// The latest run.
    pub last_run: Option<RunId>,
    /// How many attempts failed in a row of the instant that `retry_at` tries again; 0 without it.
    pub attempts: i64,
    /// What it remembers of what it told people.
    pub notify: NotifyState,
}

impl StoredTask {
    /// The owner's id.
    pub fn owner_id(&self) -> Option<UserId> {
        self.owner.as_ref().map(|o| o.id)
    }

    /// The answer for clients: secrets masked.
    pub fn object(&self) -> TaskObject {
        let user = self.owner.clone().map(|user| UserRef { basetype: "user".to_owned(), user });
        let mut task = self.task.clone();
        task.task_params = mask_secrets(&task.task_params);
        task.options = task.options.masked();
        TaskObject { user, task }
    }
}
