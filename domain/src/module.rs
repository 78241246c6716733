//! What a module tells of itself: its name, its texts and its parameters, in the reference page's shape.

mod asked;
mod check;
#[cfg(feature = "patterns")]
mod pattern;
mod sealed;

pub use asked::is_asked_for;
pub use check::{Sealer, check_params};
pub use sealed::{SEALED, is_kept, is_sealed, mask_in, mask_secrets, open_secrets, reseal_in, reseal_secrets, sealed};

#[cfg(feature = "patterns")]
pub use pattern::check_pattern;

use crate::access::Caller;
use crate::l10n::L10n;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;

/// A module as `GET /task/modules` answers it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ModuleSpec {
    /// Unique; what `task_module` says.
    pub name: String,
    /// What people see.
    pub displayname: L10n,
    /// What it does, in a sentence or two.
    pub description: L10n,
    /// Meant for trying things out; hidden unless asked for.
    pub debug: bool,
    /// The right that a caller needs to see and use it; empty: none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub require_system_right: String,
    /// Its parameters.
    pub params: Vec<ParamSpec>,
}

/// A parameter and what goes with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ParamSpec {
    /// Its key in `task_params`.
    pub name: String,
    /// Parameters of one group stand together.
    pub group: String,
    /// What it takes.
    pub parameters: Param,
    /// The right that a caller needs to see and set it; empty: none.
    pub require_system_right: String,
    /// Always false: Rota shows nothing to those who are not logged in.
    pub unauthenticated_visible: bool,
}

/// What a parameter takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Param {
    /// The key again.
    pub name: String,
    /// Order within its group, from 1.
    pub position: u32,
    /// What values it takes.
    #[serde(rename = "type")]
    pub kind: ParamType,
    /// The value where none is given.
    pub default: Value,
    /// Whether an empty value is refused.
    #[serde(default)]
    pub required: bool,
    /// What people see.
    pub displayname: L10n,
    /// A sentence of help.
    pub description: L10n,
    /// The least number or length, for `int`, lists and texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<i64>,
    /// The greatest number or length, for `int`, lists and texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<i64>,
    /// A regular expression, in the syntax of the crate `regex`, that a text as a whole must match, or each item of a
    /// `string-list`; an empty text need not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// Asked for only while another parameter has a certain value: otherwise it is not shown, nor required, nor bounded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub depends_on: Option<DependsOn>,
    /// What a `select` offers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<Choice>,
    /// What a `string-list-sort` is made of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Choice>,
    /// The fields of a `form`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(no_recursion))]
    pub parameters: Vec<Param>,
    /// The columns of a `table`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(no_recursion))]
    pub fields: Vec<Param>,
}

/// The condition under which a parameter is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DependsOn {
    /// Another parameter of the same module, form or table.
    pub param: String,
    /// The value that it must have, and itself be asked for.
    pub equals: Value,
}

/// One of the values to choose from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Choice {
    /// What is stored.
    pub value: String,
    /// What people see.
    pub displayname: L10n,
}

/// The contract's parameter types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ParamType {
    /// One line.
    Text,
    /// Several lines.
    TextMultiline,
    /// An object of language tag and text.
    TextL10n,
    /// true or false.
    Bool,
    /// A whole number.
    Int,
    /// An RFC 5321 address.
    Email,
    /// One of `options`.
    Select,
    /// Texts.
    StringList,
    /// Some of `choices`, in an order of the user's.
    StringListSort,
    /// Whole numbers.
    IntList,
    /// Anything.
    Json,
    /// An object with `parameters`.
    Form,
    /// Objects with `fields`.
    Table,
    /// A text that is stored encrypted and never answered.
    Secret,
    /// `{"filename", "content_base64"}`.
    File,
}

impl ParamType {
    /// The value of a parameter that has no default of its own.
    pub fn empty(self) -> Value {
        match self {
            ParamType::Bool => Value::Bool(false),
            ParamType::StringList | ParamType::StringListSort | ParamType::IntList | ParamType::Table => {
                Value::Array(vec![])
            }
            ParamType::TextL10n | ParamType::Form => Value::Object(serde_json::Map::new()),
            ParamType::Int | ParamType::Json | ParamType::File => Value::Null,
            _ => Value::String(String::new()),
        }
    }
}

impl Param {
    /// A parameter with the type's own default, not required. The builder methods below say the rest.
    pub fn new(name: &str, position: u32, kind: ParamType, displayname: L10n, description: L10n) -> Param {
        Param {
            name: name.to_owned(),
            position,
            kind,
            default: kind.empty(),
            required: false,
            displayname,
            description,
            min: None,
            max: None,
            pattern: None,
            depends_on: None,
            options: vec![],
            choices: vec![],
            parameters: vec![],
            fields: vec![],
        }
    }

    /// Refuses an empty value.
    #[must_use]
    pub fn required(mut self) -> Param {
        self.required = true;
        self
    }

    /// Sets the default.
    #[must_use]
    pub fn default(mut self, value: impl Into<Value>) -> Param {
        self.default = value.into();
        self
    }

    /// Bounds the number or length.
    #[must_use]
    pub fn range(mut self, min: i64, max: i64) -> Param {
        (self.min, self.max) = (Some(min), Some(max));
        self
    }

    /// Asks for it only while the parameter `param` is `equals`.
    #[must_use]
    pub fn only_if(mut self, param: &str, equals: impl Into<Value>) -> Param {
        self.depends_on = Some(DependsOn { param: param.to_owned(), equals: equals.into() });
        self
    }

    /// Sets what a `select` offers.
    #[must_use]
    pub fn options(mut self, options: Vec<Choice>) -> Param {
        self.options = options;
        self
    }

    /// Sets the columns of a `table`.
    #[must_use]
    pub fn fields(mut self, fields: Vec<Param>) -> Param {
        self.fields = fields;
        self
    }

    /// Puts the parameter into a group of a module, visible to all who may use the module.
    pub fn in_group(self, group: &str) -> ParamSpec {
        ParamSpec {
            name: self.name.clone(),
            group: group.to_owned(),
            parameters: self,
            require_system_right: String::new(),
            unauthenticated_visible: false,
        }
    }
}

impl ModuleSpec {
    /// The module as this caller may see it: without the parameters that need a right the caller lacks;
    /// `None` if the module itself does.
    pub fn visible_to(&self, caller: &Caller) -> Option<ModuleSpec> {
        if !caller.holds(&self.require_system_right) {
            return None;
        }
        let mut spec = self.clone();
        spec.params.retain(|p| caller.holds(&p.require_system_right));
        Some(spec)
    }
}

/// The modules that there are.
pub trait Catalog: Send + Sync {
    /// The module of that name.
    fn spec(&self, name: &str) -> Option<Arc<ModuleSpec>>;
}
