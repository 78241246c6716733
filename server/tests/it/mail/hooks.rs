//! Webhooks: what is sent to them, signed, and what becomes of answers.

use crate::databases::Databases;
use crate::http_world::World;
use crate::mail::sending::{all, an_hour_later, until};
use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A server that takes what it is sent, after it has answered what it was told to.
struct Receiver {
    url: String,
    got: Arc<Mutex<Vec<(HeaderMap, String)>>>,
    answers: Arc<Mutex<VecDeque<u16>>>,
}

impl Receiver {
    async fn start() -> Receiver {
        let (got, answers) = (Arc::new(Mutex::new(vec![])), Arc::new(Mutex::new(VecDeque::new())));
        let (kept, told) = (got.clone(), answers.clone());
        let take = move |headers: HeaderMap, body: Bytes| async move {
            if let Some(status) = told.lock().unwrap().pop_front() {
                return (StatusCode::from_u16(status).unwrap(), "not\nnow");
            }
            kept.lock().unwrap().push((headers, String::from_utf8(body.to_vec()).unwrap()));
            (StatusCode::OK, "")
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook?key=k", listener.local_addr().unwrap());
        let app = Router::new().fallback(take);
        tokio::spawn(async move { axum::serve(listener, app).await });
        Receiver { url, got, answers }
    }

    async fn wait(&self, n: usize) -> Vec<(HeaderMap, String)> {
        for _ in 0..2000 {
            let got = self.got.lock().unwrap().clone();
            if got.len() >= n {
                return got;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{} calls of {n}", self.got.lock().unwrap().len());
    }
}

fn task(url: &str, webhook: Value) -> Value {
    let mut hook = json!({"url": url});
    hook.as_object_mut().unwrap().extend(webhook.as_object().unwrap().clone());
    json!({"task_module": "fail", "description": "Nightly export", "task_params": {"text": "disk full"}, "webhooks": [hook]})
}

on_both!(a_webhook_gets_a_signed_body_without_secrets);
async fn a_webhook_gets_a_signed_body_without_secrets(db: Databases) {
    let receiver = Receiver::start().await;
    let world = World::with(&db, &["--http-allow=127.0.0.1"]).await;
    let root = world.root();
    let id = root.task(task(&receiver.url, json!({"secret": "swordfish"}))).await;
    let run = root.run(id).await;
    let (headers, body) = receiver.wait(1).await.remove(0);
    let header = |name: &str| headers[name].to_str().unwrap().to_owned();
    let mut mac = Hmac::<Sha256>::new_from_slice(b"swordfish").unwrap();
    mac.update(format!("{}.{body}", header("rota-timestamp")).as_bytes());
    let hex: String = mac.finalize().into_bytes().iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(header("rota-signature"), format!("sha256={hex}"));
    assert!(header("content-type").starts_with("application/json"));
    assert!(!body.contains("swordfish") && !body.contains("rota1:"), "{body}");
    let told: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((&told["event"], header("rota-event").as_str()), (&json!("error"), "error"));
    assert_eq!((&told["task"]["_id"], &told["task"]["status"]), (&json!(id), &json!("error")));
    assert_eq!((&told["run"]["_id"], &told["run"]["status_msg"]), (&json!(run), &json!("disk full")));
    assert_eq!(told["task"]["webhooks"][0]["secret"], json!({"_secret": true}));
    let list = until(&root, all("sent")).await;
    assert_eq!((&list[0]["channel"], &list[0]["message_id"]), (&json!("webhook"), &json!(header("rota-delivery"))));
    world.stop().await;
}

on_both!(a_server_in_trouble_is_called_again_and_one_that_refuses_is_not);
async fn a_server_in_trouble_is_called_again_and_one_that_refuses_is_not(db: Databases) {
    let receiver = Receiver::start().await;
    let world = World::with(&db, &["--http-allow=127.0.0.1"]).await;
    let root = world.root();
    let id = root.task(task(&receiver.url, json!({}))).await;
    receiver.answers.lock().unwrap().push_back(503);
    root.run(id).await;
    let list = until(&root, |l| l.iter().any(|d| d["attempts"] == 1 && d["status"] == "waiting")).await;
    assert_eq!(list[0]["last_error"], "503 Service Unavailable: not now");
    an_hour_later(&world, &root).await;
    let (headers, _) = receiver.wait(1).await.remove(0);
    assert!(headers.get("rota-signature").is_none(), "nothing to sign with");
    assert_eq!(headers["rota-delivery"].to_str().unwrap(), list[0]["message_id"]);
    until(&root, all("sent")).await;
    receiver.answers.lock().unwrap().push_back(404);
    root.run(id).await;
    let list = until(&root, |l| l[0]["status"] == "failed").await;
    assert_eq!(list[0]["last_error"], "404 Not Found: not now");
    let again = root.call("POST", &format!("/mail/{}/resend", list[0]["_id"])).await.good();
    assert_eq!(again["status"], "waiting");
    receiver.wait(2).await;
    world.stop().await;
}

on_both!(private_networks_are_out_of_reach_and_events_are_chosen);
async fn private_networks_are_out_of_reach_and_events_are_chosen(db: Databases) {
    let receiver = Receiver::start().await;
    let world = World::start(&db).await;
    let root = world.root();
    let id = root.task(task(&receiver.url, json!({"events": ["done"]}))).await;
    root.run(id).await;
    assert_eq!(root.get("/mail").await.good(), json!([]), "it did not ask for errors");
    let id = root.task(task(&receiver.url, json!({"events": ["error"]}))).await;
    root.run(id).await;
    let list = until(&root, all("failed")).await;
    assert!(list[0]["last_error"].as_str().unwrap().contains("refused"), "{list:?}");
    assert!(receiver.got.lock().unwrap().is_empty());
    world.stop().await;
}

on_both!(a_digest_tells_of_an_hour_at_once);
async fn a_digest_tells_of_an_hour_at_once(db: Databases) {
    let receiver = Receiver::start().await;
    let world = World::with(&db, &["--http-allow=127.0.0.1"]).await;
    let root = world.root();
    let mut fields = task(&receiver.url, json!({}));
    fields["digest"] = json!(true);
    let id = root.task(fields).await;
    for _ in 0..3 {
        root.run(id).await;
    }
    let list = root.get("/mail").await.good();
    assert_eq!((list.as_array().unwrap().len(), &list[0]["tally"]["outcomes"]), (1, &json!(3)));
    an_hour_later(&world, &root).await;
    let (_, body) = receiver.wait(1).await.remove(0);
    let told: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((&told["event"], &told["tally"]), (&json!("digest"), &json!({"outcomes": 3, "problems": 3})));
    world.stop().await;
}

on_both!(only_the_third_failure_is_told);
async fn only_the_third_failure_is_told(db: Databases) {
    let receiver = Receiver::start().await;
    let world = World::with(&db, &["--http-allow=127.0.0.1"]).await;
    let root = world.root();
    let mut fields = task(&receiver.url, json!({}));
    fields["notify_after"] = json!(3);
    let id = root.task(fields).await;
    root.run(id).await;
    root.run(id).await;
    assert_eq!(root.get("/mail").await.good(), json!([]));
    root.run(id).await;
    receiver.wait(1).await;
    world.stop().await;
}
