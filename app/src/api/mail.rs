//! Mail and webhooks: how mail is sent, and what was or is to be delivered. For root.

use super::{ApiError, Call, Page, exchange, page, read, send};
use domain::DeliveryId;
pub use domain::mail::{Delivery, DeliveryStatus, MailObject, MailTest, MailTested};
use serde_json::{Value, json};

/// `GET /settings/mail`.
///
/// # Errors
/// `SystemRightRequired`.
pub async fn settings() -> Result<MailObject, ApiError> {
    read(&send(Call::get("/api/settings/mail")).await?)
}

/// `PATCH /settings/mail`: changes some fields.
///
/// # Errors
/// Those of its fields; the pointer begins with `/mail`.
pub async fn change_settings(fields: Value) -> Result<MailObject, ApiError> {
    exchange("PATCH", "/api/settings/mail".to_owned(), &json!({ "mail": fields })).await
}

/// `POST /settings/mail/test`: sends a mail now, and tells how that went.
///
/// # Errors
/// Those of the address.
pub async fn test(to: String) -> Result<MailTested, ApiError> {
    exchange("POST", "/api/settings/mail/test".to_owned(), &MailTest { to }).await
}

/// `GET /mail`: the latest first; `None`: whatever its status.
///
/// # Errors
/// `SystemRightRequired`.
pub async fn list(status: Option<DeliveryStatus>, offset: u64, limit: u64) -> Result<Page<Delivery>, ApiError> {
    let status = status.map(|status| format!("&status={}", status.as_str())).unwrap_or_default();
    page(format!("/api/mail?offset={offset}&limit={limit}{status}"), offset).await
}

/// `POST /mail/{id}/resend`: sends it again, or now if it was waiting.
///
/// # Errors
/// `ObjectNotFound`.
pub async fn resend(id: DeliveryId) -> Result<Delivery, ApiError> {
    read(&send(Call::new("POST", format!("/api/mail/{id}/resend"))).await?)
}
