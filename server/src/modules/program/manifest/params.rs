//! The parameters in a manifest.

use domain::L10n;
use domain::module::{Choice, DependsOn, Param, ParamType, check_pattern};
use serde::Deserialize;
use serde_json::Value;

/// In both languages, or one text for both.
#[derive(Deserialize, Clone)]
#[serde(untagged)]
pub enum Text {
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
pub struct Entry {
    /// What it is called.
    pub name: String,
    /// Parameters of one group stand together.
    #[serde(default)]
    pub group: Option<String>,
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
    /// Who may see and set it.
    #[serde(default)]
    pub require_system_right: String,
}

impl Entry {
    /// As the form has it at this position.
    ///
    /// # Errors
    /// A sentence that names the parameter.
    pub fn param(self, position: u32) -> Result<Param, String> {
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

pub fn params(entries: Vec<Entry>) -> Result<Vec<Param>, String> {
    unique(&entries)?;
    (1..).zip(entries).map(|(position, entry)| entry.param(position)).collect()
}

/// Names are unique, and conditions are about what stands before.
pub fn unique(entries: &[Entry]) -> Result<(), String> {
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
pub fn name(name: &str) -> Result<(), String> {
    let good = !name.is_empty()
        && name.len() <= 64
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if good { Ok(()) } else { Err(format!("{name:?} is no name: 1 to 64 letters, digits, _ or -")) }
}
