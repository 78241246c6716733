//! Modules that are programs, as integrators and admins see them.

use crate::databases::Databases;
use crate::http_world::World;
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

const MANIFEST: &str = r#"
name = "greet"
displayname = { de-DE = "Grüßen", en-US = "Greet" }
command = ["./run"]
[[params]]
name = "who"
type = "text"
required = true
[[params]]
name = "key"
type = "secret"
"#;

const SCRIPT: &str = r#"#!/bin/sh
read -r line
echo "Hello $who"
echo '{"xy":1,"progress":0.5,"status":"half"}'
echo '{"xy":1,"log":{"level":"error","msg":"<script>"},"state":{"n":2}}'
echo '{"xy":1,"table":{"header":["a"],"rows":[["<b>"]]},"label":"nice"}'
echo '{"xy":1,"code":0,"description":"greeted"}'
"#;

fn put(dir: &Path, name: &str, manifest: &str) {
    let folder = dir.join(name);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("module.toml"), manifest).unwrap();
    std::fs::write(folder.join("run"), SCRIPT).unwrap();
    std::fs::set_permissions(folder.join("run"), std::fs::Permissions::from_mode(0o755)).unwrap();
}

fn names(modules: &Value) -> Vec<&str> {
    modules["modules"].as_array().unwrap().iter().map(|module| module["name"].as_str().unwrap()).collect()
}

on_both!(a_program_is_a_module_like_any_other);
async fn a_program_is_a_module_like_any_other(db: Databases) {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), "greet", MANIFEST);
    let world = World::with(&db, &["--modules-dir", dir.path().to_str().unwrap()]).await;
    let ada = world.user("ada").await;
    let modules = ada.get("/task/modules").await.good();
    assert_eq!(names(&modules).last(), Some(&"greet"));
    let without = json!({"task": {"task_module": "greet"}});
    let refused = ada.send("PUT", "/task", without).await.refused(400, "ParamInvalid");
    assert_eq!(refused["pointer"], "/task/task_params/who");

    let id = ada.task(json!({"task_module": "greet", "task_params": {"who": "Grace", "key": "very secret"}})).await;
    let run = ada.run(id).await;
    let task = ada.get(&format!("/task/{id}")).await.good();
    assert_eq!((&task["task"]["status"], &task["task"]["status_msg"]), (&json!("done"), &json!("greeted")));
    assert_eq!((&task["task"]["state"], &task["task"]["status_percent"]), (&json!({"n": 2}), &json!(50)));
    let log = ada.get(&format!("/task/{id}/log")).await.good();
    let lines: Vec<_> = log.as_array().unwrap().iter().map(|l| (l["level"].as_str(), l["msg"].as_str())).collect();
    assert_eq!(lines, [(Some("info"), Some("Hello Grace")), (Some("error"), Some("<script>"))]);

    assert!(!log.to_string().contains("very secret"));
    let path = format!("/task/{id}/run/{run}/result");
    let kept = json!({"table": {"header": ["a"], "rows": [["<b>"]]}, "label": "nice"});
    assert_eq!(ada.get(&path).await.good(), kept);
    world.user("eve").await.get(&path).await.refused(403, "InsufficientRights");
    ada.get(&format!("/task/{id}/run/9999/result")).await.refused(404, "ObjectNotFound");
    ada.get(&format!("/task/{id}/run/x/result")).await.refused(404, "ObjectNotFound");
    let other = ada.task(json!({"task_module": "talk"})).await;
    ada.get(&format!("/task/{other}/run/{run}/result")).await.refused(404, "ObjectNotFound");
    let quiet = ada.run(other).await;
    assert_eq!(ada.get(&format!("/task/{other}/run/{quiet}/result")).await.good(), json!({}));
    assert!(ada.call("DELETE", &format!("/task/{id}")).await.status == 200);
    world.stop().await;
}

on_both!(programs_come_and_go_while_the_server_runs);
async fn programs_come_and_go_while_the_server_runs(db: Databases) {
    let dir = tempfile::tempdir().unwrap();
    let world = World::with(&db, &["--modules-dir", dir.path().to_str().unwrap()]).await;
    let (root, ada) = (world.root(), world.user("ada").await);
    assert!(!names(&ada.get("/task/modules").await.good()).contains(&"greet"));
    put(dir.path(), "greet", MANIFEST);
    put(dir.path(), "broken", "name = \"broken\"\nname = 2\n");
    ada.call("POST", "/task/modules/reload").await.refused(403, "SystemRightRequired");
    let found = root.call("POST", "/task/modules/reload").await.good();
    assert_eq!(found["modules"], json!(["greet"]));
    assert!(found["broken"][0]["file"].as_str().unwrap().ends_with("broken/module.toml"), "{found}");
    assert!(found["broken"][0]["reason"].as_str().unwrap().contains("line 2"), "{found}");

    let id = ada.task(json!({"task_module": "greet", "task_params": {"who": "Grace"}})).await;
    ada.run(id).await;
    std::fs::remove_dir_all(dir.path().join("greet")).unwrap();
    root.call("POST", "/task/modules/reload").await.good();
    assert!(!names(&ada.get("/task/modules").await.good()).contains(&"greet"));
    ada.run(id).await;
    let task = ada.get(&format!("/task/{id}")).await.good();
    assert_eq!(task["task"]["status_msg"], "module greet is not installed");
    assert_eq!(task["task"]["task_params"]["who"], "Grace", "still readable");
    world.stop().await;
}

on_both!(only_root_uses_what_is_for_root);
async fn only_root_uses_what_is_for_root(db: Databases) {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), "greet", &format!("require_system_right = \"system.root\"\n{MANIFEST}"));
    let world = World::with(&db, &["--modules-dir", dir.path().to_str().unwrap()]).await;
    let ada = world.user("ada").await;
    assert!(!names(&ada.get("/task/modules").await.good()).contains(&"greet"));
    let task = json!({"task": {"task_module": "greet", "task_params": {"who": "x"}}});
    ada.send("PUT", "/task", task).await.refused(403, "SystemRightRequired");
    assert!(names(&world.root().get("/task/modules").await.good()).contains(&"greet"));
    world.stop().await;
}

on_both!(secrets_are_blotted_out_of_all_that_a_run_says);
async fn secrets_are_blotted_out_of_all_that_a_run_says(db: Databases) {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), "greet", MANIFEST);
    let tell = r#"#!/usr/bin/env python3
import json, sys
key = json.loads(sys.stdin.readline())["params"]["key"]
print("the key is", key)
print(key, file=sys.stderr)
for keys in [{"status": key, "state": {"k": key}, "text": "a " + key, "log": {"level": "error", "msg": key}}, {"code": 1, "description": "no " + key}]:
    print(json.dumps({"xy": 1, **keys}), flush=True)
"#;
    std::fs::write(dir.path().join("greet/run"), tell).unwrap();
    let world = World::with(&db, &["--modules-dir", dir.path().to_str().unwrap()]).await;
    let ada = world.user("ada").await;
    let id = ada.task(json!({"task_module": "greet", "task_params": {"who": "x", "key": "päss \"wörd\""}})).await;
    let run = ada.run(id).await;
    let log = ada.get(&format!("/task/{id}/log")).await.good();
    let task = ada.get(&format!("/task/{id}")).await.good();
    let kept = ada.get(&format!("/task/{id}/run/{run}/result")).await.good();
    let history = ada.get(&format!("/task/{id}/run")).await.good();
    for answer in [&log, &task, &kept, &history] {
        assert!(!answer.to_string().contains("wörd"), "{answer}");
    }
    let lines: Vec<_> = log.as_array().unwrap().iter().map(|line| line["msg"].as_str().unwrap()).collect();
    assert!(lines.contains(&"the key is •••"), "{lines:?}");
    assert_eq!((&task["task"]["status_msg"], &task["task"]["state"]["k"]), (&json!("no •••"), &json!("•••")));
    assert_eq!(kept["text"], "a •••");
    world.stop().await;
}

/// A task of Ada's whose module is this script.
async fn scripted(db: &Databases, dir: &Path, script: &str) -> (World, crate::http_world::Person, i64) {
    put(dir, "greet", MANIFEST);
    std::fs::write(dir.join("greet/run"), format!("#!/bin/sh\n{script}\n")).unwrap();
    let world = World::with(db, &["--modules-dir", dir.to_str().unwrap(), "--run-file-limit", "100"]).await;
    let ada = world.user("ada").await;
    let id = ada.task(json!({"task_module": "greet", "task_params": {"who": "x"}})).await;
    (world, ada, id)
}

on_both!(files_of_a_run_can_be_saved_and_go_with_it);
async fn files_of_a_run_can_be_saved_and_go_with_it(db: Databases) {
    let dir = tempfile::tempdir().unwrap();
    let script = r#"printf '<script>' > 'a "b".html'; head -c 200 /dev/zero > big; printf 'x;y' > t.csv
echo '{"xy":1,"files":["a \"b\".html","big",{"path":"t.csv","filename":"Grüße.csv"}],"code":0}'"#;
    let (world, ada, id) = scripted(&db, dir.path(), script).await;
    let run = ada.run(id).await;
    let path = format!("/task/{id}/run/{run}");
    let kept = ada.get(&format!("{path}/result")).await.good();
    let files = json!([
        {"n": 1, "name": "a \"b\".html", "size": 8, "type": "application/octet-stream"},
        {"n": 2, "name": "Grüße.csv", "size": 3, "type": "text/csv; charset=utf-8"},
    ]);
    assert_eq!(kept, json!({ "files": files }));
    let log = ada.get(&format!("/task/{id}/log")).await.good();
    assert_eq!(log[0]["msg"], "the file big is not kept: the files of a run have 100 bytes at most");

    let page = ada.get(&format!("{path}/file/1")).await;
    assert_eq!((page.status, page.text.as_str()), (200, "<script>"));
    assert_eq!(
        (page.header("content-type"), page.header("x-content-type-options")),
        ("application/octet-stream", "nosniff")
    );
    let saved = "attachment; filename=\"a _b_.html\"; filename*=UTF-8''a%20%22b%22.html";
    assert_eq!(page.header("content-disposition"), saved);
    let table = ada.get(&format!("{path}/file/2")).await;
    assert_eq!((table.text.as_str(), table.header("content-type")), ("x;y", "text/csv; charset=utf-8"));
    assert!(table.header("content-disposition").ends_with("filename*=UTF-8''Gr%C3%BC%C3%9Fe.csv"));

    for n in ["0", "3", "-1", "x", "..%2f1", "99999999999999999999"] {
        ada.get(&format!("{path}/file/{n}")).await.refused(404, "ObjectNotFound");
    }
    world.user("eve").await.get(&format!("{path}/file/1")).await.refused(403, "InsufficientRights");
    world.anonymous("GET", &format!("{path}/file/1")).await.refused(401, "UserRequired");
    let other = ada.task(json!({"task_module": "talk"})).await;
    ada.get(&format!("/task/{other}/run/{run}/file/1")).await.refused(404, "ObjectNotFound");

    let (state, task) = (&world.server.state, world.server.state.config.data_dir.join(format!("files/{id}")));
    let files = rota::files::Files::of(&state.config);
    assert_eq!(rota::files::sweep(&files, &*state.store).await.unwrap(), 0);
    ada.get(&format!("{path}/file/1")).await;
    assert!(task.join(format!("{run}/1")).is_file());
    assert!(ada.call("DELETE", &format!("/task/{id}")).await.status == 200);
    while state.store.purge_step(state.clock.now()).await.unwrap() {}
    assert_eq!(rota::files::sweep(&files, &*state.store).await.unwrap(), 1);
    assert!(!task.exists());
    world.stop().await;
}

/// A page as root gets it, as it comes from the server.
async fn page(world: &World, path: &str) -> String {
    let login = json!({"login": "root", "password": "correct horse"});
    let origin = format!("http://{}", world.server.addr);
    let login =
        world.raw(reqwest::Method::POST, "/session").header("origin", &origin).json(&login).send().await.unwrap();
    let cookie = login.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let page = reqwest::Client::new().get(format!("{origin}{path}")).header("cookie", cookie).send().await.unwrap();
    page.text().await.unwrap()
}

on_both!(html_in_results_is_made_safe_and_the_next_run_gets_the_data);
async fn html_in_results_is_made_safe_and_the_next_run_gets_the_data(db: Databases) {
    let dir = tempfile::tempdir().unwrap();
    let script = r#"read -r line; case "$line" in *'"input":{"data":{"n":7}}'*) echo again;; esac; printf abc > a.txt
echo '{"xy":1,"html":{"title":"t","content":"<p onclick=x>a<script>alert(1)</script><img src=https://evil.example/></p>"},"data":{"n":7}}'
echo '{"xy":1,"markdown":"**b** <script>alert(1)</script>","markdown_html":"<script>","code":0,"files":["a.txt"]}'"#;
    let (world, ada, id) = scripted(&db, dir.path(), script).await;
    let run = ada.run(id).await;
    let kept = ada.get(&format!("/task/{id}/run/{run}/result")).await.good();
    assert_eq!(kept["html"], json!({"title": "t", "content": "<p>a<img></p>"}));
    assert_eq!(kept["markdown"], "**b** <script>alert(1)</script>");
    assert_eq!(kept["markdown_html"], "<p><strong>b</strong> &lt;script&gt;alert(1)&lt;/script&gt;</p>\n");
    assert_eq!(ada.get(&format!("/task/{id}/log")).await.good(), json!([]));
    let page = page(&world, &format!("/task/{id}/log?run={run}")).await;
    assert!(page.contains("<div class=\"result-html\"><p>a<img></p></div>"), "{page}");
    assert!(page.contains("<div class=\"result-html\"><p><strong>b</strong> &lt;script&gt;"), "{page}");
    assert!(!page.contains("<script>alert") && !page.contains("evil"), "{page}");
    let saved = format!("href=\"/api/task/{id}/run/{run}/file/1\"");
    assert!(page.contains(&saved) && page.contains("a.txt") && page.contains("3 B"), "{page}");
    ada.run(id).await;
    assert_eq!(ada.get(&format!("/task/{id}/log")).await.good()[0]["msg"], "again");
    world.stop().await;
}
