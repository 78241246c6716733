//! `/api/user`: users and their API tokens.

use super::answer::{Place, acknowledged, json, page};
use super::error::{Answer, Failure};
use super::extract::{Id, JsonBody, Query, Signed};
use crate::auth::token;
use crate::http::openapi::shapes;
use crate::state::AppState;
use crate::store::{NewUser, TaskQuery, UserChange};
use axum::extract::{FromRequestParts, OriginalUri, Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use domain::access::Caller;
use domain::json::{Raw, RawMap};
use domain::user::{ROOT, TASK, Token, User, UserInput, UserObject};
use domain::{Error, L10n, Lang, RunId, TaskId, TokenId, UserId};
use serde::Serialize;

/// What tasks of a deleted user say.
pub const OWNER_DELETED: &str = "the owner was deleted";

/// Someone with `system.root`.
pub struct Root(pub Signed);

impl FromRequestParts<AppState> for Root {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Failure> {
        let signed = Signed::from_request_parts(parts, state).await?;
        signed.caller.needs_root()?;
        Ok(Root(signed))
    }
}

/// Someone, and the user named in the path: oneself, or anyone for root.
pub struct About {
    signed: Signed,
    user: UserId,
}

impl FromRequestParts<AppState> for About {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Failure> {
        let signed = Signed::from_request_parts(parts, state).await?;
        let Id(id) = Id::from_request_parts(parts, state).await?;
        if id != signed.caller.id().0 {
            signed.caller.needs_root()?;
        }
        Ok(About { signed, user: UserId(id) })
    }
}

/// The token named in the path, after the user.
pub struct TokenOf(TokenId);

impl<S: Send + Sync> FromRequestParts<S> for TokenOf {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let resource = parts.uri.path().to_owned();
        let steps = Path::<Vec<(String, String)>>::from_request_parts(parts, state).await.ok();
        let id = steps.as_ref().and_then(|steps| steps.0.get(1)?.1.parse().ok()).filter(|id| *id >= 1);
        id.map(|id| TokenOf(TokenId(id))).ok_or(Failure(Error::ResourceNotFound { resource }))
    }
}

/// All users, by id.
#[utoipa::path(get, path = "/user", tag = "people", params(shapes::PageQuery, shapes::UserListQuery), responses((status = 200, description = "A page of users, by id.", body = Vec<UserObject>, headers(("X-Total-Count" = u64, description = "How many there are in all."), ("Link" = String, description = "rel=\"next\" and rel=\"prev\" (RFC 8288).")))))]
pub async fn list(
    State(state): State<AppState>,
    _: Root,
    OriginalUri(uri): OriginalUri,
    mut query: Query,
) -> Answer<Response> {
    let offset = query.number("offset", 0, i64::MAX as u64)?;
    let limit = query.number("limit", 100, 1000)?;
    let q = query.text("q").map(|q| q.replace('\0', " "));
    query.finish()?;
    let found = state.store.users(q.as_deref(), offset, limit).await?;
    let users: Vec<_> = found.items.into_iter().map(UserObject::from).collect();
    page(&users, Place { offset, limit, total: found.total }, &uri)
}

/// Makes a user.
#[utoipa::path(post, path = "/user", tag = "people", request_body = shapes::UserSave, responses((status = 200, description = "The new user.", body = UserObject)))]
pub async fn create(State(state): State<AppState>, _: Root, body: JsonBody) -> Answer<Response> {
    let input = UserInput::read(&body.raw)?;
    let login = needed(input.login, "login", &body.raw)?;
    let password = needed(input.password, "password", &body.raw)?;
    let new = NewUser {
        login,
        password_hash: state.auth.hash(password).await?,
        password_generated: false,
        email: input.email.unwrap_or_default(),
        displayname: input.displayname.unwrap_or_default(),
        language: input.language.unwrap_or(Lang::En),
        system_rights: input.system_rights.unwrap_or_else(|| vec![TASK.to_owned()]),
        frontend_prefs: input.frontend_prefs,
    };
    json(&UserObject::from(state.store.create_user(new, state.clock.now()).await?))
}

/// One user.
#[utoipa::path(get, path = "/user/{id}", tag = "people", params(shapes::UserPath), responses((status = 200, description = "The user.", body = UserObject)))]
pub async fn show(State(state): State<AppState>, about: About) -> Answer<Response> {
    json(&UserObject::from(find(&state, about.user).await?))
}

/// Changes a user. A new password ends the user's other sessions.
#[utoipa::path(patch, path = "/user/{id}", tag = "people", params(shapes::UserPath), request_body = shapes::UserSave, responses((status = 200, description = "The changed user.", body = UserObject)))]
pub async fn change(State(state): State<AppState>, about: About, body: JsonBody) -> Answer<Response> {
    let input = UserInput::read(&body.raw)?;
    allowed(&about.signed.caller, &input)?;
    find(&state, about.user).await?;
    let password_hash = match input.password {
        Some(password) => Some(state.auth.hash(password).await?),
        None => None,
    };
    let change = UserChange {
        login: input.login,
        password_hash,
        keep_session: about.signed.session.filter(|_| about.user == about.signed.caller.id()),
        email: input.email,
        displayname: input.displayname,
        language: input.language,
        system_rights: input.system_rights,
        frontend_prefs: input.frontend_prefs,
    };
    json(&UserObject::from(state.store.change_user(about.user, change, state.clock.now()).await?))
}

/// Deletes a user; tasks stay, owned by nobody, and do not run.
#[utoipa::path(delete, path = "/user/{id}", tag = "people", params(shapes::UserPath), responses((status = 200, description = "It was done.", body = shapes::Acknowledged)))]
pub async fn delete(State(state): State<AppState>, _: Root, Id(id): Id) -> Answer<Response> {
    let user = UserId(id);
    find(&state, user).await?;
    let theirs = TaskQuery { owner: Some(user), limit: 1000, ..TaskQuery::default() };
    let tasks: Vec<TaskId> = state.store.tasks(&theirs).await?.items.iter().map(|t| t.task.id).collect();
    let runs: Vec<RunId> = state.store.delete_user(user, state.clock.now(), OWNER_DELETED).await?;
    runs.into_iter().for_each(|run| state.scheduler.cancel(run));
    tasks.into_iter().for_each(|task| state.hub.task(task, None, false));
    acknowledged()
}

/// The API tokens of a user, without their values.
#[utoipa::path(get, path = "/user/{id}/token", tag = "people", params(shapes::UserPath), responses((status = 200, description = "The tokens, without their values.", body = Vec<Token>)))]
pub async fn tokens(State(state): State<AppState>, about: About) -> Answer<Response> {
    find(&state, about.user).await?;
    json(&state.store.tokens(about.user).await?)
}

/// A new API token, with its value: this once.
#[derive(Serialize)]
struct NewToken {
    #[serde(flatten)]
    token: Token,
    #[serde(rename = "token")]
    value: String,
}

/// Makes an API token.
#[utoipa::path(post, path = "/user/{id}/token", tag = "people", params(shapes::UserPath), request_body = shapes::TokenSave, responses((status = 200, description = "The token, with its value.", body = shapes::TokenMade)))]
pub async fn create_token(State(state): State<AppState>, about: About, body: JsonBody) -> Answer<Response> {
    let now = state.clock.now();
    let input = domain::user::TokenInput::read(&body.raw, now)?;
    find(&state, about.user).await?;
    let value = token::generate();
    let hash = token::hash(&value);
    let token = state.store.create_token(about.user, &input.name, &hash, input.expires_at, now).await?;
    let mut response = json(&NewToken { token, value })?;
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Deletes an API token.
#[utoipa::path(delete, path = "/user/{id}/token/{tid}", tag = "people", params(shapes::TokenPath), responses((status = 200, description = "It was done.", body = shapes::Acknowledged)))]
pub async fn delete_token(State(state): State<AppState>, about: About, TokenOf(token): TokenOf) -> Answer<Response> {
    find(&state, about.user).await?;
    if !state.store.delete_token(about.user, token).await? {
        return Err(Error::ObjectNotFound { object: format!("token {token}") }.into());
    }
    acknowledged()
}

async fn find(state: &AppState, id: UserId) -> Answer<User> {
    let user = state.store.user(id).await?;
    user.ok_or_else(|| Error::ObjectNotFound { object: format!("user {id}") }.into())
}

/// What only root changes must stay as it is in what others send of themselves.
fn allowed(caller: &Caller, input: &UserInput) -> Result<(), Error> {
    let same_login = input.login.as_ref().is_none_or(|login| *login == caller.user.login);
    let same_rights = input.system_rights.as_ref().is_none_or(|rights| *rights == caller.user.system_rights);
    if caller.is_root() || (same_login && same_rights) { Ok(()) } else { Err(Error::rights(&[ROOT])) }
}

fn needed(value: Option<String>, name: &str, body: &Raw) -> Result<String, Error> {
    let wrapped = serde_json::from_str::<RawMap>(body.get()).is_ok_and(|map| map.contains_key("user"));
    let pointer = if wrapped { format!("/user/{name}") } else { format!("/{name}") };
    value.ok_or_else(|| Error::field(pointer, L10n::fixed("fehlt", "is missing")))
}
