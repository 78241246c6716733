//! Who tried too often to log in. Counts by login name and by address, over a sliding quarter of an hour.

use domain::Timestamp;
use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

/// How long an attempt counts.
const WINDOW_MS: i64 = 15 * 60 * 1000;
/// Most names and addresses that are remembered; beyond it, those that tried longest ago are forgotten.
const MOST_KEYS: usize = 20_000;

/// What attempts are counted by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    /// In lower case, cut: two long names may count as one.
    Login(String),
    /// IPv6 by /64, which is what one customer gets.
    Address(IpAddr),
}

/// An attempt that is under way.
#[derive(Debug, Clone)]
pub struct Attempt {
    keys: Vec<Key>,
    at: Timestamp,
}

/// Counts attempts.
#[derive(Default)]
pub struct Throttle {
    tried: Mutex<HashMap<Key, VecDeque<Timestamp>>>,
}

impl Throttle {
    /// Counts an attempt before it is made, so that many at once count as well. With `limit` failed ones already in the window, it
    /// is refused with the seconds to wait.
    ///
    /// # Errors
    /// How many seconds to wait.
    pub fn begin(&self, login: &str, address: Option<IpAddr>, now: Timestamp, limit: u32) -> Result<Attempt, u64> {
        let name = login.to_lowercase().chars().take(200).collect();
        let mut keys = vec![Key::Login(name)];
        keys.extend(address.map(|ip| Key::Address(network(ip))));
        let mut tried = self.tried.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = keys.iter().filter_map(|key| wait(tried.get_mut(key)?, now, limit as usize)).max();
        if let Some(seconds) = wait {
            return Err(seconds);
        }
        make_room(&mut tried, now);
        for key in &keys {
            tried.entry(key.clone()).or_default().push_back(now);
        }
        Ok(Attempt { keys, at: now })
    }

    /// The attempt succeeded: the name starts anew, and the address gets this attempt back.
    pub fn succeeded(&self, attempt: &Attempt) {
        self.undo(attempt);
        let mut tried = self.tried.lock().unwrap_or_else(PoisonError::into_inner);
        tried.retain(|key, _| !(matches!(key, Key::Login(_)) && attempt.keys.contains(key)));
    }

    /// The attempt could not be made: it does not count.
    pub fn undo(&self, attempt: &Attempt) {
        let mut tried = self.tried.lock().unwrap_or_else(PoisonError::into_inner);
        for key in &attempt.keys {
            let Some(times) = tried.get_mut(key) else { continue };
            if let Some(i) = times.iter().rposition(|t| *t == attempt.at) {
                times.remove(i);
            }
            if times.is_empty() {
                tried.remove(key);
            }
        }
    }
}

/// Whether an attempt still counts. One from far in the future is from before the clock was set back.
fn counts(at: Timestamp, now: Timestamp) -> bool {
    (now.ms() - at.ms()).abs() < WINDOW_MS
}

fn wait(times: &mut VecDeque<Timestamp>, now: Timestamp, limit: usize) -> Option<u64> {
    times.retain(|t| counts(*t, now));
    let over = times.len().checked_sub(limit)?;
    let ends_ms = times.get(over)?.ms() + WINDOW_MS - now.ms();
    Some(u64::try_from(ends_ms.clamp(1, WINDOW_MS)).unwrap_or(1).div_ceil(1000))
}

fn make_room(tried: &mut HashMap<Key, VecDeque<Timestamp>>, now: Timestamp) {
    if tried.len() + 2 <= MOST_KEYS {
        return;
    }
    tried.retain(|_, times| times.back().is_some_and(|t| counts(*t, now)));
    if tried.len() + 2 <= MOST_KEYS {
        return;
    }
    // A tenth at once, so that this is not done for each attempt of a flood.
    let mut ages: Vec<Timestamp> = tried.values().filter_map(|times| times.back().copied()).collect();
    let (_, cut, _) = ages.select_nth_unstable(MOST_KEYS / 10);
    let cut = *cut;
    tried.retain(|_, times| times.back().is_some_and(|t| *t > cut));
}

fn network(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(sec: i64) -> Timestamp {
        Timestamp::from_secs(1_800_000_000 + sec)
    }

    fn ip(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn the_window_slides() {
        let throttle = Throttle::default();
        for i in 0..3 {
            throttle.begin("Ada", None, at(i * 60), 3).unwrap();
        }
        assert_eq!(throttle.begin("ada", None, at(130), 3).unwrap_err(), 900 - 130);
        assert!(throttle.begin("bob", None, at(130), 3).is_ok());
        assert!(throttle.begin("ada", None, at(900), 3).is_ok());
        assert_eq!(throttle.begin("ada", None, at(901), 3).unwrap_err(), 59);
        assert!(throttle.begin("ada", None, at(-3600), 3).is_ok(), "the clock was set back");
    }

    #[test]
    fn an_address_counts_whatever_the_names() {
        let throttle = Throttle::default();
        for i in 0..3 {
            throttle.begin(&format!("user{i}"), ip("2001:db8::1"), at(i), 3).unwrap();
        }
        assert!(throttle.begin("other", ip("2001:db8::ffff:2"), at(9), 3).is_err(), "the same /64");
        assert!(throttle.begin("other", ip("2001:db8:0:1::1"), at(9), 3).is_ok());
        assert!(throttle.begin("other2", ip("192.0.2.1"), at(9), 3).is_ok());
    }

    #[test]
    fn success_starts_the_name_anew_and_failure_of_ours_costs_nothing() {
        let throttle = Throttle::default();
        throttle.begin("ada", ip("192.0.2.1"), at(0), 2).unwrap();
        let second = throttle.begin("ada", ip("192.0.2.1"), at(1), 2).unwrap();
        throttle.succeeded(&second);
        let third = throttle.begin("ada", ip("192.0.2.1"), at(2), 2).unwrap();
        throttle.undo(&third);
        assert!(throttle.begin("ada", ip("192.0.2.1"), at(3), 2).is_ok());
        assert!(throttle.begin("ada", ip("192.0.2.1"), at(3), 2).is_err(), "the address has failed twice");
    }

    #[test]
    fn memory_is_bounded() {
        let throttle = Throttle::default();
        for i in 0..60_000_i64 {
            let _ = throttle.begin(&format!("name{i}"), None, at(i / 1000), 3);
        }
        assert!(throttle.tried.lock().unwrap().len() <= MOST_KEYS);
        for i in 0..2 {
            throttle.begin("x", None, at(61 + i), 2).unwrap();
        }
        assert!(throttle.begin("x", None, at(64), 2).is_err());
    }
}
