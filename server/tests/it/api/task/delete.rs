//! `DELETE /task/{id}`.

use crate::databases::Databases;
use crate::http_world::World;
use serde_json::json;

on_both!(what_is_deleted_is_gone_and_its_number_too);
async fn what_is_deleted_is_gone_and_its_number_too(db: Databases) {
    let world = World::start(&db).await;
    let ada = world.user("ada").await;
    let id = ada.task(json!({"task_module": "talk"})).await;
    assert_eq!(ada.call("DELETE", &format!("/task/{id}")).await.good(), json!({"acknowledged": "ok"}));
    ada.call("DELETE", &format!("/task/{id}")).await.refused(404, "ObjectNotFound");
    ada.get(&format!("/task/{id}")).await.refused(404, "ResourceNotFound");
    assert!(ada.task(json!({"task_module": "talk"})).await > id);
}

on_both!(a_running_task_stays);
async fn a_running_task_stays(db: Databases) {
    let world = World::start(&db).await;
    let ada = world.user("ada").await;
    let id = ada.running().await;
    assert_eq!(ada.call("DELETE", &format!("/task/{id}")).await.refused(400, "TaskRunning"), json!({"task_id": id}));
}
