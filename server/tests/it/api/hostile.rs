//! Bodies that no client of ours would send.

use crate::databases::Databases;
use crate::http_world::World;
use serde_json::{Value, json};

const TAKING: [(&str, &str); 8] = [
    ("POST", "/task"),
    ("PUT", "/task"),
    ("PATCH", "/task/1"),
    ("POST", "/schedule/preview"),
    ("POST", "/user"),
    ("PATCH", "/user/1"),
    ("POST", "/user/1/token"),
    ("POST", "/session"),
];

on_both!(what_is_not_json_is_told_so);
async fn what_is_not_json_is_told_so(db: Databases) {
    let world = World::start(&db).await;
    let root = world.root();
    root.task(json!({"task_module": "talk"})).await;
    let deep = "[".repeat(100_000);
    let nested = format!("{}1{}", r#"{"task":"#.repeat(101), "}".repeat(101));
    let bad: [&[u8]; 9] = [
        b"",
        b"{",
        b"[1,]",
        b"{\"task\":{}} x",
        b"nul",
        b"{\"a\":\xff}",
        b"\xef\xbb\xbf{}",
        deep.as_bytes(),
        nested.as_bytes(),
    ];
    for (method, path) in TAKING {
        for body in bad {
            let reply = root.bytes(method, path, body).await;
            assert_eq!(reply.status, 400, "{method} {path} {:?}", String::from_utf8_lossy(&body[..body.len().min(40)]));
            reply.refused(400, "JsonInvalid");
        }
        for body in ["null", "1", "\"x\"", "true", "[[]]", "[null]"] {
            let reply = root.bytes(method, path, body).await;
            assert_eq!(reply.status, 400, "{method} {path} {body}");
            reply.refused(400, "FieldInvalid");
        }
        for kind in ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""] {
            let request = root.request(method, path).header("content-type", kind).body("{}");
            crate::http_world::Reply::of(request).await.refused(415, "UnsupportedMediaType");
        }
    }
}

on_both!(forty_megabytes_are_refused_with_an_answer);
async fn forty_megabytes_are_refused_with_an_answer(db: Databases) {
    let world = World::start(&db).await;
    let (root, huge) = (world.root(), vec![b' '; 40 * 1024 * 1024]);
    for (method, path) in TAKING {
        let limit = root.bytes(method, path, huge.clone()).await.refused(413, "BodyTooLarge");
        assert_eq!(limit, json!({"limit": 4 * 1024 * 1024}));
    }
    let chunked = |_| Ok::<_, std::io::Error>(vec![b' '; 1024 * 1024]);
    let stream = reqwest::Body::wrap_stream(futures::stream::iter((0..40).map(chunked)));
    let request = root.request("POST", "/task").header("content-type", "application/json").body(stream);
    crate::http_world::Reply::of(request).await.refused(413, "BodyTooLarge");
    let stranger = world.raw(reqwest::Method::POST, "/task").header("content-type", "application/json").body(huge);
    crate::http_world::Reply::of(stranger).await.refused(401, "UserRequired");
    let small = World::with(&db, &["--body-limit", "2000"]).await;
    small.root().bytes("POST", "/task", vec![b' '; 2001]).await.refused(413, "BodyTooLarge");
    small.root().bytes("POST", "/task", format!("[{}]", " ".repeat(1998))).await.good();
}

on_both!(wrong_types_are_named);
async fn wrong_types_are_named(db: Databases) {
    let world = World::start(&db).await;
    let ada = world.user("ada").await;
    let id = ada.task(json!({"task_module": "talk"})).await;
    let huge: Value = serde_json::from_str("123456789012345678901234567890").unwrap();
    let not_text = [json!(1), json!(true), json!([]), json!({})];
    let not_number = [json!("1"), json!(true), json!([]), json!({}), json!(1.5), huge.clone()];
    let not_object = [json!("1"), json!(true), json!([]), json!(1)];
    let not_list = [json!("1"), json!(true), json!({}), json!(1)];
    let table: [(&str, &[Value]); 9] = [
        ("_id", &not_number),
        ("version", &not_number),
        ("description", &not_text),
        ("task_module", &not_text),
        ("task_timeout_sec", &not_number),
        ("task_params", &not_object),
        ("frontend_prefs", &not_object),
        ("next_run_at", &[json!(1), json!("tomorrow"), json!("2026-02-30T00:00:00Z"), json!({})]),
        ("email", &not_object),
    ];
    for (field, values) in table {
        for value in values {
            let mut task = json!({"version": 2});
            task[field] = value.clone();
            let reply = ada.patch(&format!("/task/{id}"), json!({"task": task.clone()})).await;
            assert_eq!(reply.refused(400, "FieldInvalid")["pointer"], format!("/task/{field}"), "{value}");
            task["task_module"] = task.get("task_module").cloned().unwrap_or(json!("talk"));
            let reply = ada.post("/task", json!([{"task": {"task_module": "talk"}}, {"task": task}])).await;
            assert_eq!(reply.refused(400, "FieldInvalid")["pointer"], format!("/1/task/{field}"), "{value}");
        }
    }
    for value in not_list {
        let reply = ada.patch(&format!("/task/{id}"), json!({"task": {"version": 2, "schedules": value}})).await;
        let body = reply.json();
        assert!(body["parameters"]["pointer"].as_str().unwrap().starts_with("/task/schedules"), "{body}");
        assert_eq!(reply.status, 400);
    }
    assert_eq!(ada.get("/task").await.good().as_array().map(Vec::len), Some(1), "nothing was half done");
}

on_both!(nul_and_odd_texts_do_no_harm);
async fn nul_and_odd_texts_do_no_harm(db: Databases) {
    let world = World::start(&db).await;
    let ada = world.user("ada").await;
    let nul = ada.send("PUT", "/task", json!({"task": {"task_module": "talk", "description": "a\u{0}b"}})).await;
    assert_eq!(nul.refused(400, "FieldInvalid")["pointer"], "/task/description");
    let odd = "'; DROP TABLE task; --<script>\u{202e}\u{1f600}\r\n\t";
    let id = ada.task(json!({"task_module": "talk", "description": odd, "task_params": {"text": odd}})).await;
    let task = ada.get(&format!("/task/{id}")).await.good();
    assert_eq!((&task["task"]["description"], &task["task"]["task_params"]["text"]), (&json!(odd), &json!(odd)));
    let prefs = r#"{"rota":{"b":1.00,"a":1e3},"x":123456789012345678901234567890,"\u0000":"\u0000"}"#;
    let body = format!(r#"{{"task":{{"version":2,"frontend_prefs":{prefs}}}}}"#);
    let saved = ada.bytes("PATCH", &format!("/task/{id}"), body).await;
    assert!(saved.text.contains(prefs), "{}", saved.text);
}
