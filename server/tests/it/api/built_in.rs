//! The modules that come with Rota and reach into the server, as root uses them.

use crate::databases::Databases;
use crate::http_world::World;
use serde_json::{Value, json};

/// The task after a run, and the run.
async fn ran(world: &World, module: &str, params: Value) -> (Value, String) {
    let root = world.root();
    let id = root.task(json!({"task_module": module, "task_params": params})).await;
    let run = root.run(id).await;
    (root.get(&format!("/task/{id}")).await.good()["task"].take(), format!("/task/{id}/run/{run}"))
}

on_both!(they_are_for_root_only);
async fn they_are_for_root_only(db: Databases) {
    let world = World::start(&db).await;
    let ada = world.user("ada").await;
    for module in ["shell_command", "script", "sql_query", "file_cleanup", "database_backup"] {
        let task = json!({"task": {"task_module": module}});
        ada.send("PUT", "/task", task).await.refused(403, "SystemRightRequired");
    }
    let bare = json!({"task": {"task_module": "script", "task_params": {"script": "echo hi"}}});
    let refused = world.root().send("PUT", "/task", bare).await.refused(400, "ParamInvalid");
    assert_eq!(refused["pointer"], "/task/task_params/script");
    world.stop().await;
}

on_both!(a_query_leaves_a_table_and_a_file_and_its_address_nowhere);
async fn a_query_leaves_a_table_and_a_file_and_its_address_nowhere(db: Databases) {
    let world = World::start(&db).await;
    let url = world.server.state.config.database();
    let (users, root_is, refusal) = match db.are_postgres() {
        true => ("users", "t", "cannot execute DELETE in a read-only transaction"),
        false => ("user", "1", "attempt to write a readonly database"),
    };
    let statement = format!("SELECT login, is_root FROM {users} ORDER BY id");
    let (task, run) = ran(&world, "sql_query", json!({"url": url, "statement": statement})).await;
    assert_eq!((&task["status"], &task["status_msg"]), (&json!("done"), &json!("1 row")), "{task}");
    assert_eq!(task["task_params"]["url"], json!({"_secret": true}));
    let root = world.root();
    let kept = root.get(&format!("{run}/result")).await.good();
    assert_eq!(kept["table"]["rows"], json!([["root", root_is]]));
    assert_eq!(root.get(&format!("{run}/file/1")).await.text, format!("login,is_root\nroot,{root_is}\n"));
    let (task, run) = ran(&world, "sql_query", json!({"url": url, "statement": format!("DELETE FROM {users}")})).await;
    assert_eq!((&task["status"], &task["status_msg"]), (&json!("error"), &json!(refusal)));
    assert_eq!(root.get(&format!("{run}/result")).await.good(), json!({}));
    world.stop().await;
}

on_both!(files_are_deleted_where_the_settings_allow_it);
async fn files_are_deleted_where_the_settings_allow_it(db: Databases) {
    let folder = tempfile::tempdir().unwrap();
    let (allowed, other) = (folder.path().join("allowed"), folder.path().join("other"));
    for dir in [&allowed, &other] {
        std::fs::create_dir(dir).unwrap();
        std::fs::write(dir.join("a.txt"), "abc").unwrap();
    }
    let world = World::with(&db, &["--cleanup-roots", allowed.to_str().unwrap()]).await;
    let cleanup = async |dir: &std::path::Path, dry: bool| {
        let params = json!({"folder": dir, "min_age_hours": 0, "dry_run": dry});
        ran(&world, "file_cleanup", params).await.0["status_msg"].take()
    };
    assert_eq!(cleanup(&allowed, true).await, "1 file with 3 bytes would be deleted");
    assert!(allowed.join("a.txt").exists());
    assert_eq!(cleanup(&allowed, false).await, "1 file with 3 bytes deleted");
    assert!(!allowed.join("a.txt").exists());
    let refused = format!("folder: {} is not below a folder of ROTA_CLEANUP_ROOTS", other.display());
    assert_eq!(cleanup(&other, false).await, refused.as_str());
    assert!(other.join("a.txt").exists());
    world.stop().await;
}

on_both!(the_database_is_backed_up_while_it_is_in_use);
async fn the_database_is_backed_up_while_it_is_in_use(db: Databases) {
    let world = World::start(&db).await;
    let (task, run) = ran(&world, "database_backup", json!({})).await;
    assert_eq!(task["status"], "done", "{task}");
    let kept = world.root().get(&format!("{run}/result")).await.good();
    let bytes = std::fs::read(kept["label"].as_str().unwrap()).unwrap();
    assert_eq!(kept["perf"]["bytes"], bytes.len());
    let magic: &[u8] = if db.are_postgres() { b"PGDMP" } else { b"SQLite format 3\0" };
    assert!(bytes.starts_with(magic));
    world.stop().await;
}
