//! Schedules: criteria on the local wall clock. Reading, the next instant, and what people are told of them.

#[cfg(feature = "zones")]
mod calendar;
mod describe;
#[cfg(feature = "zones")]
mod plan;
mod read;
#[cfg(feature = "zones")]
mod warnings;
#[cfg(feature = "zones")]
mod zone;

pub use describe::describe;
#[cfg(feature = "zones")]
pub use plan::Plan;
pub use read::{MAX_SCHEDULES, read_schedules};
#[cfg(feature = "zones")]
pub use warnings::{Warning, warnings};

use serde::{Deserialize, Serialize};

/// Criteria that must all hold. An empty one holds always.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Schedule {
    /// 1 to 31; -1 (the last) to -31 counted from the month's end. Sorted, those from the end after the others.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub days_of_month: Vec<i8>,
    /// Sunday first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub weekdays: Vec<Weekday>,
    /// 1 to 12.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub months: Vec<u8>,
    /// 0 to 23. Where there are any, the schedule means wall time, else rhythm.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hours: Vec<u8>,
    /// 0 to 59.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub minutes: Vec<u8>,
    /// An IANA name.
    pub timezone: String,
}

impl Default for Schedule {
    fn default() -> Schedule {
        Schedule {
            days_of_month: vec![],
            weekdays: vec![],
            months: vec![],
            hours: vec![],
            minutes: vec![],
            timezone: "UTC".to_owned(),
        }
    }
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Weekday {
    Sunday,
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
}

impl Weekday {
    /// All, Sunday first.
    pub const ALL: [Weekday; 7] = [
        Weekday::Sunday,
        Weekday::Monday,
        Weekday::Tuesday,
        Weekday::Wednesday,
        Weekday::Thursday,
        Weekday::Friday,
        Weekday::Saturday,
    ];

    /// From the contract's word.
    pub fn parse(text: &str) -> Option<Weekday> {
        const WORDS: [&str; 7] = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
        WORDS.iter().position(|w| *w == text).map(|i| Weekday::ALL[i])
    }
}
