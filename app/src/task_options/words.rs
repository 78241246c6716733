//! The options of a task in words.

use domain::Lang;
use domain::task::{CatchUp, Options, Overlap, Retry};

/// Waits that are spelled out, the rest is said by three dots.
const WAITS: usize = 4;

/// A span of time as people set it: `90 s` is `1 min 30 s`.
pub fn span(lang: Lang, seconds: i64) -> String {
    let (days, min, h) = match lang {
        Lang::De => (if seconds / 86_400 == 1 { "Tag" } else { "Tage" }, "Min.", "Std."),
        Lang::En => (if seconds / 86_400 == 1 { "day" } else { "days" }, "min", "h"),
    };
    let amounts =
        [(seconds / 86_400, days), (seconds % 86_400 / 3600, h), (seconds % 3600 / 60, min), (seconds % 60, "s")];
    let said: Vec<String> =
        amounts.into_iter().filter(|(n, _)| *n > 0).map(|(n, unit)| format!("{n}\u{a0}{unit}")).collect();
    if said.is_empty() { "0\u{a0}s".to_owned() } else { said.join(" ") }
}

/// When further attempts follow: `after 1 min, 2 min, 4 min`.
pub fn waits(lang: Lang, retry: &Retry) -> String {
    let all = (1..retry.max_attempts).filter_map(|attempt| retry.wait_sec(attempt));
    let mut said: Vec<String> = all.take(WAITS).map(|seconds| span(lang, seconds)).collect();
    if retry.max_attempts > WAITS as i64 + 1 {
        said.push("…".to_owned());
    }
    match lang {
        Lang::De => format!("nach {}", said.join(", ")),
        Lang::En => format!("after {}", said.join(", ")),
    }
}

/// A priority in a word and as its number.
pub fn priority(lang: Lang, n: i64) -> String {
    let (de, en) = match n {
        i64::MIN..=-8 => ("sehr niedrig", "very low"),
        -7..=-1 => ("niedrig", "low"),
        0 => ("normal", "normal"),
        1..=7 => ("hoch", "high"),
        8.. => ("sehr hoch", "very high"),
    };
    let word = match lang {
        Lang::De => de,
        Lang::En => en,
    };
    match n {
        0 => word.to_owned(),
        1.. => format!("{word} (+{n})"),
        _ => format!("{word} (\u{2212}{})", n.abs()),
    }
}

/// What is set, a phrase each; but not the pause, which is told by itself.
pub fn said(lang: Lang, options: &Options) -> Vec<String> {
    let more_than = |n: i64, least: i64| (n > least).then_some(n);
    let all = [
        options.retry.map(|retry| attempts(lang, &retry)),
        (options.overlap != Overlap::default()).then(|| overlap(lang, options.overlap).to_owned()),
        catching_up(lang, options),
        more_than(options.jitter_sec, 0).map(|seconds| late(lang, &span(lang, seconds))),
        (!options.tags.is_empty()).then(|| options.tags.join(", ")),
        (options.priority != 0).then(|| with_priority(lang, &priority(lang, options.priority))),
        options.keep_runs.map(|n| kept_runs(lang, n)),
        options.keep_days.map(|n| kept_days(lang, n)),
        more_than(options.notify_after, 1).map(|n| told_from(lang, n)),
        (!options.notify_recovery)
            .then(|| in_words(lang, "meldet kein Ende von Problemen", "tells no end of problems")),
        options.digest.then(|| in_words(lang, "höchstens eine Nachricht je Stunde", "at most one message an hour")),
        (!options.webhooks.is_empty()).then(|| hooks(lang, options.webhooks.len())),
    ];
    all.into_iter().flatten().collect()
}

fn in_words(lang: Lang, de: impl Into<String>, en: impl Into<String>) -> String {
    match lang {
        Lang::De => de.into(),
        Lang::En => en.into(),
    }
}

fn attempts(lang: Lang, retry: &Retry) -> String {
    let (n, waits) = (retry.max_attempts, waits(lang, retry));
    in_words(lang, format!("bis zu {n} Versuche, {waits}"), format!("up to {n} attempts, {waits}"))
}

/// What happens to instants during a run.
pub fn overlap(lang: Lang, overlap: Overlap) -> &'static str {
    match (lang, overlap) {
        (Lang::De, Overlap::Skip) => "lässt aus, was während eines Laufs fällig wird",
        (Lang::De, Overlap::Queue) => "holt nach, was während eines Laufs fällig wird",
        (Lang::En, Overlap::Skip) => "leaves out what falls due during a run",
        (Lang::En, Overlap::Queue) => "runs what falls due during a run afterwards",
    }
}

/// What happens to instants that were missed.
pub fn catch_up(lang: Lang, catch_up: CatchUp) -> &'static str {
    match (lang, catch_up) {
        (Lang::De, CatchUp::None) => "holt Verpasstes nicht nach",
        (Lang::De, CatchUp::One) => "holt Verpasstes mit einem Lauf nach",
        (Lang::De, CatchUp::All) => "holt jeden verpassten Lauf nach",
        (Lang::En, CatchUp::None) => "does not catch up on what was missed",
        (Lang::En, CatchUp::One) => "catches up on what was missed with one run",
        (Lang::En, CatchUp::All) => "catches up on each run that was missed",
    }
}

fn catching_up(lang: Lang, options: &Options) -> Option<String> {
    let said = catch_up(lang, options.catch_up);
    let within = (options.catch_up_window_sec > 0).then(|| span(lang, options.catch_up_window_sec));
    match within {
        Some(span) if options.catch_up != CatchUp::None => {
            Some(in_words(lang, format!("{said}, höchstens {span} später"), format!("{said}, at most {span} later")))
        }
        _ => (options.catch_up != CatchUp::default()).then(|| said.to_owned()),
    }
}

fn late(lang: Lang, span: &str) -> String {
    in_words(lang, format!("startet zufällig bis zu {span} später"), format!("starts up to {span} later at random"))
}

fn with_priority(lang: Lang, priority: &str) -> String {
    in_words(lang, format!("Vorrang {priority}"), format!("priority {priority}"))
}

fn kept_runs(lang: Lang, n: i64) -> String {
    match n {
        1 => in_words(lang, "behält 1 Lauf", "keeps 1 run"),
        n => in_words(lang, format!("behält {n} Läufe"), format!("keeps {n} runs")),
    }
}

fn kept_days(lang: Lang, n: i64) -> String {
    match n {
        1 => in_words(lang, "behält Läufe 1 Tag", "keeps runs for 1 day"),
        n => in_words(lang, format!("behält Läufe {n} Tage"), format!("keeps runs for {n} days")),
    }
}

fn told_from(lang: Lang, n: i64) -> String {
    in_words(lang, format!("meldet Probleme ab Fehler Nr. {n}"), format!("tells of problems from failure no. {n}"))
}

fn hooks(lang: Lang, n: usize) -> String {
    match n {
        1 => in_words(lang, "1 Webhook", "1 webhook"),
        n => in_words(lang, format!("{n} Webhooks"), format!("{n} webhooks")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: String) -> String {
        text.replace('\u{a0}', " ")
    }

    #[test]
    fn spans_are_told_in_their_units() {
        let says = |lang, seconds| plain(span(lang, seconds));
        assert_eq!(says(Lang::En, 0), "0 s");
        assert_eq!(says(Lang::En, 90), "1 min 30 s");
        assert_eq!(says(Lang::De, 2 * 86_400 + 3600), "2 Tage 1 Std.");
        assert_eq!(says(Lang::En, 86_400), "1 day");
    }

    #[test]
    fn waits_are_spelled_out_as_far_as_they_help() {
        let retry = Retry { max_attempts: 4, ..Retry::default() };
        assert_eq!(plain(waits(Lang::En, &retry)), "after 1 min, 2 min, 4 min");
        let many = Retry { max_attempts: 100, max_backoff_sec: 60, ..Retry::default() };
        assert_eq!(plain(waits(Lang::De, &many)), "nach 1 Min., 1 Min., 1 Min., 1 Min., …");
    }

    #[test]
    fn only_what_is_set_is_said() {
        assert!(said(Lang::En, &Options::default()).is_empty());
        let options = Options { catch_up_window_sec: 60, jitter_sec: 300, keep_runs: Some(1), ..Options::default() };
        let all: Vec<String> = said(Lang::En, &options).into_iter().map(plain).collect();
        let caught_up = "catches up on what was missed with one run, at most 1 min later";
        assert_eq!(all, [caught_up, "starts up to 5 min later at random", "keeps 1 run"]);
    }

    #[test]
    fn priorities_have_five_words_and_their_number() {
        assert_eq!((priority(Lang::En, 0).as_str(), priority(Lang::De, 10).as_str()), ("normal", "sehr hoch (+10)"));
        assert_eq!(priority(Lang::En, -3), "low (\u{2212}3)");
    }
}
