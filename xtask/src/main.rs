//! The project's own commands: `cargo xtask serve`, `test`, `build`, `css`, `bench`.
#![allow(clippy::print_stdout)] // A command line speaks by printing.

mod beside;
mod browser;
mod bundle;
mod css;
mod lint;
mod npm;
mod postgres;
mod serve;
mod sh;
mod snip;
mod split;
mod test;
mod wasm;

use anyhow::Result;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Builds, starts and checks Rota")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Builds what is missing and starts Rota, on 127.0.0.1:3000 with its data under ./data
    Serve(serve::Args),
    /// Checks everything that CI checks
    Test(test::Args),
    /// Builds the release binary, web app included: target/release/rota
    Build(bundle::Args),
    /// Makes the stylesheet, public/rota.css, from style/main.css
    Css {
        /// Only tell whether the committed one is up to date
        #[arg(long)]
        check: bool,
    },
    /// Measures Rota and prints the figures
    Bench {
        /// Measure the web app, in Chromium, instead of the server
        #[arg(long)]
        web: bool,
        /// Passed on
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
}

fn main() -> Result<()> {
    match Cli::parse().command {
        Command::Serve(args) => serve::serve(&args),
        Command::Test(args) => test::test(&args),
        Command::Build(args) => bundle::build(&args),
        Command::Css { check: true } => css::check(),
        Command::Css { check: false } => css::write(),
        Command::Bench { web: true, .. } => browser::bench(),
        Command::Bench { web: false, args } => bench(&args),
    }
}

fn bench(args: &[String]) -> Result<()> {
    // The figures of the process are those of the binary that people run.
    sh::run(sh::cargo().args(["build", "--release", "--package", "rota"]))?;
    let postgres = postgres::Postgres::durable()?;
    let cargo = &mut sh::cargo();
    cargo.args(["run", "--release", "--package", "rota-bench", "--"]).args(args);
    sh::run(cargo.env("ROTA_BENCH_POSTGRES_URL", postgres.url()))
}
