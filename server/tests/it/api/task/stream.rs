//! Reading server-sent events, and `GET /task/{id}/log/stream`.

use crate::databases::Databases;
use crate::http_world::{Person, World};
use serde_json::{Value, json};
use std::time::Duration;

/// One event.
#[derive(Debug, Default, Clone)]
pub struct Event {
    pub name: String,
    pub id: String,
    pub data: Value,
}

/// An open stream.
pub struct Stream {
    response: reqwest::Response,
    buffer: String,
    pub last_id: String,
}

impl Stream {
    pub async fn open(person: &Person, path: &str, last_id: Option<&str>) -> Stream {
        let mut request = person.request("GET", path);
        if let Some(id) = last_id {
            request = request.header("last-event-id", id);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Stream { response, buffer: String::new(), last_id: String::new() }
    }

    /// The next event with a name; `None` at the end of the stream.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            while let Some((block, rest)) = self.buffer.split_once("\n\n") {
                let event = parse(block);
                self.buffer = rest.to_owned();
                if !event.id.is_empty() {
                    self.last_id = event.id.clone();
                }
                if !event.name.is_empty() {
                    return Some(event);
                }
            }
            let chunk = tokio::time::timeout(Duration::from_secs(20), self.response.chunk()).await.expect("silence");
            self.buffer.push_str(std::str::from_utf8(&chunk.ok()??).unwrap());
        }
    }

    /// The next events, of these names.
    pub async fn expect(&mut self, names: &[&str]) -> Vec<Event> {
        let mut events = vec![];
        for name in names {
            let event = self.next().await.expect("the stream ended");
            assert_eq!(event.name, *name, "{event:?}");
            events.push(event);
        }
        events
    }
}

fn parse(block: &str) -> Event {
    let mut event = Event::default();
    for line in block.lines() {
        match line.split_once(": ") {
            Some(("event", name)) => event.name = name.to_owned(),
            Some(("id", id)) => event.id = id.to_owned(),
            Some(("data", data)) => event.data = serde_json::from_str(data).unwrap(),
            _ => {}
        }
    }
    event
}

on_both!(a_finished_run_is_sent_and_ended);
async fn a_finished_run_is_sent_and_ended(db: Databases) {
    let world = World::start(&db).await;
    let ada = world.user("ada").await;
    let id = ada.task(json!({"task_module": "talk", "task_params": {"lines": 2500}})).await;
    let run = ada.run(id).await;
    let mut stream = Stream::open(&ada, &format!("/task/{id}/log/stream?run={run}"), None).await;
    let mut place = String::new();
    for i in 0..2500 {
        let event = stream.next().await.unwrap();
        assert_eq!((event.name.as_str(), &event.data["idx"]), ("log", &json!(i)));
        if i == 1233 {
            place = event.id;
        }
    }
    let end = stream.expect(&["end"]).await;
    assert_eq!((&end[0].data["_id"], &end[0].data["status"]), (&json!(run), &json!("done")));
    assert!(stream.next().await.is_none());
    let mut again = Stream::open(&ada, &format!("/task/{id}/log/stream?run={run}"), Some(&place)).await;
    assert_eq!(again.next().await.unwrap().data["idx"], 1234, "goes on where it stopped");
    let mut last = Stream::open(&ada, &format!("/task/{id}/log/stream?run={run}&offset=2499"), None).await;
    last.expect(&["log", "end"]).await;
}

on_both!(the_next_run_follows);
async fn the_next_run_follows(db: Databases) {
    let world = World::start(&db).await;
    let ada = world.user("ada").await;
    let id = ada.task(json!({"task_module": "talk"})).await;
    let mut stream = Stream::open(&ada, &format!("/task/{id}/log/stream"), None).await;
    for _ in 0..2 {
        let run = ada.run(id).await;
        let events = stream.expect(&["run", "log", "log", "end"]).await;
        assert_eq!((&events[0].data["_id"], &events[3].data["_id"]), (&json!(run), &json!(run)));
        assert_eq!(events[2].data["msg"], "line 1");
    }
    ada.call("DELETE", &format!("/task/{id}")).await.good();
    assert!(stream.next().await.is_none(), "a task that is gone has no log");
}

on_both!(lines_come_while_the_run_goes_on);
async fn lines_come_while_the_run_goes_on(db: Databases) {
    let world = World::with(&db, &["--stop-grace-sec", "0"]).await;
    let ada = world.user("ada").await;
    let id = ada.running().await;
    let mut stream = Stream::open(&ada, &format!("/task/{id}/log/stream"), None).await;
    stream.expect(&["log"]).await;
    ada.call("POST", &format!("/task/{id}/cancel")).await.good();
    let end = stream.expect(&["end"]).await;
    assert_eq!(end[0].data["status"], "canceled");
    let stopping = tokio::time::timeout(Duration::from_secs(15), world.stop());
    stopping.await.expect("open streams must not hold the server up");
    assert!(stream.next().await.is_none());
}
