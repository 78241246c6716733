//! Starts a program on the server: no shell, an environment of its own, and nothing left of it when the run is stopped.

mod command;
mod folder;
mod group;
mod lines;
mod lookup;
mod params;
mod pipes;
#[cfg(test)]
mod tests;

use super::{RunContext, TaskModule};
use async_trait::async_trait;
use domain::module::ModuleSpec;
use domain::run::{Level, Outcome};
use folder::Folder;
use group::Group;
use nix::sys::signal::Signal;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;
use tokio::process::Child;
use tokio_util::sync::CancellationToken;

/// How long a program may take to end after SIGTERM.
const GRACE: Duration = Duration::from_secs(5);

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
        let status = self.attend(ctx, &mut child, &mut group).await;
        if ctx.cancel.is_cancelled() {
            group.stop(&mut child, self.grace).await;
            return Ok(Outcome::canceled());
        }
        group.let_go();
        Ok(status.map_or_else(|e| Outcome::error(format!("the program was lost: {e}")), outcome))
    }

    /// Logs what the program writes until it has ended, by itself or by a cancel.
    async fn attend(&self, ctx: &RunContext, child: &mut Child, group: &mut Group) -> io::Result<ExitStatus> {
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let ended = CancellationToken::new();
        let lead = async {
            let status = self.until_end(ctx, child, group).await;
            ended.cancel();
            status
        };
        let lines = pipes::drain(stdout, Level::Info, &*ctx.io, &ended);
        let errors = pipes::drain(stderr, Level::Warning, &*ctx.io, &ended);
        let input = pipes::feed(stdin, ctx.text("stdin"), &ended);
        let (status, held, errors_held, ()) = tokio::join!(lead, lines, errors, input);
        if (held || errors_held) && !ctx.cancel.is_cancelled() {
            ctx.warning(
                "The program has ended, but something that it started still holds its output; not waiting for it.",
            )
            .await;
        }
        status
    }

    async fn until_end(&self, ctx: &RunContext, child: &mut Child, group: &mut Group) -> io::Result<ExitStatus> {
        tokio::select! {
            status = child.wait() => return status,
            () = ctx.cancel.cancelled() => {}
        }
        group.stop(child, self.grace).await;
        child.wait().await
    }
}

fn outcome(status: ExitStatus) -> Outcome {
    match (status.code(), status.signal()) {
        (Some(0), _) => Outcome::done(),
        (Some(code), _) => Outcome::error(format!("exit code {code}")),
        (None, Some(signal)) => Outcome::error(match Signal::try_from(signal) {
            Ok(name) => format!("killed by signal {signal} ({name})"),
            Err(_) => format!("killed by signal {signal}"),
        }),
        (None, None) => Outcome::error(format!("ended strangely: {status}")),
    }
}
