//! Rota's web app. The server renders it, the browser takes it over; both ask the same REST API.

// Views nest types deeply.
#![recursion_limit = "256"]

pub mod api;
pub mod components;
pub mod connection;
pub mod i18n;
pub mod live;
pub mod page_data;
pub mod pages;
pub mod person;
pub mod prefs;
pub mod session;
pub mod shell;
pub mod task_prefs;
pub mod theme;
pub mod viewer;

use crate::pages::editor::{EditTaskPage, NewTaskPage};
use crate::pages::{log::LogPageView, not_found::NotFound, task::TaskPage, task_list::TaskListPage};
use crate::pages::{overview::OverviewPage, people::PeoplePage, people::PersonPage, profile::ProfilePage};
use leptos::prelude::*;
use leptos_meta::{Html, provide_meta_context};
use leptos_router::components::{Route, Router, Routes};
use leptos_router::path;

/// Writes to the browser's console.
pub fn complain(text: &str) {
    web_sys::console::error_1(&text.into());
}

/// The app: everything inside `<body>`.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    let i18n = i18n::provide_i18n();
    let themed = theme::provide_theme();
    viewer::provide_viewer();
    session::provide_session();
    person::provide_person(i18n, themed);
    connection::provide_connection();
    view! {
        <Html attr:lang=move || i18n.lang().tag() attr:data-theme=move || themed.get().name() />
        <Router>
            <Routes fallback=NotFound>
                <Route path=path!("/") view=TaskListPage />
                <Route path=path!("/task/new") view=NewTaskPage />
                <Route path=path!("/task/:id") view=TaskPage />
                <Route path=path!("/task/:id/log") view=LogPageView />
                <Route path=path!("/task/:id/edit") view=EditTaskPage />
                <Route path=path!("/overview") view=OverviewPage />
                <Route path=path!("/people") view=PeoplePage />
                <Route path=path!("/people/:id") view=PersonPage />
                <Route path=path!("/profile") view=ProfilePage />
            </Routes>
        </Router>
    }
}
