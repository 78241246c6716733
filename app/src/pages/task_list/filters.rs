//! Which tasks: a form that works as one before the page is hydrated, and at once afterwards.

use super::columns::{ColumnMenu, Hidden};
use super::modules::use_module_names;
use super::query::ListQuery;
use super::texts;
use crate::api::users;
use crate::components::icon::{Icon, Shape};
use crate::components::status_badge;
use crate::i18n::{texts as common, use_i18n};
use crate::page_data::PageData;
use domain::run::Status;
use domain::user::User;
use domain::{L10n, UserId};
use leptos::html::Input;
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use std::time::Duration;

/// So long after the last letter the list is searched.
const PAUSE: Duration = Duration::from_millis(250);
/// Most users to choose from.
const MAX_USERS: u64 = 200;

/// Whose tasks can be asked for: id and name, for root only.
#[derive(Clone, Copy)]
struct Owners(PageData<Vec<(UserId, String)>>);

/// Gives the filters the users to choose from.
pub fn provide_owners() {
    let load = async |user: User, ()| {
        if !user.is_root() {
            return Ok(vec![]);
        }
        let found = users::list("", 0, MAX_USERS).await?;
        Ok(found.items.into_iter().map(|object| (object.user.id, object.user.generated_displayname)).collect())
    };
    provide_context(Owners(PageData::new(|| (), load)));
}

/// Search, filters, columns.
#[component]
pub fn Filters(
    /// What the address says.
    query: Memo<ListQuery>,
    /// Whether the caller sees everyone's tasks.
    root: bool,
    /// Which columns are hidden.
    hidden: Hidden,
    /// Told when that changes.
    columns_changed: impl Fn() + Copy + Send + 'static,
    /// The search field, for the keyboard.
    search: NodeRef<Input>,
) -> impl IntoView {
    let t = use_i18n();
    let navigate = use_navigate();
    let go = Callback::new(move |to: ListQuery| {
        if to.href() != query.get_untracked().href() {
            navigate(&to.href(), NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() });
        }
    });
    let keep = move |name: &'static str, value: fn(&ListQuery) -> String| {
        view! { <input type="hidden" name=name prop:value=move || query.with(value) value=query.with_untracked(value) /> }
    };
    view! {
        <form class="filters" method="get" action="/" role="search" on:submit=|event| event.prevent_default()>
            <Search query go text=SEARCH field=search />
            <StatusChoice query go />
            <ModuleChoice query go />
            {root.then(|| view! { <OwnerChoice query go /> })}
            <Search query go text=TAG field=NodeRef::new() />
            {keep("sort", |q| q.sort.clone())}
            {keep("order", |q| if q.ascending { "asc".to_owned() } else { String::new() })}
            <button type="submit" class="button without-script">
                {t.text(&texts::APPLY)}
            </button>
            {move || query.with(ListQuery::is_filtered).then(|| view! {
                <a class="button-quiet inline-flex items-center gap-1" href="/">
                    <Icon shape=Shape::Close />
                    {t.text(&texts::CLEAR_FILTERS)}
                </a>
            })}
            <span class="grow"></span>
            <ColumnMenu hidden changed=columns_changed />
        </form>
    }
}

/// A text of the address.
#[derive(Clone, Copy)]
struct Text {
    name: &'static str,
    label: &'static L10n,
    hint: &'static L10n,
    of: fn(&mut ListQuery) -> &mut String,
}

const SEARCH: Text = Text { name: "q", label: &texts::SEARCH, hint: &texts::SEARCH_HINT, of: |query| &mut query.q };
const TAG: Text = Text { name: "tag", label: &texts::TAG, hint: &texts::TAG, of: |query| &mut query.tag };

#[component]
fn Search(query: Memo<ListQuery>, go: Callback<ListQuery>, text: Text, field: NodeRef<Input>) -> impl IntoView {
    let t = use_i18n();
    let now = move |mut query: ListQuery| std::mem::take((text.of)(&mut query));
    let waiting = StoredValue::new(None::<TimeoutHandle>);
    let typed = move |event| {
        let new = event_target_value(&event).trim().to_owned();
        let later = move || go.run(query.get_untracked().with(|q| (text.of)(q).clone_from(&new)));
        waiting.update_value(|old| {
            old.take().inspect(TimeoutHandle::clear);
            *old = set_timeout_with_handle(later, PAUSE).ok();
        });
    };
    on_cleanup(move || {
        if let Some(Some(old)) = waiting.try_update_value(Option::take) {
            old.clear();
        }
    });
    // What is typed is the field's own; the address only changes it when it says something else.
    Effect::new(move |_| {
        let new = now(query.get());
        if let Some(field) = field.get().filter(|field| field.value().trim() != new) {
            field.set_value(&new);
        }
    });
    let class = if text.name == "tag" { "search tag-search" } else { "search" };
    view! {
        <label class=class>
            <span class="sr-only">{t.text(text.label)}</span>
            <Icon shape=if text.name == "tag" { Shape::Tag } else { Shape::Search } />
            <input
                type="search"
                name=text.name
                class="field"
                maxlength="200"
                autocomplete="off"
                placeholder=t.text(text.hint)
                value=now(query.get_untracked())
                node_ref=field
                on:input=typed
            />
        </label>
    }
}

/// A choice of one value of the address.
#[component]
fn Choice(
    name: &'static str,
    label: &'static L10n,
    #[prop(into)] value: Signal<String>,
    #[prop(into)] options: Signal<Vec<(String, String)>>,
    chosen: Callback<String>,
) -> impl IntoView {
    let t = use_i18n();
    let shown = move || {
        let current = value.get();
        let option = |(key, text): (String, String)| {
            let selected = key == current;
            view! { <option value=key selected=selected>{text}</option> }
        };
        options.get().into_iter().map(option).collect_view()
    };
    view! {
        <select name=name class="select" aria-label=t.text(label) prop:value=move || value.get() on:change=move |event| chosen.run(event_target_value(&event))>
            {shown}
        </select>
    }
}

#[component]
fn StatusChoice(query: Memo<ListQuery>, go: Callback<ListQuery>) -> impl IntoView {
    let t = use_i18n();
    let options = Signal::derive(move || {
        let any = (String::new(), t.text(&texts::ANY_STATUS)().to_owned());
        let word = |status: Status| (status.as_str().to_owned(), t.text(status_badge::word(status))().to_owned());
        std::iter::once(any).chain(Status::ALL.map(word)).collect()
    });
    let chosen = Callback::new(move |status: String| go.run(query.get_untracked().with(|q| q.status = status)));
    let value = Signal::derive(move || query.with(|q| q.status.clone()));
    view! { <Choice name="status" label=&common::COLUMN_STATUS value options chosen /> }
}

#[component]
fn ModuleChoice(query: Memo<ListQuery>, go: Callback<ListQuery>) -> impl IntoView {
    let t = use_i18n();
    let names = use_module_names();
    let options = Signal::derive(move || {
        let any = (String::new(), t.text(&texts::ANY_MODULE)().to_owned());
        let mut all: Vec<(String, String)> =
            names.pairs().into_iter().map(|(name, text)| (name, text.get(t.lang()).to_owned())).collect();
        all.sort_by(|a, b| a.1.cmp(&b.1));
        // One that is not installed any more can still be asked for.
        let asked = query.with(|q| q.module.clone());
        if !asked.is_empty() && all.iter().all(|(name, _)| *name != asked) {
            all.push((asked.clone(), asked));
        }
        std::iter::once(any).chain(all).collect()
    });
    let chosen = Callback::new(move |module: String| go.run(query.get_untracked().with(|q| q.module = module)));
    let value = Signal::derive(move || query.with(|q| q.module.clone()));
    let choice = move || {
        Suspend::new(async move {
            names.ready().await;
            view! { <Choice name="module" label=&common::COLUMN_MODULE value options chosen /> }
        })
    };
    view! { <Transition>{choice}</Transition> }
}

#[component]
fn OwnerChoice(query: Memo<ListQuery>, go: Callback<ListQuery>) -> impl IntoView {
    let t = use_i18n();
    let Owners(people) = expect_context();
    let options = Signal::derive(move || {
        let found = people.known().unwrap_or_default();
        let mut all = vec![
            (String::new(), t.text(&texts::EVERYONE)().to_owned()),
            ("me".to_owned(), t.text(&texts::MINE)().to_owned()),
        ];
        all.extend(found.into_iter().map(|(id, name)| (id.to_string(), name)));
        all
    });
    let chosen = Callback::new(move |owner: String| go.run(query.get_untracked().with(|q| q.owner = owner)));
    let value = Signal::derive(move || query.with(|q| q.owner.clone()));
    let choice = move || {
        Suspend::new(async move {
            // Without them there are still the first two.
            people.settled().await;
            view! { <Choice name="owner" label=&texts::OWNER value options chosen /> }
        })
    };
    view! { <Transition>{choice}</Transition> }
}
