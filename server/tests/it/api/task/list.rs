//! `GET /task`.

use crate::databases::Databases;
use crate::http_world::{Person, World};
use serde_json::{Value, json};

fn ids(list: &Value) -> Vec<i64> {
    list.as_array().unwrap().iter().map(|t| t["task"]["_id"].as_i64().unwrap()).collect()
}

async fn five(ada: &Person) -> Vec<i64> {
    let mut made = vec![];
    for name in ["c", "a", "e", "b", "d"] {
        made.push(ada.task(json!({"task_module": "talk", "description": name})).await);
    }
    made
}

on_both!(pages_are_linked_and_counted);
async fn pages_are_linked_and_counted(db: Databases) {
    let world = World::start(&db).await;
    let ada = world.user("ada").await;
    let made = five(&ada).await;
    let first = ada.get("/task?limit=2&q=").await;
    assert_eq!(first.header("x-total-count"), "5");
    assert_eq!(first.header("link"), "</api/task?q=&offset=2&limit=2>; rel=\"next\"");
    assert_eq!(ids(&first.good()), [made[4], made[3]], "newest first");
    let second = ada.get("/v1/task?limit=2&offset=2").await;
    let links = "</api/v1/task?offset=4&limit=2>; rel=\"next\", </api/v1/task?offset=0&limit=2>; rel=\"prev\"";
    assert_eq!(second.header("link"), links);
    let none = ada.get("/task?limit=0").await;
    assert_eq!((none.header("x-total-count"), none.header("link")), ("5", ""));
    assert_eq!(none.good(), json!([]));
}

on_both!(filters_and_orders);
async fn filters_and_orders(db: Databases) {
    let world = World::start(&db).await;
    let ada = world.user("ada").await;
    let made = five(&ada).await;
    ada.run(made[1]).await;
    let list = async |query: &str| ids(&ada.get(&format!("/task?{query}")).await.good());
    assert_eq!(list("sort=description&order=asc").await, [made[1], made[3], made[0], made[4], made[2]]);
    assert_eq!(list("sort=created_at&order=asc&limit=1").await, [made[0]]);
    assert_eq!(list("sort=run_started_at&limit=1").await, [made[1]]);
    assert_eq!(list("status=done,error").await, [made[1]]);
    assert_eq!(list("q=E").await, [made[2]]);
    assert_eq!(list(&format!("q={}", made[3])).await, [made[3]]);
    assert_eq!(list("module=hold").await, [0; 0]);
    assert_eq!(list("tag=x").await, [0; 0]);
    assert_eq!(list("module=talk").await.len(), 5);
}
