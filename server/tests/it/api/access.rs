//! The contract's table of who may call what, row by row.

use crate::databases::Databases;
use crate::http_world::World;
use serde_json::{Value, json};

/// Every operation on a task by its id, with a body where it takes one.
const TOUCHING: [(&str, &str, Option<&str>); 8] = [
    ("DELETE", "", None),
    ("PATCH", "", Some(r#"{"task":{"version":2}}"#)),
    ("POST", "/cancel", None),
    ("POST", "/run", None),
    ("GET", "/run", None),
    ("GET", "/log", None),
    ("GET", "/log/download", None),
    ("GET", "/log/stream", None),
];

const OTHERS: [(&str, &str, Option<&str>); 7] = [
    ("GET", "/task", None),
    ("GET", "/task/modules", None),
    ("GET", "/task/events", None),
    ("GET", "/task/1", None),
    ("POST", "/task", Some("[]")),
    ("PUT", "/task", Some("{}")),
    ("POST", "/schedule/preview", Some("{}")),
];

fn all() -> Vec<(&'static str, String, Option<&'static str>)> {
    let touching = TOUCHING.iter().map(|(method, rest, body)| (*method, format!("/task/1{rest}"), *body));
    touching.chain(OTHERS.iter().map(|(method, path, body)| (*method, (*path).to_owned(), *body))).collect()
}

on_both!(nobody_may_do_anything);
async fn nobody_may_do_anything(db: Databases) {
    let world = World::start(&db).await;
    for (method, path, _) in all() {
        for path in [path.clone(), format!("/v1{path}")] {
            let reply = world.anonymous(method, &path).await;
            assert_eq!(reply.header("www-authenticate"), "Bearer");
            reply.refused(401, "UserRequired");
        }
        let wrong = world.raw(method.parse().unwrap(), &path).bearer_auth("rota_nobody_has_this");
        crate::http_world::Reply::of(wrong).await.refused(401, "UserRequired");
    }
}

on_both!(without_a_right_to_tasks_there_are_none);
async fn without_a_right_to_tasks_there_are_none(db: Databases) {
    let world = World::start(&db).await;
    let guest = world.person("guest", &[]).await;
    for (method, path, body) in all() {
        let reply = match body {
            Some(body) => guest.bytes(method, &path, body).await,
            None => guest.call(method, &path).await,
        };
        assert_eq!(
            reply.refused(403, "SystemRightRequired"),
            json!({"rights": ["system.task", "system.root"]}),
            "{path}"
        );
    }
}

on_both!(someone_else_s_task_is_refused);
async fn someone_else_s_task_is_refused(db: Databases) {
    let world = World::start(&db).await;
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let id = ada.task(json!({"task_module": "talk"})).await;
    for (method, rest, body) in TOUCHING {
        let path = format!("/task/{id}{rest}");
        let reply = match body {
            Some(body) => bob.bytes(method, &path, body).await,
            None => bob.call(method, &path).await,
        };
        assert_eq!(reply.refused(403, "InsufficientRights"), json!({"task_id": id}), "{method} {path}");
    }
    assert_eq!(
        bob.get(&format!("/task/{id}")).await.refused(404, "ResourceNotFound"),
        json!({"resource": format!("task {id}")})
    );
    let update = json!([{"task": {"_id": id, "version": 2}}]);
    bob.post("/task", update).await.refused(403, "InsufficientRights");
    assert_eq!(bob.get("/task").await.good(), json!([]));
    assert_eq!(ada.get(&format!("/task/{id}")).await.good()["task"]["version"], 1);
}

on_both!(what_is_not_there_is_not_found);
async fn what_is_not_there_is_not_found(db: Databases) {
    let world = World::start(&db).await;
    let ada = world.user("ada").await;
    for id in ["7", "0", "-1", "abc", "1.5", "99999999999999999999", "%00", "%ff"] {
        for (method, rest, body) in TOUCHING {
            let path = format!("/task/{id}{rest}");
            let reply = match body {
                Some(body) => ada.bytes(method, &path, body).await,
                None => ada.call(method, &path).await,
            };
            let object = reply.refused(404, "ObjectNotFound")["object"].clone();
            assert!(object.as_str().unwrap().starts_with("task "), "{method} {path}: {object}");
        }
        let resource = ada.get(&format!("/task/{id}")).await.refused(404, "ResourceNotFound")["resource"].clone();
        assert!(resource.as_str().unwrap().starts_with("task "), "{id}: {resource}");
    }
    let update = json!([{"task": {"_id": 7, "version": 2}}]);
    assert_eq!(ada.post("/task", update).await.refused(404, "ObjectNotFound"), json!({"object": "task 7"}));
}

on_both!(root_sees_and_may_everything);
async fn root_sees_and_may_everything(db: Databases) {
    let world = World::start(&db).await;
    let (root, ada) = (world.root(), world.user("ada").await);
    let id = ada.task(json!({"task_module": "talk"})).await;
    root.task(json!({"task_module": "staff"})).await;
    assert_eq!(root.get("/task").await.good().as_array().map(Vec::len), Some(2));
    assert_eq!(root.get("/task?user=me").await.good().as_array().map(Vec::len), Some(1));
    let hers = root.get(&format!("/task?owner={}", ada.id)).await.good();
    assert_eq!((hers.as_array().map(Vec::len), &hers[0]["task"]["_id"]), (Some(1), &json!(id)));
    root.get("/task?owner=nobody").await.refused(400, "QueryInvalid");
    ada.get("/task?owner=1").await.refused(403, "SystemRightRequired");
    let changed = root.patch(&format!("/task/{id}"), json!({"task": {"version": 2, "description": "x"}})).await.good();
    assert_eq!(changed["_user"]["user"]["_id"], ada.id, "it stays hers");
    root.call("POST", &format!("/task/{id}/run")).await.good();
    ada.until(id, "done").await;
    root.call("DELETE", &format!("/task/{id}")).await.good();
}

on_both!(rights_of_modules_and_parameters_hold);
async fn rights_of_modules_and_parameters_hold(db: Databases) {
    let world = World::start(&db).await;
    let (root, ada) = (world.root(), world.user("ada").await);
    let names = |answer: &Value| -> Vec<String> {
        answer["modules"].as_array().unwrap().iter().map(|m| m["name"].as_str().unwrap().to_owned()).collect()
    };
    let (hers, all) = (ada.get("/task/modules").await.good(), root.get("/task/modules").await.good());
    assert!(!names(&hers).contains(&"staff".to_owned()) && names(&all).contains(&"staff".to_owned()));
    let vault = hers["modules"].as_array().unwrap().iter().find(|m| m["name"] == "vault").unwrap();
    assert_eq!(vault["params"].as_array().unwrap().len(), 1);
    let staff = ada.send("PUT", "/task", json!({"task": {"task_module": "staff"}})).await;
    assert_eq!(staff.refused(403, "SystemRightRequired"), json!({"rights": ["system.root"]}));
    let inner = json!({"task": {"task_module": "vault", "task_params": {"inner": "x"}}});
    ada.send("PUT", "/task", inner).await.refused(403, "SystemRightRequired");
}

on_both!(a_cookie_from_elsewhere_changes_nothing);
async fn a_cookie_from_elsewhere_changes_nothing(db: Databases) {
    let world = World::start(&db).await;
    let login =
        world.raw(reqwest::Method::POST, "/session").json(&json!({"login": "root", "password": "correct horse"}));
    let login = crate::http_world::Reply::of(login).await;
    let cookie = login.header("set-cookie").split(';').next().unwrap().to_owned();
    let put = |site: &'static str| {
        let request = world.raw(reqwest::Method::PUT, "/task").header("cookie", &cookie).header("sec-fetch-site", site);
        crate::http_world::Reply::of(request.json(&json!({"task": {"task_module": "talk"}})))
    };
    put("cross-site").await.refused(403, "CrossSiteRequest");
    let id = put("same-origin").await.good()["task"]["_id"].as_i64().unwrap();
    let run = world.raw(reqwest::Method::POST, &format!("/task/{id}/run")).header("cookie", &cookie);
    let run = crate::http_world::Reply::of(run.header("sec-fetch-site", "same-origin")).await.good();
    assert_eq!(run["run"]["trigger"], "manual");
}
