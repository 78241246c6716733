//! The one error vocabulary: what a caller did wrong, or what Rota could not do, with its code, status,
//! parameters and a sentence for a person. Every error answer of the API is made from here.

use crate::ids::TaskId;
use crate::l10n::{L10n, Lang};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// What went wrong. Where a variant has a `pointer`, that is an RFC 6901 JSON pointer into the request body.
#[derive(Debug, Clone, PartialEq)]
pub enum Error {
    /// No credentials, or unknown ones.
    UserRequired,
    /// Login and password do not match a user.
    LoginFailed,
    /// Too many failed logins.
    LoginThrottled {
        /// When to try again, in seconds from now.
        retry_after_sec: u64,
    },
    /// The caller holds none of these system rights.
    SystemRightRequired {
        /// Any one of these would do.
        rights: Vec<String>,
    },
    /// Someone else's task.
    InsufficientRights {
        /// The task.
        task_id: TaskId,
    },
    /// An unsafe method with a cookie from another site.
    CrossSiteRequest,
    /// An id-addressed operation on something that is not there.
    ObjectNotFound {
        /// Such as `task 7`.
        object: String,
    },
    /// A path that leads nowhere, or whose existence is not revealed.
    ResourceNotFound {
        /// Such as `task 7` or `/api/nothing`.
        resource: String,
    },
    /// The path exists, not with this method.
    MethodNotAllowed {
        /// The method tried.
        method: String,
    },
    /// The body is not JSON by its content type.
    UnsupportedMediaType {
        /// What the request said it was.
        content_type: String,
    },
    /// The body is larger than the limit.
    BodyTooLarge {
        /// In bytes.
        limit: u64,
    },
    /// The body is not JSON.
    JsonInvalid {
        /// Where and why.
        reason: L10n,
    },
    /// A query parameter is unknown or has a wrong value.
    QueryInvalid {
        /// The parameter's name.
        name: String,
        /// What would be right.
        reason: L10n,
    },
    /// A request header has a wrong value.
    HeaderInvalid {
        /// The header's name.
        name: String,
        /// What would be right.
        reason: L10n,
    },
    /// A field that nobody knows.
    UnknownField {
        /// The field.
        pointer: String,
    },
    /// A field with a wrong type or value.
    FieldInvalid {
        /// The field.
        pointer: String,
        /// What would be right.
        reason: L10n,
    },
    /// `version` is not the stored one plus one.
    VersionMismatch {
        /// The task.
        task_id: TaskId,
        /// Stored + 1.
        expected: i64,
        /// What the request carried, if anything.
        got: Option<i64>,
        /// The `version` field (empty outside an array).
        pointer: String,
    },
    /// No such module.
    ModuleUnknown {
        /// The name asked for.
        name: String,
        /// The `task_module` field.
        pointer: String,
    },
    /// The module cannot be changed after creation.
    ModuleFixed {
        /// The module that the task has.
        name: String,
        /// The `task_module` field.
        pointer: String,
    },
    /// A task parameter the module cannot take.
    ParamInvalid {
        /// The parameter.
        pointer: String,
        /// Why not, and what would be right.
        reason: L10n,
    },
    /// Not an RFC 5321 address.
    EmailInvalid {
        /// The address field.
        pointer: String,
        /// What is wrong with it.
        reason: L10n,
    },
    /// A schedule criterion that is out of range or unknown.
    ScheduleInvalid {
        /// The criterion.
        pointer: String,
        /// What would be right.
        reason: L10n,
    },
    /// A schedule that can never match.
    ScheduleNeverRuns {
        /// The schedule.
        pointer: String,
    },
    /// Not while the task runs.
    TaskRunning {
        /// The task.
        task_id: TaskId,
        /// The array element (empty outside an array).
        pointer: String,
    },
    /// There is nothing to cancel.
    TaskNotRunning {
        /// The task.
        task_id: TaskId,
    },
    /// The task's owner was deleted, so it cannot run.
    TaskWithoutOwner {
        /// The task.
        task_id: TaskId,
    },
    /// The last user with `system.root` must stay.
    LastRoot,
    /// Another user has this login.
    LoginTaken {
        /// The login.
        login: String,
    },
    /// The same `Idempotency-Key` with another request.
    IdempotencyConflict {
        /// The key.
        key: String,
    },
    /// The server is stopping.
    ServerStopping,
    /// The database cannot be reached or written.
    StoreUnavailable,
    /// The database did not say whether it has saved a change.
    StoreInDoubt,
    /// The server answers, but cannot do its work.
    NotReady {
        /// Why, a sentence each.
        reasons: Vec<String>,
    },
    /// A fault of Rota's own. Details are in the server's log under the trace id.
    Internal {
        /// Names the log entry.
        trace_id: String,
    },
}

/// The body of every error answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErrorBody {
    /// Stable, for programs.
    pub code: String,
    /// A sentence for a person, in the caller's language.
    pub error: String,
    /// The part of the system that says so.
    pub package: String,
    /// What the sentence speaks of, for programs.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub parameters: Map<String, Value>,
    /// Always `api`.
    pub realm: String,
    /// The HTTP status again.
    pub statuscode: u16,
}

impl Error {
    /// A wrong field. `reason` says what would be right.
    pub fn field(pointer: impl Into<String>, reason: L10n) -> Error {
        Error::FieldInvalid { pointer: pointer.into(), reason }
    }

    /// The caller holds none of these rights.
    pub fn rights(rights: &[&str]) -> Error {
        Error::SystemRightRequired { rights: rights.iter().map(|r| (*r).to_owned()).collect() }
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Error::UserRequired => "UserRequired",
            Error::LoginFailed => "LoginFailed",
            Error::LoginThrottled { .. } => "LoginThrottled",
            Error::SystemRightRequired { .. } => "SystemRightRequired",
            Error::InsufficientRights { .. } => "InsufficientRights",
            Error::CrossSiteRequest => "CrossSiteRequest",
            Error::ObjectNotFound { .. } => "ObjectNotFound",
            Error::ResourceNotFound { .. } => "ResourceNotFound",
            Error::MethodNotAllowed { .. } => "MethodNotAllowed",
            Error::UnsupportedMediaType { .. } => "UnsupportedMediaType",
            Error::BodyTooLarge { .. } => "BodyTooLarge",
            Error::JsonInvalid { .. } => "JsonInvalid",
            Error::QueryInvalid { .. } => "QueryInvalid",
            Error::HeaderInvalid { .. } => "HeaderInvalid",
            Error::UnknownField { .. } => "UnknownField",
            Error::FieldInvalid { .. } => "FieldInvalid",
            Error::VersionMismatch { .. } => "VersionMismatch",
            Error::ModuleUnknown { .. } => "ModuleUnknown",
            Error::ModuleFixed { .. } => "ModuleFixed",
            Error::ParamInvalid { .. } => "ParamInvalid",
            Error::EmailInvalid { .. } => "EmailInvalid",
            Error::ScheduleInvalid { .. } => "ScheduleInvalid",
            Error::ScheduleNeverRuns { .. } => "ScheduleNeverRuns",
            Error::TaskRunning { .. } => "TaskRunning",
            Error::TaskNotRunning { .. } => "TaskNotRunning",
            Error::TaskWithoutOwner { .. } => "TaskWithoutOwner",
            Error::LastRoot => "LastRoot",
            Error::LoginTaken { .. } => "LoginTaken",
            Error::IdempotencyConflict { .. } => "IdempotencyConflict",
            Error::ServerStopping => "ServerStopping",
            // To programs it is the same: try again, with the same Idempotency-Key.
            Error::StoreUnavailable | Error::StoreInDoubt => "StoreUnavailable",
            Error::NotReady { .. } => "NotReady",
            Error::Internal { .. } => "InternalError",
        }
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        match self {
            Error::UserRequired | Error::LoginFailed => 401,
            Error::SystemRightRequired { .. } | Error::InsufficientRights { .. } | Error::CrossSiteRequest => 403,
            Error::ObjectNotFound { .. } | Error::ResourceNotFound { .. } => 404,
            Error::MethodNotAllowed { .. } => 405,
            Error::IdempotencyConflict { .. } => 409,
            Error::BodyTooLarge { .. } => 413,
            Error::UnsupportedMediaType { .. } => 415,
            Error::LoginThrottled { .. } => 429,
            Error::Internal { .. } => 500,
            Error::ServerStopping | Error::StoreUnavailable | Error::StoreInDoubt | Error::NotReady { .. } => 503,
            _ => 400,
        }
    }

    /// The part of the system that says so.
    pub fn package(&self) -> &'static str {
        match self {
            Error::UserRequired
            | Error::LoginFailed
            | Error::LoginThrottled { .. }
            | Error::SystemRightRequired { .. }
            | Error::CrossSiteRequest
            | Error::LastRoot
            | Error::LoginTaken { .. } => "user",
            Error::InsufficientRights { .. }
            | Error::VersionMismatch { .. }
            | Error::ModuleUnknown { .. }
            | Error::ModuleFixed { .. }
            | Error::ParamInvalid { .. }
            | Error::EmailInvalid { .. }
            | Error::ScheduleInvalid { .. }
            | Error::ScheduleNeverRuns { .. }
            | Error::TaskRunning { .. }
            | Error::TaskNotRunning { .. }
            | Error::TaskWithoutOwner { .. } => "task",
            _ => "api",
        }
    }

    /// Moves the error's pointer below `prefix` (such as `/3`), for a value inside a larger body.
    #[must_use]
    pub fn under(mut self, prefix: &str) -> Error {
        if let Some(pointer) = self.pointer_mut() {
            pointer.insert_str(0, prefix);
        }
        self
    }

    fn pointer_mut(&mut self) -> Option<&mut String> {
        match self {
            Error::UnknownField { pointer }
            | Error::FieldInvalid { pointer, .. }
            | Error::VersionMismatch { pointer, .. }
            | Error::ModuleUnknown { pointer, .. }
            | Error::ModuleFixed { pointer, .. }
            | Error::ParamInvalid { pointer, .. }
            | Error::EmailInvalid { pointer, .. }
            | Error::ScheduleInvalid { pointer, .. }
            | Error::ScheduleNeverRuns { pointer }
            | Error::TaskRunning { pointer, .. } => Some(pointer),
            _ => None,
        }
    }

    /// The parameters of the answer.
    pub fn parameters(&self, lang: Lang) -> Map<String, Value> {
        let value = match self {
            Error::LoginThrottled { retry_after_sec } => json!({"retry_after_sec": retry_after_sec}),
            Error::SystemRightRequired { rights } => json!({"rights": rights}),
            Error::InsufficientRights { task_id }
            | Error::TaskNotRunning { task_id }
            | Error::TaskWithoutOwner { task_id } => {
                json!({"task_id": task_id})
            }
            Error::TaskRunning { task_id, pointer } => json!({"task_id": task_id, "pointer": pointer}),
            Error::ObjectNotFound { object } => json!({"object": object}),
            Error::ResourceNotFound { resource } => json!({"resource": resource}),
            Error::MethodNotAllowed { method } => json!({"method": method}),
            Error::UnsupportedMediaType { content_type } => json!({"content_type": content_type}),
            Error::BodyTooLarge { limit } => json!({"limit": limit}),
            Error::JsonInvalid { reason } => json!({"reason": reason.get(lang)}),
            Error::QueryInvalid { name, reason } | Error::HeaderInvalid { name, reason } => {
                json!({"name": name, "reason": reason.get(lang)})
            }
            Error::UnknownField { pointer } | Error::ScheduleNeverRuns { pointer } => json!({"pointer": pointer}),
            Error::FieldInvalid { pointer, reason }
            | Error::ParamInvalid { pointer, reason }
            | Error::EmailInvalid { pointer, reason }
            | Error::ScheduleInvalid { pointer, reason } => json!({"pointer": pointer, "reason": reason.get(lang)}),
            Error::VersionMismatch { task_id, expected, got, pointer } => {
                json!({"task_id": task_id, "expected": expected, "got": got, "pointer": pointer})
            }
            Error::ModuleUnknown { name, pointer } | Error::ModuleFixed { name, pointer } => {
                json!({"name": name, "pointer": pointer})
            }
            Error::LoginTaken { login } => json!({"login": login}),
            Error::IdempotencyConflict { key } => json!({"key": key}),
            Error::Internal { trace_id } => json!({"trace_id": trace_id}),
            Error::UserRequired
            | Error::LoginFailed
            | Error::CrossSiteRequest
            | Error::LastRoot
            | Error::ServerStopping
            | Error::StoreUnavailable
            | Error::StoreInDoubt => json!({}),
            Error::NotReady { reasons } => json!({"reasons": reasons}),
        };
        match value {
            Value::Object(mut map) => {
                if map.get("pointer").is_some_and(|p| p == "") {
                    map.shift_remove("pointer");
                }
                map
            }
            _ => Map::new(),
        }
    }

    /// The sentence for a person.
    pub fn sentence(&self, lang: Lang) -> String {
        self.text().get(lang).to_owned()
    }

    /// The whole answer body.
    pub fn body(&self, lang: Lang) -> ErrorBody {
        ErrorBody {
            code: self.code().to_owned(),
            error: self.sentence(lang),
            package: self.package().to_owned(),
            parameters: self.parameters(lang),
            realm: "api".to_owned(),
            statuscode: self.status(),
        }
    }

    fn text(&self) -> L10n {
        match self {
            Error::UserRequired => L10n::fixed(
                "Bitte anmelden: Diese Anfrage braucht einen Benutzer.",
                "Please log in: this request needs a user.",
            ),
            Error::LoginFailed => {
                L10n::fixed("Anmeldename oder Passwort stimmen nicht.", "Login or password is wrong.")
            }
            Error::LoginThrottled { retry_after_sec } => L10n::new(
                format!("Zu viele Anmeldeversuche. Bitte in {retry_after_sec} Sekunden noch einmal."),
                format!("Too many attempts to log in. Please try again in {retry_after_sec} seconds."),
            ),
            Error::SystemRightRequired { rights } => {
                let list = rights.join(", ");
                L10n::new(
                    format!("Dafür fehlt ein Systemrecht: {list}."),
                    format!("This needs a system right: {list}."),
                )
            }
            Error::InsufficientRights { task_id } => L10n::new(
                format!("Aufgabe {task_id} gehört jemand anderem."),
                format!("Task {task_id} belongs to someone else."),
            ),
            Error::CrossSiteRequest => L10n::fixed(
                "Die Anfrage kam von einer fremden Seite und wurde nicht ausgeführt.",
                "The request came from another site and was not carried out.",
            ),
            Error::ObjectNotFound { object } => {
                L10n::new(format!("Nicht gefunden: {object}."), format!("Not found: {object}."))
            }
            Error::ResourceNotFound { resource } => {
                L10n::new(format!("Nicht gefunden: {resource}."), format!("Not found: {resource}."))
            }
            Error::MethodNotAllowed { method } => L10n::new(
                format!("Diese Adresse kennt {method} nicht."),
                format!("This address does not know {method}."),
            ),
            Error::UnsupportedMediaType { content_type } => L10n::new(
                format!("Der Inhalt muss application/json sein, nicht „{content_type}“."),
                format!("The content must be application/json, not \"{content_type}\"."),
            ),
            Error::BodyTooLarge { limit } => L10n::new(
                format!("Der Inhalt ist größer als {limit} Byte."),
                format!("The content is larger than {limit} bytes."),
            ),
            Error::JsonInvalid { reason } => L10n::new(
                format!("Der Inhalt ist kein gültiges JSON: {}", reason.de),
                format!("The content is not valid JSON: {}", reason.en),
            ),
            Error::QueryInvalid { name, reason } => L10n::new(
                format!("Parameter „{name}“: {}", reason.de),
                format!("Query parameter \"{name}\": {}", reason.en),
            ),
            Error::HeaderInvalid { name, reason } => {
                L10n::new(format!("Kopfzeile {name}: {}", reason.de), format!("Header {name}: {}", reason.en))
            }
            Error::UnknownField { pointer } => {
                L10n::new(format!("Das Feld {pointer} ist unbekannt."), format!("The field {pointer} is unknown."))
            }
            Error::FieldInvalid { pointer, reason }
            | Error::EmailInvalid { pointer, reason }
            | Error::ScheduleInvalid { pointer, reason } => L10n::new(
                format!("Das Feld {pointer} ist falsch: {}", reason.de),
                format!("The field {pointer} is wrong: {}", reason.en),
            ),
            Error::ParamInvalid { pointer, reason } => L10n::new(
                format!("Der Parameter {pointer} ist falsch: {}", reason.de),
                format!("The parameter {pointer} is wrong: {}", reason.en),
            ),
            Error::VersionMismatch { task_id, expected, got, .. } => version_mismatch(*task_id, *expected, *got),
            Error::ModuleUnknown { name, .. } => {
                L10n::new(format!("Es gibt kein Modul „{name}“."), format!("There is no module \"{name}\"."))
            }
            Error::ModuleFixed { name, .. } => L10n::new(
                format!("Das Modul einer Aufgabe steht mit dem Anlegen fest („{name}“)."),
                format!("A task's module is fixed when it is created (\"{name}\")."),
            ),
            Error::ScheduleNeverRuns { pointer } => L10n::new(
                format!("Der Zeitplan {pointer} trifft nie zu."),
                format!("The schedule {pointer} can never match."),
            ),
            Error::TaskRunning { task_id, .. } => {
                L10n::new(format!("Aufgabe {task_id} läuft gerade."), format!("Task {task_id} is running."))
            }
            Error::TaskNotRunning { task_id } => L10n::new(
                format!("Aufgabe {task_id} läuft nicht und ist nicht fällig."),
                format!("Task {task_id} is neither running nor due."),
            ),
            Error::TaskWithoutOwner { task_id } => L10n::new(
                format!("Aufgabe {task_id} gehört niemandem mehr und läuft deshalb nicht."),
                format!("Task {task_id} no longer belongs to anyone and therefore does not run."),
            ),
            Error::LastRoot => L10n::fixed(
                "Der letzte Benutzer mit system.root muss bleiben.",
                "The last user with system.root must stay.",
            ),
            Error::LoginTaken { login } => L10n::new(
                format!("Den Anmeldenamen „{login}“ hat schon jemand."),
                format!("Someone already has the login \"{login}\"."),
            ),
            Error::IdempotencyConflict { key } => L10n::new(
                format!("Der Idempotency-Key „{key}“ wurde schon für eine andere Anfrage benutzt."),
                format!("The Idempotency-Key \"{key}\" was already used for another request."),
            ),
            Error::ServerStopping => L10n::fixed("Der Server wird gerade beendet.", "The server is stopping."),
            Error::StoreUnavailable => L10n::fixed(
                "Die Datenbank ist gerade nicht erreichbar. Es wurde nichts geändert.",
                "The database cannot be used right now. Nothing was changed.",
            ),
            Error::StoreInDoubt => L10n::fixed(
                "Die Datenbank hat nicht bestätigt, ob die Änderung gespeichert ist. Bitte nachsehen, bevor Sie es noch einmal versuchen.",
                "The database did not confirm whether the change was saved. Check before you try again.",
            ),
            Error::NotReady { reasons } => L10n::new(
                format!("Der Server ist nicht bereit: {}.", reasons.join("; ")),
                format!("The server is not ready: {}.", reasons.join("; ")),
            ),
            Error::Internal { trace_id } => L10n::new(
                format!("Interner Fehler. Im Protokoll des Servers steht er unter {trace_id}."),
                format!("Internal error. The server's log has it under {trace_id}."),
            ),
        }
    }
}

fn version_mismatch(task_id: TaskId, expected: i64, got: Option<i64>) -> L10n {
    let (de, en) = match got {
        Some(n) => (n.to_string(), n.to_string()),
        None => ("nichts".to_owned(), "nothing".to_owned()),
    };
    L10n::new(
        format!("Aufgabe {task_id} wurde inzwischen geändert: erwartet war version {expected}, gesendet {de}."),
        format!("Task {task_id} was changed meanwhile: version {expected} was expected, {en} was sent."),
    )
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.sentence(Lang::En))
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_has_the_shape_of_the_contract() {
        let error = Error::VersionMismatch { task_id: TaskId(7), expected: 4, got: Some(3), pointer: String::new() };
        let body = serde_json::to_value(error.body(Lang::En)).unwrap();
        assert_eq!(body["code"], "VersionMismatch");
        assert_eq!(body["parameters"], json!({"task_id": 7, "expected": 4, "got": 3}));
        assert_eq!(
            (&body["realm"], &body["statuscode"], &body["package"]),
            (&json!("api"), &json!(400), &json!("task"))
        );
    }

    #[test]
    fn a_pointer_moves_below_its_array_element() {
        let error = Error::ModuleUnknown { name: "x".into(), pointer: "/task/task_module".into() }.under("/3");
        assert_eq!(error.parameters(Lang::En)["pointer"], "/3/task/task_module");
    }
}
