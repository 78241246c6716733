//! The texts of the overview.

use domain::Lang;

crate::texts! {
    /// Tile.
    RATE: "Erfolgreich in 24 Stunden", "Succeeded in 24 hours";
    /// Tile without runs.
    NO_RUNS: "keine Läufe", "no runs";
    /// Tile.
    RUNNING: "Läuft gerade", "Running now";
    /// Tile.
    FAILED: "Fehlgeschlagen in 24 Stunden", "Failed in 24 hours";
    /// Tile.
    NEXT: "Als Nächstes", "Next up";
    /// Tile without a next run.
    NOTHING_PLANNED: "nichts geplant", "nothing planned";
    /// Below the number of failures.
    NONE_LATE: "keine Aufgabe verspätet", "no task is late";
    /// Heading.
    TIMELINE: "24 Stunden zurück und voraus", "24 hours back and ahead";
    /// Names the scrolling box.
    TIMELINE_BOX: "Zeitstrahl", "Time line";
    /// The middle of the time line.
    NOW: "jetzt", "now";
    /// Mark, and its explanation.
    DONE: "fertig", "done";
    /// Mark, and its explanation.
    ERROR: "Fehler", "failed";
    /// Mark, and its explanation.
    CANCELED: "abgebrochen", "canceled";
    /// Mark, and its explanation.
    RUNS_NOW: "läuft", "running";
    /// Mark, and its explanation.
    PLANNED: "geplant", "planned";
    /// Chip of a row.
    LATE: "verspätet", "late";
    /// Chip of a row.
    FAILING: "Fehler", "failing";
    /// Summary of the table.
    AS_TABLE: "Als Tabelle", "As a table";
    /// Column.
    TASK: "Aufgabe", "Task";
    /// Column.
    STATE: "Stand", "State";
    /// Column.
    RUNS: "Läufe", "Runs";
    /// Column.
    FAILURES: "Davon fehlgeschlagen", "Failed of these";
    /// Column.
    LAST: "Letzter Lauf", "Last run";
    /// Column.
    NEXT_RUN: "Nächster Lauf", "Next run";
    /// State of a row with nothing to say.
    QUIET: "in Ordnung", "in order";
    /// A time that there is none of, read out.
    NEVER: "keiner", "none";
    /// Empty, heading.
    EMPTY: "In diesen 48 Stunden läuft nichts.", "Nothing runs in these 48 hours.";
    /// Empty, below it.
    EMPTY_HINT: "Hier stehen Läufe der letzten und der nächsten 24 Stunden.", "Runs of the last and the next 24 hours appear here.";
    /// Heading of an error.
    FAILED_TO_LOAD: "Die Übersicht konnte nicht geladen werden.", "The overview could not be loaded.";
    /// The answer was cut.
    CUT: "Es sind mehr Läufe, als hier stehen: gezeigt werden die jüngsten.", "There are more runs than are shown: these are the latest.";
    /// Whether the page follows what happens.
    LIVE: "Aktualisiert sich von selbst", "Updates by itself";
    /// It does not.
    NOT_LIVE: "Verbindung unterbrochen", "Connection lost";
}

/// How many of how many.
pub fn of(lang: Lang, n: u64, total: u64) -> String {
    match lang {
        Lang::De => format!("{n} von {total} Läufen"),
        Lang::En => format!("{n} of {total} runs"),
    }
}

/// How many tasks are late.
pub fn late(lang: Lang, n: usize) -> String {
    match (lang, n) {
        (Lang::De, 1) => "1 Aufgabe verspätet".to_owned(),
        (Lang::De, _) => format!("{n} Aufgaben verspätet"),
        (Lang::En, 1) => "1 task is late".to_owned(),
        (Lang::En, _) => format!("{n} tasks are late"),
    }
}

/// How many rows are not shown.
pub fn more(lang: Lang, n: usize) -> String {
    match lang {
        Lang::De => format!("und {n} weitere Aufgaben"),
        Lang::En => format!("and {n} more tasks"),
    }
}

/// So many marks in one.
pub fn times(lang: Lang, n: usize, what: &str) -> String {
    match (lang, n) {
        (_, 1) => what.to_owned(),
        (Lang::De, _) => format!("{n} Läufe, {what}"),
        (Lang::En, _) => format!("{n} runs, {what}"),
    }
}

/// A place on the time line: so many hours from now.
pub fn hours(lang: Lang, hours: i32) -> String {
    let sign = if hours < 0 { "−" } else { "+" };
    let unit = match lang {
        Lang::De => "Std.",
        Lang::En => "h",
    };
    format!("{sign}{}\u{a0}{unit}", hours.abs())
}
