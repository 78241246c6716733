//! A time zone as spans of constant offset, made once for each zone from the IANA tables in `chrono-tz`.

use chrono::{Offset, TimeZone};
use chrono_tz::Tz;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

/// 1900-01-01 and 2101-01-01: outside, the nearest offset holds. The tables know no rule beyond 2100.
const FROM: i64 = -2_208_988_800;
const TO: i64 = 4_133_980_800;
/// No zone has two transitions nearer to each other than this, in seconds.
const STEP: i64 = 12 * 3600;

/// The spans of a zone. All times are seconds since 1970; local ones on the wall clock.
#[derive(Debug)]
pub struct Zone {
    spans: Vec<Span>,
}

/// A span of constant offset.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    /// When it begins.
    pub start: i64,
    /// Local minus UTC, in seconds.
    pub offset: i64,
    /// The latest local time that any span before this one reached: local times from here to the span's own local start do
    /// not exist (a gap), later ones of the span that are below it exist for the second time (a fold).
    pub reached: i64,
}

impl Span {
    /// Its first local second.
    pub fn local_start(&self) -> i64 {
        self.start.saturating_add(self.offset)
    }
}

impl Zone {
    /// The spans of a zone. Kept for the life of the process: it is read-only, and takes milliseconds to make.
    pub fn of(tz: Tz) -> Arc<Zone> {
        static ZONES: OnceLock<RwLock<HashMap<Tz, Arc<Zone>>>> = OnceLock::new();
        let zones = ZONES.get_or_init(RwLock::default);
        if let Some(zone) = zones.read().unwrap_or_else(PoisonError::into_inner).get(&tz) {
            return zone.clone();
        }
        let zone = Arc::new(Zone::make(tz));
        zones.write().unwrap_or_else(PoisonError::into_inner).entry(tz).or_insert(zone).clone()
    }

    fn make(tz: Tz) -> Zone {
        let mut spans = vec![Span { start: i64::MIN, offset: offset(tz, FROM), reached: i64::MIN }];
        let mut at = FROM;
        while at < TO {
            let next = at + STEP;
            if offset(tz, at) != offset(tz, next) {
                spans.push(transition(tz, at, next, &spans));
            }
            at = next;
        }
        Zone { spans }
    }

    /// The span in which an instant lies, by its place.
    pub fn at(&self, utc: i64) -> usize {
        self.spans.partition_point(|s| s.start <= utc) - 1
    }

    /// The span at a place.
    pub fn span(&self, i: usize) -> Option<Span> {
        self.spans.get(i).copied()
    }

    /// When the span at this place ends.
    pub fn end(&self, i: usize) -> i64 {
        self.spans.get(i + 1).map_or(i64::MAX, |s| s.start)
    }

    /// The spans that begin after `from`, up to `to`.
    pub fn between(&self, from: i64, to: i64) -> Vec<Span> {
        self.spans.iter().filter(|s| s.start > from && s.start <= to).copied().collect()
    }

    /// The first span, from `i` on, whose end lies behind the local time: there it exists for the first time, or there the
    /// gap ends in which it would be.
    pub fn first_past(&self, i: usize, local: i64) -> usize {
        let after = &self.spans[(i + 1).min(self.spans.len())..];
        i + after.partition_point(|s| s.reached <= local)
    }
}

fn offset(tz: Tz, utc: i64) -> i64 {
    let at = chrono::DateTime::from_timestamp(utc, 0).unwrap_or_default().naive_utc();
    i64::from(tz.offset_from_utc_datetime(&at).fix().local_minus_utc())
}

/// The one transition after `low`, up to `high`.
fn transition(tz: Tz, mut low: i64, mut high: i64, before: &[Span]) -> Span {
    let old = offset(tz, low);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if offset(tz, middle) == old { low = middle } else { high = middle }
    }
    let reached = before.last().map_or(i64::MIN, |s| s.reached.max(high + s.offset));
    Span { start: high, offset: offset(tz, high), reached }
}
