//! The command as the operating system gets it.

use super::lookup::find;
use crate::modules::RunContext;
use nix::errno::Errno;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::Path;
use std::process::Stdio;
use tokio::process::{Child, Command};

/// The server's variables that programs inherit. No others: some hold the server's own secrets.
const INHERITED: [&str; 7] = ["PATH", "HOME", "LANG", "LC_ALL", "TZ", "USER", "TMPDIR"];

/// Starts the task's program as the leader of a process group of its own.
///
/// # Errors
/// A sentence that names what is wrong.
pub fn start(ctx: &RunContext, folder: &Path) -> Result<Child, String> {
    let program = ctx.text("program");
    let environment = environment(ctx)?;
    let args: Vec<&str> = ctx.texts("arguments").collect();
    if program.contains('\0') || args.iter().any(|a| a.contains('\0')) {
        return Err("program and arguments cannot hold NUL characters".to_owned());
    }
    let path = environment.iter().rev().find(|(name, _)| name == "PATH").map(|(_, value)| value.as_os_str());
    let file = find(program, path, folder)?;
    let stdin = if ctx.text("stdin").is_empty() { Stdio::null() } else { Stdio::piped() };
    // Nothing here may need code between fork and exec: without it the standard library starts programs by
    // `posix_spawn`, which does not copy the server's page tables.
    let child = Command::new(file)
        .arg0(program)
        .args(args)
        .env_clear()
        .envs(environment)
        .current_dir(folder)
        .stdin(stdin)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn();
    child.map_err(|e| explain(program, &e))
}

fn environment(ctx: &RunContext) -> Result<Vec<(OsString, OsString)>, String> {
    let inherited = INHERITED.iter().filter_map(|name| Some((OsString::from(name), std::env::var_os(name)?)));
    let mut all: Vec<_> = inherited.collect();
    for (name, value) in ctx.pairs("environment") {
        if name.is_empty() || name.contains(['=', '\0']) || value.contains('\0') {
            return Err(format!("environment: {name:?} cannot be a variable: there is \"=\" in its name, or NUL"));
        }
        all.push((name.into(), value.into()));
    }
    let ours = [
        ("ROTA_TASK_ID", ctx.run.task_id.to_string()),
        ("ROTA_RUN_ID", ctx.run.id.to_string()),
        ("ROTA_DUE_AT", ctx.run.due_at.to_string()),
    ];
    all.extend(ours.map(|(name, value)| (OsStr::new(name).to_owned(), value.into())));
    Ok(all)
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
