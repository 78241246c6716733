//! Which database a command works on: found by the same settings as the server's.

use super::CliError;
use super::complaint;
use crate::config::{Config, parse_database_url};
use crate::store::Store;
use crate::store::open::{open, sqlite_path};
use crate::store::sqlite::Access;
use clap::{Args, CommandFactory};
use domain::user::User;
use std::path::PathBuf;
use std::sync::Arc;

/// Where the server has its data.
#[derive(Debug, Clone, Args)]
pub struct Place {
    /// The server's data folder
    #[arg(long, env = "ROTA_DATA_DIR", default_value = "./data", value_name = "FOLDER")]
    data_dir: PathBuf,

    /// The server's database [default: rota.db in the data folder]
    #[arg(long, env = "ROTA_DATABASE_URL", value_name = "URL", hide_env_values = true, value_parser = parse_database_url)]
    database_url: Option<String>,
}

impl Place {
    /// All settings, with these in them.
    pub fn config(&self) -> Result<Config, CliError> {
        let complain = |e| CliError::Usage(complaint::sentence(&e, &super::Cli::command()));
        let mut config = Config::from_flags([]).map_err(complain)?;
        config.data_dir.clone_from(&self.data_dir);
        config.database_url.clone_from(&self.database_url);
        Ok(config)
    }

    /// Opens the database, beside a server if there is one.
    pub async fn open(&self) -> Result<Arc<dyn Store>, CliError> {
        self.open_for(Access::Command).await
    }

    /// Opens the database; for `Access::Server` no server may have it.
    pub async fn open_for(&self, access: Access) -> Result<Arc<dyn Store>, CliError> {
        let config = self.config()?;
        if let Some(file) = sqlite_path(&config.database()).filter(|file| !file.exists()) {
            let file = file.display();
            return Err(CliError::Failed(format!("there is no database {file}; see --data-dir and --database-url")));
        }
        let store = open(&config, access).await;
        store.map_err(|e| CliError::Failed(e.to_string()))
    }
}

/// The user with this login.
pub async fn find(store: &dyn Store, login: &str) -> Result<User, CliError> {
    let found = store.user_by_login(login).await?;
    found.map(|(user, _)| user).ok_or_else(|| CliError::Failed(format!("there is no user \"{login}\"")))
}
