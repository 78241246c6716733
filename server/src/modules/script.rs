//! Runs a script that stands in the task itself, by the program that its first line names.

mod params;
#[cfg(test)]
mod tests;

use super::process::folder::Folder;
use super::process::{GRACE, Launch, Started, environment, lookup, patience, start, to_the_end};
use super::{RunContext, TaskModule};
use crate::minder::Minder;
use async_trait::async_trait;
use domain::module::ModuleSpec;
use domain::run::Outcome;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A script in any language.
pub struct Script {
    grace: Duration,
    minder: Minder,
}

impl Default for Script {
    fn default() -> Script {
        Script::minded(&Minder::default())
    }
}

impl Script {
    /// With a minder for its programs.
    pub fn minded(minder: &Minder) -> Script {
        Script { grace: GRACE, minder: minder.clone() }
    }
}

#[async_trait]
impl TaskModule for Script {
    fn spec(&self) -> ModuleSpec {
        params::spec()
    }

    async fn run(&self, ctx: RunContext) -> Outcome {
        match self.execute(&ctx).await {
            Ok(outcome) => outcome,
            Err(why) => Outcome::error(why),
        }
    }
}

impl Script {
    async fn execute(&self, ctx: &RunContext) -> Result<Outcome, String> {
        let own = Folder::open("", ctx.run.id)?;
        let given = ctx.text("working_folder");
        let elsewhere = if given.is_empty() { None } else { Some(Folder::open(given, ctx.run.id)?) };
        let folder = elsewhere.as_ref().unwrap_or(&own);
        let started = begin(ctx, &self.minder, own.path(), folder.path()).await?;
        Ok(to_the_end(ctx, started, self.grace, ctx.text("stdin")).await)
    }
}

/// Writes the script into `own` and starts it in `folder`.
async fn begin(ctx: &RunContext, minder: &Minder, own: &Path, folder: &Path) -> Result<Started, String> {
    // Browsers and other systems end lines in other ways; the program would take the rest for a part of its name.
    let text = ctx.text("script").replace("\r\n", "\n");
    let (program, argument) = first_line(&text)?;
    let what = "the script cannot be written at the moment";
    let file = patience::insist(ctx, what, || write(&text, own)).await;
    let file = file.map_err(|e| format!("the script could not be written: {e}"))?;
    let file = file.display().to_string();
    let mut arguments: Vec<&str> = argument.into_iter().collect();
    arguments.push(&file);
    arguments.extend(ctx.texts("arguments"));
    // Not the script but its program is started, as the kernel would: a file that was just written may still be open in another
    // process that is about to start, and cannot be started then.
    let found = lookup::find(program, None, folder).map_err(|why| format!("script: {why}"))?;
    let (environment, has_input) = (environment(ctx)?, !ctx.text("stdin").is_empty());
    let launch = Launch { file: &found, program, arguments: &arguments, environment, folder, has_input };
    start(ctx, minder, launch).await
}

/// The program and its one argument, as `#!` has them.
fn first_line(text: &str) -> Result<(&str, Option<&str>), String> {
    let line = text.lines().next().and_then(|line| line.strip_prefix("#!")).unwrap_or_default().trim();
    let (program, argument) = match line.split_once([' ', '\t']) {
        Some((program, argument)) => (program, Some(argument.trim())),
        None => (line, None),
    };
    if !program.starts_with('/') {
        return Err("script: its first line must say what runs it, such as #!/bin/sh".to_owned());
    }
    Ok((program, argument))
}

fn write(text: &str, folder: &Path) -> std::io::Result<PathBuf> {
    let file = folder.join("script");
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true).mode(0o700).open(&file)?.write_all(text.as_bytes())?;
    Ok(file)
}
