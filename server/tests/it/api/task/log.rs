//! `GET /task/{id}/log` and `/log/download`.

use crate::databases::Databases;
use crate::http_world::World;
use serde_json::{Value, json};

fn idx(list: &Value) -> Vec<i64> {
    list.as_array().unwrap().iter().map(|e| e["idx"].as_i64().unwrap()).collect()
}

on_both!(pages_filters_and_runs);
async fn pages_filters_and_runs(db: Databases) {
    let world = World::start(&db).await;
    let ada = world.user("ada").await;
    let id = ada.task(json!({"task_module": "talk", "task_params": {"lines": 12}})).await;
    let never = ada.get(&format!("/task/{id}/log")).await;
    assert_eq!(never.header("x-total-count"), "0");
    assert_eq!(never.good(), json!([]));
    let first = ada.run(id).await;
    let log = async |query: &str| ada.get(&format!("/task/{id}/log?{query}")).await;
    let all = log("").await;
    assert_eq!(all.header("x-total-count"), "12");
    let all = all.good();
    assert_eq!(idx(&all), (0..12).collect::<Vec<_>>());
    assert_eq!(
        (&all[1]["level"], &all[1]["msg"], &all[1]["status_percent"]),
        (&json!("info"), &json!("line 1"), &json!(null))
    );
    assert_eq!(idx(&log("order=desc&limit=2").await.good()), [11, 10]);
    assert_eq!(idx(&log("level=warning,error&offset=1").await.good()), [3, 6, 7, 10, 11]);
    assert_eq!(log("level=warning").await.header("x-total-count"), "3");
    assert_eq!(idx(&log("q=LINE+1").await.good()), [1, 10, 11]);
    assert_eq!(log("limit=0").await.good(), json!([]));
    ada.patch(&format!("/task/{id}"), json!({"task": {"version": 2, "task_params": {"lines": 1}}})).await.good();
    ada.run(id).await;
    assert_eq!(idx(&log("").await.good()), [0], "of the latest run");
    assert_eq!(log(&format!("run={first}")).await.header("x-total-count"), "12");
    let other = ada.task(json!({"task_module": "talk"})).await;
    let others = ada.run(other).await;
    for run in [others.to_string(), "99".into(), "0".into(), "-1".into(), "abc".into()] {
        let refused = log(&format!("run={run}")).await.refused(404, "ObjectNotFound");
        assert_eq!(refused, json!({"object": format!("run {run}")}));
    }
}

on_both!(a_download_is_whole_and_harmless);
async fn a_download_is_whole_and_harmless(db: Databases) {
    let world = World::start(&db).await;
    let ada = world.user("ada").await;
    let evil = "\u{1b}[31m\n2026-01-01 forged\t<script>";
    let id = ada.task(json!({"task_module": "talk", "task_params": {"lines": 7000, "text": evil}})).await;
    let empty = ada.get(&format!("/task/{id}/log/download")).await;
    assert_eq!((empty.status, empty.text.as_str()), (200, ""));
    let run = ada.run(id).await;
    let text = ada.get(&format!("/task/{id}/log/download?run={run}")).await;
    assert!(text.header("content-type").starts_with("text/plain"));
    assert_eq!(text.header("content-disposition"), format!("attachment; filename=\"task-{id}-run-{run}.log\""));
    assert_eq!(text.text.lines().count(), 7000, "a line is a line");
    assert!(!text.text.contains('\u{1b}') && text.text.contains('\t'));
    let lines = ada.get(&format!("/task/{id}/log/download?format=jsonl")).await;
    let entries: Vec<Value> = lines.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((entries.len(), &entries[6999]["msg"]), (7000, &json!(format!("line 6999{evil}"))));
    ada.get(&format!("/task/{id}/log/download?run=99")).await.refused(404, "ObjectNotFound");
}
