//! The clock of deadlines: it cannot be set, continues while the machine is suspended, and is the same for all processes.

use rustix::time::{ClockId, clock_gettime};
use std::time::Instant;

/// Milliseconds since boot.
pub fn now_ms() -> u64 {
    let now = clock_gettime(ClockId::Boottime);
    u64::try_from(now.tv_sec).unwrap_or(0) * 1000 + u64::try_from(now.tv_nsec).unwrap_or(0) / 1_000_000
}

/// This clock's time at an instant; now, if the instant has passed.
pub fn at(instant: Instant) -> u64 {
    let left = instant.saturating_duration_since(Instant::now()).as_millis();
    now_ms().saturating_add(u64::try_from(left).unwrap_or(u64::MAX))
}
