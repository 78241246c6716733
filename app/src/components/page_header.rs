//! The bar above every page.

use crate::api;
use crate::components::icon::{Icon, Shape};
use crate::components::later::later;
use crate::components::{language_switch::LanguageSwitch, logo::Logo, theme_switch::ThemeSwitch};
use crate::i18n::{texts, use_i18n};
use crate::person::use_person;
use crate::session::use_session;
use crate::viewer::use_viewer;
use domain::L10n;
use domain::user::User;
use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// Home, the pages, and who is logged in.
#[component]
pub fn PageHeader(
    /// Who; `None` if nobody is.
    #[prop(optional_no_strip)]
    user: Option<User>,
) -> impl IntoView {
    let t = use_i18n();
    let bar = later(move || view! { <Bar user /> }.into_any());
    view! {
        <a class="skip-link" href="#content">
            {t.text(&texts::SKIP_TO_CONTENT)}
        </a>
        {bar}
    }
}

#[component]
fn Bar(user: Option<User>) -> impl IntoView {
    let pages = user.as_ref().map(|user| view! { <Pages root=user.is_root() /> });
    view! {
        <header class="border-b border-line bg-surface">
            <div class="mx-auto flex max-w-page flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2">
                <a class="mr-auto rounded sm:mr-2" href="/">
                    <Logo />
                </a>
                {pages}
                {match user {
                    Some(user) => view! { <UserMenu name=user.generated_displayname /> }.into_any(),
                    None => view! { <LanguageSwitch /> }.into_any(),
                }}
            </div>
        </header>
    }
}

#[component]
fn Pages(root: bool) -> impl IntoView {
    let t = use_i18n();
    view! {
        <nav class="order-last flex w-full gap-1 overflow-x-auto sm:order-none sm:mr-auto sm:w-auto" aria-label=t.text(&texts::NAVIGATION)>
            <PageLink href="/" text=&texts::TASKS also="/task" />
            <PageLink href="/overview" text=&texts::OVERVIEW />
            {root.then(|| view! { <PageLink href="/people" text=&texts::PEOPLE also="/people/ /mail" /> })}
            <a class="nav-link" href="/api/docs" rel="external">
                {t.text(&texts::API_DOCS)}
            </a>
        </nav>
    }
}

#[component]
fn PageLink(
    href: &'static str,
    text: &'static L10n,
    /// How the addresses of pages below it begin.
    #[prop(optional)]
    also: &'static str,
) -> impl IntoView {
    let t = use_i18n();
    let path = use_location().pathname;
    let current = move || {
        let path = path.read();
        let here = path.as_str() == href || also.split_whitespace().any(|also| path.starts_with(also));
        here.then_some("page")
    };
    view! {
        <a class="nav-link" href=href aria-current=current>
            {t.text(text)}
        </a>
    }
}

/// Opens without the bundle, too.
#[component]
fn UserMenu(name: String) -> impl IntoView {
    let t = use_i18n();
    let viewer = use_viewer();
    let session = use_session();
    let person = use_person();
    let shown = move || person.name().unwrap_or_else(|| name.clone());
    let log_out = Action::new_local(move |(): &()| async move {
        // Whether it worked or not: asking who is logged in shows the truth.
        _ = api::log_out().await;
        session.refresh();
    });
    view! {
        <details class="menu">
            <summary class="button-quiet flex items-center gap-1">
                <Icon shape=Shape::Person />
                <span class="max-w-name truncate">{shown}</span>
            </summary>
            <div class="menu-panel">
                <a class="menu-item" href="/profile">
                    {t.text(&texts::PROFILE)}
                </a>
                <div class="menu-group">
                    <LanguageSwitch />
                    <ThemeSwitch />
                </div>
                <button type="button" class="menu-item" disabled=move || !viewer.hydrated() on:click=move |_| _ = log_out.dispatch(())>
                    {t.text(&texts::LOG_OUT)}
                </button>
            </div>
        </details>
    }
}
