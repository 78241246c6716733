//! The outcomes of the last runs, as small bars.

use super::texts;
use crate::api::tasks::Status;
use crate::i18n::use_i18n;
use leptos::prelude::*;

/// So many runs.
pub const RUNS: usize = 20;
const STEP: usize = 5;
const HEIGHT: usize = 16;

/// Oldest on the left. What failed is a full bar, what was canceled a hollow one, what went well a half bar.
#[component]
pub fn Spark(
    /// Oldest first.
    outcomes: Vec<Status>,
) -> impl IntoView {
    let t = use_i18n();
    let count = |status| outcomes.iter().filter(|other| **other == status).count();
    let (done, error, canceled) = (count(Status::Done), count(Status::Error), count(Status::Canceled));
    let empty = outcomes.is_empty();
    let words =
        move || if empty { t.text(&texts::NO_RUNS)().to_owned() } else { texts::runs(t.lang(), done, error, canceled) };
    let first = RUNS.saturating_sub(outcomes.len());
    let latest = outcomes.len().saturating_sub(RUNS);
    let bars = outcomes.into_iter().skip(latest).enumerate().map(|(i, status)| bar(first + i, status)).collect_view();
    view! {
        <svg class="spark" width=RUNS * STEP height=HEIGHT viewBox=format!("0 0 {} {HEIGHT}", RUNS * STEP) role="img" aria-label=words>
            <title>{words}</title>
            <path class="spark-base" d=format!("M0 {}.5H{}", HEIGHT - 1, RUNS * STEP) />
            {bars}
        </svg>
    }
}

fn bar(place: usize, status: Status) -> impl IntoView {
    let (class, height) = match status {
        Status::Done => ("spark-good", 9),
        Status::Error => ("spark-bad", 15),
        Status::Canceled => ("spark-halted", 12),
        Status::New | Status::Running => ("spark-busy", 6),
    };
    view! { <rect class=class x=place * STEP + 1 y=HEIGHT - 1 - height width=3 height=height /> }
}
