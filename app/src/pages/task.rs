//! The page of a task: how it stands, what it is, what it did.

mod chart;
mod facts;
mod head;
mod history;
mod texts;

use crate::api::tasks::{self, TaskObject};
use crate::api::{ApiError, runs};
use crate::components::{log_line::PlainLine, notice::Notice, signed_in::SignedIn};
use crate::i18n::use_i18n;
use crate::live;
use domain::{L10n, TaskId};
use facts::{ParamFacts, ScheduleFacts};
use head::Head;
use history::History;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

const EVENTS: &[&str] = &["task", "deleted", "reset"];
/// Lines of the log that are shown here.
const TAIL: u64 = 20;

/// `/task/7`.
#[component]
pub fn TaskPage() -> impl IntoView {
    view! { <SignedIn view=|_| view! { <OneTask /> }.into_any() /> }
}

#[component]
fn OneTask() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.read().get_str("id").and_then(|id| id.parse().ok()).map(TaskId));
    let task = Resource::new_blocking(move || id.get(), |id| async move { tasks::one(id.unwrap_or(TaskId(0))).await });
    let shown = move || {
        Suspend::new(async move {
            match task.await {
                Ok(object) => view! { <Shown object /> }.into_any(),
                Err(error) => view! { <Failed error again=Callback::new(move |()| task.refetch()) /> }.into_any(),
            }
        })
    };
    view! {
        <main id="content" class="page">
            <Transition>{shown}</Transition>
        </main>
    }
}

#[component]
fn Shown(object: TaskObject) -> impl IntoView {
    let t = use_i18n();
    let id = object.task.id;
    let object = RwSignal::new(object);
    let gone = RwSignal::new(false);
    keep_up(id, object, gone);
    // What changes when a run starts or ends, and not with its progress.
    let ended = Memo::new(move |_| {
        object.with(|object| {
            format!("{:?} {:?} {:?}", object.task.status, object.task.run_started_at, object.task.run_finished_at)
        })
    });
    let body = move || {
        view! {
            <Head object />
            <div class="grid items-start gap-4 lg:grid-cols-2">
                <Part heading=&texts::SCHEDULE><ScheduleFacts object /></Part>
                <Part heading=&texts::PARAMETERS><ParamFacts object /></Part>
            </div>
            <Part heading=&texts::LOG><Tail id object ended /></Part>
            <Part heading=&texts::HISTORY><History id ended /></Part>
        }
    };
    move || {
        if gone.get() {
            view! {
                <Notice heading=t.text(&texts::GONE)>
                    <a class="button" href="/">
                        {t.text(&texts::TO_TASKS)}
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

/// The end of the latest log; read again as the run goes on.
#[component]
fn Tail(id: TaskId, object: RwSignal<TaskObject>, ended: Memo<String>) -> impl IntoView {
    let t = use_i18n();
    let percent = Memo::new(move |_| object.with(|object| object.task.status_percent));
    let tail = Resource::new(move || (ended.get(), percent.get()), move |_| runs::log_end(id, TAIL));
    let shown = move || {
        Suspend::new(async move {
            match tail.await {
                Ok(page) if page.items.is_empty() => view! { <p class="text-muted">{t.text(&texts::NO_LOG)}</p> }.into_any(),
                Ok(page) => view! { <ol class="log-tail">{page.items.into_iter().rev().map(|entry| view! { <PlainLine entry /> }).collect_view()}</ol> }.into_any(),
                Err(error) => view! { <p class="wrong">{error.sentence(t.lang())}</p> }.into_any(),
            }
        })
    };
    view! {
        <Transition>{shown}</Transition>
        <a class="link self-start" href=format!("/task/{id}/log")>
            {t.text(&texts::FULL_LOG)}
        </a>
    }
}

#[component]
fn Failed(error: ApiError, again: Callback<()>) -> impl IntoView {
    let t = use_i18n();
    if error.code() == "ResourceNotFound" {
        crate::api::transport::page_missing();
        return view! {
            <Notice heading=t.text(&texts::MISSING)>
                <a class="button" href="/">
                    {t.text(&texts::TO_TASKS)}
                </a>
            </Notice>
        }
        .into_any();
    }
    view! {
        <Notice heading=t.text(&texts::FAILED) alert=true>
            <p class="text-muted">{move || error.sentence(t.lang())}</p>
            <button type="button" class="button" on:click=move |_| again.run(())>
                {t.text(&texts::TRY_AGAIN)}
            </button>
        </Notice>
    }
    .into_any()
}
