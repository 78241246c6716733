//! Who is owed a mail or a webhook when a run has ended: a pure decision, made inside the transaction that writes the outcome.

use crate::mail::{Channel, Kind};
use crate::run::Status;
use crate::task::{Recipient, Webhook, WebhookEvent};
use serde::{Deserialize, Serialize};

/// What a task remembers from run to run of what it told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct NotifyState {
    /// How many runs in a row ended other than `done`.
    pub failures: i64,
    /// Whether people were told of a problem, and not yet that it is over.
    pub told: bool,
}

/// Who wants to hear what.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rules {
    /// The task's recipients.
    pub recipients: Vec<Recipient>,
    /// Addresses that hear of the problems of every task.
    pub problems_to: Vec<String>,
    /// The task's webhooks.
    pub hooks: Vec<Webhook>,
    /// Problems are told from this many failures in a row on; from 1.
    pub after: i64,
    /// Whether the end of a problem that was told is told as well.
    pub recovery: bool,
    /// Whether what an hour brings is told at once, at its end.
    pub digest: bool,
}

/// One mail or webhook that is owed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owed {
    /// How.
    pub channel: Channel,
    /// To whom.
    pub recipient: String,
    /// What.
    pub kind: Kind,
}

impl Rules {
    /// Whether nobody wants to hear anything.
    pub fn is_silent(&self) -> bool {
        self.recipients.is_empty() && self.problems_to.is_empty() && self.hooks.is_empty()
    }

    /// What is owed for a run that ended like this, and what the task remembers from now on. A run that is tried again owes
    /// nothing: it is not asked for.
    pub fn owed(&self, state: NotifyState, status: Status) -> (NotifyState, Vec<Owed>) {
        if status != Status::Done {
            return self.problem(state, status);
        }
        let kind = if state.told && self.recovery { Kind::Recovery } else { Kind::Ok };
        (NotifyState::default(), self.tell(kind, status))
    }

    fn problem(&self, state: NotifyState, status: Status) -> (NotifyState, Vec<Owed>) {
        let failures = state.failures.saturating_add(1);
        if failures < self.after {
            return (NotifyState { failures, ..state }, vec![]);
        }
        (NotifyState { failures, told: true }, self.tell(Kind::Problem, status))
    }

    /// Each address and each webhook once.
    fn tell(&self, kind: Kind, status: Status) -> Vec<Owed> {
        let every = |r: &Recipient| kind != Kind::Ok || !r.problems_only;
        let own = self.recipients.iter().filter(|r| every(r)).map(|r| &r.email);
        let all = self.problems_to.iter().filter(|_| kind != Kind::Ok);
        let mut owed: Vec<Owed> = vec![];
        for address in own.chain(all) {
            if !owed.iter().any(|o| o.recipient.eq_ignore_ascii_case(address)) {
                owed.push(Owed { channel: Channel::Mail, recipient: address.clone(), kind });
            }
        }
        for hook in &self.hooks {
            let Some(kind) = hook_hears(hook, kind, status) else { continue };
            if !owed.iter().any(|o| o.channel == Channel::Webhook && o.recipient == hook.url) {
                owed.push(Owed { channel: Channel::Webhook, recipient: hook.url.clone(), kind });
            }
        }
        if self.digest {
            owed.iter_mut().for_each(|o| o.kind = Kind::Digest);
        }
        owed
    }
}

/// What a webhook hears of an outcome. One that asks for `done` and not for `recovery` hears that it is done.
fn hook_hears(hook: &Webhook, kind: Kind, status: Status) -> Option<Kind> {
    let asks = |event| hook.events.is_empty() || hook.events.contains(&event);
    match (kind, status) {
        (Kind::Problem, Status::Canceled) => asks(WebhookEvent::Canceled).then_some(kind),
        (Kind::Problem, _) => asks(WebhookEvent::Error).then_some(kind),
        (Kind::Recovery, _) if asks(WebhookEvent::Recovery) => Some(kind),
        _ => asks(WebhookEvent::Done).then_some(Kind::Ok),
    }
}

#[cfg(test)]
mod tests;
