//! A whole log, however long: only what is on the screen is in the page.

mod lines;
mod result;
mod search;
mod texts;
mod view;
mod window;

use crate::api::ApiError;
use crate::api::runs::{self, Lines, LogPage};
use crate::api::tasks::{self, Task};
use crate::components::page_title::PageTitle;
use crate::components::signed_in::SignedIn;
use crate::i18n::{texts as common, use_i18n};
use crate::page_data::{Loaded, PageData};
use crate::prefs;
use crate::task_prefs::{LOG_LEVEL, TaskPrefs};
use domain::{RunId, TaskId};
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use lines::{PAGE, Source};
use result::RunResult;
use serde_json::Value;
use view::LogView;

/// What the address says.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
struct Wanted {
    task: i64,
    run: Option<i64>,
    level: Option<String>,
    line: Option<u64>,
    q: String,
}

/// `/task/7/log`, with `run`, `line`, `level`, `q`.
#[component]
pub fn LogPageView() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let wanted = Memo::new(move |_| {
        let query = query.read();
        let number = |name| query.get_str(name).and_then(|n| n.parse().ok());
        Wanted {
            task: params.read().get_str("id").and_then(|id| id.parse().ok()).unwrap_or(0),
            run: query.get_str("run").and_then(|n| n.parse().ok()),
            level: query.get_str("level").map(str::to_owned),
            line: number("line"),
            q: query.get_str("q").unwrap_or_default().to_owned(),
        }
    });
    // A line or a search in the address moves the view; it does not make another one.
    let source = Memo::new(move |_| {
        let wanted = wanted.get();
        (wanted.task, wanted.run, wanted.level)
    });
    let loaded = PageData::new(move || source.get(), move |_, _| start(wanted.get_untracked()));
    view! { <SignedIn view=move |_| view! { <Log wanted loaded /> }.into_any() /> }
}

/// The task, the level of the lines, the offset of the page of lines that comes first, and that page.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
struct Start {
    task: Task,
    level: String,
    offset: u64,
    first: LogPage,
    result: Option<(RunId, Value)>,
}

async fn start(wanted: Wanted) -> Result<Start, ApiError> {
    let id = TaskId(wanted.task);
    let task = tasks::one(id).await?.task;
    // What the address leaves open is as it was chosen last.
    let chosen = || prefs::get(&task.frontend_prefs, LOG_LEVEL).and_then(|level| level.as_str().map(str::to_owned));
    let level = wanted.level.or_else(chosen).unwrap_or_default();
    let offset = wanted.line.unwrap_or(0) / PAGE * PAGE;
    let run = wanted.run.map(RunId);
    let first = runs::log(id, Lines { run, level: level.clone(), q: String::new(), offset, limit: PAGE }).await?;
    let run = match run {
        Some(run) => Some(run),
        None => runs::history(id, 0, 1).await?.items.first().map(|run| run.id),
    };
    // Without what a run reported its log is still a log.
    let result = match run {
        Some(run) => runs::result(id, run).await.ok().filter(result::is_shown).map(|result| (run, result)),
        None => None,
    };
    Ok(Start { task, level, offset, first, result })
}

#[component]
fn Log(wanted: Memo<Wanted>, loaded: PageData<Start>) -> impl IntoView {
    let shown = move |Start { task, level, offset, first, result }: Start| {
        let wanted = wanted.get_untracked();
        let task_prefs = TaskPrefs::of(&task);
        let title = task.description;
        let source = Source { task: TaskId(wanted.task), run: wanted.run.map(RunId), level };
        view! {
            <Heading title task=wanted.task />
            {result.map(|(run, result)| view! { <RunResult task=TaskId(wanted.task) run result /> })}
            <LogView source task_prefs offset first line=wanted.line q=wanted.q />
        }
        .into_any()
    };
    view! {
        <main id="content" class="page log-page">
            <Loaded data=loaded failed=&texts::FAILED missing=&common::TASK_MISSING view=shown />
        </main>
    }
}

#[component]
fn Heading(title: String, task: i64) -> impl IntoView {
    let t = use_i18n();
    let title = StoredValue::new(title);
    let name = move || {
        let title = title.get_value();
        if title.trim().is_empty() { t.text(&common::NO_DESCRIPTION)().to_owned() } else { title }
    };
    view! {
        <PageTitle text=Signal::derive(move || format!("{} · {}", t.text(&texts::LOG)(), name())) />
        <div class="page-head">
            <h1>{t.text(&texts::LOG)} ": " {name}</h1>
            <a class="button" href=format!("/task/{task}")>
                {t.text(&texts::BACK)}
            </a>
        </div>
    }
}
