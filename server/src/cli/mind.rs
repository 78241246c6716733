//! `rota mind`: started by a server, to end its programs when it is gone.

use super::CliError;
use crate::minder::{Home, Settings, mind};
use clap::Args;
use std::path::PathBuf;

/// The server that started it.
#[derive(Debug, Args)]
pub struct Mind {
    /// Its name in the variable ROTA_RUN of its programs
    #[arg(long)]
    instance: String,
    /// The file for its notes
    #[arg(long)]
    notes: Option<PathBuf>,
    /// Its session
    #[arg(long)]
    session: i32,
    /// Its process group
    #[arg(long)]
    group: i32,
    /// Its start time, in clock ticks since boot
    #[arg(long)]
    since: u64,
}

/// Does it.
pub fn run(args: Mind) -> Result<(), CliError> {
    let Mind { instance, notes, session, group, since } = args;
    Ok(mind(Settings { instance, notes, home: Home { session, group, since } })?)
}
