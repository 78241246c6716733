//! `/healthz`, `/readyz`, `/metrics`: no login, and nothing but counts.

use crate::databases::Databases;
use crate::http_world::World;
use serde_json::json;

on_both!(health_and_readiness);
async fn health_and_readiness(db: Databases) {
    let world = World::start(&db).await;
    assert_eq!(world.anonymous("GET", "/healthz").await.good(), json!({"status": "ok"}));
    assert_eq!(world.anonymous("GET", "/readyz").await.good(), json!({"status": "ready"}));
    world.server.state.store.close().await;
    assert_eq!(world.anonymous("GET", "/healthz").await.good(), json!({"status": "ok"}));
    world.anonymous("GET", "/readyz").await.refused(503, "StoreUnavailable");
    world.root().get("/task").await.refused(503, "StoreUnavailable");
    assert_eq!(world.anonymous("GET", "/metrics").await.status, 200);
}

on_both!(metrics_count_without_names);
async fn metrics_count_without_names(db: Databases) {
    let world = World::start(&db).await;
    let ada = world.user("ada").await;
    let id = ada.task(json!({"task_module": "talk", "description": "very secret"})).await;
    ada.run(id).await;
    ada.get("/task?q=very+secret").await.good();
    let metrics = world.anonymous("GET", "/metrics").await;
    assert!(metrics.header("content-type").starts_with("text/plain; version=0.0.4"));
    for part in [
        "rota_tasks{status=\"done\"}",
        "rota_runs_started_total",
        "rota_runs_ended_total{status=\"done\"}",
        "rota_http_requests_total{",
        "route=\"/api/task/{taskId}/run\"",
    ] {
        assert!(metrics.text.contains(part), "{part} in {}", metrics.text);
    }
    assert!(!metrics.text.contains("secret") && !metrics.text.contains("ada"));
}
