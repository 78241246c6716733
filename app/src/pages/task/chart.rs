//! How long the last runs took, and how they ended.

use super::texts;
use crate::api::runs::{Run, Status};
use crate::components::status_badge;
use crate::i18n::{time, use_i18n};
use crate::viewer::use_viewer;
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use std::time::Duration;

/// Most runs that are shown.
pub const RUNS: usize = 60;
const STEP: usize = 12;
const HEIGHT: usize = 96;

/// How long a run took.
pub fn took(run: &Run) -> Option<Duration> {
    Some(run.run_finished_at?.since(run.run_started_at?))
}

/// Bars from the oldest to the newest. What failed has a cross on top, what was canceled is hollow.
#[component]
pub fn Chart(
    /// Newest first.
    runs: Vec<Run>,
    /// How many of them, at most [`RUNS`].
    shown: usize,
) -> impl IntoView {
    let t = use_i18n();
    let viewer = use_viewer();
    let runs: Vec<Run> =
        runs.into_iter().take(shown).filter(|run| took(run).is_some()).collect::<Vec<_>>().into_iter().rev().collect();
    if runs.is_empty() {
        return ().into_any();
    }
    let longest = runs.iter().filter_map(took).max().unwrap_or_default().as_millis().max(1);
    let chosen = RwSignal::new(runs.len() - 1);
    let last = runs.len() - 1;
    let width = shown * STEP;
    let bars = runs.iter().enumerate().map(|(i, run)| bar(i, run, longest, chosen)).collect_view();
    let runs = StoredValue::new(runs);
    let detail = move || {
        let run = runs.with_value(|runs| runs.get(chosen.get()).cloned())?;
        let lang = t.lang();
        let at = run.run_started_at.map(|at| time::exact(lang, at, viewer.offset_min(at))).unwrap_or_default();
        let took = took(&run).map(|took| time::duration(lang, took)).unwrap_or_default();
        Some(format!("#{} · {} · {at} · {took}", run.id, status_badge::word(run.status).get(lang)))
    };
    let key = move |event: KeyboardEvent| {
        let now = chosen.get_untracked();
        let next = match event.key().as_str() {
            "ArrowLeft" => now.saturating_sub(1),
            "ArrowRight" => (now + 1).min(last),
            "Home" => 0,
            "End" => last,
            _ => return,
        };
        event.prevent_default();
        chosen.set(next);
    };
    view! {
        <div class="chart-box">
            <svg
                class="chart"
                viewBox=format!("0 0 {width} {HEIGHT}")
                preserveAspectRatio="xMinYMid meet"
                tabindex="0"
                role="slider"
                aria-label=t.text(&texts::CHART)
                aria-valuemin="1"
                aria-valuemax=last + 1
                aria-valuenow=move || chosen.get() + 1
                aria-valuetext=detail
                on:keydown=key
            >
                {bars}
            </svg>
            <p class="text-sm tabular-nums">{detail}</p>
            <p class="text-sm text-muted">{t.text(&texts::CHART_HINT)}</p>
        </div>
    }
    .into_any()
}

fn bar(i: usize, run: &Run, longest: u128, chosen: RwSignal<usize>) -> impl IntoView + use<> {
    let room = (HEIGHT - 16) as u128;
    let height = took(run).map_or(1, |took| (took.as_millis() * room / longest).max(2)) as usize;
    let (x, y) = (i * STEP + 2, HEIGHT - 2 - height);
    let class = match run.status {
        Status::Done => "chart-good",
        Status::Error => "chart-bad",
        Status::Canceled => "chart-halted",
        Status::New | Status::Running => "chart-busy",
    };
    let cross = (run.status == Status::Error).then(|| {
        let (a, b, top, foot) = (x + 1, x + 7, y.saturating_sub(9), y.saturating_sub(3));
        view! { <path class="chart-cross" d=format!("M{a} {top}L{b} {foot}M{b} {top}L{a} {foot}") /> }
    });
    view! {
        <g class="chart-bar" class:chosen=move || chosen.get() == i on:pointerenter=move |_| chosen.set(i)>
            <rect class="chart-hit" x=i * STEP y="0" width=STEP height=HEIGHT />
            <rect class=class x=x y=y width=STEP - 4 height=height rx="1" />
            {cross}
        </g>
    }
}
