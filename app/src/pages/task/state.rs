//! How a task stands: status, progress, times, and when it is tried again.

use super::texts;
use crate::api::runs;
use crate::api::tasks::{Status, TaskObject};
use crate::components::{moment::Moment, status_badge::StatusBadge};
use crate::i18n::{texts as common, time, use_i18n};
use crate::viewer::use_viewer;
use domain::L10n;
use leptos::prelude::*;
use std::time::Duration;

/// Status, times, owner.
#[component]
pub fn State(
    /// The task; tracked.
    object: RwSignal<TaskObject>,
    /// Which attempt the latest run was, if that is known; tracked.
    attempt: Signal<Option<i64>>,
) -> impl IntoView {
    let t = use_i18n();
    let task = Memo::new(move |_| object.with(|object| object.task.clone()));
    let owner = object.with_untracked(|object| object.user.as_ref().map(|user| user.user.displayname.clone()));
    let fact = move |name: &'static L10n, value: AnyView| {
        view! { <div><dt class="text-sm text-muted">{t.text(name)}</dt><dd>{value}</dd></div> }
    };
    let started = move || view! { <Moment at=task.get().run_started_at none=&common::NEVER /> };
    let finished = move || {
        let task = task.get();
        let took = task.run_started_at.zip(task.run_finished_at).map(|(start, end)| end.since(start));
        view! { <Moment at=task.run_finished_at none=&common::NEVER took /> }
    };
    view! {
        <section class="card state" aria-label=t.text(&texts::STATE)>
            <div class="min-w-44">{move || view! { <StatusBadge task=task.get() /> }} <Eta object /><NextAttempt object attempt /></div>
            <dl class="flex flex-wrap gap-x-8 gap-y-2">
                {fact(&texts::STARTED, started.into_any())}
                {fact(&texts::FINISHED, finished.into_any())}
                {fact(&texts::OWNER, owner.unwrap_or_else(|| t.text(&texts::NOBODY)().to_owned()).into_any())}
            </dl>
        </section>
    }
}

/// When a run that failed is tried again, and which attempt that is.
#[component]
fn NextAttempt(object: RwSignal<TaskObject>, attempt: Signal<Option<i64>>) -> impl IntoView {
    let t = use_i18n();
    let viewer = use_viewer();
    let next = Memo::new(move |_| {
        let of = object.with(|object| {
            let task = &object.task;
            let at = task.retry_at.filter(|_| task.status != Status::Running)?;
            Some((at, task.options.retry.map(|retry| retry.max_attempts)))
        });
        of.map(|(at, most)| (at, attempt.get().zip(most)))
    });
    let text = move || {
        let (at, count) = next.get()?;
        let lang = t.lang();
        let exact = time::short(lang, at, viewer.offset_min(at), viewer.now());
        let again = texts::again(lang, &time::relative(lang, viewer.now(), at), &exact);
        Some(match count {
            Some((last, most)) => format!("{again}, {}", texts::attempt_of(lang, last + 1, most)),
            None => again,
        })
    };
    view! { <p class="text-sm empty:hidden">{text}</p> }
}

/// How long it will take yet, by the median of earlier runs; while it runs.
#[component]
fn Eta(object: RwSignal<TaskObject>) -> impl IntoView {
    let t = use_i18n();
    let viewer = use_viewer();
    let id = object.with_untracked(|object| object.task.id);
    let running = Memo::new(move |_| {
        object.with(|object| object.task.run_started_at.filter(|_| object.task.status == Status::Running))
    });
    let usual = RwSignal::new(None::<Duration>);
    Effect::new(move |_| {
        if running.get().is_some() {
            leptos::task::spawn_local(async move {
                let found = runs::outcomes(&[id]).await.ok().and_then(|mut all| all.remove(&id)).unwrap_or_default();
                let mut took: Vec<u64> =
                    found.iter().filter(|run| run.status == Status::Done).filter_map(|run| run.duration_ms).collect();
                took.sort_unstable();
                _ = usual.try_set(took.get(took.len() / 2).copied().map(Duration::from_millis));
            });
        }
    });
    let text = move || {
        let left = usual.get()?.checked_sub(viewer.now().since(running.get()?))?;
        (left.as_secs() > 0)
            .then(|| texts::eta(t.lang(), &time::duration(t.lang(), Duration::from_secs(left.as_secs()))))
    };
    view! { <p class="text-sm text-muted">{text}</p> }
}
