//! Copies of Rota's own database, each whole or not there.

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How long another writer is waited for.
const BUSY: Duration = Duration::from_secs(60);
/// After so many steps of SQLite's machine it is asked whether the copy is still wanted.
const STEPS: i32 = 10_000;

/// Where a backup is written until it is complete.
pub fn part_of(to: &Path) -> PathBuf {
    let mut name = to.as_os_str().to_owned();
    name.push(".part");
    name.into()
}

/// An empty file that only its owner can read: the copy holds the hashes of passwords. SQLite and `pg_dump` write into empty files.
///
/// # Errors
/// The file system's.
pub fn prepare(part: &Path) -> io::Result<()> {
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

/// Copies a SQLite database into a prepared file, also while a server writes to it; gives up when `cancel` fires.
///
/// # Errors
/// SQLite's.
pub async fn copy(database: &Path, part: &Path, cancel: &CancellationToken) -> Result<(), sqlx::Error> {
    let options = SqliteConnectOptions::new().filename(database).create_if_missing(false).busy_timeout(BUSY);
    let mut connection = options.connect().await?;
    let goes_on = cancel.clone();
    connection.lock_handle().await?.set_progress_handler(STEPS, move || !goes_on.is_cancelled());
    sqlx::query("VACUUM INTO ?1").bind(part.to_string_lossy().into_owned()).execute(&mut connection).await?;
    connection.lock_handle().await?.remove_progress_handler();
    connection.close().await
}

/// On disk, then in place of the old one: at every moment there is one whole backup. Answers its bytes.
///
/// # Errors
/// The file system's.
pub fn finish(part: &Path, to: &Path) -> io::Result<u64> {
    let file = File::open(part)?;
    file.sync_all()?;
    fs::rename(part, to)?;
    Ok(file.metadata()?.len())
}
