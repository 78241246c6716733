//! What the log viewer says.

use crate::i18n::texts::grouped;
use domain::Lang;

crate::texts! {
    /// Heading.
    LOG: "Protokoll", "Log";
    /// Heading of what a run reported.
    RESULT: "Ergebnis", "Result";
    /// Link.
    BACK: "Zur Aufgabe", "Back to the task";
    /// Loading failed.
    FAILED: "Das Protokoll konnte nicht geladen werden.", "The log could not be loaded.";
    /// Nothing logged.
    EMPTY: "Keine Zeilen.", "No lines.";
    /// Search field.
    SEARCH: "Im ganzen Protokoll suchen", "Search the whole log";
    /// Button.
    PREVIOUS: "Voriger Treffer", "Previous match";
    /// Button.
    NEXT: "Nächster Treffer", "Next match";
    /// Field.
    JUMP: "Zeile", "Line";
    /// Button.
    GO: "Springen", "Jump";
    /// Choice.
    ALL_LEVELS: "Alle Stufen", "All levels";
    /// Choice.
    INFO: "ab info", "info and worse";
    /// Choice.
    WARNING: "ab warning", "warning and worse";
    /// Choice.
    ERROR: "nur error", "errors only";
    /// Names the choice.
    LEVEL: "Stufe", "Level";
    /// Check box.
    FOLLOW: "Mitlesen", "Follow";
    /// Check box.
    WRAP: "Umbrechen", "Wrap";
    /// Names the choice.
    TIMES: "Zeiten", "Times";
    /// Choice.
    TIMES_OFF: "ohne Zeit", "no times";
    /// Choice.
    TIMES_ABSOLUTE: "Uhrzeit", "time of day";
    /// Choice.
    TIMES_RELATIVE: "seit Beginn", "since start";
    /// Link.
    DOWNLOAD: "Herunterladen", "Download";
    /// Button.
    COPY: "Sichtbares kopieren", "Copy what is visible";
    /// Button.
    SHOW_ALL: "alles zeigen", "show all";
    /// A line on its way.
    LOADING: "…", "…";
}

/// How many lines.
pub fn lines(lang: Lang, n: u64) -> String {
    match (lang, n) {
        (Lang::De, 1) => "1 Zeile".to_owned(),
        (Lang::De, n) => format!("{} Zeilen", grouped(lang, n)),
        (Lang::En, 1) => "1 line".to_owned(),
        (Lang::En, n) => format!("{} lines", grouped(lang, n)),
    }
}

/// Which match of how many.
pub fn matches(lang: Lang, n: u64, of: u64) -> String {
    match (lang, of) {
        (Lang::De, 0) => "kein Treffer".to_owned(),
        (Lang::En, 0) => "no match".to_owned(),
        (Lang::De, _) => format!("{} von {}", grouped(lang, n + 1), grouped(lang, of)),
        (Lang::En, _) => format!("{} of {}", grouped(lang, n + 1), grouped(lang, of)),
    }
}
