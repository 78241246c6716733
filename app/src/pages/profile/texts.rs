//! The texts of one's own page.

crate::texts! {
    /// Heading.
    ABOUT_YOU: "Über Sie", "About you";
    /// Above the login and the rights, which only root changes.
    FIXED: "Benutzername und Rechte ändert ein Verwalter.", "An administrator changes the user name and the rights.";
    /// Heading.
    CHOICES: "Darstellung", "Appearance";
    /// Below it.
    CHOICES_MEAN: "Gilt überall, wo Sie angemeldet sind. Wird sofort gespeichert.", "Applies wherever you are logged in. Saved at once.";
    /// Field.
    ZONE: "Zeitzone", "Time zone";
    /// Below it.
    ZONE_HINT: "In dieser Zone stehen alle Zeiten. Leer: wie der Computer.", "All times are shown in this zone. Empty: as the computer has it.";
    /// Problem of the field.
    ZONE_UNKNOWN: "ist keine bekannte Zeitzone, etwa Europe/Berlin", "is no known time zone, such as Europe/Berlin";
    /// Before the zone of the computer.
    ZONE_COMPUTER: "Der Computer steht auf", "The computer is set to";
    /// Heading of the page before all others.
    FIRST_PASSWORD: "Ein eigenes Passwort wählen", "Choose a password of your own";
    /// Below it.
    FIRST_PASSWORD_MEANS: "Das bisherige wurde beim ersten Start erzeugt und stand in der Ausgabe des Programms.", "The present one was made up at the first start and stood in the program's output.";
    /// Heading.
    PASSWORD: "Passwort ändern", "Change password";
    /// Below it.
    PASSWORD_MEANS: "Alle anderen Sitzungen enden damit. Zugangstoken gelten weiter.", "This ends all other sessions. API tokens stay valid.";
    /// Field.
    PASSWORD_AGAIN: "Neues Passwort, noch einmal", "New password, once more";
    /// Problem of the field.
    PASSWORD_DIFFERS: "ist nicht dasselbe", "is not the same";
    /// Button.
    PASSWORD_CHANGE: "Passwort ändern", "Change password";
}
