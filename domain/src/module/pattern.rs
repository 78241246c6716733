//! Texts that must match a pattern. The expressions have no look-around and no back references, and so take a time that grows with the
//! text and not beyond (crate `regex`).

use super::Param;
use crate::l10n::L10n;
use regex::{Regex, RegexBuilder};
use serde_json::Value;

/// Most bytes that a compiled pattern takes.
const SIZE_MAX: usize = 1024 * 1024;

/// Whether a pattern is one.
///
/// # Errors
/// What is wrong with it, in English.
pub fn check_pattern(pattern: &str) -> Result<(), String> {
    whole(pattern).map(drop)
}

/// Matches texts as a whole.
fn whole(pattern: &str) -> Result<Regex, String> {
    let build = |text: &str| RegexBuilder::new(text).size_limit(SIZE_MAX).build().map_err(|e| e.to_string());
    // By itself first: `a)(b` would be an expression within the brackets.
    build(pattern)?;
    build(&format!(r"\A(?:{pattern})\z"))
}

/// Checks a value against its parameter's pattern. The error names a place below the parameter's own pointer.
pub(super) fn matches(p: &Param, value: &Value) -> Result<(), (String, L10n)> {
    let Some(pattern) = &p.pattern else { return Ok(()) };
    let reason =
        || L10n::new(format!("passt nicht zum Muster {pattern}"), format!("does not match the pattern {pattern}"));
    let Ok(regex) = whole(pattern) else { return Err((String::new(), reason())) };
    let wrong = |text: &Value| text.as_str().is_some_and(|text| !text.is_empty() && !regex.is_match(text));
    match value {
        Value::Array(items) => match items.iter().position(wrong) {
            Some(i) => Err((format!("/{i}"), reason())),
            None => Ok(()),
        },
        text if wrong(text) => Err((String::new(), reason())),
        _ => Ok(()),
    }
}
