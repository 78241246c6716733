//! JSON that is kept as it was sent: key order, number text and white space inside values included.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::sync::Arc;

/// One JSON value, byte for byte as it came. Cheap to clone.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Raw(Arc<RawValue>);

impl Raw {
    /// Takes JSON text as it is; `None` if it is not one JSON value.
    pub fn parse(text: &str) -> Option<Raw> {
        RawValue::from_string(text.to_owned()).ok().map(Raw::from)
    }

    /// `{}`.
    pub fn empty_object() -> Raw {
        Raw::from_value(&serde_json::Value::Object(serde_json::Map::new()))
    }

    /// Writes a value out.
    pub fn from_value(value: &serde_json::Value) -> Raw {
        // Writing a `Value` cannot fail: its keys are strings and its numbers finite.
        serde_json::value::to_raw_value(value).map(Raw::from).unwrap_or_else(|_| Raw::from(RawValue::NULL.to_owned()))
    }

    /// The text.
    pub fn get(&self) -> &str {
        self.0.get()
    }

    /// The value, read. `null` if it nests deeper than `serde_json` reads (128 levels).
    pub fn value(&self) -> serde_json::Value {
        serde_json::from_str(self.get()).unwrap_or_default()
    }

    /// Whether the value is an object.
    pub fn is_object(&self) -> bool {
        self.get().starts_with('{')
    }

    /// Whether the value is `null`.
    pub fn is_null(&self) -> bool {
        self.get() == "null"
    }
}

impl From<Box<RawValue>> for Raw {
    fn from(raw: Box<RawValue>) -> Raw {
        Raw(Arc::from(raw))
    }
}

impl PartialEq for Raw {
    fn eq(&self, other: &Raw) -> bool {
        self.get() == other.get()
    }
}

impl Eq for Raw {}

/// A JSON object whose keys keep their order and whose values keep their text.
pub type RawMap = IndexMap<String, Raw>;

/// Whether arrays and objects in JSON text nest deeper than `limit`. Reads bytes only, so that it can be
/// asked before anything parses the text; text that is not JSON gets an answer too, which means nothing.
pub fn nests_deeper_than(text: &[u8], limit: usize) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0usize, false, false);
    for &b in text {
        if in_string {
            match b {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match b {
            b'"' => in_string = true,
            b'[' | b'{' => {
                depth += 1;
                if depth > limit {
                    return true;
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_kept_as_sent() {
        let text = r#"{"b": 1.00, "a":1e3,"n":12345678901234567890123,"e":"\u00e9"}"#;
        let map: RawMap = serde_json::from_str(text).unwrap();
        assert_eq!(map["b"].get(), "1.00");
        assert_eq!(map.keys().collect::<Vec<_>>(), ["b", "a", "n", "e"]);
        assert_eq!(Raw::parse(text).unwrap().get(), text);
        assert!(Raw::parse("{} {}").is_none());
    }

    #[test]
    fn depth_is_counted_outside_strings() {
        assert!(!nests_deeper_than(br#"["[[[[","\"[["]"#, 1));
        assert!(nests_deeper_than(b"[[1]]", 1));
        assert!(!nests_deeper_than(b"[[1],[2]]", 2));
    }
}
