//! `rota backup`: a copy of the SQLite database, also while the server writes to it.

use super::place::Place;
use super::{CliError, table};
use crate::backup::{copy, finish, part_of, prepare};
use crate::store::open::sqlite_path;
use clap::Args;
use std::path::{Path, PathBuf};
use tokio_util::sync::CancellationToken;

/// Where to.
#[derive(Debug, Args)]
pub struct Backup {
    /// The file to write; one that is there is replaced when the copy is complete
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    #[command(flatten)]
    place: Place,
}

/// Does it.
pub async fn run(backup: Backup) -> Result<(), CliError> {
    let database = backup.place.config()?.database();
    let Some(database) = sqlite_path(&database) else {
        return Err(CliError::Failed("this is a PostgreSQL database; use pg_dump to back it up".to_owned()));
    };
    let part = part_of(&backup.to);
    let failed = |doing: &str, path: &Path, why: &dyn std::fmt::Display| {
        CliError::Failed(format!("{doing} {} failed: {why}", path.display()))
    };
    prepare(&part).map_err(|e| failed("writing", &part, &e))?;
    copy(&database, &part, &CancellationToken::new())
        .await
        .map_err(|e| failed("copying the database to", &part, &e))?;
    let size = finish(&part, &backup.to).map_err(|e| failed("writing", &backup.to, &e))?;
    table::say(&format!("{size} bytes written to {}", backup.to.display()))
}
