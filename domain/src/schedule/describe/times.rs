//! At which times.

use super::{list, say};
use crate::l10n::Lang;
use crate::schedule::Schedule;

/// So many times are told one by one.
const MAX_TIMES: usize = 8;

/// Words for the times.
pub struct Times {
    pub text: String,
    /// "at 08:00", which follows a day without a comma.
    pub of_day: bool,
}

/// Of schedules that all name hours, or of one.
pub fn words(all: &[&Schedule], lang: Lang) -> Times {
    let aside = |text| Times { text, of_day: false };
    match all {
        [s] if s.hours.is_empty() => aside(rhythm(&s.minutes, lang)),
        [s] if s.minutes.is_empty() || s.minutes.len() == 60 => aside(whole_hours(&s.hours, lang)),
        _ => {
            let mut times: Vec<(u8, u8)> = all.iter().flat_map(|s| of_day(s)).collect();
            times.sort_unstable();
            times.dedup();
            if times.len() <= MAX_TIMES {
                return Times { text: at(&times, lang), of_day: true };
            }
            aside(match all {
                [s] => regular(s, lang).unwrap_or_else(|| counted(&times, lang)),
                _ => counted(&times, lang),
            })
        }
    }
}

fn of_day(s: &Schedule) -> Vec<(u8, u8)> {
    let all: Vec<u8> = (0..60).collect();
    let minutes = if s.minutes.is_empty() { &all } else { &s.minutes };
    s.hours.iter().flat_map(|h| minutes.iter().map(move |m| (*h, *m))).collect()
}

fn clock((hour, minute): (u8, u8)) -> String {
    format!("{hour:02}:{minute:02}")
}

fn at(times: &[(u8, u8)], lang: Lang) -> String {
    let words: Vec<String> = times.iter().map(|t| clock(*t)).collect();
    match lang {
        Lang::De => format!("um {} Uhr", list(&words, lang)),
        Lang::En => format!("at {}", list(&words, lang)),
    }
}

fn between(from: (u8, u8), to: (u8, u8), lang: Lang) -> String {
    match lang {
        Lang::De => format!("von {} bis {} Uhr", clock(from), clock(to)),
        Lang::En => format!("from {} to {}", clock(from), clock(to)),
    }
}

/// The step of minutes that go round the hour evenly from :00, if they do.
fn step(minutes: &[u8]) -> Option<u8> {
    let n = u8::try_from(minutes.len()).ok().filter(|n| *n > 1 && 60 % n == 0)?;
    let step = 60 / n;
    minutes.iter().enumerate().all(|(i, m)| usize::from(*m) == i * usize::from(step)).then_some(step)
}

fn rhythm(minutes: &[u8], lang: Lang) -> String {
    if minutes.is_empty() || minutes.len() == 60 {
        return say(lang, "jede Minute", "every minute").to_owned();
    }
    if let Some(step) = step(minutes) {
        return every(step, lang);
    }
    if minutes.len() > MAX_TIMES {
        let n = minutes.len();
        return match lang {
            Lang::De => format!("zu {n} Minuten jeder Stunde"),
            Lang::En => format!("at {n} minutes of every hour"),
        };
    }
    let words: Vec<String> = minutes.iter().map(|m| format!(":{m:02}")).collect();
    match lang {
        Lang::De => format!("jede Stunde um {}", list(&words, lang)),
        Lang::En => format!("every hour at {}", list(&words, lang)),
    }
}

fn every(step: u8, lang: Lang) -> String {
    match lang {
        Lang::De => format!("alle {step} Minuten"),
        Lang::En => format!("every {step} minutes"),
    }
}

/// Hours that follow each other, as first and last of each row.
fn rows(hours: &[u8]) -> Vec<(u8, u8)> {
    let mut rows: Vec<(u8, u8)> = vec![];
    for h in hours {
        match rows.last_mut() {
            Some((_, last)) if *last + 1 == *h => *last = *h,
            _ => rows.push((*h, *h)),
        }
    }
    rows
}

fn whole_hours(hours: &[u8], lang: Lang) -> String {
    let minute = say(lang, "jede Minute", "every minute");
    if hours.len() == 24 {
        return minute.to_owned();
    }
    let rows: Vec<String> = rows(hours).iter().map(|(a, b)| between((*a, 0), (*b, 59), lang)).collect();
    format!("{minute} {}", list(&rows, lang))
}

/// One row of hours with minutes in step, or with one minute.
fn regular(s: &Schedule, lang: Lang) -> Option<String> {
    let [(first, last)] = rows(&s.hours)[..] else { return None };
    let (from, to) = ((first, *s.minutes.first()?), (last, *s.minutes.last()?));
    let text = match (step(&s.minutes), &s.minutes[..]) {
        (Some(step), _) => every(step, lang),
        (None, [m]) => rhythm(&[*m], lang),
        _ => return None,
    };
    if (first, last) == (0, 23) {
        return Some(text);
    }
    Some(format!("{text} {}", between(from, to, lang)))
}

fn counted(times: &[(u8, u8)], lang: Lang) -> String {
    let n = times.len();
    let span = between(times[0], times[n - 1], lang);
    match lang {
        Lang::De => format!("{n}-mal am Tag {span}"),
        Lang::En => format!("{n} times a day {span}"),
    }
}
