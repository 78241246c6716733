//! `/api/settings/mail` and `/api/mail`: how mail is sent, and what was or is to be delivered. For root.

use super::answer::{Place, json, page};
use super::error::{Answer, Failure};
use super::extract::{JsonBody, Query};
use super::users::Root;
use crate::http::openapi::shapes;
use crate::state::AppState;
use crate::store::post::DeliveryQuery;
use axum::extract::{FromRequestParts, OriginalUri, Path, State};
use axum::http::request::Parts;
use axum::response::Response;
use domain::mail::{Delivery, DeliveryStatus, MailInput, MailObject, MailTest, MailTested};
use domain::{DeliveryId, Error};

/// The settings of mail.
#[utoipa::path(get, path = "/settings/mail", tag = "server", responses((status = 200, description = "The settings in force, and which of them the server's environment fixes.", body = MailObject)))]
pub async fn settings(State(state): State<AppState>, _: Root) -> Answer<Response> {
    json(&state.post.object().await?)
}

/// Changes the settings of mail. Fields left out keep their value.
#[utoipa::path(patch, path = "/settings/mail", tag = "server", request_body = shapes::MailSave, responses((status = 200, description = "The settings in force.", body = MailObject)))]
pub async fn change_settings(State(state): State<AppState>, _: Root, body: JsonBody) -> Answer<Response> {
    let input = MailInput::read(&body.raw)?;
    let nested = body.raw.value().get("mail").is_some();
    json(&state.post.change(input, if nested { "/mail" } else { "" }).await?)
}

/// Sends a mail now, with the settings in force, and tells how that went.
#[utoipa::path(post, path = "/settings/mail/test", tag = "server", request_body = MailTest, responses((status = 200, description = "How it went, with the conversation with the mail server.", body = MailTested)))]
pub async fn try_settings(State(state): State<AppState>, Root(signed): Root, body: JsonBody) -> Answer<Response> {
    let test = MailTest::read(&body.raw)?;
    json(&state.post.trial(&test.to, signed.lang).await?)
}

/// Mails and webhooks, the latest first.
#[utoipa::path(get, path = "/mail", tag = "server", params(shapes::PageQuery, shapes::MailListQuery), responses((status = 200, description = "A page of mails and webhooks, the latest first.", body = Vec<Delivery>, headers(("X-Total-Count" = u64, description = "How many there are in all."), ("Link" = String, description = "rel=\"next\" and rel=\"prev\" (RFC 8288).")))))]
pub async fn list(
    State(state): State<AppState>,
    _: Root,
    OriginalUri(uri): OriginalUri,
    mut query: Query,
) -> Answer<Response> {
    let offset = query.number("offset", 0, i64::MAX as u64)?;
    let limit = query.number("limit", 100, 1000)?;
    let words: Vec<_> = DeliveryStatus::ALL.iter().map(|status| (status.as_str(), *status)).collect();
    let status = query.word("status", &words)?;
    query.finish()?;
    let found = state.store.deliveries(&DeliveryQuery { status, offset, limit }).await?;
    page(&found.items, Place { offset, limit, total: found.total }, &uri)
}

/// One mail or webhook.
#[utoipa::path(get, path = "/mail/{id}", tag = "server", params(shapes::MailPath), responses((status = 200, description = "The mail or webhook.", body = Delivery)))]
pub async fn show(State(state): State<AppState>, _: Root, MailIn(id): MailIn) -> Answer<Response> {
    json(&state.store.delivery(id).await?.ok_or_else(|| missing(id))?)
}

/// Sends a mail or webhook again, or now if it was waiting.
#[utoipa::path(post, path = "/mail/{id}/resend", tag = "server", params(shapes::MailPath), responses((status = 200, description = "The mail or webhook, waiting.", body = Delivery)))]
pub async fn resend(State(state): State<AppState>, _: Root, MailIn(id): MailIn) -> Answer<Response> {
    let delivery = state.store.resend(id, state.clock.now()).await?.ok_or_else(|| missing(id))?;
    state.post.try_now();
    json(&delivery)
}

fn missing(id: DeliveryId) -> Error {
    Error::ObjectNotFound { object: format!("mail {id}") }
}

/// The id of a delivery in the path: `ObjectNotFound` where none can have it.
pub struct MailIn(DeliveryId);

impl<S: Send + Sync> FromRequestParts<S> for MailIn {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let text = Path::<String>::from_request_parts(parts, state).await.map(|Path(text)| text).unwrap_or_default();
        let id = text.parse::<i64>().ok().filter(|id| *id >= 1);
        let object = || format!("mail {}", text.chars().take(40).collect::<String>());
        id.map(|id| MailIn(DeliveryId(id))).ok_or_else(|| Failure(Error::ObjectNotFound { object: object() }))
    }
}
