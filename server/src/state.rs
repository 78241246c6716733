//! What every request and every run has at hand.

use crate::clock::Clock;
use crate::config::Config;
use crate::hub::Hub;
use crate::minder::Minder;
use crate::modules::Registry;
use crate::scheduler::Handle;
use crate::secrets::Secrets;
use crate::store::Store;
use std::sync::Arc;

/// The server's parts. Cheap to clone.
#[derive(Clone)]
pub struct AppState {
    /// The settings.
    pub config: Arc<Config>,
    /// What is kept.
    pub store: Arc<dyn Store>,
    /// What time it is.
    pub clock: Clock,
    /// Who watches.
    pub hub: Arc<Hub>,
    /// What can be run.
    pub registry: Arc<Registry>,
    /// Ends programs when this server is gone.
    pub minder: Minder,
    /// Seals and opens secret parameters.
    pub secrets: Arc<Secrets>,
    /// Wakes the scheduler and cancels runs.
    pub scheduler: Handle,
    /// Settings of mail, and who sends it.
    pub post: Arc<crate::mail::Post>,
    /// Tokens, sessions, and who tried too often.
    pub auth: Arc<crate::auth::Auth>,
    /// Fires when the server stops: streams end then.
    pub stopping: tokio_util::sync::CancellationToken,
    /// Renders `/api/metrics`.
    pub metrics: metrics_exporter_prometheus::PrometheusHandle,
}
