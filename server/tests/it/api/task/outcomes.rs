//! `GET /run` and `GET /task/outcomes`.

use crate::databases::Databases;
use crate::http_world::World;
use serde_json::json;

on_both!(runs_of_all_tasks_are_listed_by_start);
async fn runs_of_all_tasks_are_listed_by_start(db: Databases) {
    let world = World::start(&db).await;
    let (root, ada) = (world.root(), world.user("ada").await);
    let first = ada.task(json!({"task_module": "talk", "description": "Talk"})).await;
    let run = ada.run(first).await;
    let second = root.task(json!({"task_module": "talk"})).await;
    let later = root.run(second).await;
    let seen = ada.get("/run").await;
    assert_eq!(seen.header("x-total-count"), "1");
    let seen = seen.good();
    assert_eq!((&seen[0]["_id"], &seen[0]["task_description"]), (&json!(run), &json!("Talk")));
    let all = root.get("/run?status=done&limit=1").await;
    assert_eq!(all.header("x-total-count"), "2");
    assert!(all.header("link").contains("rel=\"next\""));
    assert_eq!(all.good()[0]["_id"], later);
    assert_eq!(root.get("/run?status=error").await.good(), json!([]));
    assert_eq!(root.get("/run?from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z").await.good(), json!([]));
    for query in ["from=2020-01-01T00:00:00Z", "to=now", "status=x", "limit=1001"] {
        root.get(&format!("/run?{query}")).await.refused(400, "QueryInvalid");
    }
}

on_both!(outcomes_are_told_of_ones_own_tasks);
async fn outcomes_are_told_of_ones_own_tasks(db: Databases) {
    let world = World::start(&db).await;
    let (root, ada) = (world.root(), world.user("ada").await);
    let own = ada.task(json!({"task_module": "talk"})).await;
    ada.run(own).await;
    ada.run(own).await;
    let others = root.task(json!({"task_module": "talk"})).await;
    root.run(others).await;
    let url = format!("/task/outcomes?id={own},{others},{own},999");
    let seen = ada.get(&url).await.good()["outcomes"].clone();
    let list = seen[own.to_string()].as_array().unwrap();
    assert_eq!((seen.as_object().map(|o| o.len()), list.len()), (Some(1), 2));
    assert_eq!(list[0]["status"], "done");
    assert!(
        list[0]["duration_ms"].is_u64() && list[0]["run_started_at"].as_str() >= list[1]["run_started_at"].as_str()
    );
    assert_eq!(root.get(&url).await.good()["outcomes"].as_object().map(|o| o.len()), Some(2));
    assert_eq!(ada.get("/task/outcomes").await.good(), json!({"outcomes": {}}));
    let many = (1..=101).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    for ids in ["x", "0", &many] {
        let refused = ada.get(&format!("/task/outcomes?id={ids}")).await.refused(400, "QueryInvalid");
        assert_eq!(refused["name"], "id");
    }
}
