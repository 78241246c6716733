//! All users: `/people?q=ann&page=2`.

use super::places::Places;
use super::root_only::RootOnly;
use super::texts;
use crate::api::users::{self, User, UserObject};
use crate::api::{Page, encoded};
use crate::components::icon::{Icon, Shape};
use crate::components::page_title::PageTitle;
use crate::components::{moment::Moment, notice::Notice, signed_in::SignedIn};
use crate::i18n::{texts as common, use_i18n};
use crate::page_data::{Loaded, PageData};
use domain::{Lang, UserId};
use leptos::ev::SubmitEvent;
use leptos::html::Input;
use leptos::prelude::*;
use leptos_router::hooks::{use_navigate, use_query_map};

const PAGE_SIZE: u64 = 50;

/// The page.
#[component]
pub fn PeoplePage() -> impl IntoView {
    let query = use_query_map();
    let wanted = Memo::new(move |_| {
        let query = query.read();
        let page = query.get_str("page").and_then(|n| n.parse().ok()).map_or(1, |n: u64| n.clamp(1, 1_000_000_000));
        Wanted { q: query.get_str("q").unwrap_or_default().to_owned(), page }
    });
    let people = PageData::new(
        move || wanted.get(),
        async |user: User, wanted| match user.is_root() {
            true => users::list(&wanted.q, (wanted.page - 1) * PAGE_SIZE, PAGE_SIZE).await,
            false => Ok(Page { items: vec![], total: 0 }),
        },
    );
    let shown = move |user: User| view! { <People own=user.id wanted people /> }.into_any();
    view! { <SignedIn view=move |user| view! { <RootOnly user view=shown /> }.into_any() /> }
}

/// What the address asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wanted {
    q: String,
    page: u64,
}

impl Wanted {
    fn href(&self) -> String {
        let q = if self.q.is_empty() { String::new() } else { format!("q={}", encoded(&self.q)) };
        let page = if self.page > 1 { format!("page={}", self.page) } else { String::new() };
        let query: Vec<&str> = [q.as_str(), page.as_str()].into_iter().filter(|part| !part.is_empty()).collect();
        if query.is_empty() { "/people".to_owned() } else { format!("/people?{}", query.join("&")) }
    }
}

#[component]
fn People(own: UserId, wanted: Memo<Wanted>, people: PageData<Page<UserObject>>) -> impl IntoView {
    let t = use_i18n();
    let shown = move |list: Page<UserObject>| {
        if list.items.is_empty() {
            return view! { <Nobody /> }.into_any();
        }
        view! { <Table list wanted=wanted.get_untracked() own /> }.into_any()
    };
    view! {
        <PageTitle text=Signal::derive(move || t.text(&common::PEOPLE)().to_owned()) />
        <main id="content" class="page">
            <Places here="/people" />
            <div class="page-head">
                <h1>{t.text(&common::PEOPLE)}</h1>
                <a class="button button-accent" href="/people/new"><Icon shape=Shape::Plus />{t.text(&texts::NEW_PERSON)}</a>
            </div>
            <SearchForm wanted />
            <Loaded data=people failed=&texts::LIST_FAILED view=shown />
        </main>
    }
}

/// Works without the bundle, too: it is a plain form then.
#[component]
fn SearchForm(wanted: Memo<Wanted>) -> impl IntoView {
    let t = use_i18n();
    let navigate = use_navigate();
    let field = NodeRef::<Input>::new();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let q = super::field::typed(field);
        navigate(&Wanted { q, page: 1 }.href(), Default::default());
    };
    view! {
        <form class="people-search" role="search" method="get" action="/people" on:submit=submit>
            <input
                class="field"
                type="search"
                name="q"
                aria-label=t.text(&texts::SEARCH)
                placeholder=t.text(&texts::SEARCH_IN)
                value=move || wanted.read().q.clone()
                prop:value=move || wanted.read().q.clone()
                node_ref=field
            />
            <button type="submit" class="button"><Icon shape=Shape::Search />{t.text(&texts::SEARCH)}</button>
        </form>
    }
}

#[component]
fn Table(list: Page<UserObject>, wanted: Wanted, own: UserId) -> impl IntoView {
    let t = use_i18n();
    let head = |text| view! { <th scope="col" role="columnheader">{t.text(text)}</th> };
    let first = (wanted.page - 1) * PAGE_SIZE + 1;
    let last = first + list.items.len() as u64 - 1;
    let rows = list.items.into_iter().map(|object| view! { <Row user=object.user own /> }).collect_view();
    view! {
        <div class="card">
            <table class="list people" role="table" aria-label=t.text(&common::PEOPLE)>
                <thead role="rowgroup">
                    <tr role="row">
                        {head(&texts::NAME)} {head(&texts::LOGIN)} {head(&texts::EMAIL)} {head(&texts::RIGHTS)}
                        {head(&texts::LANGUAGE)} {head(&texts::CREATED)}
                    </tr>
                </thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        </div>
        <Pages wanted first last total=list.total />
    }
}

#[component]
fn Row(user: User, own: UserId) -> impl IntoView {
    let t = use_i18n();
    let you = (user.id == own).then(|| view! { <span class="chip">{t.text(&texts::YOU)}</span> });
    let language = match user.language {
        Lang::De => "Deutsch",
        Lang::En => "English",
    };
    let rights = if user.system_rights.is_empty() {
        view! { <span class="text-muted">{t.text(&texts::NO_RIGHTS)}</span> }.into_any()
    } else {
        user.system_rights
            .into_iter()
            .map(|right| view! { <code class="chip">{right}</code> })
            .collect_view()
            .into_any()
    };
    let email = if user.email.is_empty() {
        view! { <span class="text-muted"><span aria-hidden="true">"–"</span><span class="sr-only">{t.text(&texts::NO_EMAIL)}</span></span> }
            .into_any()
    } else {
        user.email.into_any()
    };
    view! {
        <tr role="row">
            <th role="rowheader" scope="row"><a class="link" href=format!("/people/{}", user.id)>{user.generated_displayname}</a> {you}</th>
            <td role="cell" data-label=t.text(&texts::LOGIN)>{user.login}</td>
            <td role="cell" data-label=t.text(&texts::EMAIL)>{email}</td>
            <td role="cell" data-label=t.text(&texts::RIGHTS) class="chips">{rights}</td>
            <td role="cell" data-label=t.text(&texts::LANGUAGE) lang=user.language.tag()>{language}</td>
            <td role="cell" data-label=t.text(&texts::CREATED)><Moment at=Some(user.created_at) none=&texts::NEVER /></td>
        </tr>
    }
}

#[component]
fn Pages(wanted: Wanted, first: u64, last: u64, total: u64) -> impl IntoView {
    let t = use_i18n();
    let href = |page| Wanted { page, ..wanted.clone() }.href();
    let previous = (wanted.page > 1).then(|| {
        view! { <a class="button" rel="prev" href=href(wanted.page - 1)><Icon shape=Shape::Left />{t.text(&common::PREVIOUS)}</a> }
    });
    let next = (last < total).then(|| {
        view! { <a class="button" rel="next" href=href(wanted.page + 1)>{t.text(&common::NEXT)}<Icon shape=Shape::Right /></a> }
    });
    view! {
        <nav class="flex flex-wrap items-center justify-end gap-2 pt-4" aria-label=t.text(&common::PAGES)>
            <p class="mr-auto text-muted tabular-nums">{move || common::range(t.lang(), first, last, total)}</p>
            {previous}
            {next}
        </nav>
    }
}

#[component]
fn Nobody() -> impl IntoView {
    let t = use_i18n();
    view! {
        <Notice heading=t.text(&texts::NOBODY_FOUND)>
            <a class="button" href="/people">{t.text(&texts::SEARCH_END)}</a>
        </Notice>
    }
}

#[cfg(test)]
mod tests {
    use super::Wanted;

    #[test]
    fn the_address_holds_the_search_and_the_page() {
        let href = |q: &str, page| Wanted { q: q.to_owned(), page }.href();
        assert_eq!(href("", 1), "/people");
        assert_eq!(href("a&b", 1), "/people?q=a%26b");
        assert_eq!(href("a", 2), "/people?q=a&page=2");
        assert_eq!(href("", 2), "/people?page=2");
    }
}
