//! The next instant of a set of schedules, gaps and folds of daylight saving included.
//!
//! Wall time (hours are named): each local time fires once. One that a gap leaves out fires at the first instant after the
//! gap; one that a fold repeats fires the first time. Rhythm (no hours): each pass of the wall clock fires as it comes.

use super::Schedule;
use super::calendar::Matcher;
use super::zone::Zone;
use crate::time::Timestamp;
use chrono_tz::Tz;
use std::sync::Arc;

/// Schedules made ready for questions. Cheap to make once their zones have been seen.
#[derive(Debug, Clone)]
pub struct Plan {
    parts: Vec<Part>,
}

#[derive(Debug, Clone)]
struct Part {
    matcher: Matcher,
    wall: bool,
    /// `None` is UTC, where local time is the time.
    zone: Option<Arc<Zone>>,
}

impl Plan {
    /// Takes schedules as they were read. One whose zone is no longer in the tables never matches.
    pub fn compile(schedules: &[Schedule]) -> Plan {
        Plan { parts: schedules.iter().filter_map(Part::of).collect() }
    }

    /// The first instant strictly after `t`; `None` if there is none before the year 10000.
    pub fn next_after(&self, t: Timestamp) -> Option<Timestamp> {
        let from = t.ms().div_euclid(1000) + 1;
        let next = self.parts.iter().filter_map(|p| p.next(from)).min()?;
        let ms = next.checked_mul(1000)?;
        (ms <= Timestamp::MAX.ms()).then(|| Timestamp::from_ms(ms))
    }

    /// The first `count` instants strictly after `t`.
    pub fn upcoming(&self, t: Timestamp, count: usize) -> Vec<Timestamp> {
        std::iter::successors(self.next_after(t), |t| self.next_after(*t)).take(count).collect()
    }
}

impl Part {
    fn of(s: &Schedule) -> Option<Part> {
        let tz: Tz = s.timezone.parse().ok()?;
        let utc = matches!(tz, Tz::UTC | Tz::Etc__UTC | Tz::GMT | Tz::Etc__GMT);
        let zone = (!utc).then(|| Zone::of(tz));
        Some(Part { matcher: Matcher::of(s), wall: !s.hours.is_empty(), zone })
    }

    /// The first second at or after `from` that fires.
    fn next(&self, from: i64) -> Option<i64> {
        match &self.zone {
            None => self.matching(from),
            Some(zone) if self.wall => self.wall(zone, from),
            Some(zone) => self.rhythm(zone, from),
        }
    }

    /// The first matching local time at or after a local second.
    fn matching(&self, local: i64) -> Option<i64> {
        let minute = local.div_euclid(60) + i64::from(local.rem_euclid(60) != 0);
        self.matcher.next(minute).map(|m| m * 60)
    }

    fn wall(&self, zone: &Zone, from: i64) -> Option<i64> {
        let i = zone.at(from);
        let span = zone.span(i)?;
        // Right at the end of a gap the times inside it are still to come.
        let low = if from == span.start { span.reached } else { span.reached.max(from + span.offset) };
        let local = self.matching(low)?;
        let k = zone.first_past(i, local);
        let span = zone.span(k)?;
        Some(if local < span.local_start() { span.start } else { local - span.offset })
    }

    fn rhythm(&self, zone: &Zone, from: i64) -> Option<i64> {
        let mut i = zone.at(from);
        let mut low = from + zone.span(i)?.offset;
        let mut local = self.matching(low)?;
        loop {
            let span = zone.span(i)?;
            if local - span.offset < zone.end(i) {
                return Some(local - span.offset);
            }
            i += 1;
            let start = zone.span(i)?.local_start();
            // Asked again only where the wall clock jumped past the match, or back before what was asked.
            if start > local || start < low {
                low = start;
                local = self.matching(low)?;
            }
        }
    }
}

#[cfg(test)]
mod tests;
