//! What the log viewer says.

use crate::i18n::texts::grouped;
use domain::Lang;

crate::texts! {
    /// Heading.
    LOG: "Protokoll", "Log";
    /// Heading of what a run reported.
    RESULT: "Ergebnis", "Result";
    /// Heading of the files of a run.
    FILES: "Dateien", "Files";
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

/// How large a file is.
pub fn size(lang: Lang, bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    // One digit behind the point is all that is shown, so the rounding of large numbers does not matter.
    let (mut n, mut unit) = (bytes as f64 / 1000.0, 0);
    while n >= 999.95 && unit + 1 < UNITS.len() {
        (n, unit) = (n / 1000.0, unit + 1);
    }
    let text = format!("{n:.1} {}", UNITS[unit]);
    if lang == Lang::De { text.replace('.', ",") } else { text }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_three_digits_or_so_in_the_readers_way() {
        let said = |bytes| size(Lang::En, bytes);
        assert_eq!([0, 999, 1000, 1_234_567].map(said), ["0 B", "999 B", "1.0 kB", "1.2 MB"]);
        assert_eq!((said(999_999), size(Lang::De, 2_500_000_000)), ("1.0 MB".to_owned(), "2,5 GB".to_owned()));
    }
}
