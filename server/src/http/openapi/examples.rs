//! Examples of the schemas. A test holds each against its schema.

use serde_json::{Value, json};

/// Adds the examples to the document.
pub fn add(document: &mut Value) {
    for (schema, example) in all() {
        if let Some(schema) = document["components"]["schemas"].get_mut(schema) {
            schema["examples"] = json!([example]);
        }
    }
    for (path, method, example) in requests() {
        let body = &mut document["paths"][path][method]["requestBody"]["content"]["application/json"];
        if body.is_object() {
            body["example"] = example;
        }
    }
}

/// What to send where the schema's own example would not do: a change names only what changes.
fn requests() -> [(&'static str, &'static str, Value); 3] {
    let change = json!({"task": {"version": 2, "description": "Nightly export"}});
    [
        ("/api/task/{taskId}", "patch", change),
        ("/api/user/{id}", "patch", json!({"displayname": "Ada"})),
        (
            "/api/task",
            "post",
            json!([{"task": {"description": "A minute's rest", "task_module": "sleep", "task_params": {"runtime": 60}}}]),
        ),
    ]
}

fn all() -> Vec<(&'static str, Value)> {
    vec![
        ("TaskObject", task()),
        (
            "TaskSave",
            json!({"task": {
                "description": "Nightly export",
                "task_module": "http_request",
                "task_params": {"url": "https://example.org/export"},
                "schedules": [{"hours": [3], "minutes": [0], "timezone": "Europe/Berlin"}],
            }}),
        ),
        ("Run", run()),
        ("RunStarted", json!({"acknowledged": "ok", "run": run()})),
        (
            "LogEntry",
            json!({"idx": 0, "timestamp": "2026-03-29T01:00:00.000Z", "level": "info", "msg": "200 OK",
            "status_percent": null}),
        ),
        (
            "PreviewQuestion",
            json!({"schedules": [{"hours": [3], "minutes": [0]}], "from": "2026-01-01T00:00:00Z", "count": 1}),
        ),
        (
            "PreviewAnswer",
            json!({"runs": ["2026-01-01T03:00:00.000Z"], "warnings": [],
            "summary": {"de-DE": "Täglich um 03:00", "en-US": "Every day at 03:00"}}),
        ),
        ("CronQuestion", json!({"line": "30 8 * * 1-5", "timezone": "Europe/Berlin"})),
        (
            "CronAnswer",
            json!({"schedules": [{"weekdays": ["monday", "friday"], "hours": [8], "minutes": [30], "timezone": "Europe/Berlin"}]}),
        ),
        ("ListedRun", listed_run()),
        (
            "Outcomes",
            json!({"outcomes": {"7": [{"status": "done", "run_started_at": "2026-03-29T01:00:00.000Z", "duration_ms": 1250}]}}),
        ),
        (
            "UpcomingAnswer",
            json!({"from": "2026-03-28T12:00:00.000Z", "to": "2026-03-29T12:00:00.000Z", "more": false, "tasks": [
                {"task_id": 7, "description": "Nightly export", "status": "done", "runs": ["2026-03-29T01:00:00.000Z"], "more": false}]}),
        ),
        ("UserObject", json!({"_basetype": "user", "user": user()})),
        ("UserSave", json!({"login": "ada", "password": "correct horse", "system_rights": ["system.task"]})),
        ("Login", json!({"login": "ada", "password": "correct horse"})),
        ("Token", token()),
        ("TokenSave", json!({"name": "deploy", "expires_at": null})),
        ("TokenMade", made_token()),
        ("MailObject", json!({"mail": mail_settings(), "fixed": ["host"]})),
        (
            "MailSave",
            json!({"mail": {"host": "mail.example.org", "port": 587, "tls": "starttls", "password": "correct horse"}}),
        ),
        ("MailTest", json!({"to": "ada@example.org"})),
        (
            "MailTested",
            json!({"ok": false, "conversation": ["S: 220 mail.example.org ESMTP", "C: EHLO [192.0.2.7]"],
            "error": "the mail server does not offer STARTTLS"}),
        ),
        ("Delivery", delivery()),
        ("Hook", json!({"created_at": "2026-03-29T01:00:00.000Z", "last_used_at": null})),
        (
            "NewHook",
            json!({"created_at": "2026-03-29T01:00:00.000Z", "last_used_at": null, "token": "hook_example",
            "url": "https://rota.example.org/api/hook/hook_example"}),
        ),
        ("Acknowledged", json!({"acknowledged": "ok"})),
    ]
}

fn task() -> Value {
    json!({
        "_user": {"_basetype": "user", "user": {"_id": 1, "_generated_displayname": "root"}},
        "task": {
            "_id": 1, "version": 1,
            "created_at": "2026-03-01T12:00:00.000Z", "updated_at": "2026-03-01T12:00:00.000Z",
            "description": "Nightly export",
            "task_module": "http_request", "task_params": {"url": "https://example.org/export"},
            "task_timeout_sec": 600,
            "schedules": [{"days_of_month": [1, 15], "weekdays": ["monday"], "hours": [3], "minutes": [0, 30],
                "timezone": "Europe/Berlin"}],
            "next_run_at": "2026-06-01T01:00:00.000Z",
            "email": {"recipients": [{"email": "ops@example.org", "problems_only": true}]},
            "frontend_prefs": {"rota": {}},
            "state": {}, "status": "new", "status_msg": null, "status_percent": null,
            "run_started_at": null, "run_finished_at": null, "run_canceled_at": null,
        },
    })
}

fn run() -> Value {
    json!({
        "_id": 12, "task_id": 1, "trigger": "api", "due_at": "2026-03-29T01:00:00.000Z",
        "run_started_at": null, "run_finished_at": null, "status": "new", "status_msg": null,
        "status_percent": null, "node": null,
    })
}

fn listed_run() -> Value {
    let mut run = run();
    run["task_description"] = json!("Nightly export");
    run
}

fn mail_settings() -> Value {
    json!({
        "enabled": true, "host": "mail.example.org", "port": 587, "tls": "starttls", "user": "rota",
        "password": {"_secret": true}, "sender": "rota@example.org", "reply_to": "", "language": "en-US",
        "problems_to": ["ops@example.org"],
    })
}

fn delivery() -> Value {
    json!({
        "_id": 5, "kind": "problem", "channel": "mail", "recipient": "ops@example.org", "task_id": 1, "run_id": 12,
        "task_description": "Nightly export", "run": run(), "tally": {"outcomes": 1, "problems": 1},
        "created_at": "2026-03-29T01:00:10.000Z", "not_before": "2026-03-29T01:01:10.000Z", "attempts": 1,
        "status": "waiting", "last_error": "451 4.7.1 try again later", "sent_at": null,
        "message_id": "<4be3a1@example.org>",
    })
}

fn user() -> Value {
    json!({
        "_id": 2, "_generated_displayname": "Ada", "login": "ada", "email": "ada@example.org", "displayname": "Ada",
        "language": "en-US", "system_rights": ["system.task"],
        "frontend_prefs": {"rota": {"theme": "dark"}}, "created_at": "2026-03-01T12:00:00.000Z", "updated_at": "2026-03-01T12:00:00.000Z",
    })
}

fn token() -> Value {
    json!({"_id": 3, "name": "deploy", "created_at": "2026-03-01T12:00:00.000Z", "expires_at": null, "last_used_at": null})
}

fn made_token() -> Value {
    let mut made = token();
    made["token"] = json!("rota_example");
    made
}
