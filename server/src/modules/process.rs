//! Programs as processes: started in a group and a folder of their own, listened to line by line, ended together.

pub mod folder;
pub mod group;
pub mod limits;
pub mod lines;
pub mod lookup;
pub mod patience;
pub mod pipes;

use super::RunContext;
use crate::minder::Minder;
use domain::run::{Level, Outcome};
use group::Group;
use nix::errno::Errno;
use nix::sys::signal::Signal;
use pipes::{Streams, ToLog};
use std::ffi::OsString;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::process::{Child, Command};
use tokio_util::sync::CancellationToken;

/// The server's variables that programs inherit. No others: some hold the server's own secrets.
pub const INHERITED: [&str; 7] = ["PATH", "HOME", "LANG", "LC_ALL", "TZ", "USER", "TMPDIR"];

/// How long a program may take to end after SIGTERM.
pub const GRACE: Duration = Duration::from_secs(5);

/// The message of a run whose program the minder ended.
pub const LATE: &str = "ended because the server was frozen, or could not renew its lease in time";

/// The variables that programs inherit.
pub fn inherited() -> Vec<(OsString, OsString)> {
    INHERITED.iter().filter_map(|name| Some((OsString::from(name), std::env::var_os(name)?))).collect()
}

/// The variables that tell a program which run it is.
pub fn ours(ctx: &RunContext) -> [(OsString, OsString); 3] {
    [
        ("ROTA_TASK_ID".into(), ctx.run.task_id.to_string().into()),
        ("ROTA_RUN_ID".into(), ctx.run.id.to_string().into()),
        ("ROTA_DUE_AT".into(), ctx.run.due_at.to_string().into()),
    ]
}

/// How a program is started.
pub struct Launch<'a> {
    /// Its file.
    pub file: &'a Path,
    /// What it is called.
    pub program: &'a str,
    /// Its arguments.
    pub arguments: &'a [&'a str],
    /// All its variables.
    pub environment: Vec<(OsString, OsString)>,
    /// Its working directory.
    pub folder: &'a Path,
    /// Whether there is something on its standard input.
    pub has_input: bool,
}

/// A running program.
pub struct Started {
    /// Its first process.
    pub child: Child,
    /// It with everything it starts.
    pub group: Group,
}

/// Starts a program as the leader of its own process group, announced to the minder. Waits while the server is short of resources.
///
/// # Errors
/// A sentence that names what is wrong.
pub async fn start(ctx: &RunContext, minder: &Minder, launch: Launch<'_>) -> Result<Started, String> {
    let Launch { file, program, arguments, environment, folder, has_input } = launch;
    if program.contains('\0') || arguments.iter().any(|a| a.contains('\0')) {
        return Err("program and arguments cannot hold NUL characters".to_owned());
    }
    let announced = tokio::select! {
        announced = minder.announce(ctx.run.id) => announced,
        () = ctx.cancel.cancelled() => return Err("stopped before it was started".to_owned()),
    };
    let mut command = Command::new(file);
    // Nothing here may need code between fork and exec: without it the standard library starts programs by
    // `posix_spawn`, which does not copy the server's page tables.
    command.arg0(program).args(arguments).env_clear().envs(environment).envs([announced.variable()]);
    command.current_dir(folder).stdin(if has_input { Stdio::piped() } else { Stdio::null() });
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let what = format!("{program} cannot be started at the moment");
    let child = patience::insist(ctx, &what, || command.spawn()).await.map_err(|e| explain(program, &e))?;
    let group = Group::of(announced, &child);
    if let Some(limit) = minder.file_limit() {
        limits::files(&child, limit);
    }
    Ok(Started { child, group })
}

fn explain(program: &str, error: &io::Error) -> String {
    match error.raw_os_error().map(Errno::from_raw) {
        Some(Errno::ENOEXEC) => {
            format!("{program} is not a program: a script needs a first line such as #!/bin/sh")
        }
        Some(Errno::ENOENT) => {
            format!("{program} could not be started: what its first line or its format needs was not found")
        }
        _ => format!("{program} could not be started: {error}"),
    }
}

/// The variables of a program that a task may add to, by its table `environment`.
///
/// # Errors
/// A sentence that names the variable.
pub fn environment(ctx: &RunContext) -> Result<Vec<(OsString, OsString)>, String> {
    let mut all = inherited();
    for (name, value) in ctx.pairs("environment") {
        if name.is_empty() || name.contains(['=', '\0']) || value.contains('\0') {
            return Err(format!("environment: {name:?} cannot be a variable: there is \"=\" in its name, or NUL"));
        }
        all.push((name.into(), value.into()));
    }
    all.extend(ours(ctx));
    Ok(all)
}

/// Lets a program that was just started run to its end: its output is the log, at `info`, its errors are at `warning`.
pub async fn to_the_end(ctx: &RunContext, started: Started, grace: Duration, input: &str) -> Outcome {
    let Started { mut child, mut group } = started;
    let mut output = ToLog { level: Level::Info, io: &*ctx.io };
    let mut errors = ToLog { level: Level::Warning, io: &*ctx.io };
    let streams = Streams { output: &mut output, output_line_max: lines::LINE_MAX, errors: &mut errors, input };
    let status = attend(ctx, &mut child, &mut group, grace, streams).await;
    if ctx.cancel.is_cancelled() {
        group.stop(&mut child, grace).await;
        return Outcome::canceled();
    }
    concluded(&mut group, status).await
}

/// The outcome of a program that has ended by itself, or was ended by the minder.
pub async fn concluded(group: &mut Group, status: io::Result<ExitStatus>) -> Outcome {
    let was_killed = status.as_ref().is_ok_and(|status| status.signal().is_some());
    if was_killed && group.is_late().await {
        return Outcome::error(LATE);
    }
    group.release();
    status.map_or_else(|e| Outcome::error(format!("the program was lost: {e}")), outcome)
}

/// Listens to what the program writes until it has ended, by itself or by a cancel.
pub async fn attend(
    ctx: &RunContext,
    child: &mut Child,
    group: &mut Group,
    grace: Duration,
    streams: Streams<'_>,
) -> io::Result<ExitStatus> {
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let ended = CancellationToken::new();
    let lead = async {
        let status = until_end(ctx, child, group, grace).await;
        ended.cancel();
        status
    };
    let output = pipes::drain(stdout, streams.output_line_max, streams.output, &ended);
    let errors = pipes::drain(stderr, lines::LINE_MAX, streams.errors, &ended);
    let input = pipes::feed(stdin, streams.input, &ended);
    let (status, held, errors_held, ()) = tokio::join!(lead, output, errors, input);
    if (held || errors_held) && !ctx.cancel.is_cancelled() {
        ctx.warning("The program has ended, but something that it started still holds its output; not waiting for it.")
            .await;
    }
    status
}

async fn until_end(ctx: &RunContext, child: &mut Child, group: &mut Group, grace: Duration) -> io::Result<ExitStatus> {
    tokio::select! {
        status = child.wait() => return status,
        () = ctx.cancel.cancelled() => {}
    }
    group.stop(child, grace).await;
    child.wait().await
}

/// What an exit status says of a run.
pub fn outcome(status: ExitStatus) -> Outcome {
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
