//! The runs of a task, newest first.

use super::chart::{Chart, RUNS, took};
use super::texts;
use crate::api::runs::{self, Run, Trigger};
use crate::components::icon::Icon;
use crate::components::pager::Pager;
use crate::components::{moment::Moment, status_badge};
use crate::i18n::{texts as common, time, use_i18n};
use domain::{L10n, TaskId};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// Runs on one page: as many as the chart shows.
const PAGE: u64 = RUNS as u64;

fn trigger(trigger: Trigger) -> &'static L10n {
    match trigger {
        Trigger::Schedule => &texts::BY_SCHEDULE,
        Trigger::Manual => &texts::BY_HAND,
        Trigger::Api => &texts::BY_API,
        Trigger::Retry => &texts::BY_RETRY,
        Trigger::CatchUp => &texts::BY_CATCH_UP,
    }
}

/// Chart and table. `ended` changes with each run, and the runs are read again.
#[component]
pub fn History(
    /// Whose runs.
    id: TaskId,
    /// Changes when a run starts or ends.
    ended: Memo<String>,
) -> impl IntoView {
    let t = use_i18n();
    let query = use_query_map();
    let page = Memo::new(move |_| {
        query.read().get_str("page").and_then(|n| n.parse().ok()).map_or(1, |n: u64| n.clamp(1, 1_000_000_000))
    });
    let list =
        Resource::new(move || (page.get(), ended.get()), move |(page, _)| runs::history(id, (page - 1) * PAGE, PAGE));
    let shown = move || {
        Suspend::new(async move {
            match list.await {
                Ok(found) if found.items.is_empty() => {
                    view! { <p class="text-muted">{t.text(&texts::NO_RUNS)}</p> }.into_any()
                }
                Ok(found) => {
                    let number = page.get_untracked();
                    let first = (number - 1) * PAGE + 1;
                    let last = first + found.items.len() as u64 - 1;
                    let href = move |page: u64| {
                        if page == 1 { format!("/task/{id}") } else { format!("/task/{id}?page={page}") }
                    };
                    view! {
                        <Chart runs=found.items.clone() />
                        <RunTable runs=found.items />
                        <Pager page=number first last total=found.total href />
                    }
                    .into_any()
                }
                Err(error) => view! { <p class="wrong">{error.sentence(t.lang())}</p> }.into_any(),
            }
        })
    };
    view! { <Transition>{shown}</Transition> }
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
            <td>{t.text(trigger(run.trigger))}</td>
            <td class="whitespace-nowrap"><Moment at=Some(run.due_at) none=&common::NEVER /></td>
            <td class="whitespace-nowrap tabular-nums">{move || took.map(|took| time::duration(t.lang(), took))}</td>
            <td class="wrap-anywhere text-muted">{run.status_msg}</td>
        </tr>
    }
}
