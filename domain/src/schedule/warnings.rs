//! What may surprise whoever made a schedule.

use super::zone::Zone;
use super::{Schedule, calendar};
use crate::l10n::L10n;
use crate::time::Timestamp;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// How far ahead gaps and folds are looked for: some 400 days.
const AHEAD: i64 = 400 * 86_400;

/// A warning about one schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// Stable, for programs.
    pub code: String,
    /// The place of the schedule, from 0.
    pub schedule: usize,
    /// For people.
    pub message: L10n,
}

/// Everything worth a warning, counted from `from` on.
pub fn warnings(schedules: &[Schedule], from: Timestamp) -> Vec<Warning> {
    let mut all = vec![];
    for (schedule, s) in schedules.iter().enumerate() {
        let found = [every_minute(s), short_months(s), leap_years(s), gap(s, from), fold(s, from)];
        all.extend(found.into_iter().flatten().map(|(code, message)| Warning {
            code: code.to_owned(),
            schedule,
            message,
        }));
    }
    all
}

type Found = Option<(&'static str, L10n)>;

fn every_minute(s: &Schedule) -> Found {
    let all = s.minutes.is_empty() && !s.hours.is_empty();
    all.then(|| ("EveryMinuteOfHour", L10n::fixed("läuft in jeder Minute dieser Stunden", "every minute of that hour")))
}

/// Months named that do not have all of the days named.
fn short_months(s: &Schedule) -> Found {
    if s.days_of_month.is_empty() || leap_years(s).is_some() {
        return None;
    }
    let months: Vec<u8> = if s.months.is_empty() { (1..=12).collect() } else { s.months.clone() };
    let missing = months.iter().any(|m| {
        let len = calendar::shortest_len(u32::from(*m));
        s.days_of_month.iter().all(|d| u32::from(d.unsigned_abs()) > len)
    });
    missing.then(|| ("SkippedInShortMonths", L10n::fixed("fällt in kurzen Monaten aus", "skipped in short months")))
}

fn leap_years(s: &Schedule) -> Found {
    let only = s.months == [2] && !s.days_of_month.is_empty() && s.days_of_month.iter().all(|d| d.unsigned_abs() == 29);
    only.then(|| ("LeapYearsOnly", L10n::fixed("läuft nur in Schaltjahren", "runs in leap years only")))
}

/// A time of this schedule that the clock leaves out.
fn gap(s: &Schedule, from: Timestamp) -> Found {
    let (day, _) = changes(s, from).find(|c| matches!(c.1, Change::Gap))?;
    let (de, en) = dates(day);
    Some((
        "InDaylightSavingGap",
        L10n::new(
            format!("fällt am {de} in die Lücke der Zeitumstellung und läuft dann gleich danach"),
            format!("falls into a daylight-saving gap on {en} and then runs right after it"),
        ),
    ))
}

/// A time of this schedule that comes twice.
fn fold(s: &Schedule, from: Timestamp) -> Found {
    let (day, _) = changes(s, from).find(|c| matches!(c.1, Change::Fold))?;
    let (de, en) = dates(day);
    Some((
        "InDaylightSavingFold",
        L10n::new(
            format!("kommt am {de} zweimal vor und läuft beim ersten Mal"),
            format!("comes twice on {en} and runs the first time"),
        ),
    ))
}

enum Change {
    Gap,
    Fold,
}

/// The changes of the clock that touch a time of this schedule, with the local day.
fn changes(s: &Schedule, from: Timestamp) -> impl Iterator<Item = (i64, Change)> {
    let wall = !s.hours.is_empty();
    let zone = s.timezone.parse::<Tz>().ok().filter(|_| wall).map(Zone::of);
    let matcher = calendar::Matcher::of(s);
    let start = from.ms().div_euclid(1000);
    let inside = move |low: i64, high: i64| {
        let first = matcher.next(low.div_euclid(60) + i64::from(low.rem_euclid(60) != 0))?;
        (first * 60 < high).then(|| (first * 60).div_euclid(86_400))
    };
    let spans = zone.map(|z| z.between(start, start.saturating_add(AHEAD))).unwrap_or_default();
    spans.into_iter().filter_map(move |span| {
        let local = span.local_start();
        if span.reached < local {
            inside(span.reached, local).map(|day| (day, Change::Gap))
        } else {
            inside(local, span.reached).map(|day| (day, Change::Fold))
        }
    })
}

/// A day as both languages write it.
fn dates(day: i64) -> (String, String) {
    let date = chrono::DateTime::from_timestamp(day * 86_400, 0).unwrap_or_default();
    (date.format("%-d.%-m.%Y").to_string(), date.format("%-d %B %Y").to_string())
}

#[cfg(test)]
mod tests {
    use super::super::read_schedules;
    use super::*;
    use crate::json::Raw;

    fn codes(schedule: &str) -> Vec<(String, String)> {
        let schedules = read_schedules(&Raw::parse(&format!("[{schedule}]")).unwrap(), "").unwrap();
        let from = Timestamp::parse("2026-11-23T00:00:00Z").unwrap();
        warnings(&schedules, from).into_iter().map(|w| (w.code, w.message.en.into_owned())).collect()
    }

    #[test]
    fn surprises_are_told() {
        assert_eq!(codes(r#"{"hours":[3]}"#)[0].1, "every minute of that hour");
        assert_eq!(codes(r#"{"days_of_month":[31],"hours":[3],"minutes":[0]}"#)[0].1, "skipped in short months");
        assert_eq!(codes(r#"{"days_of_month":[30],"hours":[3],"minutes":[0]}"#)[0].1, "skipped in short months");
        assert_eq!(codes(r#"{"days_of_month":[29],"months":[2],"hours":[3],"minutes":[0]}"#)[0].0, "LeapYearsOnly");
        let berlin = codes(r#"{"hours":[2],"minutes":[30],"timezone":"Europe/Berlin"}"#);
        assert!(berlin[0].1.starts_with("falls into a daylight-saving gap on 28 March 2027"), "{berlin:?}");
        assert!(berlin[1].1.starts_with("comes twice on 31 October 2027"), "{berlin:?}");
    }

    #[test]
    fn what_is_plain_is_not_warned_of() {
        for plain in [
            r#"{"hours":[3],"minutes":[0],"timezone":"Europe/Berlin"}"#,
            r#"{"minutes":[30],"timezone":"Europe/Berlin"}"#,
            r#"{"days_of_month":[-1],"hours":[3],"minutes":[0]}"#,
            r#"{"days_of_month":[31],"months":[1,3],"hours":[3],"minutes":[0]}"#,
            r#"{"days_of_month":[28,29,30,31],"hours":[3],"minutes":[0]}"#,
        ] {
            assert_eq!(codes(plain), [], "{plain}");
        }
    }
}
