//! Passwords: argon2id, off the request threads, and only a few at a time.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;

/// What a password is compared with where there is no such user: so that the answer takes as long either way. No password
/// leads to it; its parameters are those of [`hash_now`].
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$cm90YS1ub2JvZHktaGVyZQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Hashes and verifies. Each takes 19 MiB and some 20 ms of a core, so a flood of logins must queue.
pub struct Passwords {
    turns: Semaphore,
}

impl Default for Passwords {
    fn default() -> Passwords {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Passwords { turns: Semaphore::new((cores / 2).clamp(1, 4)) }
    }
}

impl Passwords {
    /// The PHC string that is stored for a password.
    ///
    /// # Errors
    /// What failed; never the password.
    pub async fn hash(&self, password: String) -> Result<String, String> {
        let _turn = self.turns.acquire().await.map_err(|e| e.to_string())?;
        let job = tokio::task::spawn_blocking(move || hash_now(&password));
        job.await.map_err(|e| e.to_string())?
    }

    /// Whether a password is the one behind `stored`; without one (no such user) it is not, after the same work.
    pub async fn verify(&self, password: String, stored: Option<String>) -> bool {
        let Ok(_turn) = self.turns.acquire().await else { return false };
        let job = tokio::task::spawn_blocking(move || {
            let right = verify_now(&password, stored.as_deref().unwrap_or(NOBODY));
            right && stored.is_some()
        });
        job.await.unwrap_or(false)
    }
}

/// Hashes with argon2id, 19 MiB, two passes, one lane: the first choice of the OWASP Password Storage Cheat Sheet.
///
/// # Errors
/// What failed; never the password.
pub fn hash_now(password: &str) -> Result<String, String> {
    let hash: PasswordHash = Argon2::default().hash_password(password.as_bytes()).map_err(|e| e.to_string())?;
    Ok(hash.to_string())
}

fn verify_now(password: &str, stored: &str) -> bool {
    let Ok(hash) = PasswordHash::new(stored) else { return false };
    Argon2::default().verify_password(password.as_bytes(), &hash).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_argon2id_by_owasp() {
        let hash = hash_now("correct horse").unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(verify_now("correct horse", &hash));
        assert!(!verify_now("correct horsf", &hash));
        assert_ne!(hash, hash_now("correct horse").unwrap(), "salted");
    }

    /// Checking a password of nobody is the same work: the same function with the same cost.
    #[tokio::test]
    async fn nobody_is_checked_like_somebody() {
        let cost = |hash: &str| hash.rsplitn(3, '$').nth(2).map(str::to_owned);
        assert_eq!(cost(NOBODY), cost(&hash_now("secret123").unwrap()));
        assert!(!Passwords::default().verify("secret123".to_owned(), None).await);
    }
}
