//! Everything that CI checks, step by step. The browser bundle is built beside the steps that do not need it.

use crate::bundle::{self, Size};
use crate::postgres::Postgres;
use crate::{beside, browser, css, lint, sh};
use anyhow::Result;
use clap::ValueEnum;
use std::process::Command;
use std::time::{Duration, Instant};

/// What is tested: everything but the browser bundle, which is for another target.
pub const WORKSPACE: [&str; 3] = ["--workspace", "--exclude", "rota-frontend"];

#[derive(clap::Args)]
pub struct Args {
    /// Only these steps
    #[arg(long, value_delimiter = ',')]
    only: Vec<Step>,
    /// All but these steps
    #[arg(long, value_delimiter = ',')]
    skip: Vec<Step>,
    /// Build the release binary too, and run the browser tests against it
    #[arg(long)]
    release: bool,
}

/// In the order they run: what fails soonest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Step {
    /// The code is formatted
    Fmt,
    /// The committed stylesheet is up to date
    Css,
    /// Everything builds, and Clippy has no warnings
    Clippy,
    /// All Rust tests, on SQLite and PostgreSQL
    Test,
    /// The browser bundle, as small as it gets
    Bundle,
    /// The release binary, bundle inside (with --release)
    Release,
    /// The browser tests, against the server that the Rust tests use, or against the release binary
    Browser,
}

impl Step {
    fn run(self, args: &Args) -> Result<()> {
        match self {
            Step::Fmt => sh::run(sh::cargo().args(["fmt", "--all", "--check"])),
            Step::Css => css::check(),
            Step::Clippy => clippy(),
            Step::Test => test_on_both_databases(),
            Step::Bundle => bundle::bundle(Size::Smallest),
            Step::Release => bundle::binary(true).map(drop),
            Step::Browser if args.release => browser::test(&sh::target().join("release/rota")),
            Step::Browser => {
                sh::run(lint::cargo().arg("test").args(WORKSPACE).args(["--no-run", "--quiet"]))?;
                browser::test(&sh::target().join("debug/rota"))
            }
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
            Step::Clippy => "fix the warnings above",
            Step::Test => "the failed tests are named above; a single one: `cargo test NAME`",
            Step::Bundle => "see above; the bundle alone: `cargo xtask test --only bundle`",
            Step::Release => "see above; alone: `cargo xtask build`",
            Step::Browser => {
                "see above, and the pictures in end2end/screenshots; alone: `cargo xtask test --only browser`"
            }
        }
    }
}

struct Done {
    step: Step,
    result: Result<()>,
    took: Duration,
}

/// Runs the steps, all of them even if one fails, and sums up.
pub fn test(args: &Args) -> Result<()> {
    let start = Instant::now();
    let chosen = |step: &Step| match step {
        Step::Release if args.only.is_empty() && !args.release => false,
        step => (args.only.is_empty() || args.only.contains(step)) && !args.skip.contains(step),
    };
    let steps: Vec<Step> = Step::value_variants().iter().copied().filter(chosen).collect();
    // Alone there is nothing to run it beside.
    let mut bundle = match steps.len() > 1 && steps.contains(&Step::Bundle) {
        true => Some(beside::start(&["test", "--only", "bundle"], "bundle.log")?),
        false => None,
    };
    let mut done: Vec<Done> = Vec::new();
    for step in steps {
        println!("\n── {} ──", name(step));
        let begun = Instant::now();
        let failed = |needed: &&Step| done.iter().any(|d| d.step == **needed && d.result.is_err());
        let (result, took) = match (step.needs().iter().find(failed), &mut bundle) {
            (Some(needed), _) => (Err(anyhow::anyhow!("not tried, because {} failed", name(*needed))), Duration::ZERO),
            (None, Some(child)) if step == Step::Bundle => child.wait()?,
            (None, _) => (step.run(args), begun.elapsed()),
        };
        if let Err(error) = &result {
            println!("{} failed: {error:#}\n{}", name(step), step.advice());
        }
        println!("── {} took {} ──", name(step), seconds(took));
        done.push(Done { step, result, took });
    }
    sum_up(&done, start.elapsed())
}

fn sum_up(done: &[Done], total: Duration) -> Result<()> {
    println!();
    for Done { step, result, took } in done {
        let verdict = if result.is_ok() { "passed" } else { "FAILED" };
        println!("{:<10}{verdict:>8}{:>10}", name(*step), seconds(*took));
    }
    println!("{:<10}{:>18}", "in all", seconds(total));
    let failed = done.iter().filter(|d| d.result.is_err()).count();
    println!("\n{} passed, {failed} failed", done.len() - failed);
    if failed > 0 {
        std::process::exit(1);
    }
    Ok(())
}

fn clippy() -> Result<()> {
    let server = lint::build(&["test", "--no-run"], &WORKSPACE);
    // By itself: with the server beside it only the app's server half would be there. It cannot be linked for this machine.
    let browser = lint::build(&["check"], &["--package", "rota-frontend", "--package", "rota-app"]);
    server.and(browser)
}

fn test_on_both_databases() -> Result<()> {
    // Mostly built by the lints. What is not is built first, so that its time is not taken for the tests'.
    let start = Instant::now();
    sh::run(lint::cargo().arg("test").args(WORKSPACE).args(["--no-run", "--quiet"]))?;
    println!("building what was not built took {}", seconds(start.elapsed()));
    let postgres = Postgres::start()?;
    for mut runner in runners() {
        sh::run(runner.env("ROTA_TEST_POSTGRES_URL", postgres.url()))?;
    }
    Ok(())
}

/// cargo-nextest where it is installed: it runs the tests of all crates together. The examples in the docs it leaves to `cargo test`.
fn runners() -> Vec<Command> {
    if sh::which("cargo-nextest").is_none() {
        println!("cargo-nextest is not installed, so the crates are tested one after the other");
        let mut cargo = lint::cargo();
        cargo.arg("test").args(WORKSPACE).arg("--no-fail-fast");
        return vec![cargo];
    }
    let mut nextest = lint::cargo();
    nextest.args(["nextest", "run"]).args(WORKSPACE).args(["--no-fail-fast", "--status-level", "fail"]);
    vec![nextest]
}

fn name(step: Step) -> String {
    step.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

/// As people read it.
pub fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}
