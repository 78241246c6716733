//! What runs in real Chromium: the browser tests, and the figures of the web app.

use crate::{bundle, npm, sh};
use anyhow::{Context, Result};
use std::env;
use std::path::{Path, PathBuf};
use std::thread;

/// Runs everything in `end2end/`, one file a processor at once: each has a server and a browser of its own.
pub fn test(binary: &Path) -> Result<()> {
    npm::ensure("end2end")?;
    let chromium = chromium()?;
    let at_once = thread::available_parallelism().map_or(1, usize::from);
    let mut node = sh::program("node");
    node.args(["--test", &format!("--test-concurrency={at_once}"), "--test-reporter=spec"]);
    node.current_dir(sh::root().join("end2end"));
    sh::run(node.env("ROTA_BIN", binary).env("CHROME_PATH", chromium))
}

/// Prints the figures of the web app.
pub fn bench() -> Result<()> {
    bundle::bundle(bundle::Size::Small)?;
    let binary = bundle::binary(true)?;
    npm::ensure("end2end")?;
    npm::ensure("bench/web")?;
    let mut node = sh::program("node");
    node.arg("web.mjs").current_dir(sh::root().join("bench/web"));
    sh::run(node.env("ROTA_BIN", binary).env("CHROME_PATH", chromium()?))
}

fn chromium() -> Result<PathBuf> {
    if let Some(path) = installed() {
        return Ok(path);
    }
    sh::apt_install("Chromium (or CHROME_PATH, naming a Chrome)", &["chromium"])?;
    installed().context("chromium was installed, but is not on the PATH")
}

fn installed() -> Option<PathBuf> {
    let named = env::var_os("CHROME_PATH").map(PathBuf::from).filter(|path| path.is_file());
    named.or_else(|| {
        ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"].into_iter().find_map(sh::which)
    })
}
