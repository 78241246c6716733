//! A command of xtask that runs beside others, with its output in a file until it is wanted.

use crate::sh;
use anyhow::{Context, Result, bail};
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Such a command.
pub struct Beside {
    shown: String,
    log: PathBuf,
    child: Option<Waiting>,
}

/// A thread of its own waits, so that the time is the command's and not that of whoever looks for it later.
type Waiting = JoinHandle<(std::io::Result<std::process::ExitStatus>, Duration)>;

/// Starts `xtask ARGS` with its output in `target/xtask/LOG`.
pub fn start(args: &[&str], log: &str) -> Result<Beside> {
    let folder = sh::target().join("xtask");
    fs::create_dir_all(&folder)?;
    let log = folder.join(log);
    let out = File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
    let mut command = sh::program(std::env::current_exe()?);
    command.args(args).stdin(Stdio::null()).stdout(out.try_clone()?).stderr(out);
    let shown = format!("xtask {}", args.join(" "));
    println!("$ {shown}   (meanwhile; its output: {})", log.display());
    let child = command.spawn().with_context(|| format!("cannot start {shown}"))?;
    let begun = Instant::now();
    Ok(Beside { shown, log, child: Some(thread::spawn(move || wait(child, begun))) })
}

fn wait(mut child: Child, begun: Instant) -> (std::io::Result<std::process::ExitStatus>, Duration) {
    (child.wait(), begun.elapsed())
}

impl Beside {
    /// Waits for its end, prints what it printed, and gives how it ended and how long it took.
    pub fn wait(&mut self) -> Result<(Result<()>, Duration)> {
        let Some(child) = self.child.take() else { bail!("{} was waited for already", self.shown) };
        let Ok((status, took)) = child.join() else { bail!("cannot wait for {}", self.shown) };
        print!("{}", String::from_utf8_lossy(&fs::read(&self.log)?));
        let status = status?;
        let result = if status.success() { Ok(()) } else { Err(anyhow::anyhow!("{} failed ({status})", self.shown)) };
        Ok((result, took))
    }
}
