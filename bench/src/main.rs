//! Rota's benchmarks. They print figures beside what is aimed at, and assert nothing.
#![allow(clippy::print_stdout)]

mod api;
mod ends;
mod lists;
mod logs;
mod mail;
mod process;
mod programs;
mod runs;
mod schedule;
mod table;
mod world;

use clap::{Parser, ValueEnum};
use table::Table;
use world::Database;

/// What to measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// The next instant of schedules
    Schedule,
    /// Runs end to end: no-ops and programs
    Runs,
    /// How late runs start
    Lateness,
    /// Run now over REST
    Now,
    /// A million tasks: idle, and lists
    Million,
    /// Log lines: in, out by page, live
    Logs,
    /// Programs as modules: their cost, their lines, and bad ones
    Programs,
    /// The server as a process: memory, time to ready, what it leaves when it is killed
    Process,
    /// Mail that is owed while the server is killed
    Mail,
}

/// Prints Rota's figures, for SQLite and, where --postgres is given, for PostgreSQL
#[derive(Debug, Parser)]
struct Cli {
    /// What to measure [default: all]
    #[arg(value_enum)]
    parts: Vec<Part>,
    /// A PostgreSQL server's address with the right to create databases
    #[arg(long, env = "ROTA_BENCH_POSTGRES_URL")]
    postgres: Option<String>,
    /// Leaves SQLite out
    #[arg(long)]
    no_sqlite: bool,
    /// The release binary, for the process figures
    #[arg(long, default_value = "target/release/rota")]
    binary: std::path::PathBuf,
    /// Divides the sizes by this, for a quick look
    #[arg(long, default_value_t = 1)]
    scale: u64,
    /// Runs at once
    #[arg(long, default_value_t = 256)]
    slots: u32,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    // HTTP clients take it, also where no server runs in this process.
    _ = rustls::crypto::ring::default_provider().install_default();
    let wanted = |part| cli.parts.is_empty() || cli.parts.contains(&part);
    let mut table = Table::new();
    if wanted(Part::Schedule) {
        table.extend("", schedule::run());
    }
    for database in databases(&cli) {
        let name = database.name();
        let world = |slots| world::World::start(&database, slots);
        if wanted(Part::Runs) {
            table.extend(name, runs::no_ops(world(cli.slots).await?, 50_000 / cli.scale).await?);
            table.extend(name, runs::programs(world(16).await?, 3_000 / cli.scale).await?);
        }
        if wanted(Part::Lateness) {
            table.extend(name, runs::steady(world(cli.slots).await?, 100_000 / cli.scale).await?);
            table.extend(name, runs::burst(world(cli.slots).await?, 100_000 / cli.scale).await?);
        }
        if wanted(Part::Now) {
            table.extend(name, api::run_now(world(8).await?, 500 / cli.scale).await?);
        }
        if wanted(Part::Logs) {
            table.extend(name, logs::lines(world(8).await?, 5_200_000 / cli.scale).await?);
            table.extend(name, logs::live(world(8).await?, 500 / cli.scale).await?);
        }
        if wanted(Part::Programs) {
            table.extend(name, programs::overhead(world(8).await?, 300 / cli.scale).await?);
            table.extend(name, programs::lines(world(8).await?).await?);
            table.extend(name, programs::hostile(world(cli.slots).await?, 1_000 / cli.scale).await?);
        }
        if wanted(Part::Million) {
            table.extend(name, lists::million(world(8).await?, 1_000_000 / cli.scale).await?);
        }
    }
    if wanted(Part::Process) && !cli.no_sqlite {
        table.extend("SQLite", process::run(&cli.binary).await?);
        table.extend("SQLite", ends::after_kill(&cli.binary).await?);
    }
    if wanted(Part::Mail) && !cli.no_sqlite {
        table.extend("SQLite", mail::kills(&cli.binary, 10_000 / cli.scale).await?);
    }
    Ok(())
}

fn databases(cli: &Cli) -> Vec<Database> {
    let mut all = vec![];
    if !cli.no_sqlite {
        all.push(Database::Sqlite);
    }
    all.extend(cli.postgres.clone().map(Database::Postgres));
    all
}
