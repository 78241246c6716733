//! What is the same for all errors, whatever raises them.

use crate::databases::Databases;
use crate::http_world::{Reply, World};
use reqwest::Method;
use serde_json::json;

on_both!(paths_and_methods_that_are_not_there);
async fn paths_and_methods_that_are_not_there(db: Databases) {
    let world = World::start(&db).await;
    let root = world.root();
    for path in ["/nothing", "/task/1/nothing", "/v1/nothing", "/task/", "", "/", "/v2/task"] {
        let resource = root.get(path).await.refused(404, "ResourceNotFound")["resource"].clone();
        assert_eq!(resource, format!("/api{path}"));
    }
    for (method, path, allow) in [
        ("DELETE", "/task", "GET,HEAD,POST,PUT"),
        ("PUT", "/task/1", "DELETE,GET,HEAD,PATCH"),
        ("GET", "/task/1/cancel", "POST"),
        ("POST", "/healthz", "GET,HEAD"),
    ] {
        let reply = root.call(method, path).await;
        let mut allowed: Vec<&str> = reply.header("allow").split(',').collect();
        allowed.sort_unstable();
        assert_eq!(allowed.join(","), allow, "{path}");
        assert_eq!(reply.refused(405, "MethodNotAllowed"), json!({"method": method}));
        let options = root.call("OPTIONS", path).await;
        assert_eq!((options.status, options.header("allow").is_empty()), (204, false));
    }
    let head = root.call("HEAD", "/task").await;
    assert_eq!((head.status, head.text.as_str(), head.header("x-total-count")), (200, "", "0"));
}

on_both!(the_sentence_speaks_the_caller_s_language);
async fn the_sentence_speaks_the_caller_s_language(db: Databases) {
    let world = World::start(&db).await;
    let say = async |language: &str| {
        let request = world.raw(Method::GET, "/task").header("accept-language", language);
        Reply::of(request).await.json()["error"].as_str().unwrap().to_owned()
    };
    assert!(say("de-AT,de;q=0.9").await.starts_with("Bitte anmelden"));
    assert!(say("en-GB").await.starts_with("Please log in"));
    assert!(say("fr").await.starts_with("Please log in"));
}

on_both!(every_answer_is_for_its_caller_only);
async fn every_answer_is_for_its_caller_only(db: Databases) {
    let world = World::start(&db).await;
    for reply in [world.root().get("/task").await, world.anonymous("GET", "/task").await] {
        assert_eq!(reply.header("cache-control"), "no-store");
        assert_eq!(reply.header("x-content-type-options"), "nosniff");
    }
}

on_both!(query_parameters_are_checked);
async fn query_parameters_are_checked(db: Databases) {
    let world = World::start(&db).await;
    let root = world.root();
    let id = root.task(json!({"task_module": "talk"})).await;
    let bad = [
        ("/task?limit=-1", "limit"),
        ("/task?limit=1001", "limit"),
        ("/task?limit=x", "limit"),
        ("/task?limit=1.5", "limit"),
        ("/task?offset=-1", "offset"),
        ("/task?offset=99999999999999999999", "offset"),
        ("/task?lmit=1", "lmit"),
        ("/task?status=runing", "status"),
        ("/task?sort=color", "sort"),
        ("/task?order=up", "order"),
        ("/task?user=7", "user"),
        ("/task?limit=1&limit=2", "limit"),
        ("/task/modules?x=1", "x"),
        ("/task/events?x=1", "x"),
        ("/user?limit=-1", "limit"),
    ];
    for (path, name) in bad {
        assert_eq!(root.get(path).await.refused(400, "QueryInvalid")["name"], name, "{path}");
    }
    for (rest, name) in [
        ("log?limit=10001", "limit"),
        ("log?level=loud", "level"),
        ("log?order=x", "order"),
        ("run?limit=1001", "limit"),
        ("log/download?format=pdf", "format"),
        ("log/stream?offset=-1", "offset"),
    ] {
        assert_eq!(root.get(&format!("/task/{id}/{rest}")).await.refused(400, "QueryInvalid")["name"], name, "{rest}");
    }
    root.get("/task?q=%ff%00&limit=0&offset=9223372036854775807").await.good();
}
