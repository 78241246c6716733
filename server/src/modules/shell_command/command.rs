//! The command as the operating system gets it.

use crate::modules::RunContext;
use crate::modules::process::{inherited, lookup::find, ours, start as start_process};
use std::ffi::OsString;
use std::path::Path;
use tokio::process::Child;

/// Starts the task's program as the leader of a process group of its own.
///
/// # Errors
/// A sentence that names what is wrong.
pub fn start(ctx: &RunContext, folder: &Path) -> Result<Child, String> {
    let program = ctx.text("program");
    let environment = environment(ctx)?;
    let args: Vec<&str> = ctx.texts("arguments").collect();
    if program.contains('\0') {
        return Err("program and arguments cannot hold NUL characters".to_owned());
    }
    let path = environment.iter().rev().find(|(name, _)| name == "PATH").map(|(_, value)| value.clone());
    let file = find(program, path.as_deref(), folder)?;
    start_process(&file, program, &args, environment, folder, !ctx.text("stdin").is_empty())
}

fn environment(ctx: &RunContext) -> Result<Vec<(OsString, OsString)>, String> {
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
