//! Matching local minutes by jumping over fields: bit sets for days, hours and minutes, and the days of a whole month at
//! once. Local time is counted in minutes since 1970-01-01T00:00 on the wall clock, in the proleptic Gregorian calendar.

use super::Schedule;

/// Minutes of a day.
pub const DAY: i64 = 1440;
/// After 400 years the Gregorian calendar repeats itself, weekdays included.
const CYCLE_MONTHS: u32 = 400 * 12;

/// Which days match.
#[derive(Debug, Clone, Copy)]
pub struct Days {
    /// Bit `d` for day `d` of the month.
    from_start: u32,
    /// Bit `d` for the `d`th day from the end.
    from_end: u32,
    /// For each weekday that the month may begin with, the matching days of a month, as bits 1 to 31.
    by_first: [u32; 7],
    /// Bit `m` for month `m`.
    months: u16,
    /// Neither days, weekdays nor months are named.
    all: bool,
}

/// Which minutes match.
#[derive(Debug, Clone, Copy)]
pub struct Matcher {
    days: Days,
    hours: u32,
    minutes: u64,
    /// The first matching minute of a day.
    first: i64,
}

fn bits(values: impl Iterator<Item = u32>, none: u64) -> u64 {
    let set = values.fold(0u64, |set, v| set | 1 << v);
    if set == 0 { none } else { set }
}

impl Days {
    /// Of one schedule.
    pub fn of(s: &Schedule) -> Days {
        let start = s.days_of_month.iter().filter(|d| **d > 0).map(|d| u32::from(d.unsigned_abs()));
        let end = s.days_of_month.iter().filter(|d| **d < 0).map(|d| u32::from(d.unsigned_abs()));
        let (from_start, from_end) = (bits(start, 0) as u32, bits(end, 0) as u32);
        let any = from_start | from_end == 0;
        let week = bits(s.weekdays.iter().map(|w| *w as u32), 0x7f);
        let months = bits(s.months.iter().map(|m| u32::from(*m)), 0x1ffe) as u16;
        Days {
            from_start: if any { !1 } else { from_start },
            from_end,
            by_first: std::array::from_fn(|first| month_pattern(week, first as u32)),
            months,
            all: any && week == 0x7f && months == 0x1ffe,
        }
    }

    /// The matching days of a month, as bits 1 to 31.
    fn of_month(&self, len: u32, first_weekday: u32) -> u32 {
        // The dth day from the end of a month with `len` days is day len + 1 - d: the bits in reverse, moved into place.
        let from_end = (u64::from(self.from_end.reverse_bits()) << len >> 30) as u32;
        let in_month = u32::MAX >> (31 - len) & !1;
        (self.from_start | from_end) & self.by_first[first_weekday as usize] & in_month
    }

    /// The first matching day at or after `day` (days since 1970-01-01).
    fn next(&self, day: i64) -> Option<i64> {
        if self.all {
            return Some(day);
        }
        let (mut year, mut month, from) = civil(day);
        let mut first = day - i64::from(from) + 1;
        let mut after = u32::MAX << from;
        for _ in 0..=CYCLE_MONTHS {
            let len = month_len(year, month);
            if self.months >> month & 1 == 1 {
                let found = self.of_month(len, weekday(first)) & after;
                if found != 0 {
                    return Some(first + i64::from(found.trailing_zeros()) - 1);
                }
            }
            after = u32::MAX;
            let next = self.next_month(month);
            if next == month + 1 {
                first += i64::from(len);
                month = next;
            } else {
                year += i64::from(next <= month);
                month = next;
                first = days_from_civil(year, month, 1);
            }
        }
        None
    }

    /// The next month that matches, after `month`; it is next year's where it is not greater. The one that follows, if none does
    /// sooner: so that the loop above ends.
    fn next_month(&self, month: u32) -> u32 {
        let later = u32::from(self.months) & (u32::MAX << (month + 1));
        let set = if later != 0 { later } else { u32::from(self.months) };
        set.trailing_zeros()
    }

    /// Whether there is any day that matches.
    pub fn ever_match(&self) -> bool {
        self.next(0).is_some()
    }
}

/// Bits 1 to 31 of the days that fall on one of the weekdays in `week` (bit 0: Sunday), in a month that begins with `first`.
fn month_pattern(week: u64, first: u32) -> u32 {
    let rotated = (week >> first | week << (7 - first)) & 0x7f;
    let weeks = (0..5).fold(0u64, |all, i| all | rotated << (7 * i));
    (weeks << 1) as u32
}

impl Matcher {
    /// Of one schedule.
    pub fn of(s: &Schedule) -> Matcher {
        let hours = bits(s.hours.iter().map(|h| u32::from(*h)), 0xff_ffff) as u32;
        let minutes = bits(s.minutes.iter().map(|m| u32::from(*m)), (1 << 60) - 1);
        let first = i64::from(hours.trailing_zeros()) * 60 + i64::from(minutes.trailing_zeros());
        Matcher { days: Days::of(s), hours, minutes, first }
    }

    /// The first matching local minute at or after `minute`.
    pub fn next(&self, minute: i64) -> Option<i64> {
        let (day, of_day) = (minute.div_euclid(DAY), minute.rem_euclid(DAY));
        let found = self.days.next(day)?;
        if found > day {
            return Some(found * DAY + self.first);
        }
        match self.in_day(of_day as u32) {
            Some(m) => Some(day * DAY + i64::from(m)),
            None => self.days.next(day + 1).map(|d| d * DAY + self.first),
        }
    }

    fn in_day(&self, of_day: u32) -> Option<u32> {
        let (hour, minute) = (of_day / 60, of_day % 60);
        if self.hours >> hour & 1 == 1 {
            let left = self.minutes >> minute;
            if left != 0 {
                return Some(of_day + left.trailing_zeros());
            }
        }
        // Hour 24 does not exist, and the set has no bit for it.
        let later = self.hours & (u32::MAX << (hour + 1));
        (later != 0).then(|| later.trailing_zeros() * 60 + self.minutes.trailing_zeros())
    }
}

/// 0 is Sunday; 1970-01-01 was a Thursday.
fn weekday(day: i64) -> u32 {
    (day + 4).rem_euclid(7) as u32
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn month_len(year: i64, month: u32) -> u32 {
    match month {
        2 => 28 + u32::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The days of a month in a year that is no leap year.
pub fn shortest_len(month: u32) -> u32 {
    month_len(1970, month)
}

/// Year, month and day of a day count; Howard Hinnant's `civil_from_days`.
fn civil(day: i64) -> (i64, u32, u32) {
    let z = day + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097) as u32;
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let d = doy - (153 * mp + 2) / 5 + 1;
    let m = if mp < 10 { mp + 3 } else { mp - 9 };
    (i64::from(yoe) + era * 400 + i64::from(m <= 2), m, d)
}

/// The day count of a date; Howard Hinnant's `days_from_civil`.
fn days_from_civil(year: i64, month: u32, day: u32) -> i64 {
    let y = year - i64::from(month <= 2);
    let era = y.div_euclid(400);
    let yoe = y.rem_euclid(400);
    let mp = i64::from((month + 9) % 12);
    let doy = (153 * mp + 2) / 5 + i64::from(day) - 1;
    era * 146_097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Datelike;

    #[test]
    fn dates_agree_with_chrono() {
        for day in (-800_000..2_900_000).step_by(97) {
            let date = chrono::NaiveDate::from_num_days_from_ce_opt(day + 719_163).unwrap();
            let (y, m, d) = civil(i64::from(day));
            assert_eq!((y, m, d), (i64::from(date.year()), date.month(), date.day()));
            assert_eq!(days_from_civil(y, m, d), i64::from(day));
            assert_eq!(weekday(i64::from(day)), date.weekday().num_days_from_sunday());
        }
    }

    #[test]
    fn days_from_the_end_land_in_every_month_length() {
        for len in 28..=31u32 {
            for d in 1..=31i8 {
                let days = Days::of(&Schedule { days_of_month: vec![-d], ..Schedule::default() });
                let want =
                    if u32::from(d.unsigned_abs()) <= len { 1 << (len + 1 - u32::from(d.unsigned_abs())) } else { 0 };
                assert_eq!(days.of_month(len, 0), want, "-{d} of {len}");
            }
        }
    }
}
