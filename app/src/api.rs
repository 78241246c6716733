//! The REST contract as the web app sees it: one typed function an endpoint, and the only URLs in the app.
//!
//! The types are the domain's own where it has them.

pub mod mail;
pub mod modules;
pub mod runs;
pub mod schedules;
pub mod tasks;
pub mod transport;
pub mod users;

use crate::i18n::texts;
use domain::user::{SessionObject, User};
use domain::{L10n, Lang};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use transport::{Answer, Call};

/// Why a call gave nothing to show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ApiError {
    /// The server answered with an error of the contract.
    Refused {
        /// For programs, such as `UserRequired`.
        code: String,
        /// A sentence for a person, in the language of the call.
        error: String,
        /// The HTTP status.
        status: u16,
        /// Where in the body, as a JSON pointer; empty if the error is not about a field.
        pointer: String,
        /// What is wrong there, without naming the field; empty if `error` says it all.
        reason: String,
    },
    /// No answer came.
    Unreachable,
    /// An answer came that is not of the contract, from a proxy perhaps.
    Unreadable {
        /// The HTTP status.
        status: u16,
    },
}

impl ApiError {
    /// Whether logging in would help.
    pub fn needs_login(&self) -> bool {
        matches!(self, ApiError::Refused { code, .. } if code == "UserRequired")
    }

    /// The contract's code; empty if the answer was not of the contract.
    pub fn code(&self) -> &str {
        match self {
            ApiError::Refused { code, .. } => code,
            _ => "",
        }
    }

    /// Where in the body, as a JSON pointer; empty if the error is not about a field.
    pub fn pointer(&self) -> &str {
        match self {
            ApiError::Refused { pointer, .. } => pointer,
            _ => "",
        }
    }

    /// A sentence for a person: the server's own where it sent one.
    pub fn sentence(&self, lang: Lang) -> String {
        let text: &L10n = match self {
            ApiError::Refused { error, .. } if !error.is_empty() => return error.clone(),
            ApiError::Refused { status, .. } | ApiError::Unreadable { status } => {
                return format!("{} (HTTP {status})", texts::ANSWER_UNREADABLE.get(lang));
            }
            ApiError::Unreachable => &texts::SERVER_UNREACHABLE,
        };
        text.get(lang).to_owned()
    }
}

/// Who is logged in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reader {
    /// Who.
    pub user: User,
    /// Whether the first thing to do is to choose a password.
    pub new_password_due: bool,
}

/// `GET /session`: who is logged in, `None` if nobody.
///
/// # Errors
/// Any but "nobody is".
pub async fn session() -> Result<Option<Reader>, ApiError> {
    let answer = send(Call::get("/api/session")).await;
    match answer.and_then(|a| read::<SessionObject>(&a)) {
        Ok(session) => Ok(Some(Reader { user: session.user, new_password_due: session.must_change_password })),
        Err(error) if error.needs_login() => Ok(None),
        Err(error) => Err(error),
    }
}

/// `GET /healthz`: whether the server answers.
pub async fn is_up() -> bool {
    send(Call::get("/api/healthz")).await.is_ok()
}

/// `POST /session`: logs in; the cookie comes with the answer.
///
/// # Errors
/// `LoginFailed`, `LoginThrottled`, and what befalls any call.
pub async fn log_in(login: String, password: String) -> Result<(), ApiError> {
    let body = serde_json::json!({ "login": login, "password": password });
    send(Call::with_body("POST", "/api/session", body.to_string())).await.map(drop)
}

/// `DELETE /session`: logs out. A session that was over already is no error.
///
/// # Errors
/// What befalls any call.
pub async fn log_out() -> Result<(), ApiError> {
    match send(Call::new("DELETE", "/api/session")).await {
        Err(error) if !error.needs_login() => Err(error),
        _ => Ok(()),
    }
}

/// Sends `body` as JSON and reads the answer.
async fn exchange<T: DeserializeOwned>(
    method: &'static str,
    path: String,
    body: &impl Serialize,
) -> Result<T, ApiError> {
    let json = serde_json::to_string(body).unwrap_or_default();
    read(&send(Call::with_body(method, path, json)).await?)
}

/// A list and how long it is on all pages.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Page<T> {
    /// What is on this one.
    pub items: Vec<T>,
    /// How many there are on all.
    pub total: u64,
}

async fn page<T: DeserializeOwned>(path: String, offset: u64) -> Result<Page<T>, ApiError> {
    let answer = send(Call::get(path)).await?;
    let items: Vec<T> = read(&answer)?;
    let total = answer.total_count.unwrap_or(offset + items.len() as u64);
    Ok(Page { items, total })
}

/// For a query: everything but letters, digits and `-_.~` as percent and hex.
pub fn encoded(text: &str) -> String {
    let one = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(one).collect()
}

async fn send(call: Call) -> Result<Answer, ApiError> {
    let answer = transport::send(call).await.ok_or(ApiError::Unreachable)?;
    if answer.status < 400 { Ok(answer) } else { Err(refusal(&answer)) }
}

fn refusal(answer: &Answer) -> ApiError {
    #[derive(Deserialize)]
    struct Body {
        code: String,
        error: String,
        #[serde(default)]
        parameters: serde_json::Map<String, serde_json::Value>,
    }
    let status = answer.status;
    match serde_json::from_str::<Body>(&answer.body) {
        Ok(Body { code, error, parameters }) => {
            let text = |key| parameters.get(key).and_then(|v| v.as_str()).unwrap_or_default().to_owned();
            ApiError::Refused { code, error, status, pointer: text("pointer"), reason: text("reason") }
        }
        Err(_) => ApiError::Unreadable { status },
    }
}

fn read<T: DeserializeOwned>(answer: &Answer) -> Result<T, ApiError> {
    serde_json::from_str(&answer.body).map_err(|_| ApiError::Unreadable { status: answer.status })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status, body: body.to_owned(), total_count: None }
    }

    #[test]
    fn a_query_holds_nothing_that_means_more() {
        assert_eq!(encoded("50 % & ä+"), "50%20%25%20%26%20%C3%A4%2B");
    }

    #[test]
    fn an_error_about_a_field_names_it() {
        let body = r#"{"code":"ParamInvalid","error":"The url is missing.","parameters":{"pointer":"/task/task_params/url","reason":"is missing"}}"#;
        let error = refusal(&answer(400, body));
        assert_eq!((error.code(), error.pointer()), ("ParamInvalid", "/task/task_params/url"));
    }

    #[test]
    fn the_server_s_own_sentence_is_kept_and_a_proxy_s_page_is_not_shown() {
        let refused =
            refusal(&answer(401, r#"{"code":"UserRequired","error":"Log in.","package":"user","statuscode":401}"#));
        assert!(refused.needs_login());
        assert_eq!(refused.sentence(Lang::De), "Log in.");
        let proxy = refusal(&answer(502, "<html>Bad gateway</html>"));
        assert_eq!(proxy, ApiError::Unreadable { status: 502 });
        assert!(proxy.sentence(Lang::En).contains("502"));
    }
}
