//! `POST` and `GET /task/{id}/run`.

use crate::databases::Databases;
use crate::http_world::World;
use serde_json::json;

on_both!(a_run_is_started_and_told_of);
async fn a_run_is_started_and_told_of(db: Databases) {
    let world = World::start(&db).await;
    let ada = world.user("ada").await;
    let id = ada.task(json!({"task_module": "talk"})).await;
    let path = format!("/task/{id}/run");
    let started = ada.bytes("POST", &path, "{}").await.good();
    assert_eq!((&started["acknowledged"], &started["run"]["trigger"]), (&json!("ok"), &json!("api")));
    ada.until(id, "done").await;
    let second = ada.run(id).await;
    let runs = ada.get(&path).await;
    assert_eq!(runs.header("x-total-count"), "2");
    let runs = runs.good();
    assert_eq!((&runs[0]["_id"], &runs[1]["_id"]), (&json!(second), &started["run"]["_id"]), "newest first");
    let mut keys: Vec<&str> = runs[0].as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    let all = [
        "_id",
        "due_at",
        "node",
        "run_finished_at",
        "run_started_at",
        "status",
        "status_msg",
        "status_percent",
        "task_id",
        "trigger",
    ];
    assert_eq!(keys, all);
    let paged = ada.get(&format!("{path}?limit=1&offset=1")).await;
    assert!(paged.header("link").contains("offset=0") && paged.good()[0] == runs[1]);
}

on_both!(the_last_outcomes_of_many_tasks);
async fn the_last_outcomes_of_many_tasks(db: Databases) {
    let world = World::start(&db).await;
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let (mine, idle) = (ada.task(json!({"task_module": "talk"})).await, ada.task(json!({"task_module": "talk"})).await);
    let other = bob.task(json!({"task_module": "talk"})).await;
    ada.run(mine).await;
    ada.until(mine, "done").await;
    let answer = ada.get(&format!("/task/outcomes?id={other},{idle},{mine},999")).await.good();
    let tasks: Vec<_> = answer["outcomes"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(tasks, [mine.to_string(), idle.to_string()], "not somebody else's");
    let run = &answer["outcomes"][mine.to_string()][0];
    assert_eq!((&run["status"], run["duration_ms"].is_u64()), (&json!("done"), true));
    assert!(run["run_started_at"].is_string());
    for id in ["x", "1,,y"] {
        ada.get(&format!("/task/outcomes?id={id}")).await.refused(400, "QueryInvalid");
    }
    let many: Vec<String> = (1..=101).map(|id| id.to_string()).collect();
    ada.get(&format!("/task/outcomes?id={}", many.join(","))).await.refused(400, "QueryInvalid");
}

on_both!(one_run_at_a_time);
async fn one_run_at_a_time(db: Databases) {
    let world = World::start(&db).await;
    let ada = world.user("ada").await;
    let id = ada.running().await;
    assert_eq!(ada.call("POST", &format!("/task/{id}/run")).await.refused(400, "TaskRunning"), json!({"task_id": id}));
}

on_both!(the_body_is_empty_or_nothing);
async fn the_body_is_empty_or_nothing(db: Databases) {
    let world = World::start(&db).await;
    let ada = world.user("ada").await;
    let id = ada.task(json!({"task_module": "talk"})).await;
    let path = format!("/task/{id}/run");
    assert_eq!(ada.bytes("POST", &path, r#"{"x":1}"#).await.refused(400, "UnknownField")["pointer"], "/x");
    ada.bytes("POST", &path, "[]").await.refused(400, "FieldInvalid");
    ada.bytes("POST", &path, "{").await.refused(400, "JsonInvalid");
}

on_both!(a_task_of_nobody_does_not_run);
async fn a_task_of_nobody_does_not_run(db: Databases) {
    let world = World::start(&db).await;
    let (root, ada) = (world.root(), world.user("ada").await);
    let id = ada.task(json!({"task_module": "talk"})).await;
    root.call("DELETE", &format!("/user/{}", ada.id)).await.good();
    let refused = root.call("POST", &format!("/task/{id}/run")).await.refused(400, "TaskWithoutOwner");
    assert_eq!(refused, json!({"task_id": id}));
    assert_eq!(root.get(&format!("/task/{id}")).await.good()["_user"], json!(null));
}
