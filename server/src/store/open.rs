//! Opens the database that the settings name.

use super::Store;
use super::postgres::{Limits, PostgresStore};
use super::sqlite::{Access, SqliteStore};
use crate::config::Config;
use std::path::PathBuf;
use std::sync::Arc;

/// Why the database could not be opened. Each is a sentence, and none holds a password.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address is not one of the two kinds.
    #[error(
        "ROTA_DATABASE_URL (--database-url): must start with sqlite:// or postgres://, such as sqlite:///var/lib/rota/rota.db"
    )]
    Url,
    /// SQLite says no.
    #[error(transparent)]
    Sqlite(#[from] super::sqlite::OpenError),
    /// PostgreSQL says no.
    #[error(transparent)]
    Postgres(#[from] super::postgres::OpenError),
}

/// Opens the database and brings its schema up to date.
///
/// # Errors
/// [`OpenError`].
pub async fn open(config: &Config, access: Access) -> Result<Arc<dyn Store>, OpenError> {
    let url = config.database();
    if let Some(path) = sqlite_path(&url) {
        return Ok(Arc::new(SqliteStore::open(&path, config.database_connections, access).await?));
    }
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return Ok(Arc::new(
            PostgresStore::open(&url, config.database_connections, Limits::of_lease(config.lease())).await?,
        ));
    }
    Err(OpenError::Url)
}

/// The file that a `sqlite:` address names.
pub fn sqlite_path(url: &str) -> Option<PathBuf> {
    let rest = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:"))?;
    let path = rest.split('?').next().unwrap_or_default();
    (!path.is_empty()).then(|| PathBuf::from(path))
}
