//! The values of API tokens and sessions, and when tokens were last used.

use crate::store::Store;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::user::Token;
use domain::{Timestamp, TokenId};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How every API token starts, so that people and scanners of source code recognise one.
pub const PREFIX: &str = "rota_";
/// A use within this time of the noted one is not noted again.
const NOTED_EVERY_MS: i64 = 60_000;
/// How long uses are gathered before they are written.
const GATHER: Duration = Duration::from_secs(1);

/// 32 random bytes as text: 43 characters.
pub fn random() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

/// A new API token.
pub fn generate() -> String {
    format!("{PREFIX}{}", random())
}

/// What is stored of a token or session. The values have 256 random bits, so a plain hash does; and it is the hash that is
/// looked up, so the time a comparison takes tells nothing about a value.
pub fn hash(value: &str) -> Vec<u8> {
    Sha256::digest(value.as_bytes()).to_vec()
}

/// Uses of tokens that are not written yet.
#[derive(Default)]
pub struct Uses {
    pending: Mutex<HashMap<TokenId, Timestamp>>,
}

impl Uses {
    /// Notes a use, unless one was noted within the last minute. It is written in the background, together with others.
    pub fn note(self: &Arc<Uses>, store: &Arc<dyn Store>, token: &Token, now: Timestamp) {
        let recent = |t: Timestamp| (now.ms() - t.ms()).abs() < NOTED_EVERY_MS;
        if token.last_used_at.is_some_and(recent) {
            return;
        }
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        let first = pending.is_empty();
        pending.insert(token.id, now);
        drop(pending);
        if first {
            let (uses, store) = (self.clone(), store.clone());
            tokio::spawn(async move {
                tokio::time::sleep(GATHER).await;
                uses.flush(&*store).await;
            });
        }
    }

    /// Writes what is not written yet. What cannot be written is forgotten: the next use notes it again.
    pub async fn flush(&self, store: &dyn Store) {
        let pending = std::mem::take(&mut *self.pending.lock().unwrap_or_else(PoisonError::into_inner));
        if pending.is_empty() {
            return;
        }
        let used: Vec<_> = pending.into_iter().collect();
        if let Err(cause) = store.touch_tokens(&used).await {
            tracing::warn!(%cause, tokens = used.len(), "could not note when tokens were last used");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_43_random_characters() {
        let token = generate();
        assert_eq!(token.len(), PREFIX.len() + 43);
        assert!(token[PREFIX.len()..].chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)));
        assert_ne!(token, generate());
        assert_eq!(hash(&token).len(), 32);
    }
}
