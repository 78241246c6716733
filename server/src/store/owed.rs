//! From an outcome to the rows of the outbox that it owes, as far as it is the same in every database.

use super::{RunUpdate, StoreError, Stored};
use domain::mail::{Channel, Kind, Tally};
use domain::notify::{NotifyState, Owed, Rules};
use domain::run::{Run, Status};
use domain::task::TaskObject;
use domain::{RunId, TaskId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;

/// How long a digest collects.
pub const DIGEST_WINDOW: Duration = Duration::from_secs(3600);

/// What is said of a task and its run, kept with the delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// What the task was called.
    pub description: String,
    /// Which module ran.
    pub module: String,
    /// The owner's name.
    pub owner: Option<String>,
    /// When the task runs next.
    pub next_run_at: Option<Timestamp>,
    /// The run as it ended.
    pub run: Run,
    /// For webhooks: the task, secrets masked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<Box<TaskObject>>,
    /// For a webhook: its secret, sealed, for when the task is gone.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub secret: Value,
}

/// What a run's end needs to tell people of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// What the task remembered when the run began.
    pub state: NotifyState,
    /// Who wants to hear what.
    pub rules: Rules,
    /// With the run as it began; `task` only where there are webhooks.
    pub snapshot: Snapshot,
    /// The part after the `@` of `Message-ID`s.
    pub mail_domain: String,
}

/// How a run ended in the end: a cancel that was acknowledged overrules what the module says.
pub struct Ended<'a> {
    /// The status.
    pub status: Status,
    /// The message.
    pub message: Option<&'a str>,
    /// When.
    pub at: Timestamp,
    /// The task's next run.
    pub next_run_at: Option<Timestamp>,
}

/// A row of the outbox, to be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewDelivery {
    /// What.
    pub kind: Kind,
    /// How.
    pub channel: Channel,
    /// To whom.
    pub recipient: String,
    /// Whose.
    pub task: TaskId,
    /// Which run.
    pub run: RunId,
    /// JSON of a [`Snapshot`].
    pub snapshot: String,
    /// How much it tells of.
    pub tally: Tally,
    /// The same at each attempt.
    pub message_id: String,
    /// Now.
    pub created_at: Timestamp,
    /// The first attempt.
    pub not_before: Timestamp,
}

impl Notice {
    /// What the task remembers from now on, and what is owed.
    pub fn settle(&self, ended: &Ended<'_>) -> Stored<(NotifyState, Vec<NewDelivery>)> {
        let (state, owed) = self.rules.owed(self.state, ended.status);
        if owed.is_empty() {
            return Ok((state, vec![]));
        }
        let mut snapshot = self.snapshot.clone();
        finish(&mut snapshot, ended);
        let task = snapshot.task.take();
        let plain = written(&snapshot)?;
        snapshot.task = task;
        let mut rows = vec![];
        for o in &owed {
            let text = match o.channel {
                Channel::Mail => plain.clone(),
                Channel::Webhook => self.for_hook(&mut snapshot, &o.recipient)?,
            };
            rows.push(self.row(o, text, &snapshot.run, ended));
        }
        Ok((state, rows))
    }

    fn for_hook(&self, snapshot: &mut Snapshot, url: &str) -> Stored<String> {
        let hook = self.rules.hooks.iter().find(|hook| hook.url == url);
        snapshot.secret = hook.map(|hook| hook.secret.clone()).unwrap_or_default();
        written(snapshot)
    }

    fn row(&self, owed: &Owed, snapshot: String, run: &Run, ended: &Ended<'_>) -> NewDelivery {
        let id = format!("{:032x}", rand::random::<u128>());
        let wait = if owed.kind == Kind::Digest { DIGEST_WINDOW } else { Duration::ZERO };
        NewDelivery {
            kind: owed.kind,
            channel: owed.channel,
            recipient: owed.recipient.clone(),
            task: run.task_id,
            run: run.id,
            snapshot,
            tally: Tally::of(ended.status),
            message_id: match owed.channel {
                Channel::Mail => format!("<{id}@{}>", self.mail_domain),
                Channel::Webhook => id,
            },
            created_at: ended.at,
            not_before: ended.at.plus(wait),
        }
    }
}

/// What ends of runs leave behind: what tasks remember, and what is owed.
#[derive(Debug, Default)]
pub struct Settlement {
    /// JSON of what each task remembers from now on.
    pub states: Vec<(TaskId, String)>,
    /// The rows of the outbox.
    pub owed: Vec<NewDelivery>,
}

impl Settlement {
    /// Of runs that ended; `canceled` tells whether someone's cancel of a run was acknowledged.
    pub fn of<'a>(
        updates: impl Iterator<Item = &'a RunUpdate>,
        canceled: impl Fn(&RunUpdate) -> bool,
    ) -> Stored<Settlement> {
        let mut all = Settlement::default();
        for update in updates {
            let Some(end) = &update.end else { continue };
            let Some(notice) = &end.notice else { continue };
            let (status, message) = match canceled(update) {
                true => (Status::Canceled, None),
                false => (end.outcome.status, end.outcome.message.as_deref()),
            };
            let agenda = end.agenda(canceled(update));
            // It is not over yet.
            if agenda.retry_at.is_some() {
                continue;
            }
            let next_run_at = agenda.next_run_at;
            all.add(notice, &Ended { status, message, at: end.finished_at, next_run_at })?;
        }
        Ok(all)
    }

    /// Adds the end of one run.
    pub fn add(&mut self, notice: &Notice, ended: &Ended<'_>) -> Stored<()> {
        let (state, owed) = notice.settle(ended)?;
        self.owed.extend(owed);
        if state != notice.state {
            self.states.push((notice.snapshot.run.task_id, written(&state)?));
        }
        Ok(())
    }
}

/// The run, and the task where it is told, as they are after the end.
fn finish(snapshot: &mut Snapshot, ended: &Ended<'_>) {
    let message = ended.message.map(|m| m.replace('\0', "\u{fffd}"));
    snapshot.next_run_at = ended.next_run_at;
    let run = &mut snapshot.run;
    (run.status, run.run_finished_at) = (ended.status, Some(ended.at));
    run.status_msg.clone_from(&message);
    if let Some(object) = &mut snapshot.task {
        let task = &mut object.task;
        (task.status, task.status_msg) = (ended.status, message);
        (task.run_started_at, task.run_finished_at) = (run.run_started_at, Some(ended.at));
        task.next_run_at = ended.next_run_at;
    }
}

fn written<T: Serialize>(value: &T) -> Stored<String> {
    serde_json::to_string(value).map_err(|e| StoreError::Corrupt(e.to_string()))
}
