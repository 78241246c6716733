//! What the page of a task says.

use domain::Lang;

crate::texts! {
    /// Loading failed.
    FAILED: "Die Aufgabe konnte nicht geladen werden.", "The task could not be loaded.";
    /// Deleted while one looks.
    GONE: "Diese Aufgabe wurde gelöscht.", "This task was deleted.";
    /// Button.
    RUN_NOW: "Jetzt starten", "Run now";
    /// Button.
    CANCEL: "Abbrechen", "Cancel";
    /// Link.
    EDIT: "Bearbeiten", "Edit";
    /// Link.
    DUPLICATE: "Duplizieren", "Duplicate";
    /// Names the menu.
    MORE: "Mehr", "More";
    /// Link.
    RUN_OTHERWISE: "Mit anderen Parametern ausführen …", "Run with other parameters…";
    /// Button.
    PIN: "Oben anheften", "Pin to the top";
    /// Button.
    UNPIN: "Nicht mehr anheften", "Unpin";
    /// Names the colours.
    COLOUR: "Farbe", "Colour";
    /// Names the choice of how many runs the chart shows.
    RANGE: "Läufe im Diagramm", "Runs in the chart";
    /// Button.
    PAUSE: "Pausieren", "Pause";
    /// Button.
    RESUME: "Fortsetzen", "Resume";
    /// Button.
    DELETE: "Löschen", "Delete";
    /// Button.
    KEEP: "Behalten", "Keep";
    /// Question.
    DELETE_QUESTION: "Diese Aufgabe löschen?", "Delete this task?";
    /// Below it.
    DELETE_HINT: "Auch alle Läufe und Protokolle werden gelöscht. Das lässt sich nicht rückgängig machen.", "All runs and logs are deleted with it. This cannot be undone.";
    /// Section.
    STATE: "Stand", "State";
    /// Section.
    PARAMETERS: "Parameter", "Parameters";
    /// Section.
    SCHEDULE: "Zeitplan", "Schedule";
    /// Section.
    HISTORY: "Läufe", "Runs";
    /// Section.
    LOG: "Protokoll des letzten Laufs", "Log of the latest run";
    /// Link.
    FULL_LOG: "Ganzes Protokoll", "Full log";
    /// Nothing logged.
    NO_LOG: "Noch keine Zeilen.", "No lines yet.";
    /// No runs.
    NO_RUNS: "Noch keine Läufe.", "No runs yet.";
    /// No schedule.
    NO_SCHEDULE: "Läuft nicht nach Zeitplan.", "Does not run on a schedule.";
    /// Until further notice.
    PAUSED: "Pausiert: die Aufgabe startet nicht von selbst, bis jemand sie fortsetzt.", "Paused: the task does not start by itself until somebody resumes it.";
    /// Fact.
    NEXT: "Nächster Lauf", "Next run";
    /// Fact.
    STARTED: "Gestartet", "Started";
    /// Fact.
    FINISHED: "Beendet", "Finished";
    /// Fact.
    OWNER: "Besitzer", "Owner";
    /// Fact.
    MODULE: "Modul", "Module";
    /// Fact.
    MAIL: "E-Mail an", "E-mail to";
    /// After an address.
    PROBLEMS_ONLY: "nur bei Problemen", "only on problems";
    /// A task without an owner.
    NOBODY: "niemand", "nobody";
    /// Fact.
    TAGS: "Schlagworte", "Tags";
    /// Fact.
    OPTIONS: "Außerdem", "Also";
    /// Fact.
    WEBHOOKS: "Webhooks", "Webhooks";
    /// A secret.
    SECRET: "gespeichert", "stored";
    /// A value that is empty, read out.
    EMPTY: "leer", "empty";
    /// Column.
    RUN: "Lauf", "Run";
    /// Column.
    TRIGGER: "Auslöser", "Trigger";
    /// Column.
    DUE: "Fällig", "Due";
    /// Column.
    TOOK: "Dauer", "Took";
    /// Column.
    OUTCOME: "Ergebnis", "Outcome";
    /// Column.
    MESSAGE: "Meldung", "Message";
    /// Trigger.
    BY_SCHEDULE: "Zeitplan", "schedule";
    /// Trigger.
    BY_HAND: "von Hand", "by hand";
    /// Trigger.
    BY_API: "API", "API";
    /// Trigger.
    BY_RETRY: "Wiederholung", "retry";
    /// Trigger.
    BY_CATCH_UP: "nachgeholt", "catch-up";
    /// Names the chart.
    CHART: "Dauer der letzten Läufe", "Duration of the last runs";
    /// Below the chart.
    CHART_HINT: "Mit den Pfeiltasten von Lauf zu Lauf.", "Arrow keys move from run to run.";
}

/// While it runs.
pub fn eta(lang: Lang, left: &str) -> String {
    match lang {
        Lang::De => format!("noch etwa {left}"),
        Lang::En => format!("about {left} left"),
    }
}

/// The end of a pause.
pub fn paused_until(lang: Lang, exact: &str) -> String {
    match lang {
        Lang::De => format!("Pausiert bis {exact}: bis dahin startet die Aufgabe nicht von selbst."),
        Lang::En => format!("Paused until {exact}: until then the task does not start by itself."),
    }
}

/// When a run that failed is tried again: how far away that is, and the time.
pub fn again(lang: Lang, relative: &str, exact: &str) -> String {
    match lang {
        Lang::De => format!("Neuer Versuch {relative} ({exact})"),
        Lang::En => format!("Tries again {relative} ({exact})"),
    }
}

/// Which attempt of how many.
pub fn attempt_of(lang: Lang, n: i64, most: i64) -> String {
    match lang {
        Lang::De => format!("Versuch {n} von {most}"),
        Lang::En => format!("attempt {n} of {most}"),
    }
}

/// Which attempt a run was.
pub fn attempt(lang: Lang, n: i64) -> String {
    match lang {
        Lang::De => format!("Versuch {n}"),
        Lang::En => format!("attempt {n}"),
    }
}
