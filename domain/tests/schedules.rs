//! The next instant against an oracle that knows nothing of jumping: it walks minute by minute through every transition
//! of every time zone from 2000 to 2040, and asks `chrono-tz` what the clocks on the wall say.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use chrono::{DateTime, Datelike, NaiveDateTime, Offset, TimeZone, Timelike};
use chrono_tz::Tz;
use domain::Timestamp;
use domain::schedule::{Plan, Schedule, Weekday};
use proptest::prelude::*;
use std::collections::HashSet;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

fn offset(tz: Tz, utc: i64) -> i64 {
    let at = DateTime::from_timestamp(utc, 0).unwrap().naive_utc();
    i64::from(tz.offset_from_utc_datetime(&at).fix().local_minus_utc())
}

/// Local time at a UTC second, by the tables.
fn local(tz: Tz, utc: i64) -> NaiveDateTime {
    DateTime::from_timestamp(utc + offset(tz, utc), 0).unwrap().naive_utc()
}

/// Whether a local minute matches, field by field as the contract says it.
fn matches(s: &Schedule, at: NaiveDateTime) -> bool {
    let (year, month) = if at.month() == 12 { (at.year() + 1, 1) } else { (at.year(), at.month() + 1) };
    let next_month = chrono::NaiveDate::from_ymd_opt(year, month, 1).unwrap();
    let from_end = -i8::try_from((next_month - at.date()).num_days()).unwrap();
    let day = i8::try_from(at.day()).unwrap();
    let weekday = Weekday::ALL[at.weekday().num_days_from_sunday() as usize];
    let holds = |empty: bool, hit: bool| empty || hit;
    holds(s.days_of_month.is_empty(), s.days_of_month.iter().any(|d| *d == day || *d == from_end))
        && holds(s.weekdays.is_empty(), s.weekdays.contains(&weekday))
        && holds(s.months.is_empty(), s.months.iter().any(|m| u32::from(*m) == at.month()))
        && holds(s.hours.is_empty(), s.hours.iter().any(|h| u32::from(*h) == at.hour()))
        && holds(s.minutes.is_empty(), s.minutes.iter().any(|m| u32::from(*m) == at.minute()))
}

/// All firings from `from` to `to` (UTC seconds, whole minutes), by walking. The walk begins three days earlier, to know
/// which local times there were already.
fn oracle(s: &Schedule, tz: Tz, from: i64, to: i64) -> Vec<i64> {
    let minute = chrono::Duration::minutes(1);
    let mut reached = local(tz, from - 3 * DAY - 60);
    let mut fired = vec![];
    let mut utc = from - 3 * DAY;
    while utc <= to {
        let now = local(tz, utc);
        if utc >= from {
            // Every local minute that is new by now: one, usually; a whole gap of them right after it; none in a fold.
            let mut new =
                std::iter::successors(Some(reached + minute), |t| Some(*t + minute)).take_while(|t| *t <= now);
            let fires = if s.hours.is_empty() { matches(s, now) } else { new.any(|t| matches(s, t)) };
            if fires {
                fired.push(utc);
            }
        }
        reached = reached.max(now);
        utc += 60;
    }
    fired
}

/// The same by the engine.
fn engine(plan: &Plan, from: i64, to: i64) -> Vec<i64> {
    let mut fired = vec![];
    let mut at = Timestamp::from_secs(from - 1);
    while let Some(next) = plan.next_after(at) {
        assert!(next > at, "strictly after");
        if next.ms() > to * 1000 {
            break;
        }
        fired.push(next.ms() / 1000);
        at = next;
    }
    fired
}

/// The transitions of a zone, to the second.
fn transitions(tz: Tz, from: i64, to: i64) -> Vec<i64> {
    let mut found = vec![];
    let mut at = from;
    while at < to {
        let (mut low, mut high) = (at, at + 6 * HOUR);
        at = high;
        let before = offset(tz, low);
        if before == offset(tz, high) {
            continue;
        }
        while high - low > 1 {
            let middle = (low + high) / 2;
            if offset(tz, middle) == before { low = middle } else { high = middle }
        }
        found.push(high);
    }
    found
}

/// A small generator, so that a failure can be repeated.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.roll(n) == 0
    }
}

/// A schedule that has something to do with what happens at a local time.
fn near(dice: &mut Dice, at: NaiveDateTime, timezone: &str) -> Schedule {
    let hour = |dice: &mut Dice| ((u64::from(at.hour()) + 22 + dice.roll(5)) % 24) as u8;
    let minute = |dice: &mut Dice| [0, 30, dice.roll(60), u64::from(at.minute())][dice.roll(4) as usize] as u8;
    let mut s = Schedule { timezone: timezone.to_owned(), ..Schedule::default() };
    if !dice.one_in(3) {
        s.hours = (0..=dice.roll(3)).map(|_| hour(dice)).collect();
    }
    if !dice.one_in(5) {
        s.minutes = (0..=dice.roll(3)).map(|_| minute(dice)).collect();
    }
    if dice.one_in(4) {
        s.days_of_month = vec![at.day() as i8, ((at.day() % 28) + 1) as i8, -(dice.roll(31) as i8 + 1)];
    }
    if dice.one_in(4) {
        let today = Weekday::ALL[at.weekday().num_days_from_sunday() as usize];
        s.weekdays = vec![today, Weekday::ALL[dice.roll(7) as usize]];
    }
    if dice.one_in(6) {
        s.months = vec![at.month() as u8];
    }
    s
}

/// The zones, one for each history since 2000, with their transitions up to 2040.
fn zones() -> Vec<(Tz, Vec<i64>)> {
    let (from, to) = (946_684_800, 2_240_524_800);
    let mut known = HashSet::new();
    let all = chrono_tz::TZ_VARIANTS.iter().map(|tz| (*tz, transitions(*tz, from, to)));
    all.filter(|(tz, found)| {
        let history: Vec<(i64, i64)> = found.iter().map(|t| (*t, offset(*tz, *t))).collect();
        known.insert((offset(*tz, from), history))
    })
    .collect()
}

#[test]
fn every_transition_of_every_zone_agrees_with_a_walk_through_it() {
    let mut dice = Dice(20_261_123);
    let (mut compared, mut fired) = (0, 0);
    for (tz, found) in zones() {
        for transition in found {
            let s = near(&mut dice, local(tz, transition), tz.name());
            let from = transition - 30 * HOUR;
            let (from, to) = (from - from.rem_euclid(60), transition + 30 * HOUR);
            let want = oracle(&s, tz, from, to);
            let got = engine(&Plan::compile(std::slice::from_ref(&s)), from, to);
            assert_eq!(got, want, "{s:?} around {transition} in {tz}");
            compared += 1;
            fired += want.len();
        }
    }
    println!("{compared} transitions, {fired} firings");
    assert!(compared > 5_000 && fired > 100_000, "{compared} transitions, {fired} firings");
}

fn schedules() -> impl Strategy<Value = Schedule> {
    let days = prop::collection::vec(prop_oneof![1i8..=31, -31i8..=-1], 0..3);
    let weekdays = prop::collection::vec(prop::sample::select(Weekday::ALL.to_vec()), 0..3);
    let months = prop::collection::vec(1u8..=12, 0..3);
    let hours = prop::collection::vec(0u8..24, 0..3);
    let minutes = prop::collection::vec(0u8..60, 0..3);
    let zones = vec!["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"];
    let all = (days, weekdays, months, hours, minutes, prop::sample::select(zones));
    all.prop_map(|(days_of_month, weekdays, months, hours, minutes, zone)| Schedule {
        days_of_month,
        weekdays,
        months,
        hours,
        minutes,
        timezone: zone.to_owned(),
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_fortnight_anywhere_agrees_with_a_walk_through_it(s in schedules(), day in 10_000i64..26_000) {
        let (from, to) = (day * DAY, (day + 14) * DAY);
        let tz: Tz = s.timezone.parse().unwrap();
        prop_assert_eq!(engine(&Plan::compile(std::slice::from_ref(&s)), from, to), oracle(&s, tz, from, to));
    }

    #[test]
    fn a_union_fires_when_one_of_its_parts_does(a in schedules(), b in schedules(), at in 0i64..4_000_000_000) {
        let t = Timestamp::from_secs(at);
        let next = |all: &[Schedule]| Plan::compile(all).next_after(t);
        let parts = [next(std::slice::from_ref(&a)), next(std::slice::from_ref(&b))];
        prop_assert_eq!(next(&[a, b]), parts.into_iter().flatten().min());
    }

    #[test]
    fn later_never_means_sooner(s in schedules(), at in 0i64..4_000_000_000, by in 0i64..100_000) {
        let plan = Plan::compile(&[s]);
        let (early, late) = (plan.next_after(Timestamp::from_secs(at)), plan.next_after(Timestamp::from_secs(at + by)));
        prop_assert!(late.is_none() || early <= late, "{:?} {:?}", early, late);
        if let Some(first) = early.filter(|t| t.ms() > (at + by) * 1000) {
            prop_assert_eq!(late, Some(first), "nothing lies between");
        }
    }
}
