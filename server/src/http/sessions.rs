//! `POST`, `GET` and `DELETE /api/session`: the cookie session of the web app.

use super::answer::{acknowledged, json};
use super::error::{Answer, Failure};
use super::extract::{JsonBody, Signed};
use crate::auth::{self, cookie, origin};
use crate::http::openapi::shapes;
use crate::state::AppState;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use domain::Error;
use domain::json::Raw;
use domain::reader::Fields;
use domain::user::{SessionObject, User};

/// A request that does not come from a page of another site. Programs, which say nothing of where they come from, get through.
pub struct FromHere(Parts);

impl FromRequestParts<AppState> for FromHere {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Failure> {
        if origin::is_foreign(parts, state.config.public_url()) {
            return Err(Error::CrossSiteRequest.into());
        }
        Ok(FromHere(parts.clone()))
    }
}

/// Logs in: answers the user and sets the cookie. A session that the browser had ends.
#[utoipa::path(post, path = "/session", tag = "people", request_body = shapes::Login, responses((status = 200, description = "The user. The cookie is set.", body = SessionObject)))]
pub async fn login(State(state): State<AppState>, FromHere(parts): FromHere, body: JsonBody) -> Answer<Response> {
    let (login, password) = read(&body.raw)?;
    let (user, value) = auth::log_in(&state, &parts, &login, password).await?;
    let response = json(&who(&state, user).await?)?;
    Ok(with_cookie(response, auth::session_cookie(&state.config, &value)))
}

/// Who is logged in. A browser gets its cookie again, so that it lasts as long as the session.
#[utoipa::path(get, path = "/session", tag = "people", responses((status = 200, description = "Who is logged in.", body = SessionObject)))]
pub async fn current(State(state): State<AppState>, signed: Signed, headers: HeaderMap) -> Answer<Response> {
    let response = json(&who(&state, signed.caller.user).await?)?;
    let value = signed.session.and_then(|_| cookie::read(&headers));
    Ok(with_cookie(response, value.and_then(|value| auth::session_cookie(&state.config, value))))
}

async fn who(state: &AppState, user: User) -> Answer<SessionObject> {
    let must_change_password = state.store.password_is_generated(user.id).await?;
    Ok(SessionObject { basetype: "user".to_owned(), user, must_change_password })
}

/// Logs out.
#[utoipa::path(delete, path = "/session", tag = "people", responses((status = 200, description = "It was done.", body = shapes::Acknowledged)))]
pub async fn logout(State(state): State<AppState>, signed: Signed) -> Answer<Response> {
    if let Some(hash) = &signed.session {
        state.store.delete_session(hash).await?;
    }
    Ok(with_cookie(acknowledged()?, auth::no_session_cookie(&state.config)))
}

fn read(raw: &Raw) -> Result<(String, String), Error> {
    let mut f = Fields::open(raw, "")?;
    let read = (f.required("login")?, f.required("password")?);
    f.finish()?;
    Ok(read)
}

fn with_cookie(mut response: Response, cookie: Option<HeaderValue>) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(cookie) = cookie {
        headers.insert(header::SET_COOKIE, cookie);
    }
    response
}
