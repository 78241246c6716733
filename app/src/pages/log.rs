//! A whole log, however long: only what is on the screen is in the page.

mod lines;
mod search;
mod texts;
mod view;
mod window;

use crate::api::runs::{self, Lines, LogPage};
use crate::api::{ApiError, tasks};
use crate::components::{notice::Notice, signed_in::SignedIn};
use crate::i18n::{texts as common, use_i18n};
use domain::{RunId, TaskId};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};
use lines::{PAGE, Source};
use view::LogView;

/// What the address says.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
struct Wanted {
    task: i64,
    run: Option<i64>,
    level: String,
    line: Option<u64>,
    q: String,
}

/// `/task/7/log`, with `run`, `line`, `level`, `q`.
#[component]
pub fn LogPageView() -> impl IntoView {
    view! { <SignedIn view=|_| view! { <Log /> }.into_any() /> }
}

/// The title, the page of lines that comes first, and its offset.
async fn start(wanted: Wanted) -> Result<(String, u64, LogPage), ApiError> {
    let id = TaskId(wanted.task);
    let lines = |offset| Lines {
        run: wanted.run.map(RunId),
        level: wanted.level.clone(),
        q: String::new(),
        offset,
        limit: PAGE,
    };
    let task = tasks::one(id);
    let offset = wanted.line.unwrap_or(0) / PAGE * PAGE;
    let first = runs::log(id, lines(offset));
    Ok((task.await?.task.description, offset, first.await?))
}

#[component]
fn Log() -> impl IntoView {
    let t = use_i18n();
    let (params, query) = (use_params_map(), use_query_map());
    let wanted = Memo::new(move |_| {
        let query = query.read();
        let number = |name| query.get_str(name).and_then(|n| n.parse().ok());
        Wanted {
            task: params.read().get_str("id").and_then(|id| id.parse().ok()).unwrap_or(0),
            run: query.get_str("run").and_then(|n| n.parse().ok()),
            level: query.get_str("level").unwrap_or_default().to_owned(),
            line: number("line"),
            q: query.get_str("q").unwrap_or_default().to_owned(),
        }
    });
    // A line or a search in the address moves the view; it does not make another one.
    let source = Memo::new(move |_| {
        let wanted = wanted.get();
        (wanted.task, wanted.run, wanted.level)
    });
    let loaded = Resource::new_blocking(move || source.get(), move |_| start(wanted.get_untracked()));
    let shown = move || {
        Suspend::new(async move {
            let wanted = wanted.get_untracked();
            match loaded.await {
                Ok((title, offset, first)) => {
                    let source = Source { task: TaskId(wanted.task), run: wanted.run.map(RunId), level: wanted.level };
                    view! { <Heading title task=wanted.task /><LogView source offset first line=wanted.line q=wanted.q /> }.into_any()
                }
                Err(error) => view! {
                    <Notice heading=t.text(&texts::FAILED) alert=true>
                        <p class="text-muted">{move || error.sentence(t.lang())}</p>
                        <button type="button" class="button" on:click=move |_| loaded.refetch()>
                            {t.text(&texts::TRY_AGAIN)}
                        </button>
                    </Notice>
                }
                .into_any(),
            }
        })
    };
    view! {
        <main id="content" class="page log-page">
            <Transition>{shown}</Transition>
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
        <Title text=move || format!("{} · {} · Rota", t.text(&texts::LOG)(), name()) />
        <div class="page-head">
            <h1>{t.text(&texts::LOG)} ": " {name}</h1>
            <a class="button" href=format!("/task/{task}")>
                {t.text(&texts::BACK)}
            </a>
        </div>
    }
}
