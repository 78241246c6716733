//! What the options of a task say.

use domain::Lang;

crate::texts! {
    /// Section.
    MORE: "Mehr", "More";
    /// Nothing in it is set.
    NOTHING_SET: "Wiederholen, Pause, Verpasstes, Schlagworte, Verlauf, Webhooks", "Retries, pause, missed runs, tags, history, webhooks";
    /// Check box.
    RETRY: "Nach einem Fehler erneut versuchen", "Try again after a failure";
    /// Help.
    RETRY_HELP: "Aus: der nächste Versuch ist der nächste geplante Lauf.", "Off: the next attempt is the next planned run.";
    /// Field.
    ATTEMPTS: "Versuche insgesamt", "Attempts in all";
    /// Help.
    ATTEMPTS_HELP: "Mit dem ersten, 2 bis 100.", "Including the first, 2 to 100.";
    /// Field.
    BACKOFF: "Erste Wartezeit", "First wait";
    /// Help.
    BACKOFF_HELP: "Vor dem zweiten Versuch.", "Before the second attempt.";
    /// Field.
    FACTOR: "Danach jedes Mal", "Then each time";
    /// Help.
    FACTOR_HELP: "Längeres Warten schont, was gerade nicht erreichbar ist.", "Waiting longer spares what cannot be reached just now.";
    /// Field.
    LONGEST: "Längste Wartezeit", "Longest wait";
    /// Help.
    LONGEST_HELP: "Länger wird nie gewartet.", "No wait is longer than this.";
    /// Field.
    PAUSE: "Pause", "Pause";
    /// Help.
    PAUSE_HELP: "In einer Pause startet die Aufgabe nicht von selbst; von Hand lässt sie sich starten.", "While paused, the task does not start by itself; it can be started by hand.";
    /// Field.
    PAUSE_END: "Ende der Pause, in deiner Zeitzone", "End of the pause, in your time zone";
    /// Choice.
    PAUSE_NO: "nicht pausiert", "not paused";
    /// Choice.
    PAUSE_UNTIL: "pausiert bis …", "paused until …";
    /// Choice.
    PAUSE_FOR_GOOD: "pausiert bis auf Weiteres", "paused until further notice";
    /// Field.
    OVERLAP: "Wenn noch ein Lauf dauert", "While a run still takes";
    /// Help.
    OVERLAP_HELP: "Was mit geplanten Zeiten geschieht, die dabei vergehen. Zwei Läufe zugleich gibt es nie.", "What happens to planned times that pass meanwhile. There are never two runs at once.";
    /// Choice.
    SKIP: "auslassen", "leave them out";
    /// Choice.
    QUEUE: "danach nachholen", "run them afterwards";
    /// Choice.
    CATCH_UP_ONE: "mit einem Lauf nachholen", "catch up with one run";
    /// Choice.
    CATCH_UP_ALL: "jede einzeln nachholen", "catch up on each of them";
    /// Choice.
    CATCH_UP_NONE: "nicht nachholen", "let them go";
    /// Field.
    CATCH_UP: "Wenn der Server aus war", "When the server was off";
    /// Help.
    CATCH_UP_HELP: "Was mit geplanten Zeiten geschieht, die er verpasst hat.", "What happens to planned times that it missed.";
    /// Field.
    WINDOW: "Nachholen höchstens nach", "Catch up within";
    /// Help.
    WINDOW_HELP: "Was länger her ist, wird nicht nachgeholt. 0: ohne Grenze, bei „jede einzeln“ ein Tag.", "Times longer ago are let go. 0: no limit, or a day for “each of them”.";
    /// Field.
    JITTER: "Zufällig später starten, höchstens um", "Start at random later, at most by";
    /// Help.
    JITTER_HELP: "Damit nicht alle Aufgaben zur selben Sekunde beginnen.", "So that tasks do not all begin in the same second.";
    /// Field.
    TAGS: "Schlagworte", "Tags";
    /// Help.
    TAGS_HELP: "Durch Kommas getrennt. In der Liste lässt sich danach filtern.", "Separated by commas. The list can be filtered by them.";
    /// Field.
    PRIORITY: "Vorrang", "Priority";
    /// Help.
    PRIORITY_HELP: "Was zuerst läuft, wenn mehr fällig ist, als zugleich laufen kann.", "What goes first when more is due than can run at once.";
    /// Field.
    KEEP_RUNS: "So viele Läufe behalten", "Keep so many runs";
    /// Help.
    KEEP_RUNS_HELP: "Ältere werden mit ihren Protokollen gelöscht. Leer: alle behalten.", "Older ones are deleted with their logs. Empty: keep all.";
    /// Field.
    KEEP_DAYS: "Läufe so viele Tage behalten", "Keep runs for so many days";
    /// Help.
    KEEP_DAYS_HELP: "Leer: ohne zeitliche Grenze.", "Empty: for ever.";
    /// Group.
    WEBHOOKS: "Webhooks", "Webhooks";
    /// Help.
    WEBHOOKS_HELP: "Adressen anderer Programme, die aufgerufen werden, wenn ein Lauf endet.", "Addresses of other programs that are called when a run ends.";
    /// Button.
    ADD_WEBHOOK: "Webhook hinzufügen", "Add webhook";
    /// Button.
    REMOVE_WEBHOOK: "Webhook entfernen", "Remove webhook";
    /// Field.
    WEBHOOK_URL: "Adresse", "Address";
    /// Field.
    WEBHOOK_SECRET: "Geheimnis", "Secret";
    /// Help.
    WEBHOOK_SECRET_HELP: "Unterschreibt jeden Aufruf, damit der Empfänger ihm traut. Leer: ohne Unterschrift.", "Signs each call, so that the receiver can trust it. Empty: unsigned.";
    /// Group.
    WEBHOOK_EVENTS: "Aufrufen, wenn ein Lauf", "Call when a run";
    /// Help.
    WEBHOOK_EVENTS_HELP: "Nichts gewählt: immer.", "None chosen: always.";
    /// Check box.
    EVENT_DONE: "gelingt", "succeeds";
    /// Check box.
    EVENT_CANCELED: "abgebrochen wird", "is canceled";
    /// Check box.
    EVENT_ERROR: "fehlschlägt", "fails";
    /// Check box.
    EVENT_RECOVERY: "nach Fehlern wieder gelingt", "succeeds again after failures";
    /// Field.
    NOTIFY_AFTER: "Probleme melden ab Fehler Nr.", "Tell of problems from failure no.";
    /// Help.
    NOTIFY_AFTER_HELP: "Fehler hintereinander. 1: schon der erste.", "Failures in a row. 1: the first one already.";
    /// Check box.
    NOTIFY_RECOVERY: "Auch melden, wenn es wieder läuft", "Also tell when it works again";
    /// Help.
    NOTIFY_RECOVERY_HELP: "An alle, denen das Problem gemeldet wurde.", "To all who were told of the problem.";
    /// Check box.
    DIGEST: "Zusammenfassen: höchstens eine Nachricht je Stunde", "Sum up: at most one message an hour";
    /// Help.
    DIGEST_HELP: "Für Aufgaben, die oft laufen.", "For tasks that run often.";
    /// In the line of what is set.
    SAID_PAUSED: "pausiert", "paused";
}

fn in_words(lang: Lang, de: String, en: String) -> String {
    match lang {
        Lang::De => de,
        Lang::En => en,
    }
}

/// Names one of several.
pub fn webhook(lang: Lang, n: usize) -> String {
    in_words(lang, format!("Webhook {n}"), format!("Webhook {n}"))
}

/// What retries come to; `waits` begins with "after".
pub fn tries(lang: Lang, waits: &str) -> String {
    // What ends in a short form, or in dots, has its full stop.
    let stop = if waits.ends_with(['.', '…']) { "" } else { "." };
    in_words(lang, format!("Versucht es erneut {waits}{stop}"), format!("Tries again {waits}{stop}"))
}
