//! The same as the time line, in words.

use super::rows::{MOST, Rank, Row};
use super::texts;
use super::timeline::named;
use crate::components::moment::Moment;
use crate::i18n::{texts as common, use_i18n};
use leptos::prelude::*;

/// The table, folded up.
#[component]
pub fn OverviewTable(
    /// In the order shown.
    rows: Vec<Row>,
) -> impl IntoView {
    let t = use_i18n();
    let head = |text| view! { <th scope="col" role="columnheader">{t.text(text)}</th> };
    let rows = rows.into_iter().take(MOST).map(|row| view! { <TableRow row /> }).collect_view();
    view! {
        <details class="card section as-table">
            <summary>{t.text(&texts::AS_TABLE)}</summary>
            <table class="list" role="table" aria-label=t.text(&common::OVERVIEW)>
                <thead role="rowgroup">
                    <tr role="row">
                        {head(&texts::TASK)} {head(&texts::STATE)} {head(&texts::RUNS)} {head(&texts::FAILURES)}
                        {head(&texts::LAST)} {head(&texts::NEXT_RUN)}
                    </tr>
                </thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        </details>
    }
}

#[component]
fn TableRow(row: Row) -> impl IntoView {
    let t = use_i18n();
    let state = match row.rank {
        Rank::Late => &texts::LATE,
        Rank::Failing => &texts::FAILING,
        Rank::Running => &texts::RUNS_NOW,
        Rank::Quiet => &texts::QUIET,
    };
    let name = row.name;
    view! {
        <tr role="row">
            <th role="rowheader" scope="row">
                <a class="link" href=format!("/task/{}", row.id)>{move || named(&name, t.text(&common::NO_DESCRIPTION)())}</a>
            </th>
            <td role="cell" data-label=t.text(&texts::STATE)>{t.text(state)}</td>
            <td role="cell" data-label=t.text(&texts::RUNS)>{row.runs}</td>
            <td role="cell" data-label=t.text(&texts::FAILURES)>{row.failed}</td>
            <td role="cell" data-label=t.text(&texts::LAST)><Moment at=row.last none=&texts::NEVER /></td>
            <td role="cell" data-label=t.text(&texts::NEXT_RUN)><Moment at=row.next none=&texts::NEVER /></td>
        </tr>
    }
}
