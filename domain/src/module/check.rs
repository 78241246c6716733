//! Checking `task_params` against a module, filling in defaults, sealing secrets.

use super::asked::as_asked;
use super::sealed::{SECRET_KEY, sealed_text};
use super::{Choice, ModuleSpec, Param, ParamType};
use crate::access::Caller;
use crate::error::Error;
use crate::ids::TaskId;
use crate::json::{Raw, RawMap};
use crate::l10n::L10n;
use crate::reader::step;
use serde_json::{Map, Value, json};

/// Encrypts secret values. The task and the parameter's pointer are bound into the result, so that it opens nowhere else.
pub trait Sealer: Send + Sync {
    /// The sealed text, which starts with [`SEALED`](super::SEALED).
    fn seal(&self, task: TaskId, pointer: &str, plain: &str) -> String;
}

const FILE_NAME: &str = "filename";
const FILE_CONTENT: &str = "content_base64";

struct Check<'a> {
    task: TaskId,
    sealer: &'a dyn Sealer,
    /// The pointer of `task_params`, to be cut off where a pointer inside them is wanted.
    root: &'a str,
}

/// Checks parameters and gives them back as they are to be stored: defaults filled in, secrets sealed, values
/// otherwise as sent. `stored` holds what the task has now; `{"_secret": true}` keeps the secret in it.
///
/// # Errors
/// `ParamInvalid`, or `SystemRightRequired` for a parameter whose right the caller lacks.
pub fn check_params(
    spec: &ModuleSpec,
    given: &RawMap,
    stored: Option<&RawMap>,
    caller: &Caller,
    task: TaskId,
    sealer: &dyn Sealer,
    pointer: &str,
) -> Result<RawMap, Error> {
    if let Some(name) = given.keys().find(|name| spec.params.iter().all(|p| p.name != **name)) {
        return Err(invalid(
            &step(pointer, name),
            L10n::fixed("ist diesem Modul unbekannt", "is unknown to this module"),
        ));
    }
    let check = Check { task, sealer, root: pointer };
    let siblings: Vec<&Param> = spec.params.iter().map(|p| &p.parameters).collect();
    let set_to = |p: &Param| given.get(&p.name).map_or_else(|| check.fill(p), Raw::value);
    let mut out = RawMap::new();
    for p in &spec.params {
        let param = as_asked(&p.parameters, &siblings, &set_to);
        let allowed = caller.holds(&p.require_system_right);
        let old = stored.and_then(|s| s.get(&p.name));
        let value = match given.get(&p.name) {
            Some(_) if !allowed => return Err(Error::rights(&[&p.require_system_right])),
            Some(raw) => check.top(&param, raw, old, &step(pointer, &p.name))?,
            // What the caller cannot see cannot have been meant to be dropped.
            None if !allowed && old.is_some() => old.cloned().unwrap_or_else(Raw::empty_object),
            None => check.absent(&param, &step(pointer, &p.name))?,
        };
        out.insert(p.name.clone(), value);
    }
    Ok(out)
}

fn invalid(pointer: &str, reason: L10n) -> Error {
    Error::ParamInvalid { pointer: pointer.to_owned(), reason }
}

impl Check<'_> {
    /// Keeps the text as sent wherever nothing had to be changed in it.
    fn top(&self, p: &Param, raw: &Raw, old: Option<&Raw>, pointer: &str) -> Result<Raw, Error> {
        let value = raw.value();
        let checked = self.value(p, &value, old.map(Raw::value).as_ref(), pointer)?;
        Ok(if checked == value { raw.clone() } else { Raw::from_value(&checked) })
    }

    fn absent(&self, p: &Param, pointer: &str) -> Result<Raw, Error> {
        let default = self.fill(p);
        required(p, &default, pointer)?;
        Ok(Raw::from_value(&default))
    }

    /// A default, with the defaults of its inner fields.
    fn fill(&self, p: &Param) -> Value {
        match (&p.default, p.kind) {
            (Value::Object(given), ParamType::Form) => {
                let mut map = given.clone();
                for inner in &p.parameters {
                    map.entry(inner.name.clone()).or_insert_with(|| self.fill(inner));
                }
                Value::Object(map)
            }
            (default, _) => default.clone(),
        }
    }

    fn value(&self, p: &Param, v: &Value, old: Option<&Value>, pointer: &str) -> Result<Value, Error> {
        if v.is_null() && !p.required && p.kind != ParamType::Json {
            return Ok(p.kind.empty());
        }
        // Nothing at all is missing, whatever the type would say of it.
        if v.is_null() || v == "" {
            required(p, v, pointer)?;
        }
        let checked = match p.kind {
            ParamType::Form => self.object(&p.parameters, v, old, pointer)?,
            ParamType::Table => self.rows(p, v, old, pointer)?,
            ParamType::Secret => {
                matches_pattern(p, v, pointer)?;
                self.secret(v, old, pointer)?
            }
            _ => {
                shape(p, v).map_err(|(sub, reason)| invalid(&format!("{pointer}{sub}"), reason))?;
                matches_pattern(p, v, pointer)?;
                v.clone()
            }
        };
        required(p, &checked, pointer)?;
        bounds(p, &checked).map_err(|reason| invalid(pointer, reason))?;
        Ok(checked)
    }

    fn object(&self, fields: &[Param], v: &Value, old: Option<&Value>, pointer: &str) -> Result<Value, Error> {
        let Value::Object(given) = v else {
            return Err(invalid(pointer, L10n::fixed("muss ein Objekt sein", "must be an object")));
        };
        if let Some(name) = given.keys().find(|name| fields.iter().all(|f| f.name != **name)) {
            return Err(invalid(&step(pointer, name), L10n::fixed("ist hier unbekannt", "is unknown here")));
        }
        let siblings: Vec<&Param> = fields.iter().collect();
        let set_to = |p: &Param| given.get(&p.name).cloned().unwrap_or_else(|| self.fill(p));
        let mut out = Map::new();
        for f in &siblings {
            let f = &*as_asked(f, &siblings, &set_to);
            let at = step(pointer, &f.name);
            let value = match given.get(&f.name) {
                Some(v) => self.value(f, v, old.and_then(|o| o.get(&f.name)), &at)?,
                None => {
                    let default = self.fill(f);
                    required(f, &default, &at)?;
                    default
                }
            };
            out.insert(f.name.clone(), value);
        }
        Ok(Value::Object(out))
    }

    fn rows(&self, p: &Param, v: &Value, old: Option<&Value>, pointer: &str) -> Result<Value, Error> {
        let Value::Array(rows) = v else {
            return Err(invalid(
                pointer,
                L10n::fixed("muss eine Liste von Objekten sein", "must be an array of objects"),
            ));
        };
        let checked = rows
            .iter()
            .enumerate()
            .map(|(i, row)| self.object(&p.fields, row, old.and_then(|o| o.get(i)), &format!("{pointer}/{i}")));
        checked.collect::<Result<Vec<_>, _>>().map(Value::Array)
    }

    fn secret(&self, v: &Value, old: Option<&Value>, pointer: &str) -> Result<Value, Error> {
        if v.get(SECRET_KEY) == Some(&Value::Bool(true)) {
            let kept = old.filter(|o| sealed_text(o).is_some()).cloned();
            return kept.ok_or_else(|| {
                invalid(pointer, L10n::fixed("hat noch keinen Wert, der bleiben könnte", "has no stored value to keep"))
            });
        }
        match v {
            Value::String(plain) if plain.is_empty() => Ok(v.clone()),
            Value::String(plain) => {
                let inside = without_indexes(pointer.strip_prefix(self.root).unwrap_or(pointer));
                Ok(json!({ SECRET_KEY: self.sealer.seal(self.task, &inside, plain) }))
            }
            _ => Err(invalid(
                pointer,
                L10n::fixed(
                    "muss ein Text sein, oder {\"_secret\": true}, damit er bleibt",
                    "must be a string, or {\"_secret\": true} to keep the stored one",
                ),
            )),
        }
    }
}

/// Rows of a table may change places, so a secret is bound to its column, not to its row.
fn without_indexes(pointer: &str) -> String {
    let is_index = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    pointer.split('/').map(|s| if is_index(s) { "*" } else { s }).collect::<Vec<_>>().join("/")
}

fn required(p: &Param, v: &Value, pointer: &str) -> Result<(), Error> {
    let empty = match v {
        Value::Null => true,
        Value::String(s) => s.trim().is_empty(),
        Value::Array(a) => a.is_empty(),
        Value::Object(o) => o.is_empty(),
        _ => false,
    };
    if p.required && empty {
        return Err(invalid(pointer, L10n::fixed("ist erforderlich", "is required")));
    }
    Ok(())
}

/// Checks a value without inner parameters. The error names a place below the parameter's own pointer.
fn shape(p: &Param, v: &Value) -> Result<(), (String, L10n)> {
    let here = |reason: L10n| Err((String::new(), reason));
    match p.kind {
        ParamType::Text => match v {
            Value::String(s) if !s.contains(['\n', '\r']) => Ok(()),
            _ => here(L10n::fixed("muss ein einzeiliger Text sein", "must be a string of one line")),
        },
        ParamType::TextMultiline if !v.is_string() => here(L10n::fixed("muss ein Text sein", "must be a string")),
        ParamType::TextL10n => match v.as_object() {
            Some(map) if map.values().all(Value::is_string) => Ok(()),
            _ => here(L10n::fixed(
                "muss ein Objekt aus Sprache und Text sein",
                "must be an object of language and string",
            )),
        },
        ParamType::Bool if !v.is_boolean() => here(L10n::fixed("muss true oder false sein", "must be true or false")),
        ParamType::Int if !v.is_i64() => here(L10n::fixed("muss eine ganze Zahl sein", "must be a whole number")),
        ParamType::Email => match v.as_str() {
            Some("") => Ok(()),
            Some(s) => crate::task::check_address(s).map_err(|reason| (String::new(), reason)),
            None => here(L10n::fixed("muss ein Text sein", "must be a string")),
        },
        ParamType::Select => match v.as_str() {
            Some(s) if s.is_empty() && !p.required || p.options.iter().any(|o| o.value == s) => Ok(()),
            _ => here(one_of(&p.options)),
        },
        ParamType::StringList => items(v, |_, x| x.is_string(), &L10n::fixed("muss ein Text sein", "must be a string")),
        ParamType::StringListSort => {
            let known = |list: &[Value], x: &Value| {
                p.choices.iter().any(|c| x == c.value.as_str()) && list.iter().filter(|y| *y == x).count() == 1
            };
            items(v, known, &one_of(&p.choices))
        }
        ParamType::IntList => {
            items(v, |_, x| x.is_i64(), &L10n::fixed("muss eine ganze Zahl sein", "must be a whole number"))
        }
        ParamType::File if !is_file(v) => here(L10n::fixed(
            "muss {\"filename\": …, \"content_base64\": …} sein",
            "must be {\"filename\": …, \"content_base64\": …}",
        )),
        _ => Ok(()),
    }
}

fn one_of(choices: &[Choice]) -> L10n {
    let list = choices.iter().map(|c| c.value.as_str()).collect::<Vec<_>>().join(", ");
    L10n::new(
        format!("muss eines hiervon sein, je einmal: {list}"),
        format!("must be one of, each at most once: {list}"),
    )
}

fn is_file(v: &Value) -> bool {
    let text = |key| v.get(key).is_some_and(Value::is_string);
    v.as_object().is_some_and(|o| o.len() == 2) && text(FILE_NAME) && text(FILE_CONTENT)
}

fn items(v: &Value, good: impl Fn(&[Value], &Value) -> bool, reason: &L10n) -> Result<(), (String, L10n)> {
    let Value::Array(list) = v else {
        return Err((String::new(), L10n::fixed("muss eine Liste sein", "must be an array")));
    };
    match list.iter().position(|x| !good(list, x)) {
        Some(i) => Err((format!("/{i}"), reason.clone())),
        None => Ok(()),
    }
}

/// Where there are no patterns, in the browser, the server says what does not match.
fn matches_pattern(p: &Param, v: &Value, pointer: &str) -> Result<(), Error> {
    #[cfg(feature = "patterns")]
    super::pattern::matches(p, v).map_err(|(sub, reason)| invalid(&format!("{pointer}{sub}"), reason))?;
    #[cfg(not(feature = "patterns"))]
    let _ = (p, v, pointer);
    Ok(())
}

fn bounds(p: &Param, v: &Value) -> Result<(), L10n> {
    if p.min.is_none() && p.max.is_none() {
        return Ok(());
    }
    let size = match v {
        Value::Number(n) => n.as_i64(),
        Value::String(s) if !s.is_empty() => i64::try_from(s.chars().count()).ok(),
        Value::Array(a) => i64::try_from(a.len()).ok(),
        _ => None,
    };
    let Some(size) = size else { return Ok(()) };
    let (min, max) = (p.min.unwrap_or(i64::MIN), p.max.unwrap_or(i64::MAX));
    if (min..=max).contains(&size) {
        return Ok(());
    }
    Err(match (p.kind, p.min, p.max) {
        (ParamType::Int, Some(a), Some(b)) => {
            L10n::new(format!("muss von {a} bis {b} sein"), format!("must be from {a} to {b}"))
        }
        (ParamType::Int, Some(a), None) => {
            L10n::new(format!("muss mindestens {a} sein"), format!("must be at least {a}"))
        }
        (ParamType::Int, None, b) => {
            let b = b.unwrap_or_default();
            L10n::new(format!("darf höchstens {b} sein"), format!("must be at most {b}"))
        }
        (_, a, b) => {
            let (a, b) = (a.unwrap_or(0), b.unwrap_or(i64::MAX));
            L10n::new(
                format!("muss {a} bis {b} Zeichen oder Einträge haben"),
                format!("must have {a} to {b} characters or items"),
            )
        }
    })
}

#[cfg(test)]
mod tests;
