//! On which days.

use super::{list, say};
use crate::l10n::Lang;
use crate::schedule::{Schedule, Weekday};

const DAYS_DE: [&str; 7] = ["Sonntag", "Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag"];
const DAYS_EN: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS_DE: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];
const MONTHS_EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Words for the days.
pub struct Date {
    pub text: String,
    /// Whether it ends with "if a Monday", so that a comma follows.
    pub ends_with_condition: bool,
}

/// `None` where no day is named.
pub fn words(s: &Schedule, lang: Lang) -> Option<Date> {
    let months = months(&s.months, lang);
    let (text, ends_with_condition) = match (s.days_of_month.is_empty(), weekdays(s).is_empty()) {
        (true, true) => (months.map(|m| format!("{} {m}", say(lang, "jeden Tag", "every day")))?, false),
        (true, false) => (join(every(&weekdays(s), lang), months), false),
        (false, true) => (on_days(s, months, lang), false),
        (false, false) => {
            let days = weekdays(s).iter().map(|d| name(*d, lang)).collect::<Vec<_>>();
            let condition = if lang == Lang::De {
                format!("wenn {}", either(&days, "oder"))
            } else {
                format!("if a {}", either(&days, "or"))
            };
            (format!("{}, {condition}", on_days(s, months, lang)), true)
        }
    };
    Some(Date { text, ends_with_condition })
}

fn join(text: String, months: Option<String>) -> String {
    months.map_or(text.clone(), |m| format!("{text} {m}"))
}

/// All seven are no condition.
fn weekdays(s: &Schedule) -> Vec<Weekday> {
    if s.weekdays.len() == 7 { vec![] } else { s.weekdays.clone() }
}

fn name(day: Weekday, lang: Lang) -> String {
    say(lang, DAYS_DE[day as usize], DAYS_EN[day as usize]).to_owned()
}

fn either(items: &[String], or: &str) -> String {
    match items {
        [first @ .., last] if !first.is_empty() => format!("{} {or} {last}", first.join(", ")),
        _ => items.concat(),
    }
}

/// "Monday to Friday", "every Monday and Thursday". The week begins on Monday here.
fn every(days: &[Weekday], lang: Lang) -> String {
    let mut order: Vec<usize> = days.iter().map(|d| (*d as usize + 6) % 7).collect();
    order.sort_unstable();
    let at = |i: usize| Weekday::ALL[(i + 1) % 7];
    let (first, last) = (order[0], order[order.len() - 1]);
    if order.len() >= 3 && last - first + 1 == order.len() {
        return format!("{} {} {}", name(at(first), lang), say(lang, "bis", "to"), name(at(last), lang));
    }
    let names: Vec<String> = order.iter().map(|i| name(at(*i), lang)).collect();
    format!("{} {}", say(lang, "jeden", "every"), list(&names, lang))
}

fn on_days(s: &Schedule, months: Option<String>, lang: Lang) -> String {
    let mut items = ranges(&s.days_of_month, lang);
    items.extend(s.days_of_month.iter().rev().filter(|d| **d < 0).map(|d| from_end(d.unsigned_abs(), lang)));
    let ends = s.days_of_month.iter().any(|d| *d < 0);
    let text = match lang {
        Lang::De => format!("am {}", list(&items, lang)),
        Lang::En => format!("on the {}", list(&items, lang)),
    };
    match (months, ends) {
        (Some(m), _) => format!("{text} {m}"),
        (None, true) => format!("{text} {}", say(lang, "des Monats", "of the month")),
        (None, false) => text,
    }
}

/// Days counted from the start, runs of three and more as "1st to 7th".
fn ranges(days: &[i8], lang: Lang) -> Vec<String> {
    let days: Vec<u8> = days.iter().filter(|d| **d > 0).map(|d| d.unsigned_abs()).collect();
    let mut items = vec![];
    let mut i = 0;
    while i < days.len() {
        let mut j = i;
        while j + 1 < days.len() && days[j + 1] == days[j] + 1 {
            j += 1;
        }
        if j - i >= 2 {
            items.push(format!("{} {} {}", nth(days[i], lang), say(lang, "bis", "to"), nth(days[j], lang)));
        } else {
            items.extend(days[i..=j].iter().map(|d| nth(*d, lang)));
        }
        i = j + 1;
    }
    items
}

fn nth(n: u8, lang: Lang) -> String {
    if lang == Lang::De {
        return format!("{n}.");
    }
    let suffix = match (n % 10, n % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{n}{suffix}")
}

fn from_end(n: u8, lang: Lang) -> String {
    match (n, lang) {
        (1, Lang::De) => "letzten Tag".to_owned(),
        (2, Lang::De) => "vorletzten Tag".to_owned(),
        (3, Lang::De) => "drittletzten Tag".to_owned(),
        (n, Lang::De) => format!("{n}.-letzten Tag"),
        (1, Lang::En) => "last day".to_owned(),
        (n, Lang::En) => format!("{}-to-last day", nth(n, lang)),
    }
}

fn months(months: &[u8], lang: Lang) -> Option<String> {
    if months.is_empty() || months.len() == 12 {
        return None;
    }
    let all = if lang == Lang::De { MONTHS_DE } else { MONTHS_EN };
    let name = |m: u8| all[usize::from(m.clamp(1, 12)) - 1].to_owned();
    let (first, last) = (months[0], months[months.len() - 1]);
    if months.len() >= 3 && usize::from(last - first) + 1 == months.len() {
        return Some(match lang {
            Lang::De => format!("von {} bis {}", name(first), name(last)),
            Lang::En => format!("from {} to {}", name(first), name(last)),
        });
    }
    let names: Vec<String> = months.iter().map(|m| name(*m)).collect();
    Some(format!("{} {}", say(lang, "im", "in"), list(&names, lang)))
}
