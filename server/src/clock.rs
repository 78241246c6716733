//! What time it is: a value that is passed along, so that tests can set it.

use domain::Timestamp;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The time of this server: its own clock's, until the database has said what its clock says. From then on it is the database's, so that
/// several servers agree on what is due whatever their own clocks say. Cheap to clone; clones are one clock.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    shift_ms: AtomicI64,
    anchor: Mutex<Option<Anchor>>,
    offset_ms: AtomicI64,
}

/// What the wall clock said at an instant of the monotonic clock, which nobody can set.
#[derive(Debug, Clone, Copy)]
struct Anchor {
    at: Duration,
    wall_ms: i64,
}

impl Anchor {
    fn now(self, mono: Duration) -> i64 {
        self.wall_ms.saturating_add(millis(mono.saturating_sub(self.at)))
    }
}

impl Clock {
    /// Now, to the millisecond.
    pub fn now(&self) -> Timestamp {
        let anchor = *self.shared.anchor.lock().unwrap_or_else(PoisonError::into_inner);
        let ms = anchor.map_or_else(system, |anchor| anchor.now(mono()));
        Timestamp::from_ms(ms.saturating_add(self.shared.shift_ms.load(Ordering::Relaxed)))
    }

    /// Follows the database's clock, which said `database` at some moment between `asked` (see [`mono`]) and now. A clock that agrees
    /// within that span is left alone, so that slow answers do not make it jump.
    pub fn follow(&self, database: Timestamp, asked: Duration) {
        let (answered, system) = (mono(), system());
        let earliest = database.ms();
        let latest = earliest.saturating_add(millis(answered.saturating_sub(asked)));
        let middle = i64::midpoint(earliest, latest);
        let agrees = |ms: &i64| (earliest..=latest).contains(ms);
        let off = if agrees(&system) { 0 } else { system.saturating_sub(middle) };
        self.shared.offset_ms.store(off, Ordering::Relaxed);
        let mut anchor = self.shared.anchor.lock().unwrap_or_else(PoisonError::into_inner);
        let stays = anchor.map_or(Some(system), |anchor| Some(anchor.now(answered))).filter(agrees);
        *anchor = Some(Anchor { at: answered, wall_ms: stays.unwrap_or(middle) });
    }

    /// How far this machine's own clock is ahead of the database's, in milliseconds; 0 where there is none to compare with.
    pub fn offset_ms(&self) -> i64 {
        self.shared.offset_ms.load(Ordering::Relaxed)
    }

    /// Sets the clock forward (or back) by so many milliseconds, as an administrator might.
    pub fn shift(&self, by_ms: i64) {
        self.shared.shift_ms.fetch_add(by_ms, Ordering::Relaxed);
    }
}

fn system() -> i64 {
    millis(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

/// Time since some fixed instant, which goes on while the machine is suspended: for deadlines that others count too.
pub fn mono() -> Duration {
    let now = rustix::time::clock_gettime(BOOT);
    Duration::new(u64::try_from(now.tv_sec).unwrap_or(0), u32::try_from(now.tv_nsec).unwrap_or(0))
}

#[cfg(any(target_os = "linux", target_os = "android"))]
const BOOT: rustix::time::ClockId = rustix::time::ClockId::Boottime;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const BOOT: rustix::time::ClockId = rustix::time::ClockId::Monotonic;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_wrong_follows_the_database() {
        let clock = Clock::default();
        let right = Timestamp::from_ms(system() - 90_000);
        clock.follow(right, mono());
        let off = clock.now().ms() - right.ms();
        assert!((0..5_000).contains(&off), "{off}");
        assert!((85_000..=90_000).contains(&clock.offset_ms()), "{}", clock.offset_ms());
    }

    #[test]
    fn an_answer_that_took_long_does_not_move_a_clock_that_may_be_right() {
        let clock = Clock::default();
        // The database was asked ten seconds ago and answered at some moment since.
        clock.follow(Timestamp::from_ms(system() - 4_000), mono().saturating_sub(Duration::from_secs(10)));
        let off = clock.now().ms() - system();
        assert!(off.abs() < 2_000, "{off}");
        assert_eq!(clock.offset_ms(), 0);
    }

    #[test]
    fn a_shift_stays_beside_the_database() {
        let clock = Clock::default();
        clock.shift(3_600_000);
        clock.follow(Timestamp::from_ms(system()), mono());
        assert!(clock.now().ms() - system() > 3_500_000);
    }
}
