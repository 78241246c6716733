//! The command as the operating system gets it.

use crate::modules::RunContext;
use crate::modules::process::{environment, lookup::find, start as start_process};
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
