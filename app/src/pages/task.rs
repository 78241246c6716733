//! The page of a task: how it stands, what it is, what it did.

mod chart;
mod facts;
mod head;
mod history;
mod options;
mod state;
mod texts;

use crate::api::modules::{self, ModuleSpec};
use crate::api::runs::{self, LogEntry, Run};
use crate::api::schedules::{self, Preview};
use crate::api::tasks::{self, TaskObject};
use crate::api::{ApiError, Page, transport};
use crate::components::{later::later, log_line::PlainLine, notice::Notice, signed_in::SignedIn};
use crate::i18n::{texts as common, use_i18n};
use crate::live;
use crate::page_data::{Loaded, PageData};
use crate::task_options::{for_good, paused_until};
use crate::task_prefs::TaskPrefs;
use domain::{L10n, TaskId};
use facts::{ParamFacts, ScheduleFacts};
use head::Head;
use history::History;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_params_map, use_query_map};

const EVENTS: &[&str] = &["task", "deleted", "reset"];
/// Lines of the log that are shown here.
const TAIL: u64 = 20;

/// `/task/7`.
#[component]
pub fn TaskPage() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let page = Memo::new(move |_| history::page_number(query.read().get_str("page")));
    let id = Memo::new(move |_| params.read().get_str("id").and_then(|id| id.parse().ok()).map(TaskId));
    let task = PageData::new(move || (id.get().unwrap_or(TaskId(0)), page.get()), |_, (id, page)| load(id, page));
    let one = move || {
        view! {
            <main id="content" class="page">
                <Loaded data=task failed=&texts::FAILED missing=&common::TASK_MISSING view=|known| view! { <Shown known /> }.into_any() />
            </main>
        }
    };
    view! { <SignedIn view=move |_| one().into_any() /> }
}

/// All that the page begins with.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
struct Known {
    object: TaskObject,
    specs: Vec<ModuleSpec>,
    preview: Option<Preview>,
    tail: Page<LogEntry>,
    runs: Page<Run>,
    page: u64,
}

async fn load(id: TaskId, page: u64) -> Result<Known, ApiError> {
    let object = tasks::one(id).await?;
    Ok(Known {
        // Without the module's texts the plain names are shown.
        specs: modules::list().await.unwrap_or_default(),
        preview: meaning(&object).await,
        tail: runs::log_end(id, TAIL).await?,
        runs: history::page(id, page).await?,
        object,
        page,
    })
}

/// What the schedules say, from the end of a pause on; `None` where there are none.
async fn meaning(object: &TaskObject) -> Option<Preview> {
    let schedules = &object.task.schedules;
    let from = paused_until(&object.task, transport::now()).filter(|until| *until < for_good());
    if schedules.is_empty() { None } else { schedules::preview(schedules, from, 5).await.ok() }
}

#[component]
fn Shown(known: Known) -> impl IntoView {
    let t = use_i18n();
    let Known { object, specs, preview, tail, runs, page } = known;
    let (preview, tail, runs) = (RwSignal::new(preview), RwSignal::new(tail), RwSignal::new(runs));
    let specs = StoredValue::new(specs);
    let id = object.task.id;
    let task_prefs = TaskPrefs::of(&object.task);
    let object = RwSignal::new(object);
    Effect::new(move |_| object.with(|object| task_prefs.know(&object.task)));
    let leaving = RwSignal::new(false);
    let navigate = use_navigate();
    let gone = RwSignal::new(false);
    keep_up(id, object, gone);
    // Whoever deletes a task leads themselves away; everybody else is told.
    Effect::new(move |_| {
        if gone.get() && leaving.get_untracked() {
            navigate("/", NavigateOptions::default());
        }
    });
    // What changes when a run starts or ends, and not with its progress.
    let ended = Memo::new(move |_| {
        object.with(|object| {
            format!("{:?} {:?} {:?}", object.task.status, object.task.run_started_at, object.task.run_finished_at)
        })
    });
    refresh(id, page, object, ended, preview, tail, runs);
    // Only the first page has the latest run.
    let attempt =
        Signal::derive(move || runs.with(|runs| runs.items.first().filter(|_| page == 1).map(|run| run.attempt)));
    let body = move || {
        view! {
            <Head object task_prefs attempt leaving />
            <div class="side-by-side">
                {later(move || view! { <Part heading=&texts::SCHEDULE><ScheduleFacts object preview /></Part> }.into_any())}
                {later(move || view! { <Part heading=&texts::PARAMETERS><ParamFacts object specs /></Part> }.into_any())}
            </div>
            {later(move || view! { <Part heading=&texts::LOG><Tail id tail /></Part> }.into_any())}
            {later(move || view! { <Part heading=&texts::HISTORY><History id page runs task_prefs /></Part> }.into_any())}
        }
    };
    move || {
        if gone.get() {
            view! {
                <Notice heading=t.text(&texts::GONE)>
                    <a class="button" href="/">
                        {t.text(&common::TO_TASKS)}
                    </a>
                </Notice>
            }
            .into_any()
        } else {
            view! { <div class="flex flex-col gap-4">{body()}</div> }.into_any()
        }
    }
}

fn keep_up(id: TaskId, object: RwSignal<TaskObject>, gone: RwSignal<bool>) {
    let read = move || {
        leptos::task::spawn_local(async move {
            match tasks::one(id).await {
                Ok(now) => put(object, now),
                Err(error) if error.code() == "ResourceNotFound" => _ = gone.try_set(true),
                Err(_) => {}
            }
        });
    };
    let event = move |name: &'static str, data: String| match name {
        "task" => {
            if let Ok(now) = serde_json::from_str::<TaskObject>(&data) {
                put(object, now);
            }
        }
        "deleted" => gone.set(true),
        _ => read(),
    };
    let url = format!("/api/task/events?task={id}");
    live::follow(
        move || Some(url.clone()),
        EVENTS,
        event,
        move |up| {
            if up {
                read()
            }
        },
    );
}

fn put(object: RwSignal<TaskObject>, now: TaskObject) {
    if object.try_with_untracked(|old| *old != now) == Some(true) {
        object.set(now);
    }
}

#[component]
fn Part(heading: &'static L10n, children: Children) -> impl IntoView {
    let t = use_i18n();
    view! {
        <section class="card part">
            <h2 class="font-semibold">{t.text(heading)}</h2>
            {children()}
        </section>
    }
}

/// Reads anew what a change of the task makes old. An answer that fails leaves what is there; the next change asks again.
fn refresh(
    id: TaskId,
    page: u64,
    object: RwSignal<TaskObject>,
    ended: Memo<String>,
    preview: RwSignal<Option<Preview>>,
    tail: RwSignal<Page<LogEntry>>,
    runs: RwSignal<Page<Run>>,
) {
    let progress = Memo::new(move |_| (ended.get(), object.with(|object| object.task.status_percent)));
    let schedules =
        Memo::new(move |_| object.with(|object| (object.task.schedules.clone(), object.task.options.paused_until)));
    let read_tail = move || {
        leptos::task::spawn_local(async move {
            if let Ok(found) = runs::log_end(id, TAIL).await {
                _ = tail.try_set(found);
            }
        });
    };
    let read_runs = move || {
        leptos::task::spawn_local(async move {
            if let Ok(found) = history::page(id, page).await {
                _ = runs.try_set(found);
            }
        });
    };
    let read_meaning = move || {
        let object = object.get_untracked();
        leptos::task::spawn_local(async move {
            let found = meaning(&object).await;
            _ = preview.try_set(found);
        });
    };
    _ = Effect::watch(move || progress.get(), move |_, _, _| read_tail(), false);
    _ = Effect::watch(move || ended.get(), move |_, _, _| read_runs(), false);
    _ = Effect::watch(move || schedules.get(), move |_, _, _| read_meaning(), false);
}

/// The end of the latest log.
#[component]
fn Tail(id: TaskId, tail: RwSignal<Page<LogEntry>>) -> impl IntoView {
    let t = use_i18n();
    let shown = move || {
        let lines = tail.with(|tail| tail.items.clone());
        if lines.is_empty() {
            return view! { <p class="text-muted">{t.text(&texts::NO_LOG)}</p> }.into_any();
        }
        let lines = lines.into_iter().rev().map(|entry| view! { <PlainLine entry /> });
        view! { <ol class="log-tail">{lines.collect_view()}</ol> }.into_any()
    };
    view! {
        {shown}
        <a class="link self-start" href=format!("/task/{id}/log")>
            {t.text(&texts::FULL_LOG)}
        </a>
    }
}
