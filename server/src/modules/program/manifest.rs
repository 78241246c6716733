//! What a folder says of its module: `module.toml`.

use super::describe;
use super::limits::Limits;
use domain::L10n;
use domain::module::{Choice, DependsOn, ModuleSpec, Param, ParamSpec, ParamType, check_pattern};
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

/// In both languages, or one text for both.
#[derive(Deserialize, Clone)]
#[serde(untagged)]
enum Text {
    One(String),
    Both(L10n),
}

impl Default for Text {
    fn default() -> Text {
        Text::One(String::new())
    }
}

/// One text for both languages.
fn same(text: impl Into<String>) -> L10n {
    let text = text.into();
    L10n::new(text.clone(), text)
}

impl From<Text> for L10n {
    fn from(text: Text) -> L10n {
        match text {
            Text::One(text) => same(text),
            Text::Both(both) => both,
        }
    }
}

/// One value to choose from: itself, or with a text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Offer {
    Plain(String),
    Named { value: String, displayname: Text },
}

impl From<Offer> for Choice {
    fn from(option: Offer) -> Choice {
        match option {
            Offer::Plain(value) => Choice { displayname: same(value.clone()), value },
            Offer::Named { value, displayname } => Choice { value, displayname: displayname.into() },
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Condition {
    param: String,
    equals: Value,
}

/// The types whose texts a pattern is for.
const WITH_PATTERN: [ParamType; 4] =
    [ParamType::Text, ParamType::TextMultiline, ParamType::Secret, ParamType::StringList];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    #[serde(default)]
    group: Option<String>,
    #[serde(rename = "type")]
    kind: ParamType,
    #[serde(default)]
    displayname: Option<Text>,
    #[serde(default)]
    description: Text,
    #[serde(default)]
    default: Option<Value>,
    #[serde(default)]
    required: bool,
    min: Option<i64>,
    max: Option<i64>,
    pattern: Option<String>,
    depends_on: Option<Condition>,
    #[serde(default)]
    options: Vec<Offer>,
    #[serde(default)]
    choices: Vec<Offer>,
    #[serde(default)]
    parameters: Vec<Entry>,
    #[serde(default)]
    fields: Vec<Entry>,
    #[serde(default)]
    require_system_right: String,
}

impl Entry {
    fn param(self, position: u32) -> Result<Param, String> {
        name(&self.name)?;
        let wants = |given: bool, key: &str, kind: ParamType| match (given, self.kind == kind) {
            (true, false) => Err(format!("{}: {key} is only for the type {kind:?}", self.name)),
            (false, true) => Err(format!("{}: the type {kind:?} needs {key}", self.name)),
            _ => Ok(()),
        };
        wants(!self.options.is_empty(), "options", ParamType::Select)?;
        wants(!self.choices.is_empty(), "choices", ParamType::StringListSort)?;
        wants(!self.parameters.is_empty(), "parameters", ParamType::Form)?;
        wants(!self.fields.is_empty(), "fields", ParamType::Table)?;
        if let Some(pattern) = &self.pattern {
            if !WITH_PATTERN.contains(&self.kind) {
                return Err(format!("{}: pattern is only for the types {WITH_PATTERN:?}", self.name));
            }
            check_pattern(pattern).map_err(|e| format!("{}: pattern: {e}", self.name))?;
        }
        let displayname = self.displayname.map_or_else(|| same(self.name.clone()), L10n::from);
        let mut param = Param::new(&self.name, position, self.kind, displayname, self.description.into());
        if let Some(default) = self.default {
            param.default = default;
        }
        (param.required, param.min, param.max) = (self.required, self.min, self.max);
        param.pattern = self.pattern;
        param.depends_on = self.depends_on.map(|Condition { param, equals }| DependsOn { param, equals });
        param.options = self.options.into_iter().map(Choice::from).collect();
        param.choices = self.choices.into_iter().map(Choice::from).collect();
        param.parameters = params(self.parameters)?;
        param.fields = params(self.fields)?;
        Ok(param)
    }
}

fn params(entries: Vec<Entry>) -> Result<Vec<Param>, String> {
    unique(&entries)?;
    (1..).zip(entries).map(|(position, entry)| entry.param(position)).collect()
}

/// Names are unique, and conditions are about what stands before.
fn unique(entries: &[Entry]) -> Result<(), String> {
    let mut seen = std::collections::HashSet::new();
    for entry in entries {
        if let Some(condition) = &entry.depends_on
            && !seen.contains(&condition.param)
        {
            return Err(format!(
                "{}: depends_on: {:?} is no parameter listed before this one",
                entry.name, condition.param
            ));
        }
        if !seen.insert(&entry.name) {
            return Err(format!("{}: there are two parameters of this name", entry.name));
        }
    }
    Ok(())
}

/// Letters, digits, `_` and `-`, as `task_module` and environment variables have them.
fn name(name: &str) -> Result<(), String> {
    let good = !name.is_empty()
        && name.len() <= 64
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if good { Ok(()) } else { Err(format!("{name:?} is no name: 1 to 64 letters, digits, _ or -")) }
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
