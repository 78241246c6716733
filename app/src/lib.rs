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
pub mod task_options;
pub mod task_prefs;
pub mod theme;
pub mod viewer;

use crate::pages::{not_found::NotFound, parts};
use leptos::prelude::*;
use leptos_meta::{Html, provide_meta_context};
use leptos_router::components::{FlatRoutes, Route, Router};
use leptos_router::{Lazy, path};

/// Writes to the browser's console.
pub fn complain(text: &str) {
    web_sys::console::error_1(&text.into());
}

/// Takes over the page that the server rendered, in the browser. Its part is loaded first: what happened between the app's start
/// and the page's would otherwise be drawn before the server's rendering is taken over.
#[cfg(feature = "hydrate")]
pub async fn take_over() {
    let named = document().query_selector(&format!("meta[name={}]", shell::ROUTE)).ok().flatten();
    let route = named.and_then(|meta| meta.get_attribute("content")).unwrap_or_default();
    // What cannot be loaded has been told to the console; the page stays readable.
    if parts::load(&route).await && parts::load_drawn().await {
        leptos::mount::hydrate_body(App);
    }
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
            <FlatRoutes fallback=NotFound>
                <Route path=path!("/") view={Lazy::<parts::TaskList>::new()} />
                <Route path=path!("/task/new") view={Lazy::<parts::NewTask>::new()} />
                <Route path=path!("/task/:id") view={Lazy::<parts::Task>::new()} />
                <Route path=path!("/task/:id/log") view={Lazy::<parts::Log>::new()} />
                <Route path=path!("/task/:id/edit") view={Lazy::<parts::EditTask>::new()} />
                <Route path=path!("/overview") view={Lazy::<parts::Overview>::new()} />
                <Route path=path!("/people") view={Lazy::<parts::People>::new()} />
                <Route path=path!("/people/:id") view={Lazy::<parts::Person>::new()} />
                <Route path=path!("/mail") view={Lazy::<parts::Mail>::new()} />
                <Route path=path!("/mail/outbox") view={Lazy::<parts::Outbox>::new()} />
                <Route path=path!("/profile") view={Lazy::<parts::Profile>::new()} />
            </FlatRoutes>
        </Router>
    }
}
