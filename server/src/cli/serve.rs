//! `rota serve`.

use super::CliError;
use crate::config::{Config, LogFormat, SettingError};
use crate::first_start::FirstStartError;
use crate::server::{StartError, serve};
use std::io::IsTerminal;
use tokio::sync::oneshot;
use tracing_subscriber::EnvFilter;

/// Serves until it is told to stop.
pub async fn run(config: Config) -> Result<(), CliError> {
    start_log(&config)?;
    let (told, stop) = tokio::sync::oneshot::channel();
    tokio::spawn(on_signal(told));
    let stopped = async {
        let _ = stop.await;
    };
    serve(config, stopped).await.map_err(|error| match error {
        StartError::Setting(setting) | StartError::First(FirstStartError::Setting(setting)) => setting.into(),
        error => CliError::Failed(error.to_string()),
    })
}

/// The server's own log goes to standard error; standard output is for what was asked for.
fn start_log(config: &Config) -> Result<(), CliError> {
    let filter = EnvFilter::try_new(&config.log).map_err(|e| SettingError::new("ROTA_LOG", e.to_string()))?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match config.log_format {
        LogFormat::Text => log.with_ansi(std::io::stderr().is_terminal()).init(),
        LogFormat::Json => log.json().flatten_event(true).init(),
    }
    Ok(())
}

/// The first signal asks for a gentle stop; a second one ends the process at once.
async fn on_signal(told: oneshot::Sender<()>) {
    signal().await;
    tracing::info!("stopping; once more to stop at once");
    let _ = told.send(());
    signal().await;
    std::process::exit(130);
}

#[cfg(unix)]
async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        },
        Err(_) => drop(tokio::signal::ctrl_c().await),
    }
}

#[cfg(not(unix))]
async fn signal() {
    drop(tokio::signal::ctrl_c().await);
}
