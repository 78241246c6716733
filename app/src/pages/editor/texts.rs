//! What the editor says.

use domain::Lang;

crate::texts! {
    /// Heading.
    NEW_TASK: "Neue Aufgabe", "New task";
    /// Heading.
    EDIT_TASK: "Aufgabe bearbeiten", "Edit task";
    /// Section.
    WHAT: "Was soll laufen?", "What should run?";
    /// Section.
    DETAILS: "Einstellungen", "Settings";
    /// Section.
    WHEN: "Wann?", "When?";
    /// Section.
    WHO: "Wer bekommt E-Mail?", "Who gets e-mail?";
    /// Search among modules.
    SEARCH_MODULE: "Modul suchen", "Search modules";
    /// Check box.
    SHOW_DEBUG: "Auch Module zum Ausprobieren zeigen", "Also show modules for trying things out";
    /// Nothing found.
    NO_MODULE: "Kein Modul passt.", "No module matches.";
    /// Fixed after creation.
    MODULE_FIXED: "Das Modul lässt sich nach dem Anlegen nicht mehr ändern.", "The module cannot be changed after creation.";
    /// Not installed any more.
    MODULE_GONE: "Das Modul dieser Aufgabe ist nicht installiert oder nicht erlaubt.", "The module of this task is not installed, or not allowed for you.";
    /// Field.
    TITLE: "Titel", "Title";
    /// Help.
    TITLE_HELP: "Wie die Aufgabe in der Liste heißt.", "What the task is called in the list.";
    /// Field.
    TIMEOUT: "Zeitgrenze in Sekunden", "Time-out in seconds";
    /// Help.
    TIMEOUT_HELP: "Danach wird ein Lauf beendet. Leer: nie.", "A run is ended after this. Empty: never.";
    /// Names the unit beside a number, read out.
    UNIT: "Einheit", "unit";
    /// Unit.
    SECONDS: "Sekunden", "seconds";
    /// Unit.
    MINUTES: "Minuten", "minutes";
    /// Unit.
    HOURS_UNIT: "Stunden", "hours";
    /// Unit.
    DAYS_UNIT: "Tage", "days";
    /// Where the task is paused.
    PAUSED_NOTE: "Die Aufgabe ist pausiert (siehe „Mehr“): bis die Pause endet, startet sie nicht von selbst.", "The task is paused (see “More”): until the pause ends, it does not start by itself.";
    /// Beside a label.
    REQUIRED: "erforderlich", "required";
    /// Button.
    ADD_ROW: "Zeile hinzufügen", "Add row";
    /// A secret stays.
    SECRET_KEPT: "gespeichert, bleibt unverändert", "stored, stays unchanged";
    /// Button.
    SECRET_REPLACE: "Ersetzen", "Replace";
    /// Button.
    REMOVE_FILE: "Datei entfernen", "Remove the file";
    /// Choice.
    NEVER: "Nicht von selbst", "Not by itself";
    /// Choice.
    NOW: "Jetzt", "Now";
    /// Choice.
    ONCE: "Einmal um …", "Once at …";
    /// Choice.
    SCHEDULE: "Nach Zeitplan", "On a schedule";
    /// Help.
    NEVER_HELP: "Nur, wenn jemand sie startet.", "Only when somebody starts it.";
    /// Help.
    NOW_HELP: "Sobald gespeichert ist.", "As soon as it is saved.";
    /// Help.
    ONCE_HELP: "An einem Tag, zu einer Zeit.", "On one day, at one time.";
    /// Help.
    SCHEDULE_HELP: "Immer wieder, nach Tagen und Zeiten.", "Again and again, by days and times.";
    /// Field.
    ONCE_AT: "Datum und Uhrzeit, in deiner Zeitzone", "Date and time, in your time zone";
    /// Field.
    RECIPIENT: "E-Mail-Adresse", "E-mail address";
    /// Check box.
    PROBLEMS_ONLY: "nur bei Problemen", "only on problems";
    /// Button.
    ADD_RECIPIENT: "Empfänger hinzufügen", "Add recipient";
    /// Nobody yet.
    NO_RECIPIENTS: "Bisher niemand.", "Nobody yet.";
    /// Button.
    SAVE: "Speichern", "Save";
    /// Button.
    CREATE: "Anlegen", "Create";
    /// While the server answers.
    SAVING: "Wird gespeichert …", "Saving …";
    /// Link.
    CANCEL: "Verwerfen", "Discard";
    /// Nothing to save.
    UNCHANGED: "Es gibt nichts zu speichern.", "There is nothing to save.";
    /// Question of the guard.
    LEAVE: "Die Änderungen sind nicht gespeichert. Seite trotzdem verlassen?", "Your changes are not saved. Leave the page anyway?";
    /// Heading.
    CONFLICT: "Jemand anders hat gespeichert", "Somebody else saved meanwhile";
    /// Below it.
    CONFLICT_HELP: "Diese Angaben unterscheiden sich. Nichts ist verloren.", "These fields differ. Nothing is lost.";
    /// Column.
    FIELD: "Angabe", "Field";
    /// Column.
    MINE: "Meine", "Mine";
    /// Column.
    THEIRS: "Ihre", "Theirs";
    /// Button.
    KEEP_MINE: "Meine speichern", "Save mine";
    /// Button.
    TAKE_THEIRS: "Ihre übernehmen", "Take theirs";
    /// Loading failed.
    FAILED: "Der Editor konnte nicht geladen werden.", "The editor could not be loaded.";
    /// Names the presets.
    PRESETS: "Vorlagen", "Presets";
    /// Names one rule.
    RULE: "Regel", "Rule";
    /// Button.
    ADD_RULE: "Weitere Regel", "Another rule";
    /// Button.
    REMOVE_RULE: "Regel entfernen", "Remove rule";
    /// Preset.
    HOURLY: "stündlich", "hourly";
    /// Preset.
    DAILY: "täglich", "daily";
    /// Preset.
    WEEKLY: "wöchentlich", "weekly";
    /// Preset.
    MONTHLY: "monatlich", "monthly";
    /// Preset.
    MONTH_END: "am Monatsletzten", "last day of the month";
    /// Names the choice of days.
    DAYS: "Tage", "Days";
    /// Choice.
    EVERY_DAY: "jeden Tag", "every day";
    /// Choice.
    ON_WEEKDAYS: "an Wochentagen", "on weekdays";
    /// Choice.
    ON_DAYS: "an Tagen des Monats", "on days of the month";
    /// Choice.
    ON_BOTH: "an Tagen des Monats, wenn sie auf Wochentage fallen", "on days of the month that fall on weekdays";
    /// Names the weekday buttons.
    WEEKDAYS: "Wochentage", "Weekdays";
    /// Names the grid.
    DAYS_OF_MONTH: "Tage des Monats", "Days of the month";
    /// Button of the grid.
    LAST_DAY: "letzter", "last";
    /// Button of the grid.
    SECOND_LAST: "vorletzter", "2nd last";
    /// Names the month buttons.
    MONTHS: "Monate", "Months";
    /// No month chosen.
    ALL_MONTHS: "keiner gewählt: alle", "none chosen: all";
    /// Names the choice.
    HOW_OFTEN: "Wie oft an diesen Tagen", "How often on these days";
    /// Choice.
    AT_TIMES: "zu Uhrzeiten", "at times";
    /// Choice.
    EVERY_MINUTES: "alle … Minuten", "every … minutes";
    /// Choice.
    EACH_HOUR: "jede Stunde", "each hour";
    /// Choice.
    THROUGH_HOURS: "jede Minute in Stunden", "each minute of hours";
    /// Names the times.
    TIMES: "Uhrzeiten", "Times";
    /// Button.
    ADD_TIME: "Uhrzeit", "Time";
    /// Names one.
    TIME: "Uhrzeit", "Time";
    /// Names the choice.
    MINUTES_APART: "Abstand in Minuten", "Minutes apart";
    /// Names the choice.
    AT_MINUTE: "zur Minute", "at minute";
    /// Names the hour buttons.
    HOURS: "Stunden", "Hours";
    /// Names the field.
    ZONE: "Zeitzone", "Time zone";
    /// Section.
    PREVIEW: "Das bedeutet", "What this means";
    /// Not enough yet.
    PREVIEW_EMPTY: "Wähle Tage und Zeiten, dann steht hier, wann die Aufgabe läuft.", "Choose days and times, and this says when the task runs.";
    /// Heading.
    NEXT_RUNS: "Nächste Läufe", "Next runs";
    /// Heading.
    YEAR: "Zwölf Monate", "Twelve months";
    /// More than were asked for.
    YEAR_CUT: "Mehr als tausend Läufe; gezeigt sind die ersten tausend.", "More than a thousand runs; the first thousand are shown.";
    /// Column.
    YOUR_TIME: "deine Zeit", "your time";
    /// Field.
    CRON: "Aus einer Cron-Zeile", "From a cron line";
    /// Button.
    CRON_USE: "Übernehmen", "Use";
}

/// A preset.
pub fn every(lang: Lang, n: u8) -> String {
    match (lang, n) {
        (Lang::De, 1) => "jede Minute".to_owned(),
        (Lang::De, n) => format!("alle {n} Min."),
        (Lang::En, 1) => "every minute".to_owned(),
        (Lang::En, n) => format!("every {n} min"),
    }
}

/// Names a button.
pub fn remove(lang: Lang, what: &str) -> String {
    match lang {
        Lang::De => format!("{what} entfernen"),
        Lang::En => format!("Remove {what}"),
    }
}

/// Names a button.
pub fn move_up(lang: Lang, what: &str) -> String {
    match lang {
        Lang::De => format!("{what} nach oben"),
        Lang::En => format!("Move {what} up"),
    }
}

/// Short names, January first.
pub fn month(lang: Lang, month: usize) -> &'static str {
    let names = match lang {
        Lang::De => ["Jan", "Feb", "Mär", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez"],
        Lang::En => ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
    };
    names[month % 12]
}

/// A day's runs, read out.
pub fn runs_on(lang: Lang, date: &str, n: usize) -> String {
    match (lang, n) {
        (Lang::De, 1) => format!("{date}: 1 Lauf"),
        (Lang::De, n) => format!("{date}: {n} Läufe"),
        (Lang::En, 1) => format!("{date}: 1 run"),
        (Lang::En, n) => format!("{date}: {n} runs"),
    }
}
