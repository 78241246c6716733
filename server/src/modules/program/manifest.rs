//! What a folder says of its module: `module.toml`.

mod params;

use super::describe;
use super::limits::Limits;
use domain::module::{ModuleSpec, ParamSpec};
use params::{Entry, Text, name, unique};
use serde::Deserialize;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The file that makes a folder a module.
pub const FILE: &str = "module.toml";
/// Most bytes of it.
const SIZE_MAX: u64 = 1024 * 1024;

/// A program that is a module.
#[derive(Debug, Clone, PartialEq)]
pub struct Manifest {
    /// What it is called and takes.
    pub spec: ModuleSpec,
    /// The program and its arguments. A program with a `/` in it lies in the module's folder.
    pub command: Vec<String>,
    /// The module's folder.
    pub folder: PathBuf,
    /// Whether an interrupted run goes on afterwards, from its state.
    pub resumable: bool,
    /// What a run may use.
    pub limits: Limits,
}

/// A manifest that leaves the rest to the program.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asks {
    command: Vec<String>,
    #[serde(rename = "describe")]
    _describe: bool,
    limits: Option<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    displayname: Text,
    #[serde(default)]
    description: Text,
    command: Vec<String>,
    #[serde(default, rename = "describe")]
    _describe: bool,
    #[serde(default)]
    debug: bool,
    #[serde(default)]
    require_system_right: String,
    #[serde(default)]
    resumable: bool,
    #[serde(default)]
    limits: Limits,
    #[serde(default)]
    params: Vec<Entry>,
}

fn check_command(command: &[String]) -> Result<(), String> {
    if command.first().is_none_or(String::is_empty) {
        return Err("command: the program is missing".to_owned());
    }
    if command.iter().any(|part| part.contains('\0')) {
        return Err("command cannot hold NUL characters".to_owned());
    }
    Ok(())
}

impl Manifest {
    /// Reads the manifest of a folder. Where it says so, the program is asked, which may take [`describe::TIME_MAX`].
    ///
    /// # Errors
    /// A sentence that names what is wrong, with the line where it is about the file's grammar.
    pub fn open(folder: &Path) -> Result<Manifest, String> {
        let path = folder.join(FILE);
        let size = std::fs::metadata(&path).map_err(|e| e.to_string())?.len();
        if size > SIZE_MAX {
            return Err(format!("the file has {size} bytes; {SIZE_MAX} are the most"));
        }
        let text = std::fs::read_to_string(&path).map_err(|e| e.to_string())?;
        Manifest::read(&text, folder)
    }

    fn read(text: &str, folder: &Path) -> Result<Manifest, String> {
        let grammar = |e: toml::de::Error| e.to_string().trim_end().to_owned();
        let keys: toml::Table = toml::from_str(text).map_err(grammar)?;
        if keys.get("describe") == Some(&toml::Value::Boolean(true)) {
            return Manifest::ask(toml::from_str(text).map_err(grammar)?, folder);
        }
        Manifest::of(toml::from_str(text).map_err(grammar)?, folder)
    }

    /// The command and the limits are the manifest's, all else is the program's.
    fn ask(asks: Asks, folder: &Path) -> Result<Manifest, String> {
        check_command(&asks.command)?;
        let mut said = describe::ask(&asks.command, folder)?;
        said["command"] = asks.command.into();
        if let Some(limits) = asks.limits {
            said["limits"] = limits;
        }
        Manifest::from_value(said, folder).map_err(|why| format!("--describe: {why}"))
    }

    /// Takes the manifest as JSON, with the keys of the file.
    ///
    /// # Errors
    /// A sentence that names what is wrong.
    pub fn from_value(value: Value, folder: &Path) -> Result<Manifest, String> {
        Manifest::of(serde_json::from_value(value).map_err(|e| e.to_string())?, folder)
    }

    fn of(file: File, folder: &Path) -> Result<Manifest, String> {
        name(&file.name)?;
        check_command(&file.command)?;
        file.limits.check()?;
        unique(&file.params)?;
        let mut specs = vec![];
        let mut positions = std::collections::HashMap::<String, u32>::new();
        for entry in file.params {
            let group = entry.group.clone().unwrap_or_else(|| "parameters".to_owned());
            let position = positions.entry(group.clone()).or_default();
            *position += 1;
            let right = entry.require_system_right.clone();
            let spec = entry.param(*position)?.in_group(&group);
            specs.push(ParamSpec { require_system_right: right, ..spec });
        }
        Ok(Manifest {
            spec: ModuleSpec {
                name: file.name,
                displayname: file.displayname.into(),
                description: file.description.into(),
                debug: file.debug,
                require_system_right: file.require_system_right,
                params: specs,
            },
            command: file.command,
            folder: folder.to_owned(),
            resumable: file.resumable,
            limits: file.limits,
        })
    }
}
