//! The parameters of a cleanup, as people see them.

use domain::l10n::L10n;
use domain::module::{ModuleSpec, Param, ParamType};
use domain::user::ROOT;
use std::path::PathBuf;

const FILES: &str = "files";
const CARE: &str = "care";
/// A week.
pub const HOURS_DEFAULT: u64 = 7 * 24;
/// A hundred years, more or less.
const HOURS_MAX: i64 = 876_000;

/// What the module tells of itself; `roots` are the folders that the settings allow.
pub fn spec(roots: &[PathBuf]) -> ModuleSpec {
    ModuleSpec {
        name: "file_cleanup".to_owned(),
        displayname: L10n::fixed("Dateien aufräumen", "File cleanup"),
        description: L10n::fixed(
            "Löscht alte Dateien in einem Ordner des Servers. Verknüpfungen werden weder verfolgt noch gelöscht.",
            "Deletes old files in a folder of the server. Links are neither followed nor deleted.",
        ),
        debug: false,
        require_system_right: ROOT.to_owned(),
        params: vec![
            folder(roots).in_group(FILES),
            pattern().in_group(FILES),
            min_age_hours().in_group(FILES),
            recursive().in_group(FILES),
            dry_run().in_group(CARE),
        ],
    }
}

fn folder(roots: &[PathBuf]) -> Param {
    let list = roots.iter().map(|root| root.display().to_string()).collect::<Vec<_>>().join(", ");
    let description = if roots.is_empty() {
        L10n::fixed(
            "Noch ist kein Ordner freigegeben: das tut die Einstellung ROTA_CLEANUP_ROOTS.",
            "No folder is allowed yet: the setting ROTA_CLEANUP_ROOTS does that.",
        )
    } else {
        L10n::new(
            format!("Ein voller Pfad, gleich oder unterhalb von: {list}."),
            format!("A full path, equal to or below: {list}."),
        )
    };
    let param = Param::new("folder", 1, ParamType::Text, L10n::fixed("Ordner", "Folder"), description);
    Param { pattern: Some("/.*".to_owned()), ..param }.required().range(1, 4096)
}

fn pattern() -> Param {
    Param::new(
        "pattern",
        2,
        ParamType::Text,
        L10n::fixed("Muster", "Pattern"),
        L10n::fixed(
            "Welche Dateien, etwa *.log oder {*.tmp,*.bak}. Mit einem / gilt es dem Pfad ab dem Ordner, etwa 20*/**/*.csv.",
            "Which files, such as *.log or {*.tmp,*.bak}. With a / it is for the path from the folder on, such as 20*/**/*.csv.",
        ),
    )
    .required()
    .default("*")
    .range(1, 1000)
}

fn min_age_hours() -> Param {
    Param::new(
        "min_age_hours",
        3,
        ParamType::Int,
        L10n::fixed("Mindestalter in Stunden", "Least age in hours"),
        L10n::fixed(
            "Nur Dateien, die so lange nicht geändert wurden.",
            "Only files that have not been changed for so long.",
        ),
    )
    .required()
    .default(HOURS_DEFAULT)
    .range(0, HOURS_MAX)
}

fn recursive() -> Param {
    Param::new(
        "recursive",
        4,
        ParamType::Bool,
        L10n::fixed("Auch in Unterordnern", "Folders within, too"),
        L10n::fixed("Die Ordner selbst bleiben.", "The folders themselves stay."),
    )
    .default(false)
}

fn dry_run() -> Param {
    Param::new(
        "dry_run",
        1,
        ParamType::Bool,
        L10n::fixed("Nur zeigen", "Only show"),
        L10n::fixed(
            "Sagt, was gelöscht würde, und löscht nichts. Erst ansehen, dann ausschalten.",
            "Tells what would be deleted and deletes nothing. Look first, then switch it off.",
        ),
    )
    .default(true)
}
