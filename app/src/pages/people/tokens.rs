//! The API tokens of a user: made, shown once, revoked.

use super::confirm::Confirm;
use super::copy::Copyable;
use super::field::{Field, FormState, Problems, empty, typed};
use super::texts;
use crate::api::users::{self, NewToken, Token};
use crate::api::{ApiError, Page};
use crate::components::moment::Moment;
use crate::i18n::{texts as common, use_i18n};
use crate::viewer::{Viewer, use_viewer};
use domain::{Timestamp, UserId};
use leptos::ev::SubmitEvent;
use leptos::html::Input;
use leptos::prelude::*;
use serde_json::json;

const DAY_MS: i64 = 86_400_000;

/// What was answered when the tokens were asked for.
pub type Answer = Result<Page<Token>, ApiError>;

/// The section.
#[component]
pub fn Tokens(
    /// Whose.
    user: UserId,
    /// The tokens at first.
    first: Answer,
) -> impl IntoView {
    let t = use_i18n();
    let tokens = RwSignal::new(first);
    let asked = RwSignal::new(None::<Token>);
    let reload = Action::new_local(move |(): &()| async move { tokens.set(users::tokens(user).await) });
    let again = move || _ = reload.dispatch(());
    let shown = move || match tokens.get() {
        Ok(page) if page.items.is_empty() => view! { <p class="text-muted">{t.text(&texts::NO_TOKENS)}</p> }.into_any(),
        Ok(page) => view! { <TokenTable tokens=page.items asked /> }.into_any(),
        Err(error) => view! {
            <p class="problem" role="alert">{t.text(&texts::TOKENS_FAILED)} " " {move || error.sentence(t.lang())}</p>
            <button type="button" class="button" on:click=move |_| again()>{t.text(&common::TRY_AGAIN)}</button>
        }
        .into_any(),
    };
    view! {
        <section class="card section" aria-labelledby="tokens-heading">
            <h2 id="tokens-heading">{t.text(&texts::TOKENS)}</h2>
            <p class="text-muted">{t.text(&texts::TOKENS_MEAN)}</p>
            {shown}
            <NewTokenForm user made=again />
            <Revoke user asked done=again />
        </section>
    }
}

#[component]
fn TokenTable(tokens: Vec<Token>, asked: RwSignal<Option<Token>>) -> impl IntoView {
    let t = use_i18n();
    let head = |text| view! { <th scope="col" role="columnheader">{t.text(text)}</th> };
    let rows = tokens.into_iter().map(|token| view! { <Row token asked /> }).collect_view();
    view! {
        <table class="list tokens" role="table" aria-label=t.text(&texts::TOKENS)>
            <thead role="rowgroup">
                <tr role="row">
                    {head(&texts::NAME)} {head(&texts::CREATED)} {head(&texts::EXPIRES)} {head(&texts::USED)} {head(&texts::ACTIONS)}
                </tr>
            </thead>
            <tbody role="rowgroup">{rows}</tbody>
        </table>
    }
}

#[component]
fn Row(token: Token, asked: RwSignal<Option<Token>>) -> impl IntoView {
    let t = use_i18n();
    let viewer = use_viewer();
    let expires = token.expires_at;
    let over = move || expires.is_some_and(|at| at <= viewer.now()).then(|| t.text(&texts::EXPIRED)());
    let (created, used, name) = (token.created_at, token.last_used_at, token.name.clone());
    let named = name.clone();
    view! {
        <tr role="row">
            <th role="rowheader" scope="row">{name}</th>
            <td role="cell" data-label=t.text(&texts::CREATED)><Moment at=Some(created) none=&texts::NEVER /></td>
            <td role="cell" data-label=t.text(&texts::EXPIRES)>
                {match expires {
                    Some(at) => view! { <Moment at=Some(at) none=&texts::NEVER /> <span class="problem">{over}</span> }.into_any(),
                    None => view! { <span class="text-muted">{t.text(&texts::NEVER)}</span> }.into_any(),
                }}
            </td>
            <td role="cell" data-label=t.text(&texts::USED)><Moment at=used none=&texts::NEVER /></td>
            <td role="cell" class="actions">
                <button
                    type="button"
                    class="button"
                    aria-label=move || format!("{}: {named}", t.text(&texts::REVOKE)())
                    disabled=move || !viewer.hydrated()
                    on:click=move |_| asked.set(Some(token.clone()))
                >
                    {t.text(&texts::REVOKE)}
                </button>
            </td>
        </tr>
    }
}

#[component]
fn Revoke(
    user: UserId,
    asked: RwSignal<Option<Token>>,
    done: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let t = use_i18n();
    let open = RwSignal::new(false);
    Effect::new(move |_| {
        if asked.read().is_some() {
            open.set(true);
        }
    });
    Effect::new(move |_| {
        if !open.get() {
            asked.set(None);
        }
    });
    let revoke = Action::new_local(move |id: &domain::TokenId| {
        let call = users::delete_token(user, *id);
        async move {
            call.await.inspect(|()| {
                open.set(false);
                done();
            })
        }
    });
    let problem = move || match revoke.value().get() {
        Some(Err(error)) if !revoke.pending().get() => Some(error.sentence(t.lang())),
        _ => None,
    };
    let confirmed = Callback::new(move |()| {
        if let Some(id) = asked.with_untracked(|token| token.as_ref().map(|token| token.id)) {
            revoke.dispatch(id);
        }
    });
    view! {
        <Confirm
            id="revoke"
            open
            question=&texts::REVOKE_REALLY
            about=Signal::derive(move || asked.read().as_ref().map(|token| token.name.clone()).unwrap_or_default())
            means=&texts::REVOKE_MEANS
            yes=&texts::REVOKE
            pending=revoke.pending()
            problem=Signal::derive(problem)
            confirmed
        />
    }
}

#[component]
fn NewTokenForm(user: UserId, made: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let t = use_i18n();
    let viewer = use_viewer();
    let problems = Problems::default();
    let value = RwSignal::new(None::<String>);
    let (name, expires) = (NodeRef::<Input>::new(), NodeRef::<Input>::new());
    let create = Action::new_local(move |fields: &serde_json::Value| {
        let call = users::create_token(user, fields.clone());
        async move {
            match call.await {
                Ok(NewToken { value: text, .. }) => {
                    value.set(Some(text));
                    empty(name);
                    empty(expires);
                    made();
                }
                Err(error) => {
                    problems.take(error, &["/name", "/expires_at"]);
                    problems.focus();
                }
            }
        }
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        problems.clear();
        if typed(name).is_empty() {
            problems.add("/name", texts::MISSING.clone());
            problems.focus();
        } else if !create.pending().get_untracked() {
            create.dispatch(json!({ "name": typed(name), "expires_at": end_of_day(&typed(expires), viewer) }));
        }
    };
    view! {
        {move || value.get().map(|text| view! { <Made text value /> })}
        <form class="form-row" method="post" novalidate on:submit=submit>
            <Field id="token-name" label=&texts::TOKEN_NAME hint=&texts::TOKEN_NAME_HINT field=name problems at="/name" />
            <Field
                id="token-expires"
                kind="date"
                label=&texts::TOKEN_EXPIRES
                hint=&texts::TOKEN_EXPIRES_HINT
                field=expires
                problems
                at="/expires_at"
            />
            <button type="submit" class="button" disabled=move || !viewer.hydrated() || create.pending().get()>
                {t.text(&texts::TOKEN_CREATE)}
            </button>
            <FormState problems saved=false />
        </form>
    }
}

/// The value, this once.
#[component]
fn Made(text: String, value: RwSignal<Option<String>>) -> impl IntoView {
    let t = use_i18n();
    view! {
        <div class="made" role="group" aria-labelledby="made-heading">
            <h3 id="made-heading" class="font-semibold">{t.text(&texts::TOKEN_MADE)}</h3>
            <p role="alert">{t.text(&texts::TOKEN_ONCE)}</p>
            <Copyable label=&texts::TOKEN_MADE value=text />
            <button type="button" class="button" on:click=move |_| value.set(None)>{t.text(&texts::TOKEN_HIDE)}</button>
        </div>
    }
}

/// The end of a day (`2026-11-23`) where the viewer is.
fn end_of_day(date: &str, viewer: Viewer) -> Option<Timestamp> {
    let midnight = Timestamp::parse(&format!("{date}T00:00:00Z"))?.ms() + DAY_MS;
    let offset = viewer.offset_min(Timestamp::from_ms(midnight)).unwrap_or(0);
    Some(Timestamp::from_ms(midnight - i64::from(offset) * 60_000))
}
