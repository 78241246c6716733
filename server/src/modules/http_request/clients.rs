//! The HTTP clients, made when first needed and kept, so that connections are used again.

use super::allow::Allow;
use super::guard::Guard;
use reqwest::{Client, redirect};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OnceCell;

/// How long making a connection may take; the whole run is bounded by the task's time-out.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How many unused connections to one server are kept.
const IDLE_PER_HOST: usize = 8;

/// A client for each kind of run. Connections are never shared between root's runs and others.
pub struct Clients {
    allow: Arc<Allow>,
    cells: [OnceCell<Client>; 4],
}

impl Clients {
    /// None made yet.
    pub fn new(allow: Allow) -> Clients {
        Clients { allow: Arc::new(allow), cells: Default::default() }
    }

    /// Where root's runs or those of others may go.
    pub fn guard(&self, root: bool) -> Guard {
        Guard { root, allow: self.allow.clone() }
    }

    /// The client for root's runs or those of others, with certificates verified or not.
    ///
    /// # Errors
    /// A sentence, if the machine's certificates cannot be read.
    pub async fn get(&self, root: bool, verify_tls: bool) -> Result<Client, String> {
        let cell = &self.cells[usize::from(root) * 2 + usize::from(verify_tls)];
        let guard = self.guard(root);
        // Reading the machine's certificates takes a while.
        let make = || async { tokio::task::spawn_blocking(move || build(guard, verify_tls)).await };
        let made = cell.get_or_try_init(|| async { make().await.map_err(|e| e.to_string())? }).await?;
        Ok(made.clone())
    }
}

fn build(guard: Guard, verify_tls: bool) -> Result<Client, String> {
    install_crypto();
    let builder = || {
        Client::builder()
            .user_agent(concat!("rota/", env!("CARGO_PKG_VERSION")))
            .dns_resolver(Arc::new(guard.clone()))
            // A proxy would resolve names itself, behind the guard's back.
            .no_proxy()
            // Each redirect has to pass the guard first.
            .redirect(redirect::Policy::none())
            .referer(false)
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_max_idle_per_host(IDLE_PER_HOST)
            .tls_danger_accept_invalid_certs(!verify_tls)
    };
    // A machine without certificates can still speak http; it must trust no https server then.
    let trusting_nobody = || builder().tls_certs_only([]).build();
    builder().build().or_else(|_| trusting_nobody()).map_err(|e| format!("no HTTP client: {e}"))
}

/// The client takes the process's cryptography. Another part of the process may have chosen it already.
fn install_crypto() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}
