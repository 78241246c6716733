//! Starts a program on the server: no shell, an environment of its own, and nothing left of it when the run is stopped.

mod command;
mod params;
#[cfg(test)]
mod tests;

use super::process::folder::Folder;
use super::process::group::Group;
use super::process::lines::LINE_MAX;
use super::process::pipes::{Streams, ToLog};
use super::process::{GRACE, attend, outcome};
use super::{RunContext, TaskModule};
use async_trait::async_trait;
use domain::module::ModuleSpec;
use domain::run::{Level, Outcome};
use std::time::Duration;

/// A program with arguments.
pub struct ShellCommand {
    grace: Duration,
}

impl Default for ShellCommand {
    fn default() -> ShellCommand {
        ShellCommand { grace: GRACE }
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
        let mut child = command::start(ctx, folder.path())?;
        // After the folder, so that it is dropped first: the folder goes when nobody works in it any more.
        let mut group = Group::of(&child);
        let mut output = ToLog { level: Level::Info, io: &*ctx.io };
        let mut errors = ToLog { level: Level::Warning, io: &*ctx.io };
        let streams =
            Streams { output: &mut output, output_line_max: LINE_MAX, errors: &mut errors, input: ctx.text("stdin") };
        let status = attend(ctx, &mut child, &mut group, self.grace, streams).await;
        if ctx.cancel.is_cancelled() {
            group.stop(&mut child, self.grace).await;
            return Ok(Outcome::canceled());
        }
        group.let_go();
        Ok(status.map_or_else(|e| Outcome::error(format!("the program was lost: {e}")), outcome))
    }
}
