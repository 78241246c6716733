//! The next instant of schedules, beside two crates that read cron lines, on the same patterns in the same run.

use crate::table::{Row, row};
use chrono::{DateTime, TimeZone};
use chrono_tz::Tz;
use croner::parser::CronParser;
use domain::schedule::{Plan, Schedule, Weekday};
use domain::time::Timestamp;
use std::hint::black_box;
use std::str::FromStr;
use std::time::Instant;

/// Rounds over all patterns; the median counts.
const ROUNDS: usize = 31;
const PATTERNS: usize = 1000;
/// 2026-03-01T00:00:30Z: a month with a transition in both zones.
const FROM_SEC: i64 = 1_772_323_230;
const ZONES: [Tz; 3] = [Tz::UTC, Tz::Europe__Berlin, Tz::America__New_York];

/// A schedule, and the cron line that means the same.
struct Pattern {
    schedule: Schedule,
    line: String,
}

/// Numbers from a seed, so that each run measures the same patterns (SplitMix64).
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % end
    }

    /// Up to `most` values of a range, with one chance in `rarity` of any; none means all.
    fn some(&mut self, rarity: u64, most: u64, min: u8, max: u8) -> Vec<u8> {
        if self.below(rarity) != 0 {
            return vec![];
        }
        let count = 1 + self.below(most);
        let mut all: Vec<u8> = (0..count).map(|_| min + self.below(u64::from(max - min) + 1) as u8).collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// Nanoseconds for one question, mean over the patterns.
struct Figures {
    rota: f64,
    croner: f64,
    cron: f64,
}

/// Measures all.
pub fn run() -> Vec<Row> {
    let patterns = mixed();
    let mut rows: Vec<Row> = ZONES
        .iter()
        .map(|zone| {
            let what = format!("next instant, {PATTERNS} mixed schedules, {zone}");
            shown(&what, &measure(&patterns, *zone), if *zone == Tz::UTC { "≤ 100 ns" } else { "≤ 200 ns" })
        })
        .collect();
    rows.push(shown("next instant, 29 February on a Monday, UTC", &measure(&[leap_monday()], Tz::UTC), "≤ 1 µs"));
    let berlin = measure(&[leap_monday()], Tz::Europe__Berlin);
    rows.push(shown("next instant, 29 February on a Monday, Europe/Berlin", &berlin, "≤ 1 µs"));
    rows.push(row("\"never\" (30 February), told in", time(never()), "bounded"));
    rows.push(row("one schedule made ready for questions", time(compiled(&patterns)), "–"));
    rows
}

fn shown(what: &str, f: &Figures, aim: &str) -> Row {
    row(what, format!("{} (croner {}, cron {})", time(f.rota), time(f.croner), time(f.cron)), aim)
}

fn time(ns: f64) -> String {
    if ns < 10_000.0 { format!("{ns:.0} ns") } else { format!("{:.1} µs", ns / 1000.0) }
}

fn mixed() -> Vec<Pattern> {
    let mut seeded = Seeded(20_261_123);
    (0..PATTERNS).map(|_| pattern(&mut seeded)).collect()
}

/// What people write: some minutes mostly, some hours often; weekdays or days of the month now and then, never both, as cron
/// lines mean "or" by both and our schedules mean "and".
fn pattern(seeded: &mut Seeded) -> Pattern {
    let mut schedule = Schedule {
        minutes: seeded.some(1, 4, 0, 59),
        hours: seeded.some(2, 4, 0, 23),
        months: seeded.some(8, 4, 1, 12),
        ..Schedule::default()
    };
    match seeded.below(3) {
        0 => schedule.weekdays = seeded.some(1, 4, 0, 6).into_iter().filter_map(|d| weekday(usize::from(d))).collect(),
        1 => schedule.days_of_month = seeded.some(1, 4, 1, 28).into_iter().map(|d| d as i8).collect(),
        _ => {}
    }
    let line = line(&schedule);
    Pattern { schedule, line }
}

fn weekday(i: usize) -> Option<Weekday> {
    use Weekday::{Friday, Monday, Saturday, Sunday, Thursday, Tuesday, Wednesday};
    [Sunday, Monday, Tuesday, Wednesday, Thursday, Friday, Saturday].get(i).copied()
}

fn line(s: &Schedule) -> String {
    // Names, as the two crates count weekdays from different numbers.
    let names = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
    let weekdays = s.weekdays.iter().map(|w| names[*w as usize].to_owned());
    let field = |all: Vec<String>| if all.is_empty() { "*".to_owned() } else { all.join(",") };
    let numbers = |all: &[u8]| field(all.iter().map(u8::to_string).collect());
    let days = field(s.days_of_month.iter().map(i8::to_string).collect());
    format!(
        "{} {} {} {} {}",
        numbers(&s.minutes),
        numbers(&s.hours),
        days,
        numbers(&s.months),
        field(weekdays.collect())
    )
}

/// 29 February on a Monday comes every 28 years; both crates are told to mean "and" by it.
fn leap_monday() -> Pattern {
    let schedule = Schedule {
        days_of_month: vec![29],
        weekdays: vec![Weekday::Monday],
        months: vec![2],
        hours: vec![3],
        minutes: vec![0],
        ..Schedule::default()
    };
    let line = line(&schedule);
    Pattern { schedule, line }
}

fn measure(patterns: &[Pattern], zone: Tz) -> Figures {
    let plans: Vec<Plan> = patterns.iter().map(|p| plan(&p.schedule, zone)).collect();
    let parser = CronParser::builder().dom_and_dow(true).build();
    let croners: Vec<croner::Cron> = patterns.iter().filter_map(|p| parser.parse(&p.line).ok()).collect();
    let crons: Vec<cron::Schedule> =
        patterns.iter().filter_map(|p| cron::Schedule::from_str(&format!("0 {}", p.line)).ok()).collect();
    assert!(croners.len() == plans.len() && crons.len() == plans.len(), "a pattern that a crate can't read");
    Figures {
        rota: median(&plans, |plan, sec| plan.next_after(Timestamp::from_ms(sec * 1000)).map(|t| t.ms())),
        croner: median(&croners, |c, sec| c.find_next_occurrence(&local(zone, sec), false).ok().map(|t| t.timestamp())),
        cron: median(&crons, |c, sec| c.after(&local(zone, sec)).next().map(|t| t.timestamp())),
    }
}

fn plan(schedule: &Schedule, zone: Tz) -> Plan {
    Plan::compile(&[Schedule { timezone: zone.name().to_owned(), ..schedule.clone() }])
}

fn local(zone: Tz, sec: i64) -> DateTime<Tz> {
    zone.timestamp_opt(sec, 0).single().unwrap_or_else(|| zone.timestamp_nanos(0))
}

/// Nanoseconds of one question: the median of the rounds, each the mean over the patterns from an instant of its own.
fn median<P>(all: &[P], next: impl Fn(&P, i64) -> Option<i64>) -> f64 {
    let repeat = (PATTERNS / all.len()).max(1);
    let mut rounds: Vec<f64> = (0..ROUNDS)
        .map(|round| {
            let from = FROM_SEC + round as i64 * 9 * 86_400 + round as i64 * 3571;
            let began = Instant::now();
            for _ in 0..repeat {
                for one in all {
                    black_box(next(black_box(one), black_box(from)));
                }
            }
            began.elapsed().as_nanos() as f64 / (repeat * all.len()) as f64
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    rounds[ROUNDS / 2]
}

fn never() -> f64 {
    let schedule = Schedule { days_of_month: vec![30], months: vec![2], ..Schedule::default() };
    median(&[plan(&schedule, Tz::UTC)], |plan, sec| plan.next_after(Timestamp::from_ms(sec * 1000)).map(|t| t.ms()))
}

fn compiled(patterns: &[Pattern]) -> f64 {
    median(patterns, |p, _| Some(i64::from(plan(&p.schedule, Tz::Europe__Berlin).next_after(Timestamp::MAX).is_some())))
}
