//! What is set in the section "More", in one line.

use super::{OptionsDraft, Pause, plain, texts};
use crate::task_options::{priority, span};
use domain::Lang;
use domain::task::Options;
use leptos::prelude::*;
use serde_json::{Map, Value};

/// One phrase for each thing that is not at its default; tracked.
pub fn said(lang: Lang, options: OptionsDraft) -> Vec<String> {
    let values = options.values();
    let default = plain(&Options::default());
    let set: Map<String, Value> = values.into_iter().filter(|(name, value)| default.get(name) != Some(value)).collect();
    let number = |name: &str| set.get(name).and_then(Value::as_i64);
    let count = |name: &str| set.get(name).and_then(Value::as_array).map(Vec::len);
    let attempts = || set.get("retry")?.get("max_attempts")?.as_i64();
    let pause = match options.pause.get() {
        Pause::No => None,
        Pause::Until => Some(&texts::SAID_PAUSED),
        Pause::ForGood => Some(&texts::SAID_PAUSED_FOR_GOOD),
    };
    let word =
        |name: &str, of: fn(Lang, &str) -> String| set.get(name).and_then(Value::as_str).map(|word| of(lang, word));
    let all = [
        pause.map(|text| text.get(lang).to_owned()),
        attempts().map(|n| texts::attempts(lang, n)),
        word("overlap", texts::overlap),
        word("catch_up", texts::catch_up),
        number("catch_up_window_sec").map(|seconds| texts::window(lang, &span(lang, seconds))),
        number("jitter_sec").map(|seconds| texts::late(lang, &span(lang, seconds))),
        count("tags").map(|_| options.tag_list().join(", ")),
        number("priority").map(|n| texts::with_priority(lang, &priority(lang, n))),
        number("keep_runs").map(|n| texts::kept_runs(lang, n)),
        number("keep_days").map(|n| texts::kept_days(lang, n)),
        count("webhooks").map(|n| texts::hooks(lang, n)),
    ];
    all.into_iter().flatten().collect()
}
