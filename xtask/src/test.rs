//! Everything that CI checks, step by step.

use crate::bundle::{self, Size};
use crate::postgres::Postgres;
use crate::{browser, css, sh};
use anyhow::{Result, bail};
use clap::ValueEnum;
use std::time::{Duration, Instant};

#[derive(clap::Args)]
pub struct Args {
    /// Only these steps
    #[arg(long, value_delimiter = ',')]
    only: Vec<Step>,
    /// All but these steps
    #[arg(long, value_delimiter = ',')]
    skip: Vec<Step>,
}

/// In the order they run: what fails soonest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Step {
    /// The code is formatted
    Fmt,
    /// The committed stylesheet is up to date
    Css,
    /// Clippy has nothing to say
    Clippy,
    /// All Rust tests, on SQLite and PostgreSQL
    Test,
    /// The browser bundle, as small as it gets
    Bundle,
    /// The release binary, bundle inside
    Release,
    /// The browser tests, against the release binary
    Browser,
}

impl Step {
    fn run(self) -> Result<()> {
        match self {
            Step::Fmt => sh::run(sh::cargo().args(["fmt", "--all", "--check"])),
            Step::Css => css::check(),
            Step::Clippy => clippy(),
            Step::Test => test_on_both_databases(),
            Step::Bundle => bundle::bundle(Size::Smallest),
            Step::Release => bundle::binary(true).map(drop),
            Step::Browser => browser::test(&sh::target().join("release/rota")),
        }
    }

    fn needs(self) -> &'static [Step] {
        match self {
            Step::Release => &[Step::Bundle],
            Step::Browser => &[Step::Bundle, Step::Release],
            _ => &[],
        }
    }

    fn advice(self) -> &'static str {
        match self {
            Step::Fmt => "run `cargo fmt --all`",
            Step::Css => "run `cargo xtask css` and commit public/rota.css",
            Step::Clippy => "mend what clippy names above",
            Step::Test => "the failed tests are named above; one alone: `cargo test NAME`",
            Step::Bundle => "see above; the bundle alone: `cargo xtask test --only bundle`",
            Step::Release => "see above; alone: `cargo xtask build`",
            Step::Browser => {
                "see above, and the pictures in end2end/screenshots; alone: `cargo xtask test --only browser`"
            }
        }
    }
}

/// Runs the steps, all of them even if one fails, and sums up.
pub fn test(args: &Args) -> Result<()> {
    let chosen = |step: &Step| (args.only.is_empty() || args.only.contains(step)) && !args.skip.contains(step);
    let steps: Vec<Step> = Step::value_variants().iter().copied().filter(chosen).collect();
    let mut results: Vec<(Step, Result<()>, Duration)> = Vec::new();
    for step in steps {
        println!("\n── {} ──", name(step));
        let start = Instant::now();
        let failed = |needed: &&Step| results.iter().any(|(step, result, _)| step == *needed && result.is_err());
        let result = match step.needs().iter().find(failed) {
            Some(needed) => bail_because(*needed),
            None => step.run(),
        };
        if let Err(error) = &result {
            println!("{} failed: {error:#}\n{}", name(step), step.advice());
        }
        println!("── {} took {} ──", name(step), seconds(start.elapsed()));
        results.push((step, result, start.elapsed()));
    }
    sum_up(&results)
}

fn bail_because(needed: Step) -> Result<()> {
    bail!("not tried, because {} failed", name(needed))
}

fn sum_up(results: &[(Step, Result<()>, Duration)]) -> Result<()> {
    println!();
    for (step, result, took) in results {
        let verdict = if result.is_ok() { "passed" } else { "FAILED" };
        println!("{:<10}{verdict:>8}{:>10}", name(*step), seconds(*took));
    }
    let failed = results.iter().filter(|(_, result, _)| result.is_err()).count();
    println!("\n{} passed, {failed} failed", results.len() - failed);
    if failed > 0 {
        std::process::exit(1);
    }
    Ok(())
}

fn clippy() -> Result<()> {
    let deny = ["--", "-D", "warnings"];
    sh::run(sh::cargo().args(["clippy", "--workspace", "--exclude", "rota-frontend", "--all-targets"]).args(deny))?;
    // By itself: with the server beside it the app would be checked in its server half only.
    sh::run(sh::cargo().args(["clippy", "--package", "rota-frontend", "--package", "rota-app"]).args(deny))
}

fn test_on_both_databases() -> Result<()> {
    let postgres = Postgres::start()?;
    let cargo = &mut sh::cargo();
    cargo.args(["test", "--workspace", "--exclude", "rota-frontend", "--no-fail-fast"]);
    sh::run(cargo.env("ROTA_TEST_POSTGRES_URL", postgres.url()))
}

fn name(step: Step) -> String {
    step.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}
