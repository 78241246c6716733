//! `POST /task/{id}/cancel`.

use crate::databases::Databases;
use crate::http_world::World;
use serde_json::json;

on_both!(a_run_is_stopped);
async fn a_run_is_stopped(db: Databases) {
    let world = World::start(&db).await;
    let ada = world.user("ada").await;
    let id = ada.running().await;
    assert_eq!(ada.call("POST", &format!("/task/{id}/cancel")).await.good(), json!({"acknowledged": "ok"}));
    let task = ada.until(id, "canceled").await["task"].clone();
    assert_eq!(task["version"], 2);
    assert!(task["run_canceled_at"].is_string());
}

on_both!(what_neither_runs_nor_is_due_is_not_canceled);
async fn what_neither_runs_nor_is_due_is_not_canceled(db: Databases) {
    let world = World::start(&db).await;
    let ada = world.user("ada").await;
    let id = ada.task(json!({"task_module": "talk", "next_run_at": "2999-01-01T00:00:00Z"})).await;
    let refused = ada.call("POST", &format!("/task/{id}/cancel")).await.refused(400, "TaskNotRunning");
    assert_eq!(refused, json!({"task_id": id}));
    assert_eq!(ada.get(&format!("/task/{id}")).await.good()["task"]["version"], 1);
}
