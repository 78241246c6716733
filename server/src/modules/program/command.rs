//! A module's command as it is started, whatever the folder to work in.

use crate::modules::process::lookup;
use std::path::{Path, PathBuf};

/// The file of the program and its arguments, of a command as a manifest has it.
///
/// # Errors
/// A sentence that names the program.
pub fn resolve(command: &[String], folder: &Path) -> Result<(PathBuf, Vec<String>), String> {
    let program = command.first().map(String::as_str).unwrap_or_default();
    let file = lookup::find(program, std::env::var_os("PATH").as_deref(), folder)?;
    Ok((file, command.iter().skip(1).map(|text| argument(text, folder)).collect()))
}

/// An argument that names a file of the module's is that file: the program works elsewhere.
fn argument(text: &str, folder: &Path) -> String {
    let file = folder.join(text);
    if text.starts_with(['-', '/']) || !file.is_file() { text.to_owned() } else { file.display().to_string() }
}
