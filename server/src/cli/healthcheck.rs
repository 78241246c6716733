//! `rota healthcheck`: whether the server on this machine answers.

use super::CliError;
use crate::config::reachable;
use clap::Args;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(5);

/// Whom to ask.
#[derive(Debug, Args)]
pub struct Healthcheck {
    /// The address that the server listens on
    #[arg(long, env = "ROTA_LISTEN", default_value = "127.0.0.1:3000", value_name = "ADDRESS:PORT", value_parser = crate::config::parse_listen)]
    listen: SocketAddr,
    /// Also ask whether the database can be used
    #[arg(long)]
    ready: bool,
}

/// Does it.
pub async fn run(check: Healthcheck) -> Result<(), CliError> {
    let path = if check.ready { "/api/readyz" } else { "/api/healthz" };
    let address = reachable(check.listen);
    let answer =
        timeout(PATIENCE, ask(address, path)).await.unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()));
    match answer {
        Ok(status) if status.split(' ').nth(1) == Some("200") => Ok(()),
        Ok(status) => Err(CliError::Failed(format!("the server at {address} answers: {status}"))),
        Err(e) => Err(CliError::Failed(format!("the server at {address} does not answer: {e}"))),
    }
}

/// The status line.
async fn ask(address: SocketAddr, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(4096).read_to_end(&mut answer).await?;
    let text = String::from_utf8_lossy(&answer);
    Ok(text.lines().next().unwrap_or_default().to_owned())
}
