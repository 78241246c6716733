//! The parameters of a query, as people see them.

use domain::l10n::L10n;
use domain::module::{ModuleSpec, Param, ParamType};
use domain::user::ROOT;

const DATABASE: &str = "database";
const LIMITS: &str = "limits";
/// Rows, where nothing else is said, and at most.
pub const ROWS_DEFAULT: u64 = 10_000;
const ROWS_MAX: i64 = 1_000_000;

/// What the module tells of itself.
pub fn spec() -> ModuleSpec {
    ModuleSpec {
        name: "sql_query".to_owned(),
        displayname: L10n::fixed("SQL-Abfrage", "SQL query"),
        description: L10n::fixed(
            "Fragt eine PostgreSQL- oder SQLite-Datenbank. Die Zeilen stehen als Tabelle beim Lauf und als CSV-Datei zum \
             Herunterladen bereit.",
            "Asks a PostgreSQL or SQLite database. The rows are with the run, as a table and as a CSV file to download.",
        ),
        debug: false,
        require_system_right: ROOT.to_owned(),
        params: vec![
            url().in_group(DATABASE),
            statement().in_group(DATABASE),
            row_limit().in_group(LIMITS),
            may_write().in_group(LIMITS),
        ],
    }
}

fn url() -> Param {
    let param = Param::new(
        "url",
        1,
        ParamType::Secret,
        L10n::fixed("Adresse der Datenbank", "Address of the database"),
        L10n::fixed(
            "Etwa postgres://name:kennwort@host/datenbank oder sqlite:///pfad/datei.db. Wird verschlüsselt aufbewahrt.",
            "Such as postgres://name:password@host/database or sqlite:///path/file.db. Kept encrypted.",
        ),
    );
    Param { pattern: Some("(postgres|postgresql)://.+|sqlite:.+".to_owned()), ..param }.required()
}

fn statement() -> Param {
    Param::new(
        "statement",
        2,
        ParamType::TextMultiline,
        L10n::fixed("Anweisung", "Statement"),
        L10n::fixed("Eine einzige, in SQL.", "A single one, in SQL."),
    )
    .required()
    .range(1, 1_000_000)
}

fn row_limit() -> Param {
    Param::new(
        "row_limit",
        1,
        ParamType::Int,
        L10n::fixed("Höchstens so viele Zeilen", "At most so many rows"),
        L10n::fixed(
            "Sind es mehr, sagt der Lauf das und hat die ersten. Die Tabelle zeigt die ersten 200.",
            "If there are more, the run says so and has the first. The table shows the first 200.",
        ),
    )
    .default(ROWS_DEFAULT)
    .range(1, ROWS_MAX)
}

fn may_write() -> Param {
    Param::new(
        "may_write",
        2,
        ParamType::Bool,
        L10n::fixed("Darf ändern", "May change data"),
        L10n::fixed(
            "Ohne das wird nur gelesen: die Datenbank weist Änderungen ab.",
            "Without this it only reads: the database refuses changes.",
        ),
    )
    .default(false)
}
