//! Tasks, one a row; on a narrow screen, one a block.

use crate::api::tasks::Task;
use crate::components::{moment::Moment, status_badge::StatusBadge};
use crate::i18n::{texts, use_i18n};
use domain::L10n;
use leptos::prelude::*;

/// The table. Its roles are spelled out because the narrow layout is not a table to the browser.
#[component]
pub fn TaskTable(
    /// In the order shown.
    tasks: Vec<Task>,
) -> impl IntoView {
    let t = use_i18n();
    let head = |text: &'static L10n| view! { <th scope="col" role="columnheader">{t.text(text)}</th> };
    view! {
        <div class="card">
            <table class="tasks" role="table" aria-label=t.text(&texts::TASKS)>
                <thead role="rowgroup">
                    <tr role="row">
                        {head(&texts::COLUMN_ID)} {head(&texts::COLUMN_TASK)} {head(&texts::COLUMN_MODULE)} {head(&texts::COLUMN_STATUS)}
                        {head(&texts::COLUMN_STARTED)} {head(&texts::COLUMN_FINISHED)} {head(&texts::COLUMN_NEXT)}
                    </tr>
                </thead>
                <tbody role="rowgroup">{tasks.into_iter().map(|task| view! { <Row task /> }).collect_view()}</tbody>
            </table>
        </div>
    }
}

#[component]
fn Row(task: Task) -> impl IntoView {
    let t = use_i18n();
    let (id, task_id) = (task.id.to_string(), task.id.to_string());
    let module = task.task_module.clone();
    let (started, finished, next) = (task.run_started_at, task.run_finished_at, task.next_run_at);
    let took = started.zip(finished).map(|(start, end)| end.since(start));
    let description = if task.description.trim().is_empty() {
        view! { <span class="text-muted">{t.text(&texts::NO_DESCRIPTION)}</span> }.into_any()
    } else {
        task.description.clone().into_any()
    };
    view! {
        <tr role="row" data-task=task_id>
            <td role="cell" class="cell-id">{id}</td>
            <th role="rowheader" scope="row" class="cell-task">{description}</th>
            <td role="cell" class="cell-module">{module}</td>
            <td role="cell" class="cell-status"><StatusBadge task /></td>
            <td role="cell" class="cell-time"><Label text=&texts::COLUMN_STARTED /><Moment at=started none=&texts::NEVER /></td>
            <td role="cell" class="cell-time">
                <Label text=&texts::COLUMN_FINISHED /><Moment at=finished none=&texts::NEVER took />
            </td>
            <td role="cell" class="cell-time"><Label text=&texts::COLUMN_NEXT /><Moment at=next none=&texts::NOT_SCHEDULED /></td>
        </tr>
    }
}

/// The column's name inside the block, where there is no head to look up to.
#[component]
fn Label(text: &'static L10n) -> impl IntoView {
    let t = use_i18n();
    view! { <span class="label" aria-hidden="true">{t.text(text)}</span> }
}
