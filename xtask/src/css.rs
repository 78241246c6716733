//! The stylesheet. It is committed, so that nobody needs Node to run Rota.

use crate::{npm, sh};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::Path;

const STYLESHEET: &str = "public/rota.css";

/// Makes the stylesheet anew.
pub fn write() -> Result<()> {
    generate(&sh::root().join(STYLESHEET))
}

/// Fails if the committed stylesheet is not what would be made now.
pub fn check() -> Result<()> {
    let work = tempfile::tempdir()?;
    let fresh = work.path().join("rota.css");
    generate(&fresh)?;
    let committed =
        fs::read(sh::root().join(STYLESHEET)).with_context(|| format!("{STYLESHEET} is missing: cargo xtask css"))?;
    if committed != fs::read(fresh)? {
        bail!("{STYLESHEET} is out of date: run `cargo xtask css` and commit it");
    }
    println!("{STYLESHEET} is up to date");
    Ok(())
}

fn generate(to: &Path) -> Result<()> {
    let tailwind = npm::tool("style", "@tailwindcss/cli", "tailwindcss")?;
    let style = sh::root().join("style");
    sh::run(sh::program(tailwind).current_dir(&style).args(["--input", "main.css", "--minify", "--output"]).arg(to))
}
