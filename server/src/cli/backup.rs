//! `rota backup`: a copy of the SQLite database, also while the server writes to it.

use super::place::Place;
use super::{CliError, table};
use crate::store::open::sqlite_path;
use clap::Args;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

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
    let part = with_suffix(&backup.to, ".part");
    let failed = |doing: &str, path: &Path, why: &dyn std::fmt::Display| {
        CliError::Failed(format!("{doing} {} failed: {why}", path.display()))
    };
    prepare(&part).map_err(|e| failed("writing", &part, &e))?;
    copy(&database, &part).await.map_err(|e| failed("copying the database to", &part, &e))?;
    let size = finish(&part, &backup.to).map_err(|e| failed("writing", &backup.to, &e))?;
    table::say(&format!("{size} bytes written to {}", backup.to.display()))
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// An empty file that only its owner can read: the copy holds the hashes of passwords. SQLite writes into empty files.
fn prepare(part: &Path) -> io::Result<()> {
    if let Some(folder) = part.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder)?;
    }
    match fs::remove_file(part) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(part).map(drop)
}

async fn copy(database: &Path, part: &Path) -> Result<(), sqlx::Error> {
    let options =
        SqliteConnectOptions::new().filename(database).create_if_missing(false).busy_timeout(Duration::from_secs(60));
    let mut connection = options.connect().await?;
    sqlx::query("VACUUM INTO ?1").bind(part.to_string_lossy().into_owned()).execute(&mut connection).await?;
    connection.close().await
}

/// On disk, then in place of the old one: at every moment there is one whole backup.
fn finish(part: &Path, to: &Path) -> io::Result<u64> {
    let file = File::open(part)?;
    file.sync_all()?;
    fs::rename(part, to)?;
    Ok(file.metadata()?.len())
}
