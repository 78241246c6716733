//! Reading and changing `frontend_prefs`, of users and of tasks, without losing what others keep there.

use domain::json::{Raw, RawMap};
use serde_json::Value;

/// Our key, as tasks have it.
const APP: &str = "rota";

fn read(raw: &Raw) -> RawMap {
    serde_json::from_str(raw.get()).unwrap_or_default()
}

fn write(map: &RawMap) -> Raw {
    serde_json::value::to_raw_value(map).map_or_else(|_| Raw::empty_object(), Raw::from)
}

/// What is kept under one of our keys.
pub fn get(prefs: &Raw, key: &str) -> Option<Value> {
    let ours = read(prefs).get(APP).map(read)?;
    ours.get(key).map(Raw::value).filter(|value| !value.is_null())
}

/// The same with one of our keys changed, or without it for `null`; everything else stays as it is written.
pub fn with(prefs: &Raw, key: &str, value: &Value) -> Raw {
    let mut all = read(prefs);
    let mut ours = all.get(APP).map(read).unwrap_or_default();
    if value.is_null() {
        ours.shift_remove(key);
    } else {
        ours.insert(key.to_owned(), Raw::from_value(value));
    }
    all.insert(APP.to_owned(), write(&ours));
    write(&all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_others_keep_stays_as_they_wrote_it() {
        let before =
            Raw::parse(r#"{"other": {"n": 1.00, "a":[ 1 ]}, "rota": {"future": 1e3, "theme": "light"}}"#).unwrap();
        let after = with(&before, "theme", &json!("dark"));
        assert_eq!(after.get(), r#"{"other":{"n": 1.00, "a":[ 1 ]},"rota":{"future":1e3,"theme":"dark"}}"#);
        assert_eq!(get(&after, "theme"), Some(json!("dark")));
        assert_eq!(
            with(&after, "theme", &Value::Null).get(),
            r#"{"other":{"n": 1.00, "a":[ 1 ]},"rota":{"future":1e3}}"#
        );
    }

    #[test]
    fn nothing_kept_yet_and_nonsense_are_both_empty() {
        assert_eq!(get(&Raw::empty_object(), "theme"), None);
        assert_eq!(with(&Raw::empty_object(), "zone", &json!("UTC")).get(), r#"{"rota":{"zone":"UTC"}}"#);
        assert_eq!(
            with(&Raw::parse(r#"{"rota": 7}"#).unwrap(), "zone", &json!("UTC")).get(),
            r#"{"rota":{"zone":"UTC"}}"#
        );
    }
}
