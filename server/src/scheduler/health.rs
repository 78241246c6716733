//! Whether the scheduler does its work, for those who watch the server.

use super::{Engine, Handle};
use crate::clock::mono;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A claim loop that has not turned for this long hangs: it turns at least every few seconds, and each of its calls has a limit.
const CLAIMS_HANG: Duration = Duration::from_secs(60);
/// Reports that could not be written for this long are a fault that someone has to look at.
const REPORTS_HANG: Duration = Duration::from_secs(10);

/// An instant of the monotonic clock that many may read, in milliseconds; 0: none.
#[derive(Default)]
pub(super) struct Mark(AtomicU64);

impl Mark {
    /// Now.
    pub fn set(&self) {
        self.0.store(u64::try_from(mono().as_millis()).unwrap_or(u64::MAX).max(1), Ordering::Relaxed);
    }

    /// None.
    pub fn clear(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    /// How long ago it was set, if it is.
    pub fn age(&self) -> Option<Duration> {
        let at = Some(self.0.load(Ordering::Relaxed)).filter(|at| *at > 0)?;
        Some(mono().saturating_sub(Duration::from_millis(at)))
    }
}

/// How the scheduler is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Health {
    /// How long ago leases were last renewed.
    pub lease_age: Duration,
    /// How far this machine's clock is ahead of the database's, in milliseconds.
    pub clock_offset_ms: i64,
    /// Bytes of log lines that are not written yet.
    pub backlog: usize,
    /// Slots in all.
    pub slots: usize,
    /// What keeps it from its work, half a sentence each.
    pub problems: Vec<String>,
}

impl Handle {
    /// How the scheduler is; `None` before it was started.
    pub fn health(&self) -> Option<Health> {
        self.engine().map(|engine| engine.health())
    }
}

impl Engine {
    fn health(&self) -> Health {
        let lease_age = self.contact.age();
        let clock_offset_ms = self.parts.clock.offset_ms();
        let mut problems = vec![];
        if !self.exclusive() && lease_age > self.lease.claim_holds() {
            problems.push(format!("leases were last renewed {} s ago", lease_age.as_secs()));
        }
        if !self.clock_is_right() {
            problems.push(format!("this machine's clock is {clock_offset_ms} ms ahead of the database's"));
        }
        if let Some(age) = self.turned.age().filter(|age| *age > CLAIMS_HANG) {
            problems.push(format!("nothing was claimed for {} s", age.as_secs()));
        }
        if let Some(age) = self.recorder.stuck().filter(|age| *age > REPORTS_HANG) {
            problems.push(format!("what runs report could not be written for {} s", age.as_secs()));
        }
        let slots = self.parts.config.slots();
        Health { lease_age, clock_offset_ms, backlog: self.recorder.backlog(), slots, problems }
    }
}
