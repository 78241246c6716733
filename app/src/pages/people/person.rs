//! One user: `/people/new`, `/people/7`.

use super::confirm::Confirm;
use super::form::PersonForm;
use super::root_only::RootOnly;
use super::texts;
use super::tokens::{Answer, Tokens};
use crate::api::ApiError;
use crate::api::users::{self, User};
use crate::components::icon::{Icon, Shape};
use crate::components::page_title::PageTitle;
use crate::components::signed_in::SignedIn;
use crate::i18n::use_i18n;
use crate::page_data::{Loaded, PageData};
use crate::session::use_session;
use crate::viewer::use_viewer;
use domain::UserId;
use leptos::prelude::*;
use leptos_router::hooks::{use_navigate, use_params_map};

/// The page.
#[component]
pub fn PersonPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.read().get_str("id").map(str::to_owned).unwrap_or_default());
    let person = PageData::new(move || id.get(), load);
    let shown = move |_| view! { <Person person /> }.into_any();
    view! { <SignedIn view=move |user| view! { <RootOnly user view=shown /> }.into_any() /> }
}

/// A user and their tokens; `None` for one who is to be made.
type Known = Option<(User, Answer)>;

async fn load(reader: User, id: String) -> Result<Known, ApiError> {
    if id == "new" || !reader.is_root() {
        return Ok(None);
    }
    // What is no number is no user's: the server says so of 0.
    let id = UserId(id.parse().unwrap_or(0));
    let user = users::one(id).await?;
    Ok(Some((user, users::tokens(id).await)))
}

#[component]
fn Person(person: PageData<Known>) -> impl IntoView {
    let t = use_i18n();
    let shown = |found| view! { <Found found /> }.into_any();
    view! {
        <main id="content" class="page page-narrow">
            <a class="back" href="/people"><Icon shape=Shape::Left />{t.text(&texts::ALL_PEOPLE)}</a>
            <Loaded data=person failed=&texts::PERSON_FAILED missing=&texts::PERSON_MISSING view=shown />
        </main>
    }
}

#[component]
fn Found(found: Known) -> impl IntoView {
    let t = use_i18n();
    let (user, tokens) = found.unzip();
    let name = user.as_ref().map(|user| user.generated_displayname.clone());
    let heading = move || name.clone().unwrap_or_else(|| t.text(&texts::NEW_PERSON)().to_owned());
    let title = heading.clone();
    let rest = user.clone().zip(tokens).map(|(user, tokens)| {
        view! {
            <Tokens user=user.id first=tokens />
            <Delete user />
        }
    });
    view! {
        <PageTitle text=Signal::derive(move || title().to_string()) />
        <div class="page-head"><h1>{heading}</h1></div>
        <PersonForm user />
        {rest}
    }
}

#[component]
fn Delete(user: User) -> impl IntoView {
    let t = use_i18n();
    let viewer = use_viewer();
    let session = use_session();
    let open = RwSignal::new(false);
    let gone = RwSignal::new(false);
    let navigate = use_navigate();
    // Apart from the action, as in the form.
    Effect::new(move |_| {
        if gone.get() {
            navigate("/people", Default::default());
            // Whoever deletes themselves is logged out by that.
            session.refresh();
        }
    });
    let id = user.id;
    let delete = Action::new_local(move |(): &()| async move {
        users::delete(id).await.inspect(|()| {
            open.set(false);
            gone.set(true);
        })
    });
    let problem = move || match delete.value().get() {
        Some(Err(error)) if error.code() == "LastRoot" => Some(t.text(&texts::LAST_ROOT)().to_owned()),
        Some(Err(error)) => Some(error.sentence(t.lang())),
        _ => None,
    };
    let about = format!("{} ({})", user.generated_displayname, user.login);
    view! {
        <section class="card section" aria-labelledby="delete-heading">
            <h2 id="delete-heading">{t.text(&texts::DELETE)}</h2>
            <p class="text-muted">{t.text(&texts::DELETE_MEANS)}</p>
            <div class="form-actions">
                <button type="button" class="button button-danger" disabled=move || !viewer.hydrated() on:click=move |_| open.set(true)>
                    <Icon shape=Shape::Bin />
                    {t.text(&texts::DELETE)}
                </button>
            </div>
            <Confirm
                id="delete"
                open
                question=&texts::DELETE_REALLY
                about
                means=&texts::DELETE_MEANS
                yes=&texts::DELETE_DO
                pending=delete.pending()
                problem=Signal::derive(problem)
                confirmed=Callback::new(move |()| _ = delete.dispatch(()))
            />
        </section>
    }
}
