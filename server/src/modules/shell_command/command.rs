//! The command as the operating system gets it.

use crate::minder::Minder;
use crate::modules::RunContext;
use crate::modules::process::{self, Launch, Started, environment, lookup::find};
use std::path::Path;

/// Starts the task's program as the leader of a process group of its own.
///
/// # Errors
/// A sentence that names what is wrong.
pub async fn start(ctx: &RunContext, minder: &Minder, folder: &Path) -> Result<Started, String> {
    let program = ctx.text("program");
    let environment = environment(ctx)?;
    let arguments: Vec<&str> = ctx.texts("arguments").collect();
    if program.contains('\0') {
        return Err("program and arguments cannot hold NUL characters".to_owned());
    }
    let path = environment.iter().rev().find(|(name, _)| name == "PATH").map(|(_, value)| value.clone());
    let file = find(program, path.as_deref(), folder)?;
    let has_input = !ctx.text("stdin").is_empty();
    let launch = Launch { file: &file, program, arguments: &arguments, environment, folder, has_input };
    process::start(ctx, minder, launch).await
}
