//! Tasks, one a row; on a narrow screen, one a block.

use super::columns::Hidden;
use super::query::ListQuery;
use super::row::TaskRow;
use super::rows::Rows;
use super::texts;
use crate::components::icon::{Icon, Shape};
use crate::components::later::later;
use crate::i18n::{texts as common, use_i18n};
use crate::viewer::use_viewer;
use domain::L10n;
use leptos::prelude::*;

/// The table. Its roles are spelled out because the narrow layout is not a table to the browser.
#[component]
pub fn TaskTable(
    /// In the order shown.
    rows: Rows,
    /// The list that is shown.
    query: ListQuery,
    /// What is not shown of it.
    hidden: Hidden,
) -> impl IntoView {
    let t = use_i18n();
    let head = |class: &'static str, text: &'static L10n| {
        view! { <th scope="col" role="columnheader" class=class>{t.text(text)}</th> }
    };
    let sorted = |class: &'static str, sort: &'static str, text: &'static L10n| {
        view! { <SortedHead class sort text query=query.clone() /> }
    };
    view! {
        <div class="card">
            <table class=move || hidden.class() role="table" aria-label=t.text(&common::TASKS)>
                <thead role="rowgroup">
                    <tr role="row">
                        <th scope="col" role="columnheader" class="cell-select"><SelectAll rows /></th>
                        {sorted("cell-id", "_id", &common::COLUMN_ID)}
                        {sorted("cell-task", "description", &common::COLUMN_TASK)}
                        {head("cell-module", &common::COLUMN_MODULE)}
                        {head("cell-status", &common::COLUMN_STATUS)}
                        {head("cell-history", &texts::COLUMN_HISTORY)}
                        {head("cell-time cell-created", &texts::COLUMN_CREATED)}
                        {sorted("cell-time cell-started", "run_started_at", &common::COLUMN_STARTED)}
                        {head("cell-time cell-finished", &common::COLUMN_FINISHED)}
                        {sorted("cell-time cell-next", "next_run_at", &common::COLUMN_NEXT)}
                        <th scope="col" role="columnheader" class="cell-actions"><span class="sr-only">{t.text(&texts::COLUMN_ACTIONS)}</span></th>
                    </tr>
                </thead>
                <tbody role="rowgroup">{rows.all().into_iter().map(|row| later(move || view! { <TaskRow row /> }.into_any())).collect_view()}</tbody>
            </table>
        </div>
    }
}

/// A link, so that it works before the page is hydrated.
#[component]
fn SortedHead(class: &'static str, sort: &'static str, text: &'static L10n, query: ListQuery) -> impl IntoView {
    let t = use_i18n();
    let current = query.sort == sort;
    let direction = current.then_some(if query.ascending { "ascending" } else { "descending" });
    let arrow = current.then_some(if query.ascending { Shape::Up } else { Shape::Down });
    view! {
        <th scope="col" role="columnheader" class=class aria-sort=direction>
            <a class="sort" href=query.sorted_by(sort).href() rel="nofollow">
                {t.text(text)}
                {arrow.map(|shape| view! { <Icon shape /> })}
            </a>
        </th>
    }
}

#[component]
fn SelectAll(rows: Rows) -> impl IntoView {
    let t = use_i18n();
    let viewer = use_viewer();
    let all = move || rows.all().iter().all(|row| row.selected.get() || row.gone.get());
    view! {
        <input
            type="checkbox"
            class="checkbox"
            aria-label=t.text(&texts::SELECT_ALL)
            disabled=move || !viewer.hydrated()
            prop:checked=all
            on:change=move |event| rows.select_all(event_target_checked(&event))
        />
    }
}
