//! Trying again after a failure.

use super::super::lines::{About, CheckLine, SelectLine, SpanLine, TextLine};
use super::super::params::Problems;
use super::{OptionsDraft, texts};
use crate::i18n::use_i18n;
use crate::task_options::words::waits;
use domain::Lang;
use domain::task::Retry;
use leptos::prelude::*;

static RETRY: About = About { id: "retry", pointer: "/task/retry", label: &texts::RETRY, help: &texts::RETRY_HELP };
static ATTEMPTS: About = About {
    id: "retry-attempts",
    pointer: "/task/retry/max_attempts",
    label: &texts::ATTEMPTS,
    help: &texts::ATTEMPTS_HELP,
};
static BACKOFF: About = About {
    id: "retry-backoff",
    pointer: "/task/retry/backoff_sec",
    label: &texts::BACKOFF,
    help: &texts::BACKOFF_HELP,
};
static FACTOR: About =
    About { id: "retry-factor", pointer: "/task/retry/factor", label: &texts::FACTOR, help: &texts::FACTOR_HELP };
static LONGEST: About = About {
    id: "retry-longest",
    pointer: "/task/retry/max_backoff_sec",
    label: &texts::LONGEST,
    help: &texts::LONGEST_HELP,
};

/// A switch, and how if it is on.
#[component]
pub fn RetryFields(
    /// What is edited.
    options: OptionsDraft,
    /// What is wrong.
    problems: Problems,
) -> impl IntoView {
    let t = use_i18n();
    let factors = || (1..=10).map(|n| n.to_string()).collect();
    // As typed, unless that is no number.
    let meaning = move || {
        let values = options.values().remove("retry")?;
        let retry = serde_json::from_value::<Retry>(values).ok().filter(|retry| retry.max_attempts > 1);
        retry.map(|retry| texts::tries(t.lang(), &waits(t.lang(), &retry)))
    };
    view! {
        <div class="param-group">
            <CheckLine about=&RETRY on=options.retry problems />
            {move || options.retry.get().then(|| view! {
                <div class="inner">
                    <div class="beside">
                        <TextLine about=&ATTEMPTS text=options.attempts problems number=true />
                        <SpanLine about=&BACKOFF span=options.backoff problems />
                        <SelectLine about=&FACTOR values=factors() name=factor chosen=options.factor problems />
                        <SpanLine about=&LONGEST span=options.max_backoff problems />
                    </div>
                    <p role="status" class="text-sm empty:hidden">{meaning}</p>
                </div>
            })}
        </div>
    }
}

fn factor(lang: Lang, n: &str) -> String {
    match (lang, n) {
        (Lang::De, "1") => "immer gleich lang".to_owned(),
        (Lang::En, "1") => "always the same".to_owned(),
        (Lang::De, n) => format!("× {n}: jedes Mal {n}-mal so lang"),
        (Lang::En, n) => format!("× {n}: {n} times as long each time"),
    }
}
