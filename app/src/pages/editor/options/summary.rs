//! What is set in the section "More", in one line.

use super::more::ELSEWHERE;
use super::{OptionsDraft, Pause, texts};
use crate::task_options::words;
use domain::Lang;
use domain::task::Options;
use leptos::prelude::*;
use serde_json::{Map, Value, json};

/// One phrase for each thing that is not at its default; tracked.
pub fn said(lang: Lang, options: OptionsDraft) -> Vec<String> {
    let pause = match options.pause.get() {
        Pause::No => None,
        Pause::Until => Some(&texts::SAID_PAUSED),
        Pause::ForGood => Some(&texts::PAUSE_FOR_GOOD),
    };
    let typed = typed(options.values());
    pause.map(|text| text.get(lang).to_owned()).into_iter().chain(words::said(lang, &typed)).collect()
}

/// As far as it is typed rightly.
fn typed(values: Map<String, Value>) -> Options {
    let right = |name: &str, value: &Value| serde_json::from_value::<Options>(json!({ name: value })).is_ok();
    let values = values.into_iter().filter(|(name, value)| !ELSEWHERE.contains(&name.as_str()) && right(name, value));
    serde_json::from_value(Value::Object(values.collect())).unwrap_or_default()
}
