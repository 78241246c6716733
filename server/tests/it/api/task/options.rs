//! Run options: read, saved, answered, refused.

use crate::databases::Databases;
use crate::http_world::World;
use serde_json::{Value, json};

fn all() -> Value {
    json!({
        "retry": {"max_attempts": 5, "backoff_sec": 30, "factor": 3, "max_backoff_sec": 900},
        "overlap": "queue",
        "catch_up": "all",
        "catch_up_window_sec": 7200,
        "jitter_sec": 60,
        "paused_until": "2999-01-01T00:00:00.000Z",
        "tags": ["nightly", "ops"],
        "priority": 5,
        "keep_runs": 100,
        "keep_days": 30,
        "notify_after": 3,
        "notify_recovery": false,
        "digest": true,
        "webhooks": [{"url": "https://example.org/a", "secret": {"_secret": true}, "events": ["done", "error"]}, {"url": "http://example.org/b"}],
    })
}

fn with(task: Value, more: &Value) -> Value {
    let mut task = task;
    for (key, value) in more.as_object().unwrap() {
        task[key] = value.clone();
    }
    task
}

on_both!(options_come_back_as_they_were_saved_and_go_by_null);
async fn options_come_back_as_they_were_saved_and_go_by_null(db: Databases) {
    let world = World::start(&db).await;
    let ada = world.user("ada").await;
    let plain = ada.task(json!({"task_module": "talk"})).await;
    let before = ada.get(&format!("/task/{plain}")).await.good();
    let mut saved = all();
    (saved["tags"], saved["webhooks"][0]["secret"]) = (json!([" ops", "nightly", "ops"]), json!("very secret"));
    let id =
        ada.task(with(json!({"task_module": "talk", "schedules": [{"hours": [3], "minutes": [0]}]}), &saved)).await;
    let task = ada.get(&format!("/task/{id}")).await.good()["task"].clone();
    for (key, value) in all().as_object().unwrap() {
        assert_eq!(&task[key], value, "{key}");
    }
    assert_eq!(task["next_run_at"], "2999-01-01T03:00:00.000Z", "after the pause");
    // Sent back whole, it stays; what is left out stays.
    let back = json!({"task": with(task.clone(), &json!({"version": 2}))});
    assert_eq!(ada.send("POST", "/task", back).await.good()["task"]["webhooks"], all()["webhooks"]);
    let few = json!({"task": {"version": 3, "description": "x"}});
    assert_eq!(ada.send("PATCH", &format!("/task/{id}"), few).await.good()["task"]["retry"], all()["retry"]);
    let nulls: Value = all().as_object().unwrap().keys().map(|key| (key.clone(), Value::Null)).collect();
    let none = json!({"task": with(json!({"version": 4}), &nulls)});
    let after = ada.send("PATCH", &format!("/task/{id}"), none).await.good();
    let keys = |task: &Value| task["task"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&after), keys(&before), "as a task of the reference API");
    assert!(after["task"]["next_run_at"].as_str().unwrap() < "2999", "and the pause is over");
    world.stop().await;
}

on_both!(what_is_wrong_is_named);
async fn what_is_wrong_is_named(db: Databases) {
    let world = World::start(&db).await;
    let ada = world.user("ada").await;
    for (options, pointer) in [
        (json!({"retry": 3}), "/retry"),
        (json!({"retry": {"max_attempts": 1}}), "/retry/max_attempts"),
        (json!({"retry": {"backoff_sec": -1}}), "/retry/backoff_sec"),
        (json!({"retry": {"factor": 0.5}}), "/retry/factor"),
        (json!({"overlap": "kill"}), "/overlap"),
        (json!({"catch_up": true}), "/catch_up"),
        (json!({"catch_up_window_sec": -1}), "/catch_up_window_sec"),
        (json!({"jitter_sec": 90_000}), "/jitter_sec"),
        (json!({"paused_until": "tomorrow"}), "/paused_until"),
        (json!({"tags": ["a,b"]}), "/tags/0"),
        (json!({"tags": ["a", " "]}), "/tags/1"),
        (json!({"tags": ["x".repeat(65)]}), "/tags/0"),
        (json!({"tags": vec!["x"; 51]}), "/tags"),
        (json!({"priority": 11}), "/priority"),
        (json!({"keep_runs": 0}), "/keep_runs"),
        (json!({"keep_days": "7"}), "/keep_days"),
        (json!({"notify_after": 0}), "/notify_after"),
        (json!({"notify_recovery": "yes"}), "/notify_recovery"),
        (json!({"digest": 1}), "/digest"),
        (json!({"webhooks": [{}]}), "/webhooks/0/url"),
        (json!({"webhooks": [{"url": "ftp://example.org"}]}), "/webhooks/0/url"),
        (json!({"webhooks": [{"url": "https://"}]}), "/webhooks/0/url"),
        (json!({"webhooks": [{"url": "https://example.org", "secret": {"_secret": true}}]}), "/webhooks/0/secret"),
        (json!({"webhooks": [{"url": "https://example.org", "secret": 7}]}), "/webhooks/0/secret"),
        (json!({"webhooks": [{"url": "https://example.org", "events": ["start"]}]}), "/webhooks/0/events/0"),
    ] {
        let body = json!({"task": with(json!({"task_module": "talk"}), &options)});
        let refused = ada.send("PUT", "/task", body.clone()).await.refused(400, "FieldInvalid");
        assert_eq!(refused["pointer"], format!("/task{pointer}"), "{options}");
        let many = ada.send("POST", "/task", json!([body])).await.refused(400, "FieldInvalid");
        assert_eq!(many["pointer"], format!("/0/task{pointer}"), "{options}");
    }
    for (options, pointer) in [
        (json!({"retry": {"times": 3}}), "/task/retry/times"),
        (json!({"webhooks": [{"url": "https://example.org", "x": 1}]}), "/task/webhooks/0/x"),
    ] {
        let body = json!({"task": with(json!({"task_module": "talk"}), &options)});
        assert_eq!(ada.send("PUT", "/task", body).await.refused(400, "UnknownField")["pointer"], pointer);
    }
    assert_eq!(ada.get("/task").await.good(), json!([]), "nothing was saved");
    world.stop().await;
}

on_both!(tags_narrow_the_list);
async fn tags_narrow_the_list(db: Databases) {
    let world = World::start(&db).await;
    let ada = world.user("ada").await;
    let ops = ada.task(json!({"task_module": "talk", "tags": ["ops", "big one"]})).await;
    let nightly = ada.task(json!({"task_module": "talk", "tags": ["nightly"]})).await;
    let found = async |query: &str| {
        let list = ada.get(&format!("/task?{query}")).await.good();
        list.as_array().unwrap().iter().map(|t| t["task"]["_id"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(found("tag=ops").await, [ops]);
    assert_eq!(found("tag=nightly,big%20one").await, [nightly, ops]);
    assert_eq!(found("tag=op").await, [0; 0]);
    assert_eq!(found("tag=").await.len(), 2);
    world.stop().await;
}

on_both!(a_retry_that_waits_is_told_and_can_be_canceled);
async fn a_retry_that_waits_is_told_and_can_be_canceled(db: Databases) {
    let world = World::start(&db).await;
    let ada = world.user("ada").await;
    let retry = json!({"max_attempts": 2, "backoff_sec": 3600});
    let id =
        ada.task(json!({"task_module": "sleep", "task_params": {"runtime": 0, "fail": true}, "retry": retry})).await;
    ada.run(id).await;
    let task = ada.get(&format!("/task/{id}")).await.good()["task"].clone();
    assert_eq!((&task["status"], &task["next_run_at"]), (&json!("error"), &Value::Null));
    let (at, end) = (task["retry_at"].as_str().unwrap(), task["run_finished_at"].as_str().unwrap());
    assert!(at > end, "{at} {end}");
    ada.send("POST", &format!("/task/{id}/cancel"), json!({})).await.good();
    let task = ada.get(&format!("/task/{id}")).await.good()["task"].clone();
    assert_eq!((&task["status"], &task["retry_at"]), (&json!("canceled"), &Value::Null));
    let runs = ada.get(&format!("/task/{id}/run")).await.good();
    assert_eq!(
        (&runs[0]["trigger"], &runs[0]["attempt"], &runs[1]["attempt"]),
        (&json!("retry"), &json!(2), &Value::Null)
    );
    world.stop().await;
}
