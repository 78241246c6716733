//! What all operations have in common: who may call them, and what their errors look like.

use domain::{Error, L10n, Lang, TaskId};
use serde_json::{Map, Value, json};

const OPEN: [&str; 7] = [
    "/api/healthz",
    "/api/readyz",
    "/api/metrics",
    "/api/openapi.json",
    "/api/docs",
    "/api/docs/{file}",
    "/api/hook/{token}",
];
const METHODS: [&str; 5] = ["get", "put", "post", "patch", "delete"];

/// Adds the ways to log in, and the errors, to every operation.
pub fn complete(document: &mut Value) {
    document["components"]["securitySchemes"] = json!({
        "token": {"type": "http", "scheme": "bearer", "description": "An API token (rota_…)."},
        "session": {"type": "apiKey", "in": "cookie", "name": crate::auth::cookie::NAME,
            "description": "The browser's session. Unsafe methods must come from the server's own pages."},
    });
    let Some(paths) = document["paths"].as_object_mut() else { return };
    for (path, item) in paths {
        for method in METHODS {
            let Some(operation) = item.get_mut(method).and_then(Value::as_object_mut) else { continue };
            let login = path == "/api/session" && method == "post";
            if !OPEN.contains(&path.as_str()) && !login {
                operation.insert("security".to_owned(), json!([{"token": []}, {"session": []}]));
            }
            operation.insert("operationId".to_owned(), json!(operation_id(method, path)));
            let errors = errors(path, login, operation);
            let responses = operation.entry("responses").or_insert_with(|| json!({}));
            for (status, error) in errors {
                responses[status] = response(&error);
            }
        }
    }
}

/// Unique, as OpenAPI wants it: `get /api/task/{taskId}/log` is `get_task_taskId_log`.
fn operation_id(method: &str, path: &str) -> String {
    let words = path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty() && *word != "api");
    words.fold(method.to_owned(), |id, word| format!("{id}_{word}"))
}

/// One typical error for each status that the operation can answer.
fn errors(path: &str, login: bool, operation: &Map<String, Value>) -> Vec<(&'static str, Error)> {
    let unknown = L10n::fixed("ist hier unbekannt", "is unknown here");
    let mut list = vec![("default", Error::Internal { trace_id: "0f3c9a7be2d41865".to_owned() })];
    let public = OPEN.contains(&path);
    if !public && !login {
        list.push(("401", Error::UserRequired));
        list.push(("403", forbidden(path)));
    }
    if login {
        list.push(("401", Error::LoginFailed));
        list.push(("403", Error::CrossSiteRequest));
        list.push(("429", Error::LoginThrottled { retry_after_sec: 60 }));
    }
    if path.contains('{') {
        list.push(("404", missing(path)));
    }
    if operation.contains_key("requestBody") {
        list.push(("400", Error::UnknownField { pointer: "/task/descripton".to_owned() }));
        list.push(("413", Error::BodyTooLarge { limit: 4 * 1024 * 1024 }));
        list.push(("415", Error::UnsupportedMediaType { content_type: "text/plain".to_owned() }));
    } else if !public {
        list.push(("400", Error::QueryInvalid { name: "limt".to_owned(), reason: unknown }));
    }
    if has_key(operation) {
        list.push(("409", Error::IdempotencyConflict { key: "nightly-1".to_owned() }));
    }
    if path != "/api/healthz" {
        list.push(("503", Error::StoreUnavailable));
    }
    list
}

fn forbidden(path: &str) -> Error {
    if path.contains("{taskId}") {
        Error::InsufficientRights { task_id: TaskId(7) }
    } else {
        Error::rights(&["system.task", "system.root"])
    }
}

fn missing(path: &str) -> Error {
    match path {
        "/api/hook/{token}" => Error::ResourceNotFound { resource: "hook".to_owned() },
        "/api/task/{taskId}" => Error::ResourceNotFound { resource: "task 7".to_owned() },
        path if path.contains("{taskId}") => Error::ObjectNotFound { object: "task 7".to_owned() },
        path if path.starts_with("/api/mail/") => Error::ObjectNotFound { object: "mail 7".to_owned() },
        _ => Error::ObjectNotFound { object: "user 7".to_owned() },
    }
}

fn has_key(operation: &Map<String, Value>) -> bool {
    let parameters = operation.get("parameters").and_then(Value::as_array);
    parameters.is_some_and(|list| list.iter().any(|p| p["name"] == "Idempotency-Key"))
}

fn response(error: &Error) -> Value {
    let content = json!({
        "schema": {"$ref": "#/components/schemas/ErrorBody"},
        "example": error.body(Lang::En),
    });
    json!({"description": error.sentence(Lang::En), "content": {"application/json": content}})
}
