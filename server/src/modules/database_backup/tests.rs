//! Backups as tasks make them.

use super::super::testing::{Recorder, as_root};
use super::*;
use crate::store::sqlite::{Access, SqliteStore};
use crate::store::{MetaStore, UserStore};
use domain::run::Level;
use serde_json::Value;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

async fn run(module: &DatabaseBackup, params: Value) -> (Outcome, Arc<Recorder>) {
    let (ctx, io) = as_root(module, params);
    (module.run(ctx).await, io)
}

fn files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn config(folder: &Path, more: &[&str]) -> Config {
    let data = format!("--data-dir={}", folder.display());
    Config::from_flags([data.as_str()].into_iter().chain(more.iter().copied())).unwrap()
}

#[tokio::test]
async fn a_backup_of_a_database_in_use_is_whole_and_private() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("rota.db"), 2, Access::Server).await.unwrap();
    let module = DatabaseBackup::of(&config(folder.path(), &[]), &Minder::default());
    let (outcome, io) = run(&module, json!({})).await;
    assert_eq!(outcome.status, Status::Done, "{outcome:?} {}", io.all());
    let backups = folder.path().join("backups");
    let names = files(&backups);
    assert!(names.len() == 1 && names[0].ends_with("Z.db"), "{names:?}");
    let file = backups.join(&names[0]);
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&file), mode(&backups)), (0o600, 0o700));
    assert_eq!(io.written().1[0]["label"], file.display().to_string());
    store.close().await;
    let copy = SqliteStore::open(&file, 2, Access::Server).await.unwrap();
    assert_eq!(copy.users(None, 0, 10).await.unwrap().total, 0);
    copy.close().await;
}

#[tokio::test]
async fn the_oldest_of_its_own_go_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("rota.db"), 2, Access::Server).await.unwrap();
    let module = DatabaseBackup::of(&config(folder.path(), &[]), &Minder::default());
    let to = folder.path().join("to");
    std::fs::create_dir(&to).unwrap();
    let old = ["rota-20200101T000000000Z.db", "rota-20210101T000000000Z.db", "rota-20220101T000000000Z.db"];
    let others = ["photo.jpg", "rota-20200101T000000000Z.dump", "rota.db"];
    old.iter().chain(&others).for_each(|name| std::fs::write(to.join(name), "x").unwrap());
    let before = files(&to);
    let params = |dry| json!({"folder": to, "keep": 2, "dry_run": dry});
    let (outcome, io) = run(&module, params(true)).await;
    assert_eq!(outcome, Outcome::done_with("would write a backup and delete 2"));
    assert_eq!(
        io.texts(Level::Info)[1..],
        [old[0], old[1]].map(|name| format!("would delete {}/{name}", to.display()))
    );
    assert_eq!(files(&to), before);
    assert_eq!(run(&module, params(false)).await.0.status, Status::Done);
    let mut left = files(&to);
    let new = left.iter().position(|name| !before.contains(name)).unwrap();
    assert!(left.remove(new).starts_with("rota-2"));
    let mut expected = [&others[..], &old[2..]].concat();
    expected.sort_unstable();
    assert_eq!(left, expected);
    store.close().await;
}

#[tokio::test]
async fn one_that_fails_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let module = DatabaseBackup::of(&config(folder.path(), &[]), &Minder::default());
    let (outcome, _) = run(&module, json!({})).await;
    assert_eq!(outcome.status, Status::Error);
    assert_eq!(files(&folder.path().join("backups")), Vec::<String>::new());
    let (outcome, _) = run(&module, json!({"folder": "/dev/null/x"})).await;
    assert!(outcome.message.unwrap().contains("/dev/null/x"));
}

#[tokio::test]
async fn postgres_is_dumped_by_its_own_program() {
    let database = testdb::Database::create().await;
    let (folder, url) = (tempfile::tempdir().unwrap(), database.url());
    let module = DatabaseBackup::of(&config(folder.path(), &["--database-url", &url]), &Minder::default());
    let (outcome, io) = run(&module, json!({})).await;
    if std::process::Command::new("pg_dump").arg("--version").output().is_err() {
        assert_eq!(outcome, Outcome::error("pg_dump was not found in PATH"));
        return database.remove().await;
    }
    assert_eq!(outcome.status, Status::Done, "{outcome:?} {}", io.all());
    let name = files(&folder.path().join("backups")).remove(0);
    assert!(name.ends_with(".dump"), "{name}");
    let bytes = std::fs::read(folder.path().join("backups").join(name)).unwrap();
    assert!(bytes.starts_with(b"PGDMP"));
    let wrong = format!("{}/no_such_database", url.rsplit_once('/').unwrap().0);
    let module = DatabaseBackup::of(&config(folder.path(), &["--database-url", &wrong]), &Minder::default());
    let (outcome, io) = run(&module, json!({"folder": folder.path().join("wrong")})).await;
    assert_eq!(outcome.status, Status::Error);
    assert!(io.texts(Level::Warning).iter().any(|line| line.contains("no_such_database")), "{}", io.all());
    assert_eq!(files(&folder.path().join("wrong")), Vec::<String>::new());
    database.remove().await;
}
