//! The texts of the pages about people.

crate::texts! {
    /// Names the links between the pages of administrators.
    ADMINISTRATION: "Verwaltung", "Administration";
    /// Page.
    MAIL: "Mail", "Mail";
    /// Page.
    OUTBOX: "Postausgang", "Outbox";
    /// Hint of a field that the server's environment sets.
    FIXED: "Am Server festgelegt.", "Set on the server.";
    /// Column, field.
    NAME: "Name", "Name";
    /// Column, field.
    LOGIN: "Benutzername", "User name";
    /// Column, field.
    EMAIL: "E-Mail-Adresse", "E-mail address";
    /// Column, group of checkboxes.
    RIGHTS: "Rechte", "Rights";
    /// Column, field.
    LANGUAGE: "Sprache", "Language";
    /// Column.
    CREATED: "Angelegt", "Created";
    /// Link.
    NEW_PERSON: "Neuer Benutzer", "New user";
    /// Heading of an error.
    LIST_FAILED: "Die Benutzer konnten nicht geladen werden.", "The users could not be loaded.";
    /// Field.
    SEARCH: "Suchen", "Search";
    /// Inside the field.
    SEARCH_IN: "Name, Benutzername oder E-Mail", "Name, user name or e-mail";
    /// Link.
    SEARCH_END: "Alle zeigen", "Show all";
    /// Heading.
    NOBODY_FOUND: "Kein Benutzer passt dazu.", "No user matches.";
    /// Heading.
    ROOT_ONLY: "Diese Seite ist für Verwalter.", "This page is for administrators.";
    /// Below it.
    ROOT_ONLY_HINT: "Benutzer und Mail verwalten darf, wer das Recht system.root hat.", "Managing users and mail takes the right system.root.";
    /// No right at all.
    NO_RIGHTS: "keine", "none";
    /// No address, read out.
    NO_EMAIL: "keine Adresse", "no address";
    /// Which of the rows one is.
    YOU: "Sie", "you";
    /// Heading of an error.
    PERSON_MISSING: "Diesen Benutzer gibt es nicht.", "There is no such user.";
    /// Heading of an error.
    PERSON_FAILED: "Der Benutzer konnte nicht geladen werden.", "The user could not be loaded.";
    /// Link.
    ALL_PEOPLE: "Alle Benutzer", "All users";
    /// Heading of the form.
    ABOUT: "Angaben", "Details";
    /// Below the name.
    NAME_HINT: "Wie andere sie sehen. Leer: der Benutzername.", "What others see. Empty: the user name.";
    /// Below the address.
    EMAIL_HINT: "Darf leer sein.", "May be empty.";
    /// Field.
    PASSWORD: "Passwort", "Password";
    /// Field.
    PASSWORD_NEW: "Neues Passwort", "New password";
    /// Below the password.
    PASSWORD_RULE: "8 bis 1000 Zeichen.", "8 to 1000 characters.";
    /// Below the password of someone who has one.
    PASSWORD_KEEP: "Leer: das alte bleibt. Ein neues beendet alle Sitzungen dieses Benutzers.", "Empty: the old one stays. A new one ends all sessions of this user.";
    /// Below the language.
    LANGUAGE_HINT: "Für Seiten und E-Mails.", "For pages and e-mails.";
    /// What the right means.
    ROOT_MEANS: "Verwalter: sieht und ändert die Aufgaben aller und verwaltet Benutzer.", "Administrator: sees and changes everyone's tasks and manages users.";
    /// What the right means.
    TASK_MEANS: "Darf eigene Aufgaben anlegen, ausführen und ihre Protokolle lesen.", "May create and run tasks of one's own and read their logs.";
    /// Why it was refused.
    LAST_ROOT: "Dies ist der letzte Benutzer mit system.root. Ohne ihn könnte niemand mehr Rota verwalten. Geben Sie das Recht erst jemand anderem.", "This is the last user with system.root. Without one, nobody could manage Rota any more. Give the right to somebody else first.";
    /// Button.
    SAVE: "Speichern", "Save";
    /// Button.
    CREATE: "Anlegen", "Create";
    /// After a save.
    SAVED: "Gespeichert.", "Saved.";
    /// Problem of a field.
    MISSING: "fehlt", "is missing";
    /// Heading.
    DELETE: "Benutzer löschen", "Delete user";
    /// Below it, and in the question.
    DELETE_MEANS: "Die Aufgaben bleiben. Sie gehören dann niemandem und laufen nicht. Zugangstoken und Sitzungen enden sofort.", "The tasks stay. They will be owned by nobody and will not run. Tokens and sessions end at once.";
    /// Question.
    DELETE_REALLY: "Diesen Benutzer löschen?", "Delete this user?";
    /// Button.
    DELETE_DO: "Löschen", "Delete";
    /// Button.
    CANCEL: "Abbrechen", "Cancel";
    /// Heading.
    TOKENS: "Zugangstoken", "API tokens";
    /// Below it.
    TOKENS_MEAN: "Mit einem Token rufen Programme die Schnittstelle mit allen Rechten dieses Benutzers auf.", "With a token, programs call the API with all rights of this user.";
    /// Empty list.
    NO_TOKENS: "Noch keine Token.", "No tokens yet.";
    /// Heading of an error.
    TOKENS_FAILED: "Die Token konnten nicht geladen werden.", "The tokens could not be loaded.";
    /// Column.
    EXPIRES: "Läuft ab", "Expires";
    /// Column.
    USED: "Zuletzt benutzt", "Last used";
    /// Field.
    TOKEN_NAME: "Name des Tokens", "Name of the token";
    /// Below it.
    TOKEN_NAME_HINT: "Wofür es ist, etwa „Sicherung“.", "What it is for, such as \"backup\".";
    /// Field.
    TOKEN_EXPIRES: "Läuft ab am Ende von", "Expires at the end of";
    /// Below it.
    TOKEN_EXPIRES_HINT: "Leer: nie.", "Empty: never.";
    /// Button.
    TOKEN_CREATE: "Token anlegen", "Create token";
    /// Heading.
    TOKEN_MADE: "Neues Token", "New token";
    /// Above the value.
    TOKEN_ONCE: "Kopieren Sie das Token jetzt. Es wird nur dieses eine Mal gezeigt und ist nicht wieder abrufbar.", "Copy the token now. It is shown this one time only and cannot be looked up again.";
    /// Button.
    TOKEN_HIDE: "Ich habe es kopiert", "I have copied it";
    /// Button.
    COPY: "Kopieren", "Copy";
    /// After it.
    COPIED: "Kopiert", "Copied";
    /// Where the browser refuses.
    COPY_BY_HAND: "Markiert: mit Strg+C kopieren", "Selected: copy with Ctrl+C";
    /// Button.
    REVOKE: "Widerrufen", "Revoke";
    /// Question.
    REVOKE_REALLY: "Dieses Token widerrufen?", "Revoke this token?";
    /// Below it.
    REVOKE_MEANS: "Programme, die es benutzen, werden ab sofort abgewiesen. Das lässt sich nicht rückgängig machen.", "Programs that use it are refused from now on. This cannot be undone.";
    /// No expiry.
    NEVER: "nie", "never";
    /// An expiry that has passed.
    EXPIRED: "abgelaufen", "expired";
    /// Column of buttons, read out.
    ACTIONS: "Aktionen", "Actions";
}
