//! New tasks and changes to old ones: one form.

mod builder;
mod conflict;
mod draft;
mod fields;
mod form;
mod guard;
mod lines;
mod module_picker;
mod options;
mod params;
mod preview;
mod rules;
mod schedule;
mod texts;
mod when;

use crate::api::modules::ModuleSpec;
use crate::api::tasks::Task;
use crate::api::{ApiError, modules, tasks, users};
use crate::components::page_title::PageTitle;
use crate::components::signed_in::SignedIn;
use crate::i18n::{texts as common, use_i18n};
use crate::page_data::{Loaded, PageData};
use domain::TaskId;
use domain::user::User;
use form::Form;
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

/// `/task/new`, with `?from=7` for a copy and `now=1` for one that is to run at once.
#[component]
pub fn NewTaskPage() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let number = |text: Option<&str>| text.and_then(|id| id.parse().ok()).map(TaskId);
    let id = Memo::new(move |_| number(params.read().get_str("id")));
    let from = Memo::new(move |_| number(query.read().get_str("from")));
    let now = Memo::new(move |_| query.read().get_str("now").is_some());
    let loaded = PageData::new(
        move || (id.get(), from.get()),
        move |user, (id, from)| start(id, from, now.get_untracked(), user),
    );
    view! { <SignedIn view=move |user| view! { <Editor user id loaded /> }.into_any() /> }
}

/// `/task/7/edit`.
#[component]
pub fn EditTaskPage() -> impl IntoView {
    NewTaskPage()
}

/// What the form begins with.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
struct Start {
    task: Option<Task>,
    copy: bool,
    now: bool,
    specs: Vec<ModuleSpec>,
    people: Vec<String>,
}

async fn start(id: Option<TaskId>, from: Option<TaskId>, now: bool, user: User) -> Result<Start, ApiError> {
    // Both calls are begun before either is waited for: that is where the server looks for who asks.
    let (specs, people) = (modules::list(), users::list("", 0, 200));
    let root = user.is_root();
    let task = id.or(from).map(tasks::one);
    let task = match task {
        Some(task) => Some(task.await?.task),
        None => None,
    };
    let specs = specs.await?;
    // Suggestions only: without them addresses are typed.
    let people = if root { people.await.map(|page| page.items).unwrap_or_default() } else { vec![] };
    let people = people.into_iter().map(|object| object.user.email).filter(|email| !email.is_empty()).collect();
    Ok(Start { task, copy: id.is_none(), now, specs, people })
}

#[component]
fn Editor(user: User, id: Memo<Option<TaskId>>, loaded: PageData<Start>) -> impl IntoView {
    let t = use_i18n();
    let heading = move || t.text(if id.get().is_some() { &texts::EDIT_TASK } else { &texts::NEW_TASK })();
    let user = StoredValue::new(user);
    let shown = move |start: Start| {
        let draft = draft::Draft::new(start.task, start.copy, start.now, &start.specs);
        let again = Callback::new(move |()| loaded.again());
        view! { <Form draft specs=start.specs people=start.people user=user.get_value() again /> }.into_any()
    };
    view! {
        <PageTitle text=Signal::derive(move || heading().to_string()) />
        <main id="content" class="page editor">
            <div class="page-head">
                <h1>{heading}</h1>
            </div>
            <Loaded data=loaded failed=&texts::FAILED missing=&common::TASK_MISSING view=shown />
        </main>
    }
}
