//! `POST`, `PUT` and `PATCH` of tasks.

use crate::databases::Databases;
use crate::http_world::World;
use serde_json::{Value, json};

on_both!(a_new_task_has_every_field);
async fn a_new_task_has_every_field(db: Databases) {
    let world = World::start(&db).await;
    let ada = world.user("ada").await;
    let made = ada.send("PUT", "/task", json!({"task": {"task_module": "talk"}})).await.good();
    assert_eq!(made["_user"], json!({"_basetype": "user", "user": {"_id": ada.id, "_generated_displayname": "ada"}}));
    let mut keys: Vec<&str> = made["task"].as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    let all = [
        "_id",
        "created_at",
        "description",
        "email",
        "frontend_prefs",
        "next_run_at",
        "run_canceled_at",
        "run_finished_at",
        "run_started_at",
        "schedules",
        "state",
        "status",
        "status_msg",
        "status_percent",
        "task_module",
        "task_params",
        "task_timeout_sec",
        "updated_at",
        "version",
    ];
    assert_eq!(keys, all);
    assert_eq!(made["task"]["task_params"], json!({"lines": 2, "text": ""}), "defaults are filled in");
    let id = made["task"]["_id"].as_i64().unwrap();
    assert_eq!(ada.get(&format!("/task/{id}")).await.good(), made);
    let put = ada.send("PUT", "/task", json!({"task": {"_id": id, "version": 2}})).await;
    assert_eq!(put.refused(400, "FieldInvalid")["pointer"], "/task/_id");
}

on_both!(an_array_is_saved_whole_or_not_at_all);
async fn an_array_is_saved_whole_or_not_at_all(db: Databases) {
    let world = World::start(&db).await;
    let ada = world.user("ada").await;
    assert_eq!(ada.post("/task", json!([])).await.good(), json!([]));
    let saved =
        ada.post("/task", json!([{"task": {"task_module": "talk"}}, {"task": {"task_module": "hold"}}])).await.good();
    let (a, b) = (&saved[0]["task"], &saved[1]["task"]);
    assert_eq!((&a["task_module"], &b["task_module"]), (&json!("talk"), &json!("hold")));
    let mixed = json!([
        {"task": {"_id": a["_id"], "version": 2, "description": "x"}},
        {"task": {"task_module": "talk"}},
        {"task": {"_id": b["_id"], "version": 2, "task_module": "nothing"}},
    ]);
    let refused = ada.post("/task", mixed).await.refused(400, "ModuleFixed");
    assert_eq!(refused, json!({"name": "hold", "pointer": "/2/task/task_module"}));
    assert_eq!(ada.get("/task").await.header("x-total-count"), "2");
    let unknown = json!([{"task": {"task_module": "talk"}}, {"task": {"task_module": "nothing"}}]);
    let refused = ada.post("/task", unknown).await.refused(400, "ModuleUnknown");
    assert_eq!(refused, json!({"name": "nothing", "pointer": "/1/task/task_module"}));
    let many: Vec<Value> = (0..1001).map(|_| json!({"task": {"task_module": "talk"}})).collect();
    ada.post("/task", json!(many)).await.refused(400, "FieldInvalid");
    assert_eq!(ada.post("/task", json!(many[..1000])).await.good().as_array().map(Vec::len), Some(1000));
    assert_eq!(ada.get("/task?limit=1").await.header("x-total-count"), "1002");
}

on_both!(a_single_object_is_answered_as_one);
async fn a_single_object_is_answered_as_one(db: Databases) {
    let world = World::start(&db).await;
    let ada = world.user("ada").await;
    let made = ada.post("/task", json!({"task": {"task_module": "talk"}})).await.good();
    let mut back = made.clone();
    back["task"]["version"] = json!(2);
    back["task"]["description"] = json!("sent back whole");
    let saved = ada.post("/task", back).await.good();
    assert_eq!((&saved["task"]["version"], &saved["task"]["description"]), (&json!(2), &json!("sent back whole")));
    let twice = json!([
        {"task": {"_id": made["task"]["_id"], "version": 3, "description": "first"}},
        {"task": {"_id": made["task"]["_id"], "_version": 4}},
    ]);
    let saved = ada.post("/task", twice).await.good();
    assert_eq!((&saved[1]["task"]["version"], &saved[1]["task"]["description"]), (&json!(4), &json!("first")));
}

on_both!(versions_must_follow);
async fn versions_must_follow(db: Databases) {
    let world = World::start(&db).await;
    let ada = world.user("ada").await;
    let id = ada.task(json!({"task_module": "talk"})).await;
    let path = format!("/task/{id}");
    for got in [json!(1), json!(3), json!(0), json!(-1), Value::Null] {
        let refused = ada.patch(&path, json!({"task": {"version": got, "task_module": "other"}})).await;
        assert_eq!(refused.refused(400, "VersionMismatch"), json!({"task_id": id, "expected": 2, "got": got}));
    }
    let other = ada.patch(&path, json!({"task": {"_id": id + 1, "version": 2}})).await;
    assert_eq!(other.refused(400, "FieldInvalid")["pointer"], "/task/_id");
    let saved = ada.patch(&path, json!({"task": {"_id": id, "version": 2, "task_timeout_sec": 5}})).await.good();
    assert_eq!((&saved["task"]["version"], &saved["task"]["task_timeout_sec"]), (&json!(2), &json!(5)));
}

on_both!(every_field_error_names_its_place);
async fn every_field_error_names_its_place(db: Databases) {
    let world = World::start(&db).await;
    let ada = world.user("ada").await;
    let table = [
        (json!({"descripton": "x"}), "UnknownField", "/task/descripton"),
        (json!({"task_params": {"lines": "many"}}), "ParamInvalid", "/task/task_params/lines"),
        (json!({"task_params": {"other": 1}}), "ParamInvalid", "/task/task_params/other"),
        (
            json!({"email": {"recipients": [{"email": "a\r\nBcc: b@c"}]}}),
            "EmailInvalid",
            "/task/email/recipients/0/email",
        ),
        (json!({"schedules": [{"minutes": [60]}]}), "ScheduleInvalid", "/task/schedules/0/minutes/0"),
        (json!({"schedules": [{"months": [2], "days_of_month": [30]}]}), "ScheduleNeverRuns", "/task/schedules/0"),
        (json!({"task_timeout_sec": -1}), "FieldInvalid", "/task/task_timeout_sec"),
        (json!({"task_module": "nothing"}), "ModuleUnknown", "/task/task_module"),
    ];
    for (fields, code, pointer) in table {
        let mut task = json!({"task_module": "talk"});
        task.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let body = json!({ "task": task });
        assert_eq!(ada.send("PUT", "/task", body.clone()).await.refused(400, code)["pointer"], pointer);
        let array = ada.post("/task", json!([{"task": {"task_module": "talk"}}, body])).await;
        assert_eq!(array.refused(400, code)["pointer"], format!("/1{pointer}"));
    }
    assert_eq!(ada.get("/task").await.good(), json!([]));
}

on_both!(secrets_are_never_answered);
async fn secrets_are_never_answered(db: Databases) {
    let world = World::start(&db).await;
    let ada = world.user("ada").await;
    let id = ada.task(json!({"task_module": "vault", "task_params": {"key": "hunter22"}})).await;
    let path = format!("/task/{id}");
    let masked = ada.get(&path).await;
    assert!(!masked.text.contains("hunter22") && !masked.text.contains("rota1:"));
    assert_eq!(masked.json()["task"]["task_params"]["key"], json!({"_secret": true}));
    let back = json!({"task": {"version": 2, "task_params": {"key": {"_secret": true}}}});
    ada.patch(&path, back).await.good();
    ada.run(id).await;
    assert_eq!(ada.until(id, "done").await["task"]["status_msg"], "8 characters", "it was kept");
}

on_both!(a_running_task_takes_preferences_only);
async fn a_running_task_takes_preferences_only(db: Databases) {
    let world = World::start(&db).await;
    let ada = world.user("ada").await;
    let id = ada.running().await;
    let path = format!("/task/{id}");
    let refused = ada.patch(&path, json!({"task": {"version": 2, "description": "x"}})).await;
    assert_eq!(refused.refused(400, "TaskRunning"), json!({"task_id": id}));
    let array = ada.post("/task", json!([{"task": {"_id": id, "version": 2, "description": "x"}}])).await;
    assert_eq!(array.refused(400, "TaskRunning")["pointer"], "/0");
    ada.patch(&path, json!({"task": {"version": 2, "frontend_prefs": {"a": 1}}})).await.good();
}
