//! The REST contract as the web app sees it: one typed function an endpoint, and the only URLs in the app.
//!
//! The types hold what the pages show; whatever else an answer holds is passed over.

pub mod transport;

use crate::i18n::texts;
pub use domain::run::Status;
use domain::{L10n, Lang, TaskId, Timestamp};
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
pub struct SessionUser {
    /// What people see.
    #[serde(rename = "_generated_displayname")]
    pub name: String,
    /// Rights such as `system.root`.
    #[serde(default)]
    pub system_rights: Vec<String>,
}

#[derive(Deserialize)]
struct SessionAnswer {
    user: SessionUser,
}

/// A task, as far as the list shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// From 1.
    #[serde(rename = "_id")]
    pub id: TaskId,
    /// The task's title; may be empty.
    #[serde(default)]
    pub description: String,
    /// The module's name.
    pub task_module: String,
    /// Where it stands.
    pub status: Status,
    /// What the module said last.
    #[serde(default)]
    pub status_msg: Option<String>,
    /// 0 to 100.
    #[serde(default)]
    pub status_percent: Option<u8>,
    /// Start of the last run.
    #[serde(default)]
    pub run_started_at: Option<Timestamp>,
    /// End of the last run.
    #[serde(default)]
    pub run_finished_at: Option<Timestamp>,
    /// The next start, if any.
    #[serde(default)]
    pub next_run_at: Option<Timestamp>,
}

#[derive(Deserialize)]
struct TaskAnswer {
    task: Task,
}

/// One page of the task list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskPage {
    /// Newest first.
    pub tasks: Vec<Task>,
    /// How many there are on all pages.
    pub total: u64,
}

/// `GET /session`: who is logged in, `None` if nobody.
///
/// # Errors
/// Any but "nobody is".
pub async fn session() -> Result<Option<SessionUser>, ApiError> {
    let answer = send(Call::get("/api/session")).await;
    match answer.and_then(|a| read::<SessionAnswer>(&a)) {
        Ok(session) => Ok(Some(session.user)),
        Err(error) if error.needs_login() => Ok(None),
        Err(error) => Err(error),
    }
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

/// `GET /task`: `limit` tasks from `offset` on, newest first.
///
/// # Errors
/// What befalls any call.
pub async fn tasks(offset: u64, limit: u64) -> Result<TaskPage, ApiError> {
    let answer = send(Call::get(format!("/api/task?limit={limit}&offset={offset}"))).await?;
    let tasks: Vec<Task> = read::<Vec<TaskAnswer>>(&answer)?.into_iter().map(|t| t.task).collect();
    let total = answer.total_count.unwrap_or(offset + tasks.len() as u64);
    Ok(TaskPage { tasks, total })
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
    }
    let status = answer.status;
    match serde_json::from_str::<Body>(&answer.body) {
        Ok(Body { code, error }) => ApiError::Refused { code, error, status },
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
    fn a_task_is_read_whatever_else_the_answer_holds() {
        let body = r#"[{"_user":{"_basetype":"user"},"task":{"_id":7,"version":1,"description":"Export","task_module":"sleep",
            "schedules":[],"status":"running","status_msg":null,"status_percent":40,"run_started_at":"2026-11-23T15:00:00.000Z",
            "run_finished_at":null,"next_run_at":null,"frontend_prefs":{"other":{"x":1.50}}}}]"#;
        let tasks = read::<Vec<TaskAnswer>>(&answer(200, body)).unwrap();
        assert_eq!(tasks[0].task.id, TaskId(7));
        assert_eq!(tasks[0].task.status, Status::Running);
        assert_eq!(tasks[0].task.status_percent, Some(40));
        assert!(tasks[0].task.run_finished_at.is_none());
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
