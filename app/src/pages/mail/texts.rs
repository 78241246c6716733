//! The texts of the pages about mail.

use domain::Lang;

crate::texts! {
    /// Heading of an error.
    SETTINGS_FAILED: "Die Einstellungen konnten nicht geladen werden.", "The settings could not be loaded.";
    /// Section.
    SERVER: "Mailserver", "Mail server";
    /// Mail is sent.
    ACTIVE: "Mail wird verschickt.", "Mail is sent.";
    /// Mail is not sent.
    INACTIVE: "Es wird keine Mail verschickt: dafür braucht es einen Server, einen Absender und den Schalter.", "No mail is sent: that takes a server, a sender and the switch.";
    /// Some fields cannot be changed.
    SOME_FIXED: "Was grau ist, legt die Umgebung des Servers fest und lässt sich nur dort ändern.", "What is grey is set by the server's environment and can only be changed there.";
    /// Switch.
    ENABLED: "Mail verschicken", "Send mail";
    /// Field.
    HOST: "Server", "Server";
    /// Hint.
    HOST_HINT: "Name oder Adresse, etwa mail.example.org.", "Name or address, such as mail.example.org.";
    /// Field.
    PORT: "Port", "Port";
    /// Hint.
    PORT_HINT: "Meist 587, mit TLS von Anfang an 465.", "Usually 587; 465 with TLS from the start.";
    /// Field.
    TLS: "Verschlüsselung", "Encryption";
    /// Choice.
    TLS_STARTTLS: "STARTTLS: beginnt offen, wird verschlüsselt", "STARTTLS: begins in the clear, then encrypted";
    /// Choice.
    TLS_TLS: "TLS von Anfang an", "TLS from the start";
    /// Choice.
    TLS_NONE: "keine", "none";
    /// Field.
    USER: "Benutzername", "User name";
    /// Hint.
    USER_HINT: "Leer: ohne Anmeldung.", "Empty: no login.";
    /// Field.
    PASSWORD: "Passwort", "Password";
    /// A password is stored.
    PASSWORD_KEPT: "gespeichert", "stored";
    /// Button.
    PASSWORD_REPLACE: "Ersetzen", "Replace";
    /// Hint where it is replaced.
    PASSWORD_HINT: "Leer: keines.", "Empty: none.";
    /// Field.
    SENDER: "Absender", "Sender";
    /// Hint.
    SENDER_HINT: "Die Adresse, von der Mails kommen.", "The address that mails come from.";
    /// Field.
    REPLY_TO: "Antworten an", "Reply to";
    /// Hint.
    REPLY_TO_HINT: "Leer: an den Absender.", "Empty: to the sender.";
    /// Field.
    LANGUAGE: "Sprache", "Language";
    /// Hint.
    LANGUAGE_HINT: "Für Adressen, die keinem Benutzer gehören.", "For addresses that belong to no user.";
    /// Field.
    PROBLEMS_TO: "Probleme aller Aufgaben an", "Problems of all tasks to";
    /// Hint.
    PROBLEMS_TO_HINT: "Adressen, durch Kommas getrennt. Leer: niemand.", "Addresses, separated by commas. Empty: nobody.";
    /// Section.
    TEST: "Ausprobieren", "Try it";
    /// Below it.
    TEST_HINT: "Verschickt eine Mail mit den gespeicherten Einstellungen.", "Sends a mail with the saved settings.";
    /// Field.
    TEST_TO: "Testmail an", "Test mail to";
    /// Button.
    TEST_SEND: "Testmail senden", "Send test mail";
    /// While it is on its way.
    TEST_SENDING: "Wird gesendet …", "Sending …";
    /// It worked.
    TEST_OK: "Der Mailserver hat die Mail angenommen.", "The mail server took the mail.";
    /// It did not.
    TEST_FAILED: "Die Mail wurde nicht angenommen.", "The mail was not taken.";
    /// What was said.
    CONVERSATION: "Gespräch mit dem Mailserver", "Conversation with the mail server";
    /// Heading of an error.
    OUTBOX_FAILED: "Der Postausgang konnte nicht geladen werden.", "The outbox could not be loaded.";
    /// Names the filters.
    FILTER: "Nach Status", "By status";
    /// Filter.
    ALL: "Alle", "All";
    /// Status, filter.
    WAITING: "wartet", "waiting";
    /// Status, filter.
    SENDING: "wird gesendet", "sending";
    /// Status, filter.
    SENT: "gesendet", "sent";
    /// Status, filter.
    FAILED: "gescheitert", "failed";
    /// Nothing to show.
    NOTHING: "Hier ist keine Nachricht.", "There are no messages here.";
    /// Column.
    STATUS: "Status", "Status";
    /// Column.
    TO: "An", "To";
    /// Column.
    ABOUT: "Worüber", "About";
    /// Column.
    CREATED: "Entstanden", "Created";
    /// Column.
    ATTEMPTS: "Versuche", "Attempts";
    /// Column, read out.
    ACTIONS: "Aktionen", "Actions";
    /// Button.
    RESEND: "Erneut senden", "Send again";
    /// Button.
    SEND_NOW: "Jetzt senden", "Send now";
    /// What a message is about.
    PROBLEM: "Problem", "problem";
    /// What a message is about.
    OK: "Lauf gelungen", "run succeeded";
    /// What a message is about.
    RECOVERY: "läuft wieder", "works again";
    /// What a message is about.
    DIGEST: "Zusammenfassung", "summary";
    /// How it is delivered.
    BY_MAIL: "Mail", "mail";
    /// How it is delivered.
    BY_WEBHOOK: "Webhook", "webhook";
    /// A time that there is none of, read out.
    NEVER: "nie", "never";
    /// Before an instant.
    NEXT_TRY: "nächster Versuch", "next try";
}

/// Which run of which task.
pub fn run(lang: Lang, id: i64) -> String {
    match lang {
        Lang::De => format!("Lauf {id}"),
        Lang::En => format!("run {id}"),
    }
}
