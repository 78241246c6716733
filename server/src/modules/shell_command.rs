//! Starts a program on the server: no shell, an environment of its own, and nothing left of it when the run is stopped.

mod command;
pub(super) mod params;
#[cfg(test)]
mod tests;

use super::process::folder::Folder;
use super::process::{GRACE, to_the_end};
use super::{RunContext, TaskModule};
use crate::minder::Minder;
use async_trait::async_trait;
use domain::module::ModuleSpec;
use domain::run::Outcome;
use std::time::Duration;

/// A program with arguments.
pub struct ShellCommand {
    grace: Duration,
    minder: Minder,
}

impl Default for ShellCommand {
    fn default() -> ShellCommand {
        ShellCommand::minded(&Minder::default())
    }
}

impl ShellCommand {
    /// With a minder for its programs.
    pub fn minded(minder: &Minder) -> ShellCommand {
        ShellCommand { grace: GRACE, minder: minder.clone() }
    }
}

#[async_trait]
impl TaskModule for ShellCommand {
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

impl ShellCommand {
    async fn execute(&self, ctx: &RunContext) -> Result<Outcome, String> {
        let folder = Folder::open(ctx.text("working_folder"), ctx.run.id)?;
        let started = command::start(ctx, &self.minder, folder.path()).await?;
        // The folder goes when nobody works in it any more.
        Ok(to_the_end(ctx, started, self.grace, ctx.text("stdin")).await)
    }
}
