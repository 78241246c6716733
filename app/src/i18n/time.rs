//! Instants and durations in words.

use super::zone;
use domain::{Lang, Timestamp};
use std::time::Duration;

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// How far away an instant is: `in 5 min`, `vor 2 Tagen`.
pub fn relative(lang: Lang, now: Timestamp, at: Timestamp) -> String {
    let (ahead, distance) = if at > now { (true, at.since(now)) } else { (false, now.since(at)) };
    if distance < Duration::from_secs(10) {
        return match (lang, ahead) {
            (Lang::De, true) => "gleich",
            (Lang::De, false) => "gerade eben",
            (Lang::En, true) => "in a moment",
            (Lang::En, false) => "just now",
        }
        .to_owned();
    }
    let amount = largest_unit(lang, distance.as_secs());
    match (lang, ahead) {
        (_, true) => format!("in {amount}"),
        (Lang::De, false) => format!("vor {amount}"),
        (Lang::En, false) => format!("{amount} ago"),
    }
}

fn largest_unit(lang: Lang, secs: u64) -> String {
    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;
    const MONTH: u64 = 30 * DAY;
    const YEAR: u64 = 365 * DAY;
    // German in the cases that "in" and "vor" ask for.
    let (n, de, en) = match secs {
        0..MINUTE => (secs, ["s", "s"], ["s", "s"]),
        MINUTE..HOUR => (secs / MINUTE, ["Min.", "Min."], ["min", "min"]),
        HOUR..DAY => (secs / HOUR, ["Std.", "Std."], ["h", "h"]),
        DAY..MONTH => (secs / DAY, ["Tag", "Tagen"], ["day", "days"]),
        MONTH..YEAR => (secs / MONTH, ["Monat", "Monaten"], ["month", "months"]),
        _ => (secs / YEAR, ["Jahr", "Jahren"], ["year", "years"]),
    };
    let unit = match lang {
        Lang::De => de,
        Lang::En => en,
    }[usize::from(n != 1)];
    format!("{n}\u{a0}{unit}")
}

/// Date and time of day. `offset_min` is the zone's distance from UTC, in minutes to the east; without one the time is
/// UTC's and says so.
pub fn exact(lang: Lang, at: Timestamp, offset_min: Option<i32>) -> String {
    let shifted = Timestamp::from_ms(at.ms() + i64::from(offset_min.unwrap_or(0)) * 60_000);
    // RFC 3339: 2026-11-23T15:32:00.000Z
    let text = shifted.to_string();
    let (year, month, day, time) = (&text[..4], &text[5..7], &text[8..10], &text[11..16]);
    let zone = if offset_min.is_some() { "" } else { "\u{a0}UTC" };
    match lang {
        Lang::De => format!("{day}.{month}.{year}, {time}{zone}"),
        Lang::En => {
            let name = month.parse::<usize>().ok().and_then(|m| MONTHS.get(m.wrapping_sub(1))).unwrap_or(&"");
            format!("{name} {}, {year}, {time}{zone}", day.trim_start_matches('0'))
        }
    }
}

/// The same without the year where that is the present one, as far as UTC goes.
pub fn short(lang: Lang, at: Timestamp, offset_min: Option<i32>, now: Timestamp) -> String {
    let text = exact(lang, at, offset_min);
    let (year, present) = (at.to_string()[..4].to_owned(), now.to_string()[..4].to_owned());
    match lang {
        _ if year != present => text,
        Lang::De => text.replacen(&format!(".{year},"), ".,", 1),
        Lang::En => text.replacen(&format!(", {year},"), ",", 1),
    }
}

/// The distance of a zone from UTC at an instant, in minutes to the east, by the browser's tables; 0 for a zone that it does not
/// know, and on the server.
pub fn offset_min(zone: &str, at: Timestamp) -> i64 {
    if cfg!(feature = "ssr") || zone == "UTC" {
        return 0;
    }
    zone::offset_min(zone, at).map_or(0, i64::from)
}

/// `UTC+02:00`.
pub fn distance(offset_min: i64) -> String {
    let sign = if offset_min < 0 { '\u{2212}' } else { '+' };
    format!("UTC{sign}{:02}:{:02}", offset_min.abs() / 60, offset_min.abs() % 60)
}

/// Weekday, date and time of day in a zone.
pub fn in_zone(lang: Lang, at: Timestamp, zone: &str) -> String {
    let offset = offset_min(zone, at);
    let day = (at.ms() + offset * 60_000).div_euclid(86_400_000);
    let name = weekday(lang, (day + 4).rem_euclid(7) as usize);
    format!("{name}, {}", exact(lang, at, Some(offset as i32)))
}

/// Short names, Sunday first.
pub fn weekday(lang: Lang, day: usize) -> &'static str {
    let names = match lang {
        Lang::De => ["So", "Mo", "Di", "Mi", "Do", "Fr", "Sa"],
        Lang::En => ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"],
    };
    names[day % 7]
}

/// The date of an instant in UTC.
pub fn date(lang: Lang, at: Timestamp) -> String {
    let text = exact(lang, at, Some(0));
    text.rsplit_once(", ").map(|(date, _)| date.to_owned()).unwrap_or(text)
}

/// How long something took: `0.4 s`, `3 min 20 s`, `2 h 5 min`.
pub fn duration(lang: Lang, took: Duration) -> String {
    let secs = took.as_secs();
    let (min, h) = match lang {
        Lang::De => ("Min.", "Std."),
        Lang::En => ("min", "h"),
    };
    match secs {
        0..10 => {
            let tenths = format!("{}.{}\u{a0}s", secs, took.subsec_millis() / 100);
            if lang == Lang::De { tenths.replace('.', ",") } else { tenths }
        }
        10..60 => format!("{secs}\u{a0}s"),
        60..3600 => format!("{}\u{a0}{min} {}\u{a0}s", secs / 60, secs % 60),
        _ => format!("{}\u{a0}{h} {}\u{a0}{min}", secs / 3600, secs % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn distances_in_both_directions_and_languages() {
        let now = at("2026-11-23T12:00:00Z");
        let says = |lang, text| relative(lang, now, at(text)).replace('\u{a0}', " ");
        assert_eq!(says(Lang::En, "2026-11-23T12:05:30Z"), "in 5 min");
        assert_eq!(says(Lang::En, "2026-11-23T11:59:55Z"), "just now");
        assert_eq!(says(Lang::De, "2026-11-23T12:00:01Z"), "gleich");
        assert_eq!(says(Lang::De, "2026-11-21T12:00:00Z"), "vor 2 Tagen");
        assert_eq!(says(Lang::De, "2026-11-24T12:00:00Z"), "in 1 Tag");
        assert_eq!(says(Lang::En, "2024-11-23T12:00:00Z"), "2 years ago");
    }

    #[test]
    fn exact_times_cross_midnight_with_the_zone() {
        let t = at("2026-11-03T23:32:07Z");
        assert_eq!(exact(Lang::En, t, None), "Nov 3, 2026, 23:32\u{a0}UTC");
        assert_eq!(exact(Lang::De, t, Some(60)), "04.11.2026, 00:32");
        assert_eq!(exact(Lang::En, t, Some(-600)), "Nov 3, 2026, 13:32");
    }

    #[test]
    fn the_present_year_goes_without_saying() {
        let (now, t) = (at("2026-11-23T12:00:00Z"), at("2026-11-03T23:32:07Z"));
        assert_eq!(short(Lang::En, t, Some(0), now), "Nov 3, 23:32");
        assert_eq!(short(Lang::De, t, Some(60), now), "04.11., 00:32");
        assert_eq!(short(Lang::De, at("2025-11-03T23:32:07Z"), None, now), "03.11.2025, 23:32\u{a0}UTC");
    }

    #[test]
    fn instants_are_told_in_their_zone() {
        assert_eq!((distance(330).as_str(), distance(-60).as_str()), ("UTC+05:30", "UTC\u{2212}01:00"));
        assert_eq!(in_zone(Lang::En, at("2026-11-23T12:00:00Z"), "UTC"), "Mon, Nov 23, 2026, 12:00");
        assert_eq!(date(Lang::De, at("2026-11-23T12:00:00Z")), "23.11.2026");
    }

    #[test]
    fn durations_get_coarser_as_they_grow() {
        let says = |lang, ms| duration(lang, Duration::from_millis(ms)).replace('\u{a0}', " ");
        assert_eq!(says(Lang::En, 420), "0.4 s");
        assert_eq!(says(Lang::De, 1_250), "1,2 s");
        assert_eq!(says(Lang::En, 200_000), "3 min 20 s");
        assert_eq!(says(Lang::De, 7_500_000), "2 Std. 5 Min.");
    }
}
