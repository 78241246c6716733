//! Node programs, at the exact versions of a folder's package.json.

use crate::sh;
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// A program of a package, installed first if need be.
pub fn tool(folder: &str, package: &str, name: &str) -> Result<PathBuf> {
    ensure(folder)?;
    let path = sh::root().join(folder).join("node_modules/.bin").join(name);
    if !path.exists() {
        bail!("{package} has no {name}");
    }
    Ok(path)
}

/// Installs what `folder/package.json` asks for, unless it is there.
pub fn ensure(folder: &str) -> Result<()> {
    let dir = sh::root().join(folder);
    let missing = missing(&dir)?;
    if missing.is_empty() {
        return Ok(());
    }
    if sh::which("npm").is_none() {
        bail!("{} needs Node 20 or newer with npm, which is not installed", missing.join(", "));
    }
    println!("Installing {} into {folder}/node_modules", missing.join(", "));
    // Not `npm ci`: it refuses lock files without every platform's optional packages. The versions are exact here.
    sh::run(sh::program("npm").args(["install", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&dir))
}

fn missing(dir: &Path) -> Result<Vec<String>> {
    let wanted = read(&dir.join("package.json"))?;
    let wanted = wanted["dependencies"].as_object().context("package.json has no dependencies")?;
    let is_there = |name: &str, version: &Value| {
        read(&dir.join("node_modules").join(name).join("package.json")).is_ok_and(|found| found["version"] == *version)
    };
    Ok(wanted.iter().filter(|(name, version)| !is_there(name, version)).map(|(name, _)| name.clone()).collect())
}

fn read(path: &Path) -> Result<Value> {
    let text = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(serde_json::from_slice(&text)?)
}
