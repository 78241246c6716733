//! Building what is missing, and starting Rota.

use crate::bundle::{self, Size};
use crate::sh;
use anyhow::{Error, Result};
use std::os::unix::process::CommandExt;

#[derive(clap::Args)]
pub struct Args {
    /// Adds a few example tasks that really run
    #[arg(long)]
    demo: bool,
    /// Builds for speed: longer to build, faster to run
    #[arg(long)]
    release: bool,
    /// Passed on to `rota serve`
    #[arg(last = true)]
    args: Vec<String>,
}

/// Does not return while Rota runs: it takes this process's place, so that Ctrl-C and signals reach it directly.
pub fn serve(args: &Args) -> Result<()> {
    bundle::bundle(if args.release { Size::Small } else { Size::Plain })?;
    let binary = bundle::binary(args.release)?;
    let mut rota = sh::program(binary);
    rota.arg("serve");
    if args.demo {
        rota.arg("--demo");
    }
    Err(Error::from(rota.args(&args.args).exec()).context("cannot start Rota"))
}
