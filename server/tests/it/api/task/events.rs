//! `GET /task/events`.

use super::stream::Stream;
use crate::databases::Databases;
use crate::http_world::World;
use serde_json::json;

on_both!(changes_are_sent_to_those_who_may_see_them);
async fn changes_are_sent_to_those_who_may_see_them(db: Databases) {
    let world = World::start(&db).await;
    let (root, ada, bob) = (world.root(), world.user("ada").await, world.user("bob").await);
    let mut hers = Stream::open(&ada, "/task/events", None).await;
    let mut all = Stream::open(&root, "/task/events", None).await;
    let other = bob.task(json!({"task_module": "talk"})).await;
    let id = ada.task(json!({"task_module": "talk"})).await;
    let first = hers.expect(&["task"]).await;
    assert_eq!(first[0].data, ada.get(&format!("/task/{id}")).await.good(), "as GET answers it");
    ada.call("DELETE", &format!("/task/{id}")).await.good();
    assert_eq!(hers.expect(&["deleted"]).await[0].data, json!({"task_id": id}));
    let seen = all.expect(&["task"]).await;
    assert_eq!(seen[0].data["task"]["_id"], other);
}

on_both!(a_viewer_goes_on_where_it_stopped);
async fn a_viewer_goes_on_where_it_stopped(db: Databases) {
    let world = World::start(&db).await;
    let ada = world.user("ada").await;
    let mut stream = Stream::open(&ada, "/task/events", None).await;
    let a = ada.task(json!({"task_module": "talk"})).await;
    stream.expect(&["task"]).await;
    let place = stream.last_id.clone();
    drop(stream);
    let b = ada.task(json!({"task_module": "talk"})).await;
    ada.patch(&format!("/task/{a}"), json!({"task": {"version": 2, "description": "x"}})).await.good();
    let mut again = Stream::open(&ada, "/task/events", Some(&place)).await;
    let missed = again.expect(&["task", "task"]).await;
    assert_eq!((&missed[0].data["task"]["_id"], &missed[1].data["task"]["_id"]), (&json!(b), &json!(a)));
    let mut one = Stream::open(&ada, &format!("/task/events?task={b}"), Some(&place)).await;
    assert_eq!(one.expect(&["task"]).await[0].data["task"]["_id"], b);
    let mut stranger = Stream::open(&ada, "/task/events", Some("1-1")).await;
    stranger.expect(&["reset"]).await;
}

on_both!(a_flood_is_folded);
async fn a_flood_is_folded(db: Databases) {
    let world = World::start(&db).await;
    let ada = world.user("ada").await;
    let id = ada.task(json!({"task_module": "talk"})).await;
    let mut stream = Stream::open(&ada, "/task/events", None).await;
    let hub = world.server.state.hub.clone();
    for _ in 0..5000 {
        hub.task(domain::TaskId(id), Some(domain::UserId(ada.id)), false);
    }
    let other = ada.task(json!({"task_module": "talk"})).await;
    let mut count = 0;
    while stream.next().await.unwrap().data["task"]["_id"] != other {
        count += 1;
    }
    assert!(count < 20, "{count} events for one task");
}
