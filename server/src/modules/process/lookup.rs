//! Finding a program, so that a missing one is told by its name, and so that the standard library can start it the
//! fast way (`posix_spawn`), which it does not where it would have to search a changed `PATH` itself.

use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// The program's file. A name is looked for in `path`, a relative path starts in the working folder.
///
/// # Errors
/// A sentence that names the program.
pub fn find(program: &str, path: Option<&OsStr>, folder: &Path) -> Result<PathBuf, String> {
    if program.contains('/') {
        let file = folder.join(program);
        return match state(&file) {
            State::Runs => Ok(file),
            State::DoesNotRun => Err(format!("{program} is not an executable file")),
            State::Missing => Err(format!("{program} was not found")),
        };
    }
    let folders = path.map(|p| std::env::split_paths(p).collect::<Vec<_>>()).unwrap_or_default();
    // As execvp(3) has it, an empty part of PATH is the working folder.
    let files = || folders.iter().map(|f| folder.join(f).join(program));
    if let Some(file) = files().find(|f| matches!(state(f), State::Runs)) {
        return Ok(file);
    }
    match files().find(|f| matches!(state(f), State::DoesNotRun)) {
        Some(file) => Err(format!("{} is not an executable file", file.display())),
        None => Err(format!("{program} was not found in PATH")),
    }
}

enum State {
    Runs,
    DoesNotRun,
    Missing,
}

fn state(file: &Path) -> State {
    match std::fs::metadata(file) {
        Ok(meta) if meta.is_file() && meta.permissions().mode() & 0o111 != 0 => State::Runs,
        Ok(_) => State::DoesNotRun,
        Err(_) => State::Missing,
    }
}
