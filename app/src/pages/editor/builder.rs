//! Rules while they are edited.

use super::rules::{Rule, Time, Times, read_time, write_time};
use domain::schedule::Weekday;
use leptos::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How often on its days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// At times of day.
    At,
    /// Every so many minutes.
    Every,
    /// Each hour.
    Hourly,
    /// Each minute of some hours.
    Through,
}

/// Which days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Days {
    /// All.
    Daily,
    /// Some weekdays.
    Weekly,
    /// Some days of the month.
    Monthly,
    /// Days of the month that are one of the weekdays.
    Both,
}

/// A time of day that is typed.
#[derive(Debug, Clone, Copy)]
pub struct TimeInput {
    /// Unique.
    pub key: usize,
    /// As typed.
    pub text: RwSignal<String>,
}

/// A rule that is edited. Cheap to copy.
#[derive(Debug, Clone, Copy)]
pub struct RuleInput {
    /// Unique.
    pub key: usize,
    /// Which days.
    pub days: RwSignal<Days>,
    /// For weekly ones.
    pub weekdays: RwSignal<Vec<Weekday>>,
    /// For monthly ones.
    pub days_of_month: RwSignal<Vec<i8>>,
    /// Empty: all.
    pub months: RwSignal<Vec<u8>>,
    /// How often.
    pub repeat: RwSignal<Repeat>,
    /// For [`Repeat::At`].
    pub times: RwSignal<Vec<TimeInput>>,
    /// For [`Repeat::Every`].
    pub every: RwSignal<u8>,
    /// For [`Repeat::Hourly`].
    pub minutes: RwSignal<Vec<u8>>,
    /// For [`Repeat::Through`].
    pub hours: RwSignal<Vec<u8>>,
    /// An IANA name.
    pub timezone: RwSignal<String>,
}

/// A number that no other has.
pub fn key() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(1000);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// A time to be edited.
pub fn time(time: Time) -> TimeInput {
    TimeInput { key: key(), text: RwSignal::new(write_time(time)) }
}

impl RuleInput {
    /// To edit a rule.
    pub fn new(rule: &Rule) -> RuleInput {
        let input = RuleInput {
            key: key(),
            days: RwSignal::new(Days::Daily),
            weekdays: RwSignal::new(vec![]),
            days_of_month: RwSignal::new(vec![]),
            months: RwSignal::new(vec![]),
            repeat: RwSignal::new(Repeat::At),
            times: RwSignal::new(vec![]),
            every: RwSignal::new(15),
            minutes: RwSignal::new(vec![0]),
            hours: RwSignal::new(vec![]),
            timezone: RwSignal::new(String::new()),
        };
        input.set(rule);
        input
    }

    /// Becomes another rule.
    pub fn set(self, rule: &Rule) {
        self.days.set(match (rule.weekdays.is_empty(), rule.days_of_month.is_empty()) {
            (true, true) => Days::Daily,
            (false, true) => Days::Weekly,
            (true, false) => Days::Monthly,
            (false, false) => Days::Both,
        });
        self.weekdays.set(rule.weekdays.clone());
        self.days_of_month.set(rule.days_of_month.clone());
        self.months.set(rule.months.clone());
        self.timezone.set(rule.timezone.clone());
        match &rule.times {
            Times::At(times) => {
                self.repeat.set(Repeat::At);
                self.times.set(times.iter().copied().map(time).collect());
            }
            Times::Every(n) => {
                self.repeat.set(Repeat::Every);
                self.every.set(*n);
            }
            Times::Hourly(minutes) => {
                self.repeat.set(Repeat::Hourly);
                self.minutes.set(minutes.clone());
            }
            Times::Through(hours) => {
                self.repeat.set(Repeat::Through);
                self.hours.set(hours.clone());
            }
        }
    }

    /// The rule as it is now; tracked. What is no time yet is left out.
    pub fn rule(self) -> Rule {
        let (weekly, monthly) = match self.days.get() {
            Days::Daily => (false, false),
            Days::Weekly => (true, false),
            Days::Monthly => (false, true),
            Days::Both => (true, true),
        };
        let times = match self.repeat.get() {
            Repeat::At => {
                let mut times: Vec<Time> = self.times.get().iter().filter_map(|t| read_time(&t.text.get())).collect();
                times.sort_unstable();
                times.dedup();
                Times::At(times)
            }
            Repeat::Every => Times::Every(self.every.get()),
            Repeat::Hourly => Times::Hourly(sorted(self.minutes.get())),
            Repeat::Through => Times::Through(sorted(self.hours.get())),
        };
        let mut days_of_month = self.days_of_month.get();
        days_of_month.sort_by_key(|day| (*day < 0, *day));
        Rule {
            days_of_month: if monthly { days_of_month } else { vec![] },
            weekdays: if weekly { sorted(self.weekdays.get()) } else { vec![] },
            months: sorted(self.months.get()),
            times,
            timezone: self.timezone.get(),
        }
    }
}

fn sorted<T: Ord>(mut all: Vec<T>) -> Vec<T> {
    all.sort_unstable();
    all
}

/// Puts a value in, or takes it out.
pub fn toggle<T: PartialEq + Copy + Send + Sync + 'static>(all: RwSignal<Vec<T>>, value: T) {
    all.update(|all| match all.iter().position(|other| *other == value) {
        Some(place) => drop(all.remove(place)),
        None => all.push(value),
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn editing_nothing_changes_nothing() {
        let owner = Owner::new();
        owner.set();
        let daily = Rule::daily((8, 30), "Europe/Berlin");
        for rule in [
            Rule { times: Times::At(vec![(8, 30), (11, 0)]), ..daily.clone() },
            Rule { weekdays: vec![Weekday::Monday, Weekday::Friday], ..daily.clone() },
            Rule { days_of_month: vec![1, 15, -2, -1], months: vec![2, 3], ..daily.clone() },
            Rule { days_of_month: vec![1], weekdays: vec![Weekday::Monday], ..daily.clone() },
            Rule { times: Times::Every(5), ..daily.clone() },
            Rule { times: Times::Hourly(vec![5, 17]), ..daily.clone() },
            Rule { times: Times::Through(vec![3]), ..daily },
        ] {
            assert_eq!(RuleInput::new(&rule).rule(), rule);
        }
    }
}
