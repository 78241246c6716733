//! People and their tokens.

use super::{ApiError, Call, Page, encoded, exchange, page, read, send};
pub use domain::user::{Token, User, UserObject};
use domain::{TokenId, UserId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `GET /user`: for root. Only those with `q` in them, unless it is empty.
///
/// # Errors
/// `SystemRightRequired`.
pub async fn list(q: &str, offset: u64, limit: u64) -> Result<Page<UserObject>, ApiError> {
    page(format!("/api/user?offset={offset}&limit={limit}&q={}", encoded(q)), offset).await
}

/// `GET /user/{id}`.
///
/// # Errors
/// For somebody else without `system.root`.
pub async fn one(id: UserId) -> Result<User, ApiError> {
    read::<UserObject>(&send(Call::get(format!("/api/user/{id}"))).await?).map(|object| object.user)
}

/// `POST /user`: creates one.
///
/// # Errors
/// Those of its fields.
pub async fn create(fields: Value) -> Result<User, ApiError> {
    exchange::<UserObject>("POST", "/api/user".to_owned(), &fields).await.map(|object| object.user)
}

/// `PATCH /user/{id}`: changes some fields.
///
/// # Errors
/// Those of its fields; `LastRoot`.
pub async fn change(id: UserId, fields: Value) -> Result<User, ApiError> {
    exchange::<UserObject>("PATCH", format!("/api/user/{id}"), &fields).await.map(|object| object.user)
}

/// `DELETE /user/{id}`: the tasks stay, owned by nobody.
///
/// # Errors
/// `LastRoot`.
pub async fn delete(id: UserId) -> Result<(), ApiError> {
    send(Call::new("DELETE", format!("/api/user/{id}"))).await.map(drop)
}

/// A token that was just made, its value for the only time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewToken {
    /// What is kept.
    #[serde(flatten)]
    pub token: Token,
    /// What is not.
    #[serde(rename = "token")]
    pub value: String,
}

/// `GET /user/{id}/token`.
///
/// # Errors
/// For somebody else without `system.root`.
pub async fn tokens(id: UserId) -> Result<Page<Token>, ApiError> {
    page(format!("/api/user/{id}/token"), 0).await
}

/// `POST /user/{id}/token`.
///
/// # Errors
/// Those of its fields.
pub async fn create_token(id: UserId, fields: Value) -> Result<NewToken, ApiError> {
    exchange("POST", format!("/api/user/{id}/token"), &fields).await
}

/// `DELETE /user/{id}/token/{tid}`.
///
/// # Errors
/// `ObjectNotFound`.
pub async fn delete_token(id: UserId, token: TokenId) -> Result<(), ApiError> {
    send(Call::new("DELETE", format!("/api/user/{id}/token/{token}"))).await.map(drop)
}
