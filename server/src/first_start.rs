//! What the first start makes: the user root. And what every start makes sure of: the token of `ROTA_ROOT_TOKEN`.

use crate::auth::password::hash_now;
use crate::auth::token;
use crate::clock::Clock;
use crate::config::{Config, SettingError, check_root_token};
use crate::store::{NewUser, Store, StoreError};
use domain::user::{ROOT, TASK, User, check_password};
use domain::{Error, Lang};
use rand::Rng;
use std::io::Write;

/// The first user.
const LOGIN: &str = "root";
const TOKEN_NAME: &str = "ROTA_ROOT_TOKEN";
const GENERATED_LEN: usize = 24;
/// Without those that look like others.
const LETTERS: &[u8] = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// What a first start has to tell.
#[derive(Default)]
pub struct FirstStart {
    /// The password of the user root, where it was made up just now. To be shown once.
    pub generated_password: Option<String>,
}

impl FirstStart {
    /// Prints the generated password, if there is one, on standard output.
    pub fn announce(&self) {
        if let Some(password) = &self.generated_password {
            // Where nobody can read it there is nothing to do: `rota user passwd root` sets another one.
            let _ = writeln!(std::io::stdout(), "root password: {password}");
        }
    }
}

/// Why a first start did not work.
#[derive(Debug, thiserror::Error)]
pub enum FirstStartError {
    /// A setting is wrong.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// The database refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The password could not be hashed.
    #[error("hashing the password of root failed: {0}")]
    Hash(String),
}

/// Makes the user root where there is no user at all, and makes sure of the token in `ROTA_ROOT_TOKEN`. Does nothing the
/// second time.
///
/// # Errors
/// A wrong password or token, or what the database says.
pub async fn first_start(config: &Config, store: &dyn Store, clock: &Clock) -> Result<FirstStart, FirstStartError> {
    let first = match store.users(None, 0, 1).await?.total {
        0 => create_root(config, store, clock).await?,
        _ => FirstStart::default(),
    };
    if let Some(value) = config.root_token.as_deref().filter(|value| !value.is_empty()) {
        check_root_token(value).map_err(|why| SettingError::new(TOKEN_NAME, why))?;
        ensure_token(value, store, clock).await?;
    }
    Ok(first)
}

async fn create_root(config: &Config, store: &dyn Store, clock: &Clock) -> Result<FirstStart, FirstStartError> {
    let given = config.root_password.clone().filter(|password| !password.is_empty());
    if let Some(password) = &given {
        check_password(password).map_err(|why| SettingError::new("ROTA_ROOT_PASSWORD", why.en))?;
    }
    let password = given.clone().unwrap_or_else(generate_password);
    let to_hash = password.clone();
    let hashed = tokio::task::spawn_blocking(move || hash_now(&to_hash)).await.map_err(|e| e.to_string()).flatten();
    let new = NewUser {
        login: LOGIN.to_owned(),
        password_hash: hashed.map_err(FirstStartError::Hash)?,
        password_generated: given.is_none(),
        email: String::new(),
        displayname: String::new(),
        language: Lang::En,
        system_rights: vec![ROOT.to_owned(), TASK.to_owned()],
        frontend_prefs: None,
    };
    match store.create_user(new, clock.now()).await {
        Ok(_) if given.is_none() => Ok(FirstStart { generated_password: Some(password) }),
        Ok(_) => Ok(FirstStart::default()),
        // Another server on the same database was faster.
        Err(StoreError::Refused(Error::LoginTaken { .. })) => Ok(FirstStart::default()),
        Err(e) => Err(e.into()),
    }
}

/// A password of 24 characters: some 139 random bits.
pub fn generate_password() -> String {
    let mut rng = rand::rng();
    (0..GENERATED_LEN).map(|_| char::from(LETTERS[rng.random_range(0..LETTERS.len())])).collect()
}

async fn ensure_token(value: &str, store: &dyn Store, clock: &Clock) -> Result<(), FirstStartError> {
    let hash = token::hash(value);
    if store.token_user(&hash).await?.is_some() {
        return Ok(());
    }
    let Some(root) = find_root(store).await? else {
        return Err(SettingError::new(TOKEN_NAME, "there is no user with system.root to give it to").into());
    };
    store.create_token(root.id, TOKEN_NAME, &hash, None, clock.now()).await?;
    Ok(())
}

/// The user root; if that one was renamed or demoted, the first with the right.
pub async fn find_root(store: &dyn Store) -> Result<Option<User>, StoreError> {
    let is_root = |user: &User| user.system_rights.iter().any(|right| right == ROOT);
    if let Some((user, _)) = store.user_by_login(LOGIN).await?.filter(|(user, _)| is_root(user)) {
        return Ok(Some(user));
    }
    let mut offset = 0;
    loop {
        let page = store.users(None, offset, 1000).await?;
        offset += page.items.len() as u64;
        if page.items.is_empty() {
            return Ok(None);
        }
        if let Some(root) = page.items.into_iter().find(is_root) {
            return Ok(Some(root));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generated_password_is_long_and_never_the_same() {
        let password = generate_password();
        assert_eq!(password.len(), GENERATED_LEN);
        assert!(check_password(&password).is_ok());
        assert_ne!(password, generate_password());
    }
}
