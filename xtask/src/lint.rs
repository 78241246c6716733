//! Lints and test programs from one build. Clippy's driver is the compiler with more lints: as the wrapper around the compiler of the
//! workspace's own crates it does what `cargo clippy` does, but compiles, too. So dependencies are compiled once and not checked before that
//! a first time, which takes minutes.

use crate::sh;
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

/// Cargo with the lints on. Whatever runs the tests has to use it, or it compiles the workspace once more without them.
pub fn cargo() -> Command {
    let mut cargo = sh::cargo();
    cargo.env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver");
    cargo
}

/// Builds, and fails for any warning in the workspace: those of an earlier build as well, which cargo repeats. Warnings do not keep the tests
/// from being built.
pub fn build(command: &[&str], packages: &[&str]) -> Result<()> {
    let mut cargo = cargo();
    cargo.args(command).args(packages).arg("--message-format=json-render-diagnostics").stdout(Stdio::piped());
    println!("$ {} (linting)", sh::shown(&cargo));
    let mut child = cargo.spawn().context("cannot start cargo")?;
    let warnings = child
        .stdout
        .take()
        .map(|out| BufReader::new(out).lines().map_while(Result::ok).filter(|line| is_warning(line)).count());
    let status = child.wait()?;
    if !status.success() {
        bail!("the workspace does not build ({status})");
    }
    match warnings {
        Some(0) => Ok(()),
        Some(n) => bail!("{n} warnings"),
        None => bail!("cargo has no output"),
    }
}

/// Whether a line of cargo's messages is a diagnostic of the compiler or of Clippy.
fn is_warning(line: &str) -> bool {
    let Ok(message) = serde_json::from_str::<Value>(line) else { return false };
    message["reason"] == "compiler-message" && matches!(message["message"]["level"].as_str(), Some("warning" | "error"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_diagnostics_count() {
        let message = |level: &str| format!(r#"{{"reason":"compiler-message","message":{{"level":"{level}"}}}}"#);
        assert!(is_warning(&message("warning")));
        assert!(is_warning(&message("error")));
        assert!(!is_warning(&message("note")));
        assert!(!is_warning(r#"{"reason":"compiler-artifact"}"#));
    }
}
