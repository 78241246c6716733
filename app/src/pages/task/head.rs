//! What a task is called, and what can be done.

use super::state::State;
use super::texts;
use crate::api::tasks::{self, Status, TaskObject};
use crate::api::{ApiError, runs};
use crate::components::colour_dot::{self, ColourDot};
use crate::components::dialog::Dialog;
use crate::components::icon::{Icon, Shape};
use crate::components::page_title::PageTitle;
use crate::i18n::{texts as common, use_i18n};
use crate::task_options::{is_held, pause, resume};
use crate::task_prefs::{self, Colour, TaskPrefs};
use crate::viewer::use_viewer;
use domain::{L10n, TaskId};
use leptos::prelude::*;
use serde_json::json;

/// Title, buttons, state.
#[component]
pub fn Head(
    /// The task; tracked.
    object: RwSignal<TaskObject>,
    /// How people mark it.
    task_prefs: TaskPrefs,
    /// Which attempt the latest run was, if that is known; tracked.
    #[prop(into)]
    attempt: Signal<Option<i64>>,
    /// Set when the task is being deleted from here.
    leaving: RwSignal<bool>,
) -> impl IntoView {
    let t = use_i18n();
    let name = Memo::new(move |_| object.with(|object| object.task.description.clone()));
    let title = move || {
        name.with(
            |name| if name.trim().is_empty() { t.text(&common::NO_DESCRIPTION)().to_owned() } else { name.clone() },
        )
    };
    let problem = RwSignal::new(None::<ApiError>);
    view! {
        <PageTitle text=Signal::derive(move || title().to_string()) />
        <div class="page-head">
            <h1><ColourDot colour=Signal::derive(move || Colour::read(task_prefs.get(task_prefs::COLOUR).as_ref())) />{title} <span class="pl-2 font-normal text-muted tabular-nums">{format!("#{}", object.with_untracked(|object| object.task.id))}</span></h1>
            <Buttons object problem task_prefs leaving />
        </div>
        <p role="alert" class="wrong empty:hidden">{move || problem.get().map(|error| error.sentence(t.lang()))}</p>
        <State object attempt />
    }
}

/// One thing that can be done here.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Deed {
    Run,
    Cancel,
    Pause,
    Resume,
    Delete,
}

async fn act(deed: Deed, id: TaskId) -> Result<(), ApiError> {
    match deed {
        Deed::Run => runs::start(id).await.map(drop),
        Deed::Cancel => tasks::cancel(id).await,
        Deed::Delete => tasks::delete(id).await,
        Deed::Pause => pause(id).await.map(drop),
        Deed::Resume => resume(id).await.map(drop),
    }
}

#[component]
fn Buttons(
    object: RwSignal<TaskObject>,
    problem: RwSignal<Option<ApiError>>,
    task_prefs: TaskPrefs,
    leaving: RwSignal<bool>,
) -> impl IntoView {
    let t = use_i18n();
    let viewer = use_viewer();
    let asking = RwSignal::new(false);
    let id = object.with_untracked(|object| object.task.id);
    let doing = Action::new_local(move |deed: &Deed| {
        let deed = *deed;
        problem.set(None);
        leaving.set(deed == Deed::Delete);
        async move { act(deed, id).await }
    });
    Effect::new(move |_| {
        if let Some(Err(error)) = doing.value().get() {
            leaving.set(false);
            problem.set(Some(error));
        }
    });
    let off = move || !viewer.hydrated() || doing.pending().get();
    let running = Memo::new(move |_| object.with(|object| object.task.status == Status::Running));
    let retries = Memo::new(move |_| object.with(|object| object.task.retry_at.is_some()));
    let starts = Memo::new(move |_| object.with(|object| object.task.next_run_at.or(object.task.retry_at).is_some()));
    let held = Memo::new(move |_| object.with(|object| is_held(&object.task)));
    let button = move |deed: Deed, text: &'static L10n, shape: Shape, shown: Signal<bool>| {
        view! {
            <button type="button" class="button" class:hidden=move || !shown.get() disabled=off on:click=move |_| _ = doing.dispatch(deed)>
                <Icon shape />
                {t.text(text)}
            </button>
        }
    };
    let idle = Signal::derive(move || !running.get());
    view! {
        <div class="flex flex-wrap gap-2">
            {button(Deed::Run, &texts::RUN_NOW, Shape::Start, idle)}
            {button(Deed::Cancel, &texts::CANCEL, Shape::Stop, Signal::derive(move || running.get() || retries.get()))}
            <a class="button" href=format!("/task/{id}/edit")>
                <Icon shape=Shape::Pencil />
                {t.text(&texts::EDIT)}
            </a>
            {button(Deed::Pause, &texts::PAUSE, Shape::Pause, Signal::derive(move || !running.get() && starts.get() && !held.get()))}
            {button(Deed::Resume, &texts::RESUME, Shape::Clock, Signal::derive(move || !running.get() && held.get()))}
            <button type="button" class="button" disabled=move || off() || running.get() on:click=move |_| asking.set(true)>
                <Icon shape=Shape::Bin />
                {t.text(&texts::DELETE)}
            </button>
            <details class="menu">
                <summary class="button" aria-label=t.text(&texts::MORE) title=t.text(&texts::MORE)>
                    <Icon shape=Shape::More />
                </summary>
                <div class="menu-panel">
                    <a class="menu-item" href=format!("/task/new?from={id}&now=1")>
                        {t.text(&texts::RUN_OTHERWISE)}
                    </a>
                    <a class="menu-item" href=format!("/task/new?from={id}")>
                        {t.text(&texts::DUPLICATE)}
                    </a>
                    <Marks task_prefs />
                </div>
            </details>
        </div>
        <Dialog open=asking heading=Signal::derive(move || t.text(&texts::DELETE_QUESTION)().to_owned())>
            <p class="py-3 text-muted">{t.text(&texts::DELETE_HINT)}</p>
            <div class="flex justify-end gap-2">
                <button type="button" class="button" autofocus on:click=move |_| asking.set(false)>
                    {t.text(&texts::KEEP)}
                </button>
                <button type="button" class="button button-danger" on:click=move |_| { asking.set(false); _ = doing.dispatch(Deed::Delete); }>
                    {t.text(&texts::DELETE)}
                </button>
            </div>
        </Dialog>
    }
}

/// Pin and colour.
#[component]
fn Marks(task_prefs: TaskPrefs) -> impl IntoView {
    let t = use_i18n();
    let viewer = use_viewer();
    let off = move || !viewer.hydrated();
    let pinned = move || task_prefs.get(task_prefs::PINNED) == Some(json!(true));
    let colour = move || Colour::read(task_prefs.get(task_prefs::COLOUR).as_ref());
    let choice = move |value: Option<Colour>| {
        let text = value.map_or(&common::NO_COLOUR, colour_dot::word);
        view! {
            <button type="button" class="colour-choice" aria-label=t.text(text) title=t.text(text) aria-pressed=move || (colour() == value).to_string() disabled=off on:click=move |_| task_prefs.set(task_prefs::COLOUR, json!(value.map(Colour::name)))>
                <span class=format!("colour-dot {}", colour_dot::class(value))></span>
            </button>
        }
    };
    view! {
        <button type="button" class="menu-item" aria-pressed=move || pinned().to_string() disabled=off on:click=move |_| task_prefs.set(task_prefs::PINNED, json!(!untrack(pinned)))>
            {move || t.text(if pinned() { &texts::UNPIN } else { &texts::PIN })()}
        </button>
        <div role="group" class="flex gap-1 px-2 py-1" aria-label=t.text(&texts::COLOUR)>
            {choice(None)} {Colour::ALL.map(|colour| choice(Some(colour))).collect_view()}
        </div>
    }
}
