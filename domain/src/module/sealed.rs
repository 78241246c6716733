//! The secrets in stored parameters: masked on their way out, opened for a run, sealed anew for another key.

use crate::json::{Raw, RawMap};
use crate::reader::step;
use serde_json::{Map, Value, json};

/// How every sealed value starts.
pub const SEALED: &str = "rota1:";
pub(super) const SECRET_KEY: &str = "_secret";

/// The sealed text, if the value is a sealed secret.
pub(super) fn sealed_text(value: &Value) -> Option<&str> {
    let object = value.as_object().filter(|object| object.len() == 1)?;
    object.get(SECRET_KEY)?.as_str().filter(|text| text.starts_with(SEALED))
}

/// Puts what `new` answers in place of each sealed value, if it answers. It gets the pointer inside `task_params`, in which `*`
/// stands for a row of a table, and the sealed text.
fn replace(value: &mut Value, pointer: &str, new: &mut dyn FnMut(&str, &str) -> Option<Value>) {
    if let Some(text) = sealed_text(value) {
        if let Some(new) = new(pointer, text) {
            *value = new;
        }
        return;
    }
    match value {
        Value::Array(list) => list.iter_mut().for_each(|item| replace(item, &format!("{pointer}/*"), new)),
        Value::Object(map) => map.iter_mut().for_each(|(key, inner)| replace(inner, &step(pointer, key), new)),
        _ => {}
    }
}

/// The parameters with the sealed values replaced, and all others as they were written.
fn replaced(params: &RawMap, new: &mut dyn FnMut(&str, &str) -> Option<Value>) -> RawMap {
    let mut one = |name: &String, raw: &Raw| {
        if !raw.get().contains(SEALED) {
            return raw.clone();
        }
        let mut value = raw.value();
        let before = value.clone();
        replace(&mut value, &step("", name), new);
        if value == before { raw.clone() } else { Raw::from_value(&value) }
    };
    params.iter().map(|(name, raw)| (name.clone(), one(name, raw))).collect()
}

/// Parameters as they may leave the server: every sealed secret replaced by `{"_secret": true}`.
#[must_use]
pub fn mask_secrets(params: &RawMap) -> RawMap {
    replaced(params, &mut |_, _| Some(json!({ SECRET_KEY: true })))
}

/// Seals secrets anew: `reseal` gets the pointer inside `task_params` and the sealed text, and answers another one or leaves it.
#[must_use]
pub fn reseal_secrets(params: &RawMap, reseal: &mut dyn FnMut(&str, &str) -> Option<String>) -> RawMap {
    replaced(params, &mut |pointer, sealed| reseal(pointer, sealed).map(|text| json!({ SECRET_KEY: text })))
}

/// Opens the sealed values of stored parameters with `open`, which gets the pointer inside `task_params` and the sealed text.
///
/// # Errors
/// The pointer of the first secret that does not open.
pub fn open_secrets(
    params: &RawMap,
    open: &dyn Fn(&str, &str) -> Option<String>,
) -> Result<Map<String, Value>, String> {
    let mut shut = None;
    let mut plain = |pointer: &str, sealed: &str| {
        let opened = open(pointer, sealed).map(Value::String);
        if opened.is_none() {
            shut.get_or_insert_with(|| pointer.to_owned());
        }
        opened
    };
    let mut out = Map::new();
    for (name, raw) in params {
        let mut value = raw.value();
        replace(&mut value, &step("", name), &mut plain);
        out.insert(name.clone(), value);
    }
    shut.map_or(Ok(out), Err)
}

/// Masks every sealed secret in a value.
pub fn mask_in(value: &mut Value) {
    replace(value, "", &mut |_, _| Some(json!({ SECRET_KEY: true })));
}

/// Seals the secret that a value is anew; `reseal` gets `pointer` and the sealed text. Answers whether it did.
pub fn reseal_in(value: &mut Value, pointer: &str, reseal: &mut dyn FnMut(&str, &str) -> Option<String>) -> bool {
    let before = value.clone();
    replace(value, pointer, &mut |pointer, sealed| reseal(pointer, sealed).map(|text| json!({ SECRET_KEY: text })));
    *value != before
}

/// Whether the value is a sealed secret.
pub fn is_sealed(value: &Value) -> bool {
    sealed_text(value).is_some()
}

/// A sealed secret as it is stored.
pub fn sealed(text: String) -> Value {
    json!({ SECRET_KEY: text })
}

/// Whether the value stands for a secret that is to be kept.
pub fn is_kept(value: &Value) -> bool {
    value.get(SECRET_KEY) == Some(&Value::Bool(true))
}
