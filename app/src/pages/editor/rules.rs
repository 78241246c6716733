//! Schedules as people think of them: on these days, at these times. No Leptos here.
//!
//! A schedule of the contract crosses its hours with its minutes; a rule names times. A rule becomes as many schedules as its
//! times need, and schedules that differ in their times alone become one rule again.

use domain::schedule::{Schedule, Weekday};
use std::collections::BTreeMap;

/// Hours and minutes on the wall clock.
pub type Time = (u8, u8);

/// When on its days a rule runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Times {
    /// At these times, sorted.
    At(Vec<Time>),
    /// Every so many minutes, a divisor of 60.
    Every(u8),
    /// In each hour at these minutes, sorted.
    Hourly(Vec<u8>),
    /// In each minute of these hours.
    Through(Vec<u8>),
}

/// Days, times, zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// 1 to 31, -1 (the last) to -31; empty: all.
    pub days_of_month: Vec<i8>,
    /// Empty: all.
    pub weekdays: Vec<Weekday>,
    /// 1 to 12; empty: all.
    pub months: Vec<u8>,
    /// When on those days.
    pub times: Times,
    /// An IANA name.
    pub timezone: String,
}

impl Rule {
    /// Every day at one time.
    pub fn daily(time: Time, timezone: &str) -> Rule {
        let timezone = timezone.to_owned();
        Rule { days_of_month: vec![], weekdays: vec![], months: vec![], times: Times::At(vec![time]), timezone }
    }

    fn schedule(&self, hours: Vec<u8>, minutes: Vec<u8>) -> Schedule {
        Schedule {
            days_of_month: self.days_of_month.clone(),
            weekdays: self.weekdays.clone(),
            months: self.months.clone(),
            hours,
            minutes,
            timezone: self.timezone.clone(),
        }
    }

    /// The schedules that say the same: none where no time is named.
    pub fn schedules(&self) -> Vec<Schedule> {
        match &self.times {
            Times::At(times) => {
                crossed(times).into_iter().map(|(hours, minutes)| self.schedule(hours, minutes)).collect()
            }
            Times::Every(1) => vec![self.schedule(vec![], vec![])],
            Times::Every(n) => vec![self.schedule(vec![], (0..60).step_by(usize::from((*n).max(1))).collect())],
            Times::Hourly(minutes) if minutes.is_empty() => vec![],
            Times::Hourly(minutes) => vec![self.schedule(vec![], minutes.clone())],
            Times::Through(hours) if hours.is_empty() => vec![],
            Times::Through(hours) => vec![self.schedule(hours.clone(), vec![])],
        }
    }

    fn same_days(&self, s: &Schedule) -> bool {
        self.days_of_month == s.days_of_month
            && self.weekdays == s.weekdays
            && self.months == s.months
            && self.timezone == s.timezone
    }
}

/// Hours that share their minutes stand together, so that crossing them gives these times and no others.
fn crossed(times: &[Time]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut by_hour: BTreeMap<u8, Vec<u8>> = BTreeMap::new();
    for (hour, minute) in times {
        by_hour.entry(*hour).or_default().push(*minute);
    }
    let mut by_minutes: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
    for (hour, mut minutes) in by_hour {
        minutes.sort_unstable();
        minutes.dedup();
        by_minutes.entry(minutes).or_default().push(hour);
    }
    let mut all: Vec<(Vec<u8>, Vec<u8>)> = by_minutes.into_iter().map(|(minutes, hours)| (hours, minutes)).collect();
    all.sort();
    all
}

fn times_of(s: &Schedule) -> Times {
    if s.hours.is_empty() {
        let n = s.minutes.len();
        let step = if n == 0 { 1 } else { 60 / n.min(60) };
        let regular = n == 0 || 60 % n == 0 && s.minutes.iter().enumerate().all(|(i, m)| usize::from(*m) == i * step);
        return match u8::try_from(step) {
            Ok(step) if regular && step < 60 => Times::Every(step),
            _ => Times::Hourly(s.minutes.clone()),
        };
    }
    if s.minutes.is_empty() {
        return Times::Through(s.hours.clone());
    }
    Times::At(s.hours.iter().flat_map(|h| s.minutes.iter().map(move |m| (*h, *m))).collect())
}

/// Reads schedules as rules.
pub fn rules_of(schedules: &[Schedule]) -> Vec<Rule> {
    let mut rules: Vec<Rule> = vec![];
    for s in schedules {
        let times = times_of(s);
        let known = rules.iter_mut().find(|rule| rule.same_days(s) && matches!(rule.times, Times::At(_)));
        match (known, times) {
            (Some(Rule { times: Times::At(all), .. }), Times::At(more)) => {
                all.extend(more);
                all.sort_unstable();
                all.dedup();
            }
            (_, times) => rules.push(Rule {
                days_of_month: s.days_of_month.clone(),
                weekdays: s.weekdays.clone(),
                months: s.months.clone(),
                times,
                timezone: s.timezone.clone(),
            }),
        }
    }
    rules
}

/// Reads `8:30`, `08:30` or `0830`.
pub fn read_time(text: &str) -> Option<Time> {
    let digits: String = text.trim().chars().filter(|c| *c != ':' && *c != '.').collect();
    if !(3..=4).contains(&digits.len()) || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (hour, minute) = digits.split_at(digits.len() - 2);
    let (hour, minute) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour < 24 && minute < 60).then_some((hour, minute))
}

/// `08:30`.
pub fn write_time((hour, minute): Time) -> String {
    format!("{hour:02}:{minute:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_back(rule: &Rule) {
        assert_eq!(rules_of(&rule.schedules()), std::slice::from_ref(rule), "{:?}", rule.schedules());
    }

    #[test]
    fn times_become_no_other_times() {
        let rule = Rule { times: Times::At(vec![(8, 30), (11, 0)]), ..Rule::daily((0, 0), "UTC") };
        let said: Vec<_> = rule.schedules().into_iter().map(|s| (s.hours, s.minutes)).collect();
        assert_eq!(said, [(vec![8], vec![30]), (vec![11], vec![0])]);
        read_back(&rule);
        let rule = Rule { times: Times::At(vec![(8, 0), (8, 30), (9, 0), (9, 30), (12, 15)]), ..rule };
        assert_eq!(rule.schedules().len(), 2);
        read_back(&rule);
    }

    #[test]
    fn every_rule_is_read_back_as_it_was() {
        let mut seed = 7u32;
        let mut below = move |end: u32| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) % end
        };
        for _ in 0..2000 {
            let mut times: Vec<Time> = (0..1 + below(6)).map(|_| (below(24) as u8, below(60) as u8)).collect();
            times.sort_unstable();
            times.dedup();
            let every = [1, 2, 3, 5, 10, 15, 20, 30][below(8) as usize];
            let times = match below(4) {
                0 => Times::Every(every),
                1 => Times::Hourly(vec![below(59) as u8 + 1]),
                2 => Times::Through(vec![below(24) as u8]),
                _ => Times::At(times),
            };
            let days_of_month = if below(2) == 0 { vec![] } else { vec![1 + below(31) as i8, -1] };
            read_back(&Rule { times, days_of_month, ..Rule::daily((0, 0), "Europe/Berlin") });
        }
    }

    #[test]
    fn rules_of_other_days_stay_apart() {
        let monday = Rule { weekdays: vec![Weekday::Monday], ..Rule::daily((8, 0), "UTC") };
        let friday = Rule { weekdays: vec![Weekday::Friday], ..Rule::daily((9, 0), "UTC") };
        let all: Vec<Schedule> = [&monday, &friday].iter().flat_map(|rule| rule.schedules()).collect();
        assert_eq!(rules_of(&all), [monday, friday]);
    }

    #[test]
    fn times_are_read_as_they_are_typed() {
        for (text, time) in [
            ("8:30", Some((8, 30))),
            ("08:30", Some((8, 30))),
            ("2359", Some((23, 59))),
            ("24:00", None),
            ("", None),
            ("8", None),
            ("1:60", None),
        ] {
            assert_eq!(read_time(text), time, "{text}");
        }
        assert_eq!(write_time((7, 5)), "07:05");
    }
}
