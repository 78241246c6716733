//! What the task list says.

use crate::i18n::texts::grouped;
use domain::Lang;

crate::texts! {
    /// Names the pin beside a title.
    PINNED: "angeheftet", "pinned";
    /// Button.
    NEW_TASK: "Neue Aufgabe", "New task";
    /// Search field.
    SEARCH: "Suchen", "Search";
    /// In the empty search field.
    SEARCH_HINT: "Beschreibung oder Nr.", "Description or ID";
    /// Filter.
    TAG: "Schlagwort", "Tag";
    /// Before the end of a pause.
    PAUSED_UNTIL: "pausiert bis", "paused until";
    /// Button, where the page does not react yet.
    APPLY: "Anwenden", "Apply";
    /// Link.
    CLEAR_FILTERS: "Filter entfernen", "Clear filters";
    /// Choice.
    ANY_STATUS: "Jeder Status", "Any status";
    /// Choice.
    ANY_MODULE: "Jedes Modul", "Any module";
    /// Choice.
    EVERYONE: "Alle Benutzer", "Everyone";
    /// Choice.
    MINE: "Nur meine", "Only mine";
    /// Names the choice.
    OWNER: "Besitzer", "Owner";
    /// Button and its list.
    COLUMNS: "Spalten", "Columns";
    /// Column.
    COLUMN_CREATED: "Angelegt", "Created";
    /// Column.
    COLUMN_HISTORY: "Letzte Läufe", "Last runs";
    /// Column, read out.
    COLUMN_ACTIONS: "Aktionen", "Actions";
    /// Check box above the column.
    SELECT_ALL: "Alle auswählen", "Select all";
    /// Task that does not run until somebody resumes it.
    PAUSED: "pausiert", "paused";
    /// The next run of a task that runs, read out.
    AFTER_THIS: "nach diesem Lauf", "after this run";
    /// A task without an owner.
    NOBODY: "niemand", "nobody";
    /// A row that is gone.
    DELETED: "Gelöscht", "Deleted";
    /// Row and bulk action.
    RUN_NOW: "Jetzt starten", "Run now";
    /// Row and bulk action.
    CANCEL: "Abbrechen", "Cancel";
    /// Row action.
    EDIT: "Bearbeiten", "Edit";
    /// Row action.
    DUPLICATE: "Duplizieren", "Duplicate";
    /// Row and bulk action.
    PAUSE: "Pausieren", "Pause";
    /// Row and bulk action.
    RESUME: "Fortsetzen", "Resume";
    /// Row and bulk action.
    DELETE: "Löschen", "Delete";
    /// Opens the other row actions.
    MORE: "Mehr", "More";
    /// Bulk action.
    CLEAR_SELECTION: "Auswahl aufheben", "Clear selection";
    /// Names the bar of bulk actions.
    BULK: "Aktionen für die Auswahl", "Actions for the selection";
    /// While calls are under way.
    WORKING: "Wird ausgeführt …", "Working …";
    /// Button in a question.
    KEEP: "Behalten", "Keep";
    /// In the question before a deletion.
    DELETE_HINT: "Auch alle Läufe und Protokolle werden gelöscht. Das lässt sich nicht rückgängig machen.", "All runs and logs are deleted with it. This cannot be undone.";
    /// Others made tasks.
    SHOW_NEW: "Anzeigen", "Show";
    /// The order on the server is another by now.
    LIST_CHANGED: "Die Liste hat sich geändert.", "The list has changed.";
    /// The stream of changes is broken.
    NOT_LIVE: "Keine Verbindung. Es wird weiter versucht.", "Connection lost. Trying again.";
    /// Empty list, heading.
    FIRST_TASK: "Lege deine erste Aufgabe an", "Create your first task";
    /// Empty list, what for.
    FIRST_TASK_HINT: "Eine Aufgabe ruft zum Beispiel jede Nacht eine Adresse auf, startet ein Programm oder sichert eine Datenbank.", "A task calls an address every night, for example, starts a program or backs up a database.";
    /// Nothing matches.
    NO_MATCH: "Keine Aufgabe passt zu den Filtern", "No task matches the filters";
    /// Heading of the help.
    SHORTCUTS: "Tastenkürzel", "Keyboard shortcuts";
    /// Shortcut.
    KEY_SEARCH: "Suchen", "Search";
    /// Shortcut.
    KEY_NEW: "Neue Aufgabe", "New task";
    /// Shortcut.
    KEY_MOVE: "Nächste oder vorige Aufgabe", "Next or previous task";
    /// Shortcut.
    KEY_OPEN: "Öffnen", "Open";
    /// Shortcut.
    KEY_RUN: "Jetzt starten", "Run now";
    /// Shortcut.
    KEY_SELECT: "Auswählen", "Select";
    /// Shortcut.
    KEY_HELP: "Diese Hilfe", "This help";
    /// Button.
    CLOSE: "Schließen", "Close";
    /// Nothing ran yet, read out.
    NO_RUNS: "noch keine Läufe", "no runs yet";
}

/// Names a row's check box.
pub fn select(lang: Lang, id: i64) -> String {
    match lang {
        Lang::De => format!("Aufgabe {id} auswählen"),
        Lang::En => format!("Select task {id}"),
    }
}

/// How many are selected.
pub fn selected(lang: Lang, n: usize) -> String {
    match lang {
        Lang::De => format!("{} ausgewählt", grouped(lang, n as u64)),
        Lang::En => format!("{} selected", grouped(lang, n as u64)),
    }
}

/// Others made so many tasks meanwhile.
pub fn unseen(lang: Lang, n: usize) -> String {
    match (lang, n) {
        (Lang::De, 1) => "Eine neue Aufgabe.".to_owned(),
        (Lang::De, n) => format!("{n} neue Aufgaben."),
        (Lang::En, 1) => "One new task.".to_owned(),
        (Lang::En, n) => format!("{n} new tasks."),
    }
}

/// The question before a deletion.
pub fn delete_question(lang: Lang, n: usize, name: &str) -> String {
    match (lang, n) {
        (Lang::De, 1) => format!("„{name}“ löschen?"),
        (Lang::En, 1) => format!("Delete “{name}”?"),
        (Lang::De, n) => format!("{n} Aufgaben löschen?"),
        (Lang::En, n) => format!("Delete {n} tasks?"),
    }
}

/// What became of an action on several tasks.
pub fn outcome(lang: Lang, done: usize, failed: usize) -> String {
    match (lang, failed) {
        (Lang::De, 0) => format!("Erledigt: {done}."),
        (Lang::De, _) => format!("Erledigt: {done}, fehlgeschlagen: {failed}."),
        (Lang::En, 0) => format!("Done: {done}."),
        (Lang::En, _) => format!("Done: {done}, failed: {failed}."),
    }
}

/// One task's failure.
pub fn failure(lang: Lang, id: i64, sentence: &str) -> String {
    match lang {
        Lang::De => format!("Aufgabe {id}: {sentence}"),
        Lang::En => format!("Task {id}: {sentence}"),
    }
}

/// The last runs in words.
pub fn runs(lang: Lang, done: usize, error: usize, canceled: usize) -> String {
    match lang {
        Lang::De => format!("{done} fertig, {error} mit Fehler, {canceled} abgebrochen"),
        Lang::En => format!("{done} done, {error} with errors, {canceled} canceled"),
    }
}
