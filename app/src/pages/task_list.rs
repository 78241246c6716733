//! The list of the caller's tasks.

mod actions;
mod bulk;
mod columns;
mod filters;
mod keys;
mod live;
mod modules;
mod outcomes;
mod query;
mod row;
mod rows;
mod spark;
mod table;
mod texts;

use crate::api::Page;
use crate::api::tasks::{self, TaskObject};
use crate::components::icon::{Icon, Shape};
use crate::components::page_title::PageTitle;
use crate::components::{later::later, notice::Notice, pager::Pager, signed_in::SignedIn};
use crate::i18n::{texts as common, use_i18n};
use crate::page_data::{Loaded, PageData};
use crate::person::use_person;
use actions::Actions;
use bulk::BulkBar;
use columns::Hidden;
use domain::user::User;
use filters::Filters;
use keys::KeyHelp;
use leptos::html::Input;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use query::{ListQuery, PAGE_SIZE};
use rows::Rows;
use table::TaskTable;

/// The choice of columns among those that belong to a person.
const COLUMNS_KEY: &str = "hidden_columns";

/// `/`, with the filters, the order and the page in the query.
#[component]
pub fn TaskListPage() -> impl IntoView {
    let params = use_query_map();
    let query = Memo::new(move |_| ListQuery::read(&params.read()));
    let list = PageData::new(move || query.get(), |_, query| tasks::list(query.wanted()));
    modules::provide_module_names();
    filters::provide_owners();
    view! { <SignedIn view=move |user| view! { <TaskList user query list /> }.into_any() /> }
}

#[component]
fn TaskList(user: User, query: Memo<ListQuery>, list: PageData<Page<TaskObject>>) -> impl IntoView {
    let t = use_i18n();
    let person = use_person();
    let hidden = Hidden::read(untrack(|| person.get(COLUMNS_KEY)).as_ref());
    let columns_changed = move || person.set(COLUMNS_KEY, hidden.value());
    let search = NodeRef::<Input>::new();
    let help = RwSignal::new(false);
    let shown = move |page: Page<TaskObject>| {
        let query = query.get_untracked();
        let again = Callback::new(move |()| list.again());
        match page.items.is_empty() {
            false => view! { <Tasks page query hidden search help again /> }.into_any(),
            true if page.total == 0 && !query.is_filtered() => view! { <NoTasks query again /> }.into_any(),
            true => view! { <NoMatch beyond={page.total > 0} first=query.at_page(1).href() /> }.into_any(),
        }
    };
    view! {
        <PageTitle text=Signal::derive(move || t.text(&common::TASKS)().to_owned()) />
        <main id="content" class="page">
            <div class="page-head">
                <h1>{t.text(&common::TASKS)}</h1>
                <a class="button button-accent" href="/task/new">
                    <Icon shape=Shape::Plus />
                    {t.text(&texts::NEW_TASK)}
                </a>
            </div>
            {later(move || view! { <Filters query root=user.is_root() hidden columns_changed search /> }.into_any())}
            <Loaded data=list failed=&common::TASKS_FAILED view=shown />
        </main>
        {later(move || view! { <KeyHelp open=help /> }.into_any())}
    }
}

#[component]
fn Tasks(
    page: Page<TaskObject>,
    query: ListQuery,
    hidden: Hidden,
    search: NodeRef<Input>,
    help: RwSignal<bool>,
    again: Callback<()>,
) -> impl IntoView {
    let first = (query.page - 1) * PAGE_SIZE + 1;
    let (last, total) = (first + page.items.len() as u64 - 1, page.total);
    let rows = Rows::of(query.in_order(page.items));
    let actions = Actions::new(rows);
    provide_context(actions);
    outcomes::provide_outcomes(rows);
    let connected = RwSignal::new(true);
    live::keep_up(rows, query.clone(), connected);
    keys::listen(rows, actions, search, help);
    let (number, pages) = (query.page, query.clone());
    view! {
        <News rows connected again />
        {view! { <TaskTable rows query hidden /> }.into_any()}
        {view! { <Pager page=number first last total href=move |page| pages.at_page(page).href() /> }.into_any()}
        {view! { <BulkBar rows /> }.into_any()}
    }
}

/// What the server told that is not in the rows. It has a place of its own, so that nothing moves when it comes.
#[component]
fn News(rows: Rows, connected: RwSignal<bool>, again: Callback<()>) -> impl IntoView {
    let t = use_i18n();
    let news = move || match (connected.get(), rows.unseen.with(Vec::len), rows.stale.get()) {
        (false, ..) => Some((t.text(&texts::NOT_LIVE)().to_owned(), false)),
        (true, 0, true) => Some((t.text(&texts::LIST_CHANGED)().to_owned(), true)),
        (true, 0, false) => None,
        (true, n, _) => Some((texts::unseen(t.lang(), n), true)),
    };
    view! {
        <div class="news" role="status">
            {move || news().map(|(text, button)| view! {
                <span>{text}</span>
                {button.then(|| view! {
                    <button type="button" class="link" on:click=move |_| again.run(())>{t.text(&texts::SHOW_NEW)}</button>
                })}
            })}
        </div>
    }
}

/// The way to the first task. Should one come by another way, it is shown.
#[component]
fn NoTasks(query: ListQuery, again: Callback<()>) -> impl IntoView {
    let t = use_i18n();
    let rows = Rows::of(vec![]);
    live::keep_up(rows, query, RwSignal::new(true));
    Effect::new(move |_| {
        if rows.unseen.with(|unseen| !unseen.is_empty()) || rows.stale.get() {
            again.run(());
        }
    });
    view! {
        <Notice heading=t.text(&texts::FIRST_TASK)>
            <p class="max-w-prose text-muted">{t.text(&texts::FIRST_TASK_HINT)}</p>
            <a class="button button-accent" href="/task/new">
                <Icon shape=Shape::Plus />
                {t.text(&texts::NEW_TASK)}
            </a>
        </Notice>
    }
}

#[component]
fn NoMatch(beyond: bool, first: String) -> impl IntoView {
    let t = use_i18n();
    let (heading, way, text) = if beyond {
        (&common::NOTHING_HERE, first, &common::FIRST_PAGE)
    } else {
        (&texts::NO_MATCH, "/".to_owned(), &texts::CLEAR_FILTERS)
    };
    view! {
        <Notice heading=t.text(heading)>
            <a class="button" href=way>
                {t.text(text)}
            </a>
        </Notice>
    }
}
