//! One task of the list.

use super::actions::{Deed, fits, use_actions};
use super::modules::use_module_names;
use super::outcomes::use_outcomes;
use super::rows::Row;
use super::spark::Spark;
use super::texts;
use crate::api::tasks::Status::Running;
use crate::api::tasks::Task;
use crate::api::{encoded, transport};
use crate::components::colour_dot::ColourDot;
use crate::components::icon::{Icon, Shape};
use crate::components::{moment::Moment, status_badge::StatusBadge};
use crate::i18n::{texts as common, time, use_i18n};
use crate::task_options;
use crate::task_prefs::{self, Colour};
use crate::viewer::use_viewer;
use domain::L10n;
use leptos::prelude::*;

/// Tags that a row shows; the page of the task has them all.
const TAGS: usize = 4;

/// One row; each cell follows the task.
#[component]
pub fn TaskRow(
    /// Which.
    row: Row,
) -> impl IntoView {
    let (id, data_id) = (row.id.to_string(), row.id.to_string());
    view! {
        <tr role="row" data-task=data_id class:gone=move || row.gone.get() class:selected=move || row.selected.get()>
            <td role="cell" class="cell-select"><Select row /></td>
            <td role="cell" class="cell-id">{id}</td>
            <th role="rowheader" scope="row" class="cell-task"><Name row /></th>
            <td role="cell" class="cell-module"><Module row /></td>
            <td role="cell" class="cell-status"><Status row /></td>
            <td role="cell" class="cell-history"><History row /></td>
            <td role="cell" class="cell-time cell-created"><Created row /></td>
            <td role="cell" class="cell-time cell-started">
                <Label text=&common::COLUMN_STARTED />
                {part(row, |task| task.run_started_at, |at| view! { <Moment at none=&common::NEVER /> }.into_any())}
            </td>
            <td role="cell" class="cell-time cell-finished">
                <Label text=&common::COLUMN_FINISHED />
                {part(row, |task| (task.run_started_at, task.run_finished_at), |(start, end)| {
                    let took = start.zip(end).map(|(start, end)| end.since(start));
                    view! { <Moment at=end none=&common::NEVER took /> }.into_any()
                })}
            </td>
            <td role="cell" class="cell-time cell-next"><Label text=&common::COLUMN_NEXT /><Next row /></td>
            <td role="cell" class="cell-actions"><RowActions row /></td>
        </tr>
    }
}

/// A cell that is drawn anew only when its part of the task changed.
fn part<T: PartialEq + Clone + Send + Sync + 'static>(
    row: Row,
    read: fn(&Task) -> T,
    show: impl Fn(T) -> AnyView + Copy + Send + 'static,
) -> impl IntoView {
    let value = Memo::new(move |_| row.object.with(|object| read(&object.task)));
    move || show(value.get())
}

#[component]
fn Select(row: Row) -> impl IntoView {
    let t = use_i18n();
    let viewer = use_viewer();
    view! {
        <input
            type="checkbox"
            class="checkbox"
            aria-label=move || texts::select(t.lang(), row.id.0)
            disabled=move || !viewer.hydrated() || row.gone.get()
            prop:checked=move || row.selected.get()
            on:change=move |event| row.selected.set(event_target_checked(&event))
        />
    }
}

#[component]
fn Name(row: Row) -> impl IntoView {
    let t = use_i18n();
    let name = Memo::new(move |_| row.object.with(|object| object.task.description.clone()));
    let pinned = Memo::new(move |_| row.object.with(|object| task_prefs::is_pinned(&object.task)));
    let colour = Memo::new(move |_| row.object.with(|object| Colour::of(&object.task)));
    let shown = move || {
        let name = name.get();
        if name.trim().is_empty() {
            view! { <span class="text-muted">{t.text(&common::NO_DESCRIPTION)}</span> }.into_any()
        } else {
            name.into_any()
        }
    };
    view! {
        <ColourDot colour />
        {move || pinned.get().then(|| view! { <span class="pinned" role="img" aria-label=t.text(&texts::PINNED) title=t.text(&texts::PINNED)><Icon shape=Shape::Pin /></span> })}
        <a class="task-link" href=format!("/task/{}", row.id)>
            {shown}
        </a>
        {part(row, |task| task.options.tags.clone(), tags)}
    }
}

/// The first few, each a way to all that have it.
fn tags(tags: Vec<String>) -> AnyView {
    let more = tags.len().saturating_sub(TAGS);
    let one = |tag: &String| {
        let (href, tag) = (format!("/?tag={}", encoded(tag)), tag.clone());
        view! { <a class="tag" href=href rel="nofollow">{tag}</a> }
    };
    let shown = tags.iter().take(TAGS).map(one).collect_view();
    let more = (more > 0).then(|| view! { <span class="tag">{format!("+{more}")}</span> });
    (!tags.is_empty()).then(|| view! { <span class="tags">{shown} {more}</span> }).into_any()
}

#[component]
fn Module(row: Row) -> impl IntoView {
    let t = use_i18n();
    let names = use_module_names();
    let name = row.object.with_untracked(|object| object.task.task_module.clone());
    let title = name.clone();
    view! { <span title=title>{move || names.of(&name, t.lang())}</span> }
}

#[component]
fn Status(row: Row) -> impl IntoView {
    let t = use_i18n();
    let task = Memo::new(move |_| row.object.with(|object| object.task.clone()));
    move || {
        if row.gone.get() {
            view! { <span class="text-muted">{t.text(&texts::DELETED)}</span> }.into_any()
        } else {
            view! { <StatusBadge task=task.get() /> }.into_any()
        }
    }
}

#[component]
fn History(row: Row) -> impl IntoView {
    let outcomes = use_outcomes();
    // Its place is kept until they are known.
    move || match outcomes.of(row.id) {
        Some(outcomes) => view! { <Spark outcomes /> }.into_any(),
        None => view! { <span class="spark-place"></span> }.into_any(),
    }
}

#[component]
fn Created(row: Row) -> impl IntoView {
    let t = use_i18n();
    let (at, owner) = row.object.with_untracked(|object| {
        (object.task.created_at, object.user.as_ref().map(|user| user.user.displayname.clone()))
    });
    view! {
        <Label text=&texts::COLUMN_CREATED />
        <Moment at=Some(at) none=&common::NEVER />
        <span class="exact">{move || owner.clone().unwrap_or_else(|| t.text(&texts::NOBODY)().to_owned())}</span>
    }
}

#[component]
fn Next(row: Row) -> impl IntoView {
    let (t, viewer) = (use_i18n(), use_viewer());
    part(
        row,
        // The instant of the run that is under way is not the next one.
        |task| {
            (
                task.next_run_at
                    .into_iter()
                    .chain(task.retry_at)
                    .min()
                    .filter(|at| task.status != Running || Some(*at) > task.run_started_at),
                task.schedules.is_empty(),
                task.status == Running,
                task_options::paused_until(task, transport::now()),
            )
        },
        move |(next, unscheduled, running, paused)| match next {
            _ if paused.is_some_and(|until| until >= task_options::for_good()) => {
                view! { <span class="text-muted">{t.text(&texts::PAUSED)}</span> }.into_any()
            }
            _ if paused.is_some() => {
                let exact =
                    move || paused.map(|until| time::short(t.lang(), until, viewer.offset_min(until), viewer.now()));
                view! { <span class="text-muted"><span class="block">{t.text(&texts::PAUSED_UNTIL)}</span><span class="text-sm">{exact}</span></span> }
                    .into_any()
            }
            None if running => view! { <Moment at=None none=&texts::AFTER_THIS /> }.into_any(),
            None if !unscheduled => view! { <span class="text-muted">{t.text(&texts::PAUSED)}</span> }.into_any(),
            next => view! { <Moment at=next none=&common::NOT_SCHEDULED /> }.into_any(),
        },
    )
}

#[component]
fn RowActions(row: Row) -> impl IntoView {
    let t = use_i18n();
    let viewer = use_viewer();
    let actions = use_actions();
    let off = move || !viewer.hydrated() || row.gone.get() || actions.pending.get();
    let running = Memo::new(move |_| row.object.with(|object| object.task.status == Running));
    let item = move |deed: Deed, text: &'static L10n| {
        let fits = Memo::new(move |_| row.object.with(|object| fits(deed, object)));
        view! {
            <button type="button" class="menu-item" class:hidden=move || !fits.get() disabled=off on:click=move |_| actions.act(deed, vec![row])>
                {t.text(text)}
            </button>
        }
    };
    let toggle = move |_| actions.act(if running.get_untracked() { Deed::Cancel } else { Deed::Run }, vec![row]);
    let label = move || t.text(if running.get() { &texts::CANCEL } else { &texts::RUN_NOW })();
    view! {
        <button type="button" class="button-icon" title=label aria-label=label disabled=off on:click=toggle>
            {move || view! { <Icon shape=if running.get() { Shape::Stop } else { Shape::Start } /> }}
        </button>
        <details class="menu">
            <summary class="button-icon" title=t.text(&texts::MORE) aria-label=t.text(&texts::MORE)>
                <Icon shape=Shape::More />
            </summary>
            <div class="menu-panel">
                <a class="menu-item" href=format!("/task/{}/edit", row.id)>
                    {t.text(&texts::EDIT)}
                </a>
                <a class="menu-item" href=format!("/task/new?from={}", row.id)>
                    {t.text(&texts::DUPLICATE)}
                </a>
                {item(Deed::Pause, &texts::PAUSE)}
                {item(Deed::Resume, &texts::RESUME)}
                {item(Deed::Delete, &texts::DELETE)}
            </div>
        </details>
    }
}

/// The column's name inside the block, where there is no head to look up to.
#[component]
fn Label(text: &'static L10n) -> impl IntoView {
    let t = use_i18n();
    view! { <span class="label" aria-hidden="true">{t.text(text)}</span> }
}
