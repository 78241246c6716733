//! The pages as parts of the browser bundle, each loaded with the first visit to one of its pages.
//!
//! On the server they are ordinary pages; it tells the browser early which files the page at hand needs. What takes the place of any
//! page, for who is not let in yet, is a part of its own, which says in the document that it is there: `data-part="door"`.

use crate::components::notice::Notice;
use crate::i18n::{texts, use_i18n};
use crate::pages::editor::{EditTaskPage, NewTaskPage};
use crate::pages::log::LogPageView;
use crate::pages::login::LoginPage;
use crate::pages::mail::{MailPage, OutboxPage};
use crate::pages::overview::OverviewPage;
use crate::pages::people::{PeoplePage, PersonPage};
use crate::pages::profile::{FirstPassword, ProfilePage};
use crate::pages::{task::TaskPage, task_list::TaskListPage};
use domain::UserId;
use leptos::prelude::*;
use leptos::wasm_split::{SplitLoaderError, wasm_split};
use leptos_router::LazyRoute;

/// A part that could not be loaded: no connection, or a server of another version by now.
struct NotLoaded;

impl From<SplitLoaderError> for NotLoaded {
    fn from(_: SplitLoaderError) -> Self {
        // The loader has told the console why.
        NotLoaded
    }
}

/// Each `Route` is the page `Page` of a part, which is loaded by calling `function`, or ahead of that by `load`.
macro_rules! pages {
    ($($Route:ident: $Page:ident in $part:ident, $function:ident, $load:ident;)*) => {
        $(
            #[doc = concat!("`", stringify!($Page), "`, once its part is loaded.")]
            pub struct $Route;

            #[wasm_split($part, wasm_split_path = leptos::wasm_split, preload($load), fallible)]
            fn $function() -> Result<AnyView, NotLoaded> {
                Ok(view! { <$Page /> }.into_any())
            }

            impl LazyRoute for $Route {
                fn data() -> Self {
                    $Route
                }

                async fn view(_: Self) -> AnyView {
                    #[cfg(feature = "ssr")]
                    crate::shell::announce(stringify!($Route), stringify!($part));
                    $function().await.unwrap_or_else(|NotLoaded| missing())
                }
            }
        )*

        /// Loads what a page needs, by its route's name, so that it can be drawn without a wait. False where it cannot be loaded.
        pub async fn load(route: &str) -> bool {
            match route {
                $(stringify!($Route) => $load().await.is_ok(),)*
                _ => true,
            }
        }
    };
}

pages! {
    TaskList: TaskListPage in list, task_list_page, load_task_list;
    NewTask: NewTaskPage in editor, new_task_page, load_new_task;
    EditTask: EditTaskPage in editor, edit_task_page, load_edit_task;
    Task: TaskPage in task, task_page, load_task;
    Log: LogPageView in task, log_page, load_log;
    Overview: OverviewPage in more, overview_page, load_overview;
    People: PeoplePage in more, people_page, load_people;
    Person: PersonPage in more, person_page, load_person;
    Mail: MailPage in more, mail_page, load_mail;
    Outbox: OutboxPage in more, outbox_page, load_outbox;
    Profile: ProfilePage in more, profile_page, load_profile;
}

#[wasm_split(door, wasm_split_path = leptos::wasm_split, preload(load_door), fallible)]
fn login_page() -> Result<AnyView, NotLoaded> {
    Ok(view! { <LoginPage /> }.into_any())
}

#[wasm_split(door, wasm_split_path = leptos::wasm_split, fallible)]
fn first_password_page(user: i64) -> Result<AnyView, NotLoaded> {
    Ok(view! { <FirstPassword user=UserId(user) /> }.into_any())
}

/// The form for who is not logged in.
pub async fn login() -> AnyView {
    login_page().await.unwrap_or_else(|NotLoaded| missing())
}

/// The form for who has to choose a password before anything else.
pub async fn first_password(user: UserId) -> AnyView {
    first_password_page(user.0).await.unwrap_or_else(|NotLoaded| missing())
}

/// Loads what the server drew in place of a page, if it did. False where it cannot be loaded.
#[cfg(feature = "hydrate")]
pub async fn load_drawn() -> bool {
    match document().query_selector("[data-part=door]") {
        Ok(Some(_)) => load_door().await.is_ok(),
        _ => true,
    }
}

fn missing() -> AnyView {
    view! { <PartMissing /> }.into_any()
}

/// Says that the page is not there yet, and tries again as a whole: a newer server has other files.
#[component]
fn PartMissing() -> impl IntoView {
    let t = use_i18n();
    let again = move |_| {
        _ = window().location().reload();
    };
    view! {
        <main id="content" class="page">
            <Notice heading=t.text(&texts::PAGE_NOT_LOADED) alert=true>
                <button type="button" class="button" on:click=again>
                    {t.text(&texts::TRY_AGAIN)}
                </button>
            </Notice>
        </main>
    }
}
