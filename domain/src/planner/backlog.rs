//! Instants that have passed: which of them still run.

use super::next_by_schedule;
use crate::schedule::Schedule;
use crate::task::{CatchUp, Options, Overlap, Task};
use crate::time::Timestamp;

/// Older instants are not made up one by one, unless the task says how old they may be.
const DAY_SEC: i64 = 24 * 60 * 60;

/// From when on instants are caught up on; `None`: however old.
pub(super) fn window_start(options: &Options, now: Timestamp) -> Option<Timestamp> {
    let seconds = match (options.catch_up_window_sec, options.catch_up) {
        (0, CatchUp::All) => DAY_SEC,
        (0, _) => return None,
        (seconds, _) => seconds,
    };
    Some(back(now, seconds))
}

/// The first instant at or after `from`.
pub(super) fn first_from(schedules: &[Schedule], from: Timestamp) -> Option<Timestamp> {
    next_by_schedule(schedules, Timestamp::from_ms(from.ms() - 1))
}

/// The instant that follows on `used`. One that has passed runs only if it is to be caught up on, or queued behind the run that
/// it overlapped with; otherwise it is the first after `now`.
pub(super) fn next(task: &Task, used: Timestamp, up_since: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let options = &task.options;
    let later = next_by_schedule(&task.schedules, now.max(used));
    let missed = |from: Timestamp| first_from(&task.schedules, from.max(after(used))).filter(|at| *at <= now);
    if used >= now {
        return later;
    }
    if used < up_since && options.catch_up == CatchUp::All {
        let from = window_start(options, now).unwrap_or(used);
        if let Some(at) = missed(from).filter(|at| *at < up_since) {
            return Some(at);
        }
    }
    if options.overlap == Overlap::Queue {
        // What passed before this server was up is not the overlap's.
        return missed(back(now, DAY_SEC).max(up_since)).or(later);
    }
    later
}

fn after(instant: Timestamp) -> Timestamp {
    Timestamp::from_ms(instant.ms() + 1)
}

fn back(now: Timestamp, seconds: i64) -> Timestamp {
    Timestamp::from_ms(now.ms().saturating_sub(seconds.saturating_mul(1000)))
}
