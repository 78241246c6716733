//! `rota module`: which modules that are programs there are, and what a program says of itself.

use super::{CliError, table};
use crate::modules::{Manifest, describe, look_for_programs};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// What to do with modules.
#[derive(Debug, Subcommand)]
pub enum ModuleCommand {
    /// List the modules in the modules' folder, and why those that are broken cannot be used
    List(Where),
    /// Run a program with --describe and print the module.toml that its answer makes
    Describe(Describe),
}

/// Where modules are.
#[derive(Debug, Args)]
pub struct Where {
    /// The server's data folder
    #[arg(long, env = "ROTA_DATA_DIR", default_value = "./data", value_name = "FOLDER")]
    data_dir: PathBuf,
    /// Where modules that are programs are found, a folder each [default: DATA_DIR/modules]
    #[arg(long, env = "ROTA_MODULES_DIR", value_name = "FOLDER")]
    modules_dir: Option<PathBuf>,
}

/// Whom to ask.
#[derive(Debug, Args)]
pub struct Describe {
    /// The program, or its folder: then the command of the module.toml in it, or else the program that is named like the folder
    #[arg(value_name = "FOLDER|PROGRAM")]
    path: PathBuf,
    /// Print JSON instead
    #[arg(long)]
    json: bool,
}

/// Does it.
pub fn run(command: ModuleCommand) -> Result<(), CliError> {
    match command {
        ModuleCommand::List(place) => list(&place),
        ModuleCommand::Describe(wanted) => print(&wanted),
    }
}

fn list(place: &Where) -> Result<(), CliError> {
    let dir = place.modules_dir.clone().unwrap_or_else(|| place.data_dir.join("modules"));
    let found = look_for_programs(&dir);
    let mut rows = vec![["MODULE", "FOLDER", "STATE"].map(str::to_owned)];
    for (folder, manifest) in &found {
        let (name, state) = match manifest {
            Ok(manifest) => (manifest.spec.name.clone(), "good".to_owned()),
            // The place in a file takes several lines, a row of a table one.
            Err(reason) => ("–".to_owned(), reason.split_whitespace().collect::<Vec<_>>().join(" ")),
        };
        rows.push([name, folder.display().to_string(), state]);
    }
    table::print(&rows)?;
    match found.iter().filter(|(_, manifest)| manifest.is_err()).count() {
        0 => Ok(()),
        n => Err(CliError::Failed(format!("{n} of {} modules cannot be used", found.len()))),
    }
}

fn print(wanted: &Describe) -> Result<(), CliError> {
    let (command, folder) = find(&wanted.path).map_err(CliError::Failed)?;
    let mut said = describe::ask(&command, &folder).map_err(CliError::Failed)?;
    complete(&mut said, command);
    Manifest::from_value(said.clone(), &folder).map_err(|why| CliError::Failed(format!("--describe: {why}")))?;
    let text = match wanted.json {
        true => serde_json::to_string_pretty(&said).map_err(|e| e.to_string()),
        false => toml::to_string_pretty(&said).map_err(|e| e.to_string()),
    };
    table::say(text.map_err(CliError::Failed)?.trim_end())
}

/// The command to ask, and the module's folder.
fn find(path: &Path) -> Result<(Vec<String>, PathBuf), String> {
    let path = path.canonicalize().map_err(|e| format!("{}: {e}", path.display()))?;
    let name = path.file_name().and_then(|name| name.to_str()).map(str::to_owned);
    let name = name.ok_or_else(|| format!("{} has no name that could be a program's", path.display()))?;
    if !path.is_dir() {
        let folder = path.parent().unwrap_or(Path::new("/")).to_owned();
        return Ok((vec![format!("./{name}")], folder));
    }
    let command = command_of(&path)?.unwrap_or_else(|| vec![format!("./{name}")]);
    Ok((command, path))
}

/// The command of the folder's manifest, whatever else is in it; `None` without one.
fn command_of(folder: &Path) -> Result<Option<Vec<String>>, String> {
    #[derive(serde::Deserialize)]
    struct Command {
        command: Vec<String>,
    }
    let file = folder.join("module.toml");
    let Ok(text) = std::fs::read_to_string(&file) else { return Ok(None) };
    match toml::from_str::<Command>(&text) {
        Ok(found) => Ok(Some(found.command)),
        Err(e) => Err(format!("{}: {e}", file.display())),
    }
}

/// With a command where the program leaves it out, and without what says nothing: TOML has no null.
fn complete(said: &mut Value, command: Vec<String>) {
    if let Value::Object(keys) = said {
        keys.remove("describe");
        keys.entry("command").or_insert_with(|| json!(command));
    }
    drop_nulls(said);
}

fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(keys) => {
            keys.retain(|_, value| !value.is_null());
            keys.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}
