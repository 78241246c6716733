//! Cleanups as tasks have them, on real files.

use super::super::testing::{Recorder, as_root};
use super::*;
use domain::run::{Level, Status};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

/// `<root>/in` with files, old and new, and a folder beside the root that nobody may touch.
struct Place {
    folder: TempDir,
}

const OLD: Duration = Duration::from_secs(100 * 3600);

impl Place {
    fn new() -> Place {
        let place = Place { folder: tempfile::tempdir().unwrap() };
        for (name, age) in [
            ("root/in/a.log", OLD),
            ("root/in/b.log", OLD),
            ("root/in/new.log", Duration::ZERO),
            ("root/in/c.txt", OLD),
            ("root/in/sub/d.log", OLD),
            ("root/other.log", OLD),
            ("outside/e.log", OLD),
        ] {
            place.add(name, age);
        }
        symlink(place.path("outside"), place.path("root/in/link")).unwrap();
        symlink(place.path("outside/e.log"), place.path("root/in/link.log")).unwrap();
        symlink(place.path("outside"), place.path("root/away")).unwrap();
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn add(&self, name: &str, age: Duration) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, "12345").unwrap();
        let file = std::fs::File::options().write(true).open(&path).unwrap();
        file.set_modified(SystemTime::now() - age).unwrap();
    }

    /// Every file and link there is.
    fn all(&self) -> Vec<String> {
        fn walk(dir: &Path, top: &Path, out: &mut Vec<String>) {
            for entry in std::fs::read_dir(dir).unwrap().flatten() {
                match entry.file_type().unwrap().is_dir() {
                    true => walk(&entry.path(), top, out),
                    false => out.push(entry.path().strip_prefix(top).unwrap().display().to_string()),
                }
            }
        }
        let mut out = vec![];
        walk(self.folder.path(), self.folder.path(), &mut out);
        out.sort();
        out
    }

    async fn run(&self, folder: &str, params: Value) -> (Outcome, Arc<Recorder>) {
        let module = FileCleanup::below(vec![self.path("root")]);
        let mut all = json!({"folder": self.path(folder), "min_age_hours": 24});
        all.as_object_mut().unwrap().extend(params.as_object().unwrap().clone());
        let (ctx, io) = as_root(&module, all);
        (module.run(ctx).await, io)
    }
}

#[tokio::test]
async fn a_dry_run_tells_and_deletes_nothing_and_is_the_default() {
    let place = Place::new();
    let before = place.all();
    let (outcome, io) = place.run("root/in", json!({"pattern": "*.log"})).await;
    assert_eq!(outcome, Outcome::done_with("2 files with 10 bytes would be deleted"));
    assert_eq!(io.texts(Level::Info), ["would delete a.log (5 bytes)", "would delete b.log (5 bytes)"]);
    assert_eq!(io.written().1[0]["table"]["rows"], json!([["a.log", 5], ["b.log", 5]]));
    assert_eq!(place.all(), before);
}

#[tokio::test]
async fn old_files_of_the_pattern_go_and_all_else_stays() {
    let place = Place::new();
    let (outcome, _) = place.run("root/in", json!({"pattern": "*.log", "dry_run": false})).await;
    assert_eq!(outcome, Outcome::done_with("2 files with 10 bytes deleted"));
    let left = place.all();
    let kept = ["c.txt", "link", "link.log", "new.log", "sub/d.log"].map(|name| format!("root/in/{name}"));
    let others = ["outside/e.log", "root/away", "root/other.log"].map(str::to_owned);
    let mut expected = [&kept[..], &others[..]].concat();
    expected.sort();
    assert_eq!(left, expected);
    let (outcome, _) = place.run("root/in", json!({"pattern": "sub/*.log", "recursive": true, "dry_run": false})).await;
    assert_eq!(outcome, Outcome::done_with("1 file with 5 bytes deleted"));
    let (outcome, _) = place.run("root/in", json!({"recursive": true, "dry_run": false})).await;
    assert_eq!(outcome, Outcome::done_with("1 file with 5 bytes deleted"), "the text file");
    assert!(place.path("outside/e.log").exists() && place.path("root/in/link.log").is_symlink());
}

#[tokio::test]
async fn nothing_outside_of_what_is_allowed_is_touched() {
    let place = Place::new();
    let before = place.all();
    for folder in
        ["outside", "root/../outside", "root/away", "root/in/link", "root/in/../../outside", "root/none", "rootless"]
    {
        let (outcome, _) = place.run(folder, json!({"dry_run": false, "recursive": true})).await;
        assert_eq!(outcome.status, Status::Error, "{folder}: {outcome:?}");
    }
    assert_eq!(place.all(), before);
    let nowhere = FileCleanup::below(vec![]);
    let (ctx, _) = as_root(&nowhere, json!({"folder": place.path("root/in"), "dry_run": false}));
    let message = nowhere.run(ctx).await.message.unwrap();
    assert_eq!(message, "folder: deleting is not allowed anywhere; ROTA_CLEANUP_ROOTS says where it is");
    let (outcome, _) = place.run("root/in", json!({"pattern": "[a"})).await;
    assert!(outcome.message.unwrap().starts_with("pattern: "));
    assert_eq!(place.all(), before);
}

#[tokio::test]
async fn a_cancel_ends_it() {
    let place = Place::new();
    let module = FileCleanup::below(vec![place.path("root")]);
    let (ctx, io) = as_root(&module, json!({"folder": place.path("root"), "dry_run": false, "recursive": true}));
    ctx.cancel.cancel();
    assert_eq!(module.run(ctx).await.status, Status::Canceled);
    assert_eq!(io.lines().len(), 0);
}
