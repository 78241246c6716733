//! The header `Idempotency-Key`.

use crate::databases::Databases;
use crate::http_world::{Person, Reply, World};
use serde_json::json;

async fn keyed(person: &Person, method: &str, path: &str, key: &str, body: &str) -> Reply {
    let request =
        person.request(method, path).header("idempotency-key", key).header("content-type", "application/json");
    Reply::of(request.body(body.to_owned())).await
}

on_both!(a_repetition_does_nothing_twice);
async fn a_repetition_does_nothing_twice(db: Databases) {
    let world = World::start(&db).await;
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let body = r#"{"task":{"task_module":"talk"}}"#;
    for (method, body) in [("PUT", body.to_owned()), ("POST", format!("[{body}]"))] {
        let first = keyed(&ada, method, "/task", method, &body).await;
        let again = keyed(&ada, method, "/v1/task", method, &body).await;
        assert_eq!((first.status, again.status), (200, 200));
        assert_eq!((first.text.as_str(), first.header("idempotency-replayed")), (again.text.as_str(), ""));
        assert_eq!(again.header("idempotency-replayed"), "true");
        let other = keyed(&ada, method, "/task", method, &body.replace("talk", "hold")).await;
        assert_eq!(other.refused(409, "IdempotencyConflict"), json!({"key": method}));
        let his = keyed(&bob, method, "/task", method, &body).await;
        assert_ne!(his.text, first.text, "keys are each caller's own");
    }
    assert_eq!(ada.get("/task").await.header("x-total-count"), "2");
    let id = ada.task(json!({"task_module": "talk"})).await;
    let first = keyed(&ada, "POST", &format!("/task/{id}/run"), "run", "").await;
    ada.until(id, "done").await;
    let again = keyed(&ada, "POST", &format!("/task/{id}/run"), "run", "").await;
    assert_eq!((first.text.as_str(), again.header("idempotency-replayed")), (again.text.as_str(), "true"));
    assert_eq!(ada.get(&format!("/task/{id}/run")).await.header("x-total-count"), "1");
    world.server.state.clock.shift(24 * 3600 * 1000 + 1);
    keyed(&ada, "PUT", "/task", "PUT", r#"{"task":{"task_module":"hold"}}"#).await.good();
}

on_both!(a_refused_request_uses_no_key_up);
async fn a_refused_request_uses_no_key_up(db: Databases) {
    let world = World::start(&db).await;
    let ada = world.user("ada").await;
    keyed(&ada, "PUT", "/task", "k", r#"{"task":{"task_module":"nothing"}}"#).await.refused(400, "ModuleUnknown");
    keyed(&ada, "PUT", "/task", "k", r#"{"task":{"task_module":"talk"}}"#).await.good();
    for key in [String::new(), "x".repeat(256), "ä".into()] {
        let reply = keyed(&ada, "PUT", "/task", &key, r#"{"task":{"task_module":"talk"}}"#).await;
        assert_eq!(reply.refused(400, "HeaderInvalid")["name"], "Idempotency-Key");
    }
}
