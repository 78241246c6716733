//! The parameters of a program, as people see them.

use domain::l10n::L10n;
use domain::module::{ModuleSpec, Param, ParamType};
use domain::user::ROOT;

const PROGRAM: &str = "program";
const SURROUNDINGS: &str = "surroundings";

/// What the module tells of itself.
pub fn spec() -> ModuleSpec {
    ModuleSpec {
        name: "shell_command".to_owned(),
        displayname: L10n::fixed("Programm", "Program"),
        description: L10n::fixed(
            "Startet ein Programm auf dem Server, mit den Rechten des Servers. Was es schreibt, steht im Protokoll.",
            "Starts a program on the server, with the server's own rights. What it writes is in the log.",
        ),
        debug: false,
        require_system_right: ROOT.to_owned(),
        params: vec![
            program().in_group(PROGRAM),
            arguments().in_group(PROGRAM),
            stdin().in_group(PROGRAM),
            working_folder().in_group(SURROUNDINGS),
            environment().in_group(SURROUNDINGS),
        ],
    }
}

fn program() -> Param {
    Param::new(
        "program",
        1,
        ParamType::Text,
        L10n::fixed("Programm", "Program"),
        L10n::fixed(
            "Ein Name, der in PATH gesucht wird, oder ein Pfad, etwa /usr/bin/pg_dump. Keine Shell-Zeile: dafür „sh“ mit \
             den Argumenten „-c“ und der Zeile.",
            "A name, looked for in PATH, or a path, such as /usr/bin/pg_dump. Not a shell line: for that, “sh” with the \
             arguments “-c” and the line.",
        ),
    )
    .required()
    .range(1, 4096)
}

/// Arguments, at position 2.
pub fn arguments() -> Param {
    Param::new(
        "arguments",
        2,
        ParamType::StringList,
        L10n::fixed("Argumente", "Arguments"),
        L10n::fixed(
            "Kommen genau so an; Leerzeichen, Anführungszeichen und $ bedeuten nichts.",
            "Arrive exactly as they are; spaces, quotes and $ mean nothing.",
        ),
    )
}

/// The standard input, at position 3.
pub fn stdin() -> Param {
    Param::new(
        "stdin",
        3,
        ParamType::TextMultiline,
        L10n::fixed("Eingabe", "Input"),
        L10n::fixed("Was das Programm zu lesen bekommt.", "What the program gets to read."),
    )
}

/// The folder to work in, at position 1.
pub fn working_folder() -> Param {
    Param::new(
        "working_folder",
        1,
        ParamType::Text,
        L10n::fixed("Arbeitsordner", "Working folder"),
        L10n::fixed(
            "Ein voller Pfad. Leer: ein eigener Ordner, der nach dem Lauf gelöscht wird.",
            "A full path. Empty: a folder of its own, deleted after the run.",
        ),
    )
    .range(1, 4096)
}

/// Variables, at position 2.
pub fn environment() -> Param {
    let name = Param::new(
        "name",
        1,
        ParamType::Text,
        L10n::fixed("Name", "Name"),
        L10n::fixed("Etwa PGHOST.", "Such as PGHOST."),
    );
    let value = Param::new(
        "value",
        2,
        ParamType::Text,
        L10n::fixed("Wert", "Value"),
        L10n::fixed("Etwa db.example.org.", "Such as db.example.org."),
    );
    Param::new(
        "environment",
        2,
        ParamType::Table,
        L10n::fixed("Umgebungsvariablen", "Environment variables"),
        L10n::fixed(
            "Kommen zu PATH, HOME, LANG, LC_ALL, TZ, USER und TMPDIR des Servers und zu ROTA_TASK_ID, ROTA_RUN_ID und \
             ROTA_DUE_AT hinzu. Andere erbt das Programm nicht.",
            "Are added to the server's PATH, HOME, LANG, LC_ALL, TZ, USER and TMPDIR and to ROTA_TASK_ID, ROTA_RUN_ID and \
             ROTA_DUE_AT. The program inherits no others.",
        ),
    )
    .fields(vec![name.required(), value])
}
