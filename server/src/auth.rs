//! Who asks: API tokens, browser sessions, passwords, and who tried too often.

pub mod cookie;
pub mod origin;
pub mod password;
pub mod throttle;
pub mod token;

use crate::config::Config;
use crate::http::error::{Failure, internal, language};
use crate::http::extract::Signed;
use crate::state::AppState;
use crate::store::Store;
use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use domain::access::Caller;
use domain::user::User;
use domain::{Error, Lang, Timestamp};
use password::Passwords;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use throttle::Throttle;
use token::Uses;

/// No token of ours is longer; those of `ROTA_ROOT_TOKEN` may be.
const LONGEST_TOKEN: usize = 1000;
/// How much of a session's time must be used up before its end is put off again.
const EXTEND_AFTER: Duration = Duration::from_secs(3600);

/// Tokens, sessions, and who tried too often.
#[derive(Default)]
pub struct Auth {
    passwords: Passwords,
    throttle: Throttle,
    uses: Arc<Uses>,
}

impl Auth {
    /// The PHC string that is stored for a password.
    ///
    /// # Errors
    /// `Internal`.
    pub async fn hash(&self, password: String) -> Result<String, Failure> {
        self.passwords.hash(password).await.map_err(|why| Failure(internal(&format!("hashing a password: {why}"))))
    }

    /// Writes when tokens were last used, as far as that is still to be written: for the stop of the server.
    pub async fn flush(&self, store: &dyn Store) {
        self.uses.flush(store).await;
    }
}

/// Who asks: by API token, or else by session cookie. An API token that is unknown or expired is refused even beside a
/// good cookie.
///
/// # Errors
/// `UserRequired`; `CrossSiteRequest` for an unsafe method by cookie that does not come from the server's own pages.
pub async fn identify(state: &AppState, parts: &mut Parts) -> Result<Signed, Failure> {
    let lang = language(&parts.headers);
    match bearer(&parts.headers) {
        Some(value) => by_token(state, value, lang).await,
        None => by_cookie(state, parts, lang).await,
    }
}

/// The value after `Bearer` (RFC 6750); empty where it cannot be one of ours. Other schemes are for a proxy before us.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get_all(header::AUTHORIZATION).into_iter().find_map(|line| {
        let (scheme, rest) = line.as_bytes().split_at_checked(6)?;
        let ours = scheme.eq_ignore_ascii_case(b"bearer") && matches!(rest.first(), None | Some(b' ' | b'\t'));
        ours.then(|| std::str::from_utf8(rest).unwrap_or_default().trim())
    })
}

async fn by_token(state: &AppState, value: &str, lang: Lang) -> Result<Signed, Failure> {
    if !value.starts_with(token::PREFIX) || value.len() > LONGEST_TOKEN {
        return Err(Error::UserRequired.into());
    }
    let now = state.clock.now();
    let found = state.store.token_user(&token::hash(value)).await?.ok_or(Error::UserRequired)?;
    if found.token.expires_at.is_some_and(|end| end <= now) {
        return Err(Error::UserRequired.into());
    }
    state.auth.uses.note(&state.store, &found.token, now);
    Ok(Signed { caller: Caller { user: found.user }, lang, session: None })
}

async fn by_cookie(state: &AppState, parts: &Parts, lang: Lang) -> Result<Signed, Failure> {
    let hash = token::hash(cookie::read(&parts.headers).ok_or(Error::UserRequired)?);
    let now = state.clock.now();
    let (user, end) = state.store.session_user(&hash, now).await?.ok_or(Error::UserRequired)?;
    if !origin::is_safe(&parts.method) && !origin::is_own(parts, state.config.public_url()) {
        return Err(Error::CrossSiteRequest.into());
    }
    extend(state, &hash, end, now);
    Ok(Signed { caller: Caller { user }, lang, session: Some(hash) })
}

/// Puts off a session's end, at most once an hour and beside the request.
fn extend(state: &AppState, hash: &[u8], end: Timestamp, now: Timestamp) {
    let new_end = session_end(&state.config, now);
    if new_end.since(end) < EXTEND_AFTER {
        return;
    }
    let (store, hash) = (state.store.clone(), hash.to_vec());
    tokio::spawn(async move {
        if let Err(cause) = store.extend_session(&hash, new_end).await {
            tracing::warn!(%cause, "could not put off the end of a session");
        }
    });
}

fn session_end(config: &Config, now: Timestamp) -> Timestamp {
    now.plus(Duration::from_secs(u64::from(config.session_days) * 86_400))
}

/// Whether people reach the server by https only.
fn secure(config: &Config) -> bool {
    config.public_url().is_some_and(|url| url.to_ascii_lowercase().starts_with("https:"))
}

/// The address at the other end, for counting attempts. Behind a proxy on the same machine everyone has the same, so that
/// one is not counted.
fn peer(parts: &Parts, config: &Config) -> Option<IpAddr> {
    let ip = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip().to_canonical())?;
    (config.public_url().is_none() || !ip.is_loopback()).then_some(ip)
}

/// Logs in by name and password: the user and the new session's value.
///
/// # Errors
/// `LoginFailed`, `LoginThrottled`.
pub async fn log_in(state: &AppState, parts: &Parts, login: &str, password: String) -> Result<(User, String), Failure> {
    let now = state.clock.now();
    let login = login.trim();
    let attempt = state
        .auth
        .throttle
        .begin(login, peer(parts, &state.config), now, state.config.login_attempts)
        .map_err(|retry_after_sec| Error::LoginThrottled { retry_after_sec })?;
    let result = check(state, login, password).await;
    match &result {
        Ok(Some(_)) => state.auth.throttle.succeeded(&attempt),
        // Without the name: people type passwords into the wrong field.
        Ok(None) => tracing::info!("a login failed"),
        Err(_) => state.auth.throttle.undo(&attempt),
    }
    let user = result?.ok_or(Error::LoginFailed)?;
    let value = start_session(state, parts, &user, now).await?;
    Ok((user, value))
}

async fn check(state: &AppState, login: &str, password: String) -> Result<Option<User>, Failure> {
    // No login holds control characters, and PostgreSQL cannot be asked for a NUL.
    let found = match login.chars().any(char::is_control) {
        true => None,
        false => state.store.user_by_login(login).await?,
    };
    let (user, hash) = found.unzip();
    Ok(if state.auth.passwords.verify(password, hash).await { user } else { None })
}

/// A new session in place of the one that the request may carry.
async fn start_session(state: &AppState, parts: &Parts, user: &User, now: Timestamp) -> Result<String, Failure> {
    let value = token::random();
    state.store.create_session(user.id, &token::hash(&value), now, session_end(&state.config, now)).await?;
    if let Some(old) = cookie::read(&parts.headers) {
        state.store.delete_session(&token::hash(old)).await?;
    }
    Ok(value)
}

/// The header that gives a browser its session.
pub fn session_cookie(config: &Config, value: &str) -> Option<HeaderValue> {
    cookie::set(value, config.session_days, secure(config))
}

/// The header that takes it away.
pub fn no_session_cookie(config: &Config) -> Option<HeaderValue> {
    cookie::clear(secure(config))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_is_read_whatever_its_case() {
        let of = |line: &'static str| {
            bearer(&HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_static(line))])).map(str::to_owned)
        };
        assert_eq!(of("Bearer rota_x").as_deref(), Some("rota_x"));
        assert_eq!(of("bEARER   rota_x ").as_deref(), Some("rota_x"));
        assert_eq!(of("Bearer").as_deref(), Some(""));
        assert_eq!(of("Basic cm90YTp4"), None);
        assert_eq!(of("Bearerrota_x"), None);
    }
}
