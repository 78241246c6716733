//! Texts that several pages share, in both languages. What only one page says stands with that page.

use domain::Lang;

/// Declares texts in both languages, each a `static` [`L10n`].
#[macro_export]
macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident: $de:literal, $en:literal;)*) => {
        $($(#[$doc])* pub static $name: ::domain::L10n = ::domain::L10n::fixed($de, $en);)*
    };
}

texts! {
    /// Link for keyboards and screen readers.
    SKIP_TO_CONTENT: "Zum Inhalt", "Skip to content";
    /// Names the language buttons.
    LANGUAGE: "Sprache", "Language";
    /// Names the theme buttons.
    THEME: "Darstellung", "Theme";
    /// As the computer has it.
    THEME_SYSTEM: "Wie das System", "System";
    /// Always light.
    THEME_LIGHT: "Hell", "Light";
    /// Always dark.
    THEME_DARK: "Dunkel", "Dark";
    /// Names the links to the pages.
    NAVIGATION: "Hauptnavigation", "Main navigation";
    /// Link.
    OVERVIEW: "Übersicht", "Overview";
    /// Link.
    PEOPLE: "Benutzer", "People";
    /// Link.
    PROFILE: "Mein Profil", "My profile";
    /// Link.
    API_DOCS: "API", "API";
    /// Button.
    LOG_OUT: "Abmelden", "Log out";
    /// Heading and button.
    LOG_IN: "Anmelden", "Log in";
    /// Button while the server answers.
    LOGGING_IN: "Anmelden …", "Logging in …";
    /// Field.
    LOGIN: "Benutzername", "User name";
    /// Field.
    PASSWORD: "Passwort", "Password";
    /// Under the product's name on the login page.
    TAGLINE: "Aufgaben, die pünktlich laufen.", "Tasks that run on time.";
    /// The form cannot be sent yet.
    FORM_GETTING_READY: "Wird vorbereitet …", "Getting ready …";
    /// The form can never be sent.
    FORM_NEEDS_SCRIPT: "Zum Anmelden braucht diese Seite JavaScript.", "This page needs JavaScript to log in.";
    /// Something not typed.
    FIELDS_EMPTY: "Bitte Benutzernamen und Passwort eingeben.", "Please enter a user name and a password.";
    /// Heading of the list.
    TASKS: "Aufgaben", "Tasks";
    /// Button.
    REFRESH: "Aktualisieren", "Refresh";
    /// While the list comes.
    LOADING: "Wird geladen …", "Loading …";
    /// Empty list, heading.
    NO_TASKS: "Noch keine Aufgaben", "No tasks yet";
    /// Empty list, what to do.
    NO_TASKS_HINT: "Aufgaben werden über die REST-Schnittstelle angelegt:", "Tasks are created over the REST API:";
    /// A page beyond the last.
    NOTHING_HERE: "Auf dieser Seite stehen keine Aufgaben.", "There are no tasks on this page.";
    /// Link.
    FIRST_PAGE: "Zur ersten Seite", "Go to the first page";
    /// Column.
    COLUMN_ID: "Nr.", "ID";
    /// Column.
    COLUMN_TASK: "Aufgabe", "Task";
    /// Column.
    COLUMN_MODULE: "Modul", "Module";
    /// Column.
    COLUMN_STATUS: "Status", "Status";
    /// Column.
    COLUMN_STARTED: "Gestartet", "Started";
    /// Column.
    COLUMN_FINISHED: "Beendet", "Finished";
    /// Column.
    COLUMN_NEXT: "Nächster Lauf", "Next run";
    /// A task without a description.
    NO_DESCRIPTION: "Ohne Beschreibung", "No description";
    /// A time that there is none of, read out.
    NEVER: "nie", "never";
    /// No next run, read out.
    NOT_SCHEDULED: "nicht geplant", "not scheduled";
    /// Status.
    STATUS_NEW: "Neu", "New";
    /// Status.
    STATUS_RUNNING: "Läuft", "Running";
    /// Status.
    STATUS_DONE: "Fertig", "Done";
    /// Status.
    STATUS_CANCELED: "Abgebrochen", "Canceled";
    /// Status.
    STATUS_ERROR: "Fehler", "Error";
    /// Names the progress bar.
    PROGRESS: "Fortschritt", "Progress";
    /// Names the paging links.
    PAGES: "Seiten", "Pages";
    /// Link.
    PREVIOUS: "Zurück", "Previous";
    /// Link.
    NEXT: "Weiter", "Next";
    /// Heading of an error on the list.
    TASKS_FAILED: "Die Aufgaben konnten nicht geladen werden.", "The tasks could not be loaded.";
    /// Heading of an error before anything is known.
    SESSION_FAILED: "Die Anmeldung konnte nicht geprüft werden.", "Your session could not be checked.";
    /// A colour.
    NO_COLOUR: "keine Farbe", "no colour";
    /// A colour.
    RED: "rot", "red";
    /// A colour.
    AMBER: "gelb", "amber";
    /// A colour.
    GREEN: "grün", "green";
    /// A colour.
    BLUE: "blau", "blue";
    /// A colour.
    VIOLET: "violett", "violet";
    /// Banner.
    CONNECTION_LOST: "Keine Verbindung zum Server. Was Sie sehen, kann veraltet sein. Es wird weiter versucht.", "No connection to the server. What you see may be out of date. Trying again.";
    /// Button.
    TRY_AGAIN: "Erneut versuchen", "Try again";
    /// A page whose part of the bundle did not arrive.
    PAGE_NOT_LOADED: "Die Seite konnte nicht geladen werden.", "The page could not be loaded.";
    /// No answer.
    SERVER_UNREACHABLE: "Der Server ist nicht erreichbar.", "The server cannot be reached.";
    /// An answer from something else.
    ANSWER_UNREADABLE: "Die Antwort des Servers war nicht lesbar.", "The server's answer could not be read.";
    /// A heading.
    TASK_MISSING: "Diese Aufgabe gibt es nicht.", "There is no such task.";
    /// 404.
    PAGE_MISSING: "Diese Seite gibt es nicht.", "There is no such page.";
    /// Link.
    TO_TASKS: "Zu den Aufgaben", "Go to the tasks";
}

/// Which tasks of how many are shown.
pub fn range(lang: Lang, first: u64, last: u64, total: u64) -> String {
    let of = match lang {
        Lang::De => "von",
        Lang::En => "of",
    };
    format!("{}–{} {of} {}", grouped(lang, first), grouped(lang, last), grouped(lang, total))
}

/// How long something took, beside when it ended.
pub fn after(lang: Lang, took: &str) -> String {
    match lang {
        Lang::De => format!("nach {took}"),
        Lang::En => format!("after {took}"),
    }
}

/// A whole number with its thousands apart.
pub fn grouped(lang: Lang, n: u64) -> String {
    let digits = n.to_string();
    let mark = match lang {
        Lang::De => '.',
        Lang::En => ',',
    };
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(mark);
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_as_each_language_does() {
        assert_eq!(grouped(Lang::De, 1_234_567), "1.234.567");
        assert_eq!(grouped(Lang::En, 999), "999");
        assert_eq!(range(Lang::En, 1, 100, 1000), "1–100 of 1,000");
    }
}
