//! How long a server may go on with what it runs while it cannot renew its leases. Another server may take a run over when its lease
//! ends; by then nothing of it may be left here. So this server gives up earlier, by its own monotonic clock, and counts from the moment
//! at which the last renewal was sent: the database cannot have counted from an earlier one.

use super::lock;
use crate::clock::mono;
use std::sync::Mutex;
use std::time::Duration;

/// From the minder's SIGTERM to its SIGKILL.
const MINDER_TAKES: Duration = Duration::from_millis(500);

/// The times of a lease.
#[derive(Debug, Clone, Copy)]
pub struct Lease {
    length: Duration,
}

impl Lease {
    /// A lease that ends this long after its renewal.
    pub fn new(length: Duration) -> Lease {
        Lease { length }
    }

    /// From a renewal to the end.
    pub fn length(self) -> Duration {
        self.length
    }

    /// How often it is renewed.
    pub fn every(self) -> Duration {
        self.length / 6
    }

    /// From SIGTERM to SIGKILL when the lease is about to end.
    pub fn grace(self) -> Duration {
        (self.length / 5).min(Duration::from_secs(5))
    }

    /// Between SIGKILL and the end of the lease, for what the machine takes to carry it out.
    fn margin(self) -> Duration {
        (self.length / 10).min(Duration::from_secs(3))
    }

    /// How long after the last renewal was sent runs are told to end.
    pub fn gives_up_after(self) -> Duration {
        self.length - self.grace() - self.margin()
    }

    /// How long after the last renewal was sent the minder ends what is left, where this process hangs and gives nothing up itself.
    pub fn minder_acts_after(self) -> Duration {
        self.length - self.margin() - MINDER_TAKES
    }

    /// How long a claim may take to be answered. Runs of one that took longer are not begun, as too little of their lease is left.
    pub fn claim_holds(self) -> Duration {
        self.length / 2
    }
}

/// When leases were last renewed, and since when the database has been reached without a long break.
pub(super) struct Contact {
    state: Mutex<State>,
}

struct State {
    renewed: Duration,
    since: Duration,
}

impl Contact {
    /// Begins now; the database has been up for `before` already.
    pub fn begin(before: Duration) -> Contact {
        let now = mono();
        Contact { state: Mutex::new(State { renewed: now, since: now.saturating_sub(before) }) }
    }

    /// A renewal that was sent at `sent` (see [`mono`]) worked.
    pub fn renewed(&self, sent: Duration, lease: Lease) {
        let mut state = lock(&self.state);
        if sent.saturating_sub(state.renewed) > lease.claim_holds() {
            state.since = mono();
        }
        state.renewed = sent;
    }

    /// How old the last renewal is.
    pub fn age(&self) -> Duration {
        mono().saturating_sub(lock(&self.state).renewed)
    }

    /// For how long the database has been reached without a break in which others, too, may have failed to renew.
    pub fn unbroken(&self) -> Duration {
        mono().saturating_sub(lock(&self.state).since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_its_length_all_is_over_before_it_ends() {
        for seconds in [3, 6, 10, 30, 60, 600] {
            let lease = Lease::new(Duration::from_secs(seconds));
            assert!(lease.gives_up_after() + lease.grace() < lease.length());
            assert!(lease.gives_up_after() > lease.claim_holds() + lease.every(), "{seconds}");
            assert!(lease.minder_acts_after() >= lease.gives_up_after());
            assert!(lease.minder_acts_after() + MINDER_TAKES < lease.length());
        }
        let lease = Lease::new(Duration::from_secs(60));
        assert_eq!((lease.gives_up_after(), lease.grace()), (Duration::from_secs(52), Duration::from_secs(5)));
    }

    #[test]
    fn a_break_in_contact_begins_the_count_again() {
        let lease = Lease::new(Duration::from_secs(60));
        let contact = Contact::begin(Duration::from_secs(100));
        assert!(contact.unbroken() >= Duration::from_secs(100));
        contact.renewed(mono() + Duration::from_secs(10), lease);
        assert!(contact.unbroken() >= Duration::from_secs(100), "ten seconds are no break");
        contact.renewed(mono() + Duration::from_secs(50), lease);
        assert!(contact.unbroken() < Duration::from_secs(60), "forty are");
    }
}
