//! The parameters of a backup, as people see them.

use domain::l10n::L10n;
use domain::module::{ModuleSpec, Param, ParamType};
use domain::user::ROOT;
use std::path::Path;

const BACKUP: &str = "backup";
/// Backups that are kept where nothing else is said.
pub const KEEP_DEFAULT: usize = 7;

/// What the module tells of itself; `folder` is where backups go if a task does not say.
pub fn spec(folder: &Path) -> ModuleSpec {
    ModuleSpec {
        name: "database_backup".to_owned(),
        displayname: L10n::fixed("Datenbank sichern", "Database backup"),
        description: L10n::fixed(
            "Sichert Rotas eigene Datenbank in eine Datei auf dem Server, auch während des Betriebs. PostgreSQL braucht dort \
             pg_dump. Der Schlüssel der geheimen Parameter ist nicht darin.",
            "Backs up Rota's own database into a file on the server, also while it is in use. PostgreSQL needs pg_dump there. \
             The key of secret parameters is not in it.",
        ),
        debug: false,
        require_system_right: ROOT.to_owned(),
        params: vec![folder_param(folder).in_group(BACKUP), keep().in_group(BACKUP), dry_run().in_group(BACKUP)],
    }
}

fn folder_param(folder: &Path) -> Param {
    let shown = folder.display();
    let param = Param::new(
        "folder",
        1,
        ParamType::Text,
        L10n::fixed("Ordner", "Folder"),
        L10n::new(
            format!("Ein voller Pfad; am besten auf einer anderen Platte. Leer: {shown}."),
            format!("A full path, on another disk if possible. Empty: {shown}."),
        ),
    );
    Param { pattern: Some("/.*".to_owned()), ..param }.range(1, 4096)
}

fn keep() -> Param {
    Param::new(
        "keep",
        2,
        ParamType::Int,
        L10n::fixed("So viele behalten", "Keep so many"),
        L10n::fixed(
            "Ältere Sicherungen im Ordner werden gelöscht, wenn die neue da ist; andere Dateien nie.",
            "Older backups in the folder are deleted once the new one is there; other files never.",
        ),
    )
    .required()
    .default(KEEP_DEFAULT)
    .range(1, 10_000)
}

fn dry_run() -> Param {
    Param::new(
        "dry_run",
        3,
        ParamType::Bool,
        L10n::fixed("Nur zeigen", "Only show"),
        L10n::fixed(
            "Sagt, was geschrieben und gelöscht würde, und tut es nicht.",
            "Tells what would be written and deleted, and does not do it.",
        ),
    )
    .default(false)
}
