//! Hooks: others start a task, with nothing but its address.

use crate::databases::Databases;
use crate::http_world::{Reply, World};
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// A module that writes into its log what it was sent.
fn put_echo(dir: &Path) {
    let folder = dir.join("echo");
    std::fs::create_dir_all(&folder).unwrap();
    let manifest = "name = \"echo\"\ndisplayname = { de-DE = \"Echo\", en-US = \"Echo\" }\ncommand = [\"./run\"]\n";
    std::fs::write(folder.join("module.toml"), manifest).unwrap();
    std::fs::write(folder.join("run"), "#!/bin/sh\nread -r line\necho \"got $line\"\n").unwrap();
    std::fs::set_permissions(folder.join("run"), std::fs::Permissions::from_mode(0o755)).unwrap();
}

async fn call(world: &World, token: &str, body: Option<&str>) -> Reply {
    let request = world.raw(reqwest::Method::POST, &format!("/hook/{token}"));
    Reply::of(match body {
        Some(body) => request.header("content-type", "application/json").body(body.to_owned()),
        None => request,
    })
    .await
}

on_both!(a_hook_starts_its_task_with_what_it_is_sent);
async fn a_hook_starts_its_task_with_what_it_is_sent(db: Databases) {
    let dir = tempfile::tempdir().unwrap();
    put_echo(dir.path());
    let modules = dir.path().display().to_string();
    let world = World::with(&db, &["--modules-dir", &modules, "--public-url", "https://rota.example.org"]).await;
    let ada = world.user("ada").await;
    let id = ada.task(json!({"task_module": "echo"})).await;
    ada.get(&format!("/task/{id}/hook")).await.refused(404, "ObjectNotFound");
    let made = ada.call("POST", &format!("/task/{id}/hook")).await.good();
    let token = made["token"].as_str().unwrap().to_owned();
    assert_eq!(made["url"], format!("https://rota.example.org/api/hook/{token}"));
    let shown = ada.get(&format!("/task/{id}/hook")).await;
    assert!(!shown.text.contains(&token));
    assert_eq!(shown.good()["last_used_at"], Value::Null);

    let run = call(&world, &token, Some(r#"{"ref":"main","n":1.0}"#)).await.good()["run"].clone();
    assert_eq!((&run["trigger"], &run["task_id"]), (&json!("api"), &json!(id)));
    ada.until(id, "done").await;
    let log = ada.get(&format!("/task/{id}/log")).await.good();
    let line = log.as_array().unwrap().iter().find_map(|l| l["msg"].as_str()?.strip_prefix("got ")).unwrap().to_owned();
    let input: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(input["input"]["data"], json!({"ref": "main", "n": 1.0}));
    assert_ne!(ada.get(&format!("/task/{id}/hook")).await.good()["last_used_at"], Value::Null);

    // Without a body nothing is sent; a new hook takes the place of the old.
    call(&world, &token, None).await.good();
    let newer = ada.call("POST", &format!("/task/{id}/hook")).await.good()["token"].as_str().unwrap().to_owned();
    assert_eq!(call(&world, &token, None).await.refused(404, "ResourceNotFound")["resource"], "hook");
    assert_eq!(ada.call("DELETE", &format!("/task/{id}/hook")).await.good(), json!({"acknowledged": "ok"}));
    call(&world, &newer, None).await.refused(404, "ResourceNotFound");
    ada.call("DELETE", &format!("/task/{id}/hook")).await.refused(404, "ObjectNotFound");
    world.stop().await;
}

on_both!(hooks_are_the_owners_and_bodies_are_bounded);
async fn hooks_are_the_owners_and_bodies_are_bounded(db: Databases) {
    let world = World::start(&db).await;
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let id = ada.task(json!({"task_module": "hold"})).await;
    let path = format!("/task/{id}/hook");
    for method in ["GET", "POST", "DELETE"] {
        bob.call(method, &path).await.refused(403, "InsufficientRights");
        world.anonymous(method, &path).await.refused(401, "UserRequired");
    }
    assert_eq!(bob.call("POST", "/task/999/hook").await.refused(404, "ObjectNotFound")["object"], "task 999");
    let token = ada.call("POST", &path).await.good()["token"].as_str().unwrap().to_owned();
    call(&world, &token, Some("{")).await.refused(400, "JsonInvalid");
    let large = format!("\"{}\"", "x".repeat(1024 * 1024));
    assert_eq!(call(&world, &token, Some(&large)).await.refused(413, "BodyTooLarge")["limit"], 1024 * 1024);
    call(&world, "hook_unknown", Some("1")).await.refused(404, "ResourceNotFound");
    call(&world, &token, Some("[1]")).await.good();
    ada.until(id, "running").await;
    call(&world, &token, None).await.refused(400, "TaskRunning");
    world.root().call("POST", &format!("/task/{id}/cancel")).await.good();
    ada.until(id, "canceled").await;
    assert_eq!(ada.call("DELETE", &format!("/task/{id}")).await.status, 200);
    call(&world, &token, None).await.refused(404, "ResourceNotFound");
    world.stop().await;
}
