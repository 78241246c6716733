//! The list of the caller's tasks.

use crate::api::tasks::{self, TaskObject, Wanted};
use crate::api::{ApiError, Page};
use crate::components::icon::{Icon, Shape};
use crate::components::{notice::Notice, pager::Pager, signed_in::SignedIn, task_table::TaskTable};
use crate::i18n::{texts, use_i18n};
use crate::session::use_session;
use crate::viewer::use_viewer;
use leptos::either::EitherOf4;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

/// Tasks on one page.
pub const PAGE_SIZE: u64 = 100;

/// `/` and `/?page=2`.
#[component]
pub fn TaskListPage() -> impl IntoView {
    view! { <SignedIn view=|_| view! { <TaskList /> }.into_any() /> }
}

#[component]
fn TaskList() -> impl IntoView {
    let t = use_i18n();
    let query = use_query_map();
    let page = Memo::new(move |_| page_number(query.read().get_str("page")));
    let tasks = Resource::new(
        move || page.get(),
        |page| tasks::list(Wanted { offset: (page - 1) * PAGE_SIZE, limit: PAGE_SIZE, ..Wanted::default() }),
    );
    let (pending, set_pending) = signal(false);
    let shown = move || {
        Suspend::new(async move {
            match tasks.await {
                Ok(list) if list.total == 0 => EitherOf4::A(view! { <NoTasks /> }),
                Ok(list) if list.items.is_empty() => EitherOf4::B(view! { <NothingHere /> }),
                Ok(list) => EitherOf4::C(view! { <Tasks list page=page.get_untracked() /> }),
                Err(error) => EitherOf4::D(view! { <TasksFailed error again=move || tasks.refetch() /> }),
            }
        })
    };
    view! {
        <Title text=move || format!("{} · Rota", t.text(&texts::TASKS)()) />
        <main id="content" class="page">
            <div class="flex items-center justify-between gap-4 pb-4">
                <h1 class="text-xl font-semibold">{t.text(&texts::TASKS)}</h1>
                <RefreshButton pending refresh=move || tasks.refetch() />
            </div>
            <Transition set_pending fallback=move || view! { <p class="py-8 text-muted" role="status">{t.text(&texts::LOADING)}</p> }>{shown}</Transition>
        </main>
    }
}

/// From 1; whatever is not a page number means the first.
fn page_number(text: Option<&str>) -> u64 {
    // The bound keeps the offset inside what the API takes.
    text.and_then(|n| n.parse().ok()).map_or(1, |n: u64| n.clamp(1, 1_000_000_000))
}

#[component]
fn RefreshButton(pending: ReadSignal<bool>, refresh: impl Fn() + 'static) -> impl IntoView {
    let t = use_i18n();
    let viewer = use_viewer();
    view! {
        <button type="button" class="button" disabled=move || !viewer.hydrated() || pending.get() on:click=move |_| refresh()>
            <Icon shape=Shape::Refresh />
            {t.text(&texts::REFRESH)}
        </button>
    }
}

#[component]
fn Tasks(list: Page<TaskObject>, page: u64) -> impl IntoView {
    let first = (page - 1) * PAGE_SIZE + 1;
    let last = first + list.items.len() as u64 - 1;
    view! {
        <TaskTable tasks=list.items.into_iter().map(|object| object.task).collect() />
        <Pager page first last total=list.total />
    }
}

/// The first task is made by REST, so this shows how.
#[component]
fn NoTasks() -> impl IntoView {
    let t = use_i18n();
    view! {
        <Notice heading=t.text(&texts::NO_TASKS)>
            <p class="text-muted">{t.text(&texts::NO_TASKS_HINT)}</p>
            <code class="code">"POST /api/task"</code>
        </Notice>
    }
}

#[component]
fn NothingHere() -> impl IntoView {
    let t = use_i18n();
    view! {
        <Notice heading=t.text(&texts::NOTHING_HERE)>
            <a class="button" href="/">
                {t.text(&texts::FIRST_PAGE)}
            </a>
        </Notice>
    }
}

#[component]
fn TasksFailed(error: ApiError, again: impl Fn() + Send + Sync + Copy + 'static) -> impl IntoView {
    let t = use_i18n();
    let session = use_session();
    if error.needs_login() {
        // The session ended meanwhile: asking for it brings the login form, and then this page again.
        Effect::new(move |_| session.refresh());
    }
    view! {
        <Notice heading=t.text(&texts::TASKS_FAILED) alert=true>
            <p class="text-muted">{move || error.sentence(t.lang())}</p>
            <button type="button" class="button" on:click=move |_| again()>
                {t.text(&texts::TRY_AGAIN)}
            </button>
        </Notice>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_query_gives_a_page() {
        assert_eq!(page_number(None), 1);
        assert_eq!(page_number(Some("3")), 3);
        assert_eq!(page_number(Some("0")), 1);
        assert_eq!(page_number(Some("-1")), 1);
        assert_eq!(page_number(Some("abc")), 1);
        assert_eq!(page_number(Some("18446744073709551615")), 1_000_000_000);
    }
}
