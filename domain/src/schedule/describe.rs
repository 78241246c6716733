//! A schedule in words, as a person would say it.

mod dates;
mod times;

use super::Schedule;
use crate::l10n::{L10n, Lang};

/// So many parts are told; the rest is counted.
const MAX_PARTS: usize = 6;

/// Schedules in words, German and English. Those that differ only in their times are told as one.
pub fn describe(schedules: &[Schedule]) -> L10n {
    L10n::new(sentence(schedules, Lang::De), sentence(schedules, Lang::En))
}

/// Schedules of the same dates and zone.
struct Group<'a> {
    head: &'a Schedule,
    all: Vec<&'a Schedule>,
}

fn sentence(schedules: &[Schedule], lang: Lang) -> String {
    if schedules.is_empty() {
        return say(lang, "Nicht nach Kalender", "Not by a calendar").to_owned();
    }
    let groups = groups(schedules);
    let one_zone = groups.iter().all(|g| g.head.timezone == groups[0].head.timezone);
    let mut parts: Vec<String> = groups
        .iter()
        .take(MAX_PARTS)
        .map(|g| {
            let text = group(g, lang);
            if one_zone { text } else { format!("{text}, {}", zone(&g.head.timezone, lang)) }
        })
        .collect();
    if groups.len() > MAX_PARTS {
        let n = groups.len() - MAX_PARTS;
        parts.push(match lang {
            Lang::De => format!("und {n} weitere"),
            Lang::En => format!("and {n} more"),
        });
    }
    let mut text = capital(&parts.join("; "));
    if one_zone {
        text = format!("{text}, {}", zone(&groups[0].head.timezone, lang));
    }
    text
}

fn groups(schedules: &[Schedule]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = vec![];
    for s in schedules {
        let same = |g: &&mut Group<'_>| {
            let h = g.head;
            // A rhythm is told on its own: "every 5 minutes" is no time of the day.
            !h.hours.is_empty()
                && !s.hours.is_empty()
                && (&h.days_of_month, &h.weekdays, &h.months, &h.timezone)
                    == (&s.days_of_month, &s.weekdays, &s.months, &s.timezone)
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.all.push(s),
            None => groups.push(Group { head: s, all: vec![s] }),
        }
    }
    groups
}

fn group(g: &Group<'_>, lang: Lang) -> String {
    let times = times::words(&g.all, lang);
    match dates::words(g.head, lang) {
        None if times.of_day => format!("{} {}", say(lang, "jeden Tag", "every day"), times.text),
        None => times.text,
        // "On the 1st, if a Monday, at 03:00", but "Monday to Friday at 09:00".
        Some(date) if times.of_day && !date.ends_with_condition => format!("{} {}", date.text, times.text),
        Some(date) => format!("{}, {}", date.text, times.text),
    }
}

/// "Berlin time"; UTC says itself.
fn zone(name: &str, lang: Lang) -> String {
    if matches!(name, "UTC" | "Etc/UTC" | "Zulu" | "Etc/Zulu" | "UCT" | "Universal") {
        return "UTC".to_owned();
    }
    let city = if name.starts_with("Etc/") { name } else { name.rsplit('/').next().unwrap_or(name) };
    let city = city.replace('_', " ");
    match lang {
        Lang::De => format!("Ortszeit {city}"),
        Lang::En => format!("{city} time"),
    }
}

fn say(lang: Lang, de: &'static str, en: &'static str) -> &'static str {
    match lang {
        Lang::De => de,
        Lang::En => en,
    }
}

/// "a", "a and b", "a, b and c".
fn list(items: &[String], lang: Lang) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} {} {last}", first.join(", "), say(lang, "und", "and")),
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
