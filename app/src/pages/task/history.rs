//! The runs of a task, newest first.

use super::chart::{Chart, RUNS, took};
use super::texts;
use crate::api::runs::{self, Run, Trigger};
use crate::api::{ApiError, Page};
use crate::components::icon::Icon;
use crate::components::pager::Pager;
use crate::components::{moment::Moment, status_badge};
use crate::i18n::{texts as common, time, use_i18n};
use crate::task_prefs::{self, TaskPrefs};
use crate::viewer::use_viewer;
use domain::{L10n, TaskId};
use leptos::prelude::*;
use serde_json::json;

/// Runs on one page: as many as the chart shows.
const PAGE: u64 = RUNS as u64;
/// How many runs the chart can show.
const RANGES: [usize; 3] = [15, 30, RUNS];

fn trigger(trigger: Trigger) -> &'static L10n {
    match trigger {
        Trigger::Schedule => &texts::BY_SCHEDULE,
        Trigger::Manual => &texts::BY_HAND,
        Trigger::Api => &texts::BY_API,
        Trigger::Retry => &texts::BY_RETRY,
        Trigger::CatchUp => &texts::BY_CATCH_UP,
    }
}

/// A page of runs.
///
/// # Errors
/// What befalls any call.
pub async fn page(id: TaskId, page: u64) -> Result<Page<Run>, ApiError> {
    runs::history(id, (page - 1) * PAGE, PAGE).await
}

/// From 1; whatever is not a page number means the first.
pub fn page_number(text: Option<&str>) -> u64 {
    text.and_then(|n| n.parse().ok()).map_or(1, |n: u64| n.clamp(1, 1_000_000_000))
}

/// Chart and table.
#[component]
pub fn History(
    /// Whose runs.
    id: TaskId,
    /// Which page of them, from 1.
    page: u64,
    /// What is on it; tracked.
    runs: RwSignal<Page<Run>>,
    /// How many of them the chart shows.
    task_prefs: TaskPrefs,
) -> impl IntoView {
    let t = use_i18n();
    move || {
        let found = runs.get();
        if found.items.is_empty() {
            return view! { <p class="text-muted">{t.text(&texts::NO_RUNS)}</p> }.into_any();
        }
        let items = found.items.clone();
        let first = (page - 1) * PAGE + 1;
        let last = first + found.items.len() as u64 - 1;
        let href = move |page: u64| if page == 1 { format!("/task/{id}") } else { format!("/task/{id}?page={page}") };
        view! {
            <Range task_prefs />
            {move || view! { <Chart runs=found.items.clone() shown=range(task_prefs) /> }}
            <RunTable runs=items />
            <Pager page first last total=found.total href />
        }
        .into_any()
    }
}

fn range(task_prefs: TaskPrefs) -> usize {
    let chosen = task_prefs.get(task_prefs::CHART_RANGE).and_then(|n| n.as_u64()).map(|n| n as usize);
    chosen.filter(|n| RANGES.contains(n)).unwrap_or(RUNS)
}

#[component]
fn Range(task_prefs: TaskPrefs) -> impl IntoView {
    let t = use_i18n();
    let viewer = use_viewer();
    let options = move || {
        RANGES
            .map(|n| view! { <option value=n.to_string() selected=n == range(task_prefs)>{n}</option> })
            .collect_view()
    };
    let choose = move |event| {
        let n = event_target_value(&event).parse::<usize>().ok().filter(|n| *n != RUNS);
        task_prefs.set(task_prefs::CHART_RANGE, json!(n));
    };
    view! {
        <label class="flex items-center gap-2 self-end text-sm text-muted">
            {t.text(&texts::RANGE)}
            <select class="select" disabled=move || !viewer.hydrated() on:change=choose>
                {options}
            </select>
        </label>
    }
}

#[component]
fn RunTable(runs: Vec<Run>) -> impl IntoView {
    let t = use_i18n();
    let head = |text: &'static L10n| view! { <th scope="col">{t.text(text)}</th> };
    view! {
        <div class="overflow-x-auto" tabindex="0" role="region" aria-label=t.text(&texts::HISTORY)>
            <table class="runs">
                <thead>
                    <tr>
                        {head(&texts::RUN)} {head(&texts::OUTCOME)} {head(&texts::TRIGGER)} {head(&texts::DUE)}
                        {head(&texts::TOOK)} {head(&texts::MESSAGE)}
                    </tr>
                </thead>
                <tbody>{runs.into_iter().map(|run| view! { <RunRow run /> }).collect_view()}</tbody>
            </table>
        </div>
    }
}

#[component]
fn RunRow(run: Run) -> impl IntoView {
    let t = use_i18n();
    let (shape, colour) = status_badge::sign(run.status);
    let took = took(&run);
    let href = format!("/task/{}/log?run={}", run.task_id, run.id);
    view! {
        <tr>
            <th scope="row"><a class="link tabular-nums" href=href>{format!("#{}", run.id)}</a></th>
            <td><span class=format!("inline-flex items-center gap-2 {colour}")><Icon shape />{t.text(status_badge::word(run.status))}</span></td>
            <td>{t.text(trigger(run.trigger))} {(run.attempt > 1).then(|| view! { <span class="exact">{move || texts::attempt(t.lang(), run.attempt)}</span> })}</td>
            <td class="whitespace-nowrap"><Moment at=Some(run.due_at) none=&common::NEVER /></td>
            <td class="whitespace-nowrap tabular-nums">{move || took.map(|took| time::duration(t.lang(), took))}</td>
            <td class="wrap-anywhere text-muted">{run.status_msg}</td>
        </tr>
    }
}
