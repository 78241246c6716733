//! Puts the parts together, and takes them apart again in the right order.

use crate::auth::Auth;
use crate::clock::Clock;
use crate::config::{Config, SettingError};
use crate::files::{Files, sweep};
use crate::first_start::{FirstStartError, first_start};
use crate::hub::Hub;
use crate::mail::{Post, Sender};
use crate::minder::{Minder, MinderError, Minding, end_leftovers};
use crate::modules::{Broken, Housekeeping, HttpAllow, Registry, TaskModule, find_programs};
use crate::scheduler::{Handle, Parts, Scheduler};
use crate::secrets::Secrets;
use crate::state::AppState;
use crate::store::open::{OpenError, open};
use crate::store::sqlite::Access;
use crate::store::{Store, StoreError};
use metrics::Recorder as _;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Why the server did not start. Each is a sentence.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A setting is wrong.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// The database cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The first user cannot be made.
    #[error(transparent)]
    First(#[from] FirstStartError),
    /// The minder does not start.
    #[error(transparent)]
    Minder(#[from] MinderError),
    /// What an earlier server left cannot be ended.
    #[error("cannot end what an earlier server left running (notes in {}/running): {error}", data_dir.display())]
    Leftovers {
        /// Where the notes are.
        data_dir: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The address is not free, or not this machine's.
    #[error("ROTA_LISTEN (--listen): cannot listen on {0}: {1}")]
    Listen(SocketAddr, std::io::Error),
}

/// A server that listens and runs tasks.
pub struct Server {
    /// Where it listens.
    pub addr: SocketAddr,
    /// Its parts.
    pub state: AppState,
    scheduler: Scheduler,
    sender: Sender,
    http: JoinHandle<()>,
}

/// What a start needs beside the settings.
#[derive(Default)]
pub struct Extras {
    /// What time it is.
    pub clock: Clock,
    /// Modules beside the built-in ones.
    pub modules: Vec<Arc<dyn TaskModule>>,
    /// Which minder ends programs when this process is gone.
    pub minding: Minding,
    /// The limit of open files for programs, if it differs from this process's.
    pub file_limit: Option<Rlimit>,
}

impl Server {
    /// Starts everything: database, first user, scheduler, HTTP.
    ///
    /// # Errors
    /// [`StartError`]; nothing goes on running then.
    pub async fn start(config: Config, extras: Extras) -> Result<Server, StartError> {
        let allow: HttpAllow = parse_allow(&config)?;
        let secrets = Secrets::load(&config)?;
        let listener = TcpListener::bind(config.listen).await.map_err(|e| StartError::Listen(config.listen, e))?;
        let addr = listener.local_addr().map_err(|e| StartError::Listen(config.listen, e))?;
        let store = open(&config, Access::Server).await?;
        let first = first_start(&config, &*store, &extras.clock).await?;
        first.announce();
        let minder = minded(&config, extras.minding, extras.file_limit).await?;
        let housekeeping = Arc::new(Housekeeping::new(store.clone(), extras.clock.clone()));
        let registry = Registry::built_in(allow, &config, &minder).and(vec![housekeeping]).and(extras.modules);
        let state = state(config, store, extras.clock, registry, minder, secrets)?;
        state.post.refresh().await?;
        reload_programs(&state).await;
        let scheduler = Scheduler::start(parts(&state)).await?;
        let sender = Sender::start(&state.post);
        tokio::spawn(reload_on_hangup(state.clone()));
        if state.config.demo {
            crate::demo::seed(&state, addr).await?;
        }
        tokio::spawn(tidy_metrics(state.clone()));
        tokio::spawn(sweep_files(state.clone()));
        let http = tokio::spawn(serve_http(listener, state.clone()));
        tracing::info!(%addr, node = state.config.node_name(), slots = state.config.slots(), "rota is up");
        Ok(Server { addr, state, scheduler, sender, http })
    }

    /// Stops: no new runs, then the running ones, then mail, then HTTP, then the database.
    pub async fn stop(self) {
        tracing::info!(running = self.state.scheduler.running(), "stopping");
        self.scheduler.stop().await;
        self.state.minder.stop().await;
        self.sender.stop().await;
        self.state.stopping.cancel();
        // Requests under way end by themselves; one that does not must not keep the process.
        let _ = tokio::time::timeout(Duration::from_secs(5), self.http).await;
        self.state.auth.flush(&*self.state.store).await;
        self.state.store.close().await;
    }
}

/// Ends what an earlier server with this data directory left running, before its runs are recovered. Then starts the minder.
async fn minded(config: &Config, minding: Minding, file_limit: Option<Rlimit>) -> Result<Minder, StartError> {
    let data_dir = config.data_dir.clone();
    let start = move || {
        let ended =
            end_leftovers(&data_dir).map_err(|error| StartError::Leftovers { data_dir: data_dir.clone(), error })?;
        if ended > 0 {
            tracing::warn!(processes = ended, "ended what an earlier server left running");
        }
        Ok(Minder::start(&minding, &data_dir, file_limit)?)
    };
    let started = tokio::task::spawn_blocking(start).await;
    started.unwrap_or_else(|e| Err(MinderError::Start(std::io::Error::other(e)).into()))
}

/// Looks for the modules that are programs. One that is broken is told, and the others are there all the same. Answers the
/// names, and what is broken.
pub async fn reload_programs(state: &AppState) -> (Vec<String>, Vec<Broken>) {
    let (dir, minder) = (state.config.modules_dir(), state.minder.clone());
    let found = tokio::task::spawn_blocking(move || find_programs(&dir, &minder)).await;
    // Not read, for whatever reason: what was there before stays.
    let Ok((modules, broken)) = found else { return (vec![], vec![]) };
    for Broken { file, reason } in &broken {
        tracing::error!(file = %file.display(), "this module cannot be used: {reason}");
    }
    let names: Vec<String> = modules.iter().map(|module| module.spec().name).collect();
    tracing::info!(modules = ?names, "programs that are modules");
    state.registry.set_programs(modules);
    (names, broken)
}

/// Reloads on `SIGHUP`. It also comes when the terminal goes in which the server was started: then it stops, as it always did.
async fn reload_on_hangup(state: AppState) {
    let has_terminal = || std::io::stdin().is_terminal();
    let had_terminal = has_terminal();
    let Ok(mut hangups) = signal(SignalKind::hangup()) else { return };
    loop {
        tokio::select! {
            heard = hangups.recv() => if heard.is_none() { return },
            () = state.stopping.cancelled() => return,
        }
        if had_terminal && !has_terminal() {
            // Stopping begins with this signal, whoever sends it.
            _ = nix::sys::signal::raise(nix::sys::signal::Signal::SIGTERM);
            return;
        }
        reload_programs(&state).await;
    }
}

/// Runs a server until `shutdown` is ready. The process must be `rota` itself.
///
/// # Errors
/// [`StartError`].
pub async fn serve(config: Config, shutdown: impl Future<Output = ()>) -> Result<(), StartError> {
    let extras = Extras { minding: Minding::own(), file_limit: raise_files(), ..Extras::default() };
    let server = Server::start(config, extras).await?;
    println_where(server.addr);
    shutdown.await;
    server.stop().await;
    Ok(())
}

/// Raises the soft limit of open files to the hard limit: connections and pipes need file descriptors, and the usual soft limit of
/// 1024 only exists for programs that use select(2). Returns the former limit, if it was lower.
fn raise_files() -> Option<Rlimit> {
    let former = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: former.maximum, maximum: former.maximum };
    if former.current == former.maximum {
        return None;
    }
    match setrlimit(Resource::Nofile, raised) {
        Ok(()) => Some(former),
        Err(error) => {
            tracing::warn!(%error, "cannot raise the limit of open files");
            None
        }
    }
}

/// Whoever started it by hand looks for this line.
fn println_where(addr: SocketAddr) {
    use std::io::Write;
    let _ = writeln!(std::io::stdout(), "Rota is at http://{addr}/");
}

fn parse_allow(config: &Config) -> Result<HttpAllow, SettingError> {
    config
        .http_allow
        .parse()
        .map_err(|e: <HttpAllow as std::str::FromStr>::Err| SettingError::new("ROTA_HTTP_ALLOW", e.to_string()))
}

fn state(
    config: Config,
    store: Arc<dyn Store>,
    clock: Clock,
    registry: Registry,
    minder: Minder,
    secrets: Secrets,
) -> Result<AppState, SettingError> {
    let epoch = u64::try_from(clock.now().ms()).unwrap_or(0);
    let (config, secrets) = (Arc::new(config), Arc::new(secrets));
    let post = Post::new(config.clone(), store.clone(), clock.clone(), secrets.clone())?;
    Ok(AppState {
        config,
        store,
        hub: Arc::new(Hub::new(epoch)),
        clock,
        registry: Arc::new(registry),
        minder,
        secrets,
        post: Arc::new(post),
        scheduler: Handle::default(),
        auth: Arc::new(Auth::default()),
        metrics: recorder(),
        stopping: CancellationToken::new(),
    })
}

fn parts(state: &AppState) -> Parts {
    Parts {
        config: state.config.clone(),
        store: state.store.clone(),
        clock: state.clock.clone(),
        hub: state.hub.clone(),
        registry: state.registry.clone(),
        secrets: state.secrets.clone(),
        post: state.post.clone(),
        minder: state.minder.clone(),
        handle: state.scheduler.clone(),
    }
}

async fn serve_http(listener: TcpListener, state: AppState) {
    let stopping = state.stopping.clone();
    let app = crate::http::pages::router(crate::http::router(state));
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    let served = axum::serve(listener, service).with_graceful_shutdown(stopping.cancelled_owned()).await;
    if let Err(error) = served {
        tracing::error!(%error, "HTTP ended");
    }
}

/// Between two scrapes the exporter keeps every single value, unless it is told to fold them.
async fn tidy_metrics(state: AppState) {
    while !state.stopping.is_cancelled() {
        state.metrics.run_upkeep();
        tokio::select! {
            () = state.stopping.cancelled() => {}
            () = tokio::time::sleep(Duration::from_secs(5)) => {}
        }
    }
}

/// How often files whose run is gone are looked for.
const SWEEP_EVERY: Duration = Duration::from_secs(600);

async fn sweep_files(state: AppState) {
    let files = Files::of(&state.config);
    loop {
        tokio::select! {
            () = state.stopping.cancelled() => return,
            () = tokio::time::sleep(SWEEP_EVERY) => {}
        }
        if let Err(error) = sweep(&files, &*state.store).await {
            tracing::warn!(%error, "cannot look for files of runs that are gone");
        }
    }
}

/// The bounds of all histograms, in seconds.
const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

/// What each figure is, for the help texts of `/api/metrics`.
fn describe(recorder: &PrometheusRecorder) {
    let counters = [
        ("rota_runs_started_total", "Runs started by this server."),
        ("rota_runs_ended_total", "Runs that ended on this server, by status."),
        ("rota_deliveries_total", "Mails and webhook calls tried by this server, by channel and outcome."),
        ("rota_http_requests_total", "Requests answered by this server, by route and status."),
    ];
    let gauges = [
        ("rota_tasks", "Tasks in the database, by status."),
        ("rota_runs_running", "Runs executing on this server."),
        ("rota_run_slots", "Runs that this server can execute at once."),
        ("rota_lease_age_seconds", "Time since this server last renewed the leases of its runs."),
        ("rota_clock_offset_seconds", "How far this machine's clock is ahead of the database's."),
        ("rota_log_backlog_bytes", "Log lines waiting in memory to be written."),
    ];
    let histograms = [
        ("rota_run_lateness_seconds", "Time from the due instant of a run to its start."),
        ("rota_claim_seconds", "Time that a claim of due runs takes."),
        ("rota_record_seconds", "Time that writing a batch of reports of runs takes."),
        ("rota_http_request_seconds", "Time to answer a request, by route."),
    ];
    counters.iter().for_each(|(name, help)| recorder.describe_counter((*name).into(), None, (*help).into()));
    gauges.iter().for_each(|(name, help)| recorder.describe_gauge((*name).into(), None, (*help).into()));
    histograms.iter().for_each(|(name, help)| recorder.describe_histogram((*name).into(), None, (*help).into()));
}

/// The `metrics` crate has one recorder a process; servers in one process (as in tests) share it.
fn recorder() -> PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    let install = || {
        let buckets = PrometheusBuilder::new().set_buckets(&SECONDS);
        let recorder = buckets.unwrap_or_else(|_| PrometheusBuilder::new()).build_recorder();
        let handle = recorder.handle();
        describe(&recorder);
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("another metrics recorder is installed; /api/metrics stays empty");
        }
        handle
    };
    HANDLE.get_or_init(install).clone()
}
