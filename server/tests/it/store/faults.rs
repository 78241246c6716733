//! Errors, full disks, callers that give up: the store works again afterwards.

use crate::store_world::*;
use rota::store::sqlite::{Access, SqliteStore};
use rota::store::{MetaStore, PostStore, StoreError, Stored, TaskQuery, TaskStore};
use std::sync::Arc;

on_both!(errors_leave_a_usable_store, calls_given_up_leave_a_usable_store, panics_leave_a_usable_store);

/// More than any pool of these tests has.
pub const MANY: usize = 12;

pub fn unavailable<T: std::fmt::Debug>(answer: &Stored<T>) -> bool {
    matches!(answer, Err(StoreError::Unavailable(_)))
}

pub async fn tasks(w: &World) -> u64 {
    w.store.tasks(&TaskQuery { limit: 1, ..TaskQuery::default() }).await.unwrap().total
}

/// When the disk is full, SQLite ends the transaction by itself. The only connection that writes must not be lost to that.
/// What is written to a file that was moved away is lost, and a lock file that was deleted keeps nobody out.
#[tokio::test]
async fn a_file_that_was_moved_is_not_written_to() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rota.db");
    let store = SqliteStore::open(&path, 2, Access::Server).await.unwrap();
    let change = || store.change_setting("s", at(0), Box::new(|_| Ok("{}".into())));
    for name in ["rota.db", "rota.db.lock"] {
        change().await.unwrap();
        let (here, away) = (folder.path().join(name), folder.path().join("away"));
        std::fs::rename(&here, &away).unwrap();
        for answer in [change().await.map(drop), store.ready().await] {
            assert!(unavailable(&answer), "{name}: {answer:?}");
            assert!(answer.unwrap_err().to_string().contains(name));
        }
        // Another file in its place is not it either.
        std::fs::write(&here, "").unwrap();
        assert!(unavailable(&change().await.map(drop)), "{name}");
        std::fs::rename(&away, &here).unwrap();
        store.ready().await.unwrap();
    }
}

#[tokio::test]
async fn a_disk_that_was_full_is_written_to_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rota.db");
    let sqlite = Arc::new(SqliteStore::open(&path, 2, Access::Server).await.unwrap());
    let w = World::new(sqlite.clone(), sqlite.clone(), format!("sqlite://{}", path.display())).await;
    let long = || "x".repeat(500_000);
    for n in 1..4 {
        sqlite.limit_pages(1).await.unwrap();
        let tasks_too_long = sqlite.edit_tasks(w.creating(1, move |_, t| t.description = long())).await;
        assert!(unavailable(&tasks_too_long), "{tasks_too_long:?}");
        sqlite.limit_pages(1).await.unwrap();
        // A statement that writes one row has no journal of its own: SQLite rolls back the whole transaction.
        let setting_too_long = sqlite.change_setting("s", at(0), Box::new(move |_| Ok(long()))).await;
        assert!(unavailable(&setting_too_long), "{setting_too_long:?}");
        sqlite.limit_pages(u32::MAX - 1).await.unwrap();
        w.create(1, move |_, t| t.description = long()).await;
        assert_eq!(tasks(&w).await, n);
    }
}

use bodies::*;

mod bodies {
    use super::*;

    /// Something that fails inside its transaction, for a reason that is not one of Rota's refusals.
    async fn fails(w: &World) {
        let answer = match w.postgres {
            // PostgreSQL has no text with U+0000 in it.
            true => w.store.change_setting("a\0b", at(0), Box::new(|_| Ok("{}".into()))).await.map(drop),
            false => w.store.create_session(domain::UserId(999), b"hash", at(0), at(1)).await,
        };
        assert!(unavailable(&answer), "{answer:?}");
    }

    pub async fn errors_leave_a_usable_store(w: World) {
        for _ in 0..MANY {
            fails(&w).await;
        }
        w.create(1, |_, _| {}).await;
        assert_eq!(tasks(&w).await, 1);
    }

    /// As when a client hangs up: the future is dropped between two statements.
    pub async fn calls_given_up_leave_a_usable_store(w: World) {
        let (mut given_up, mut saved) = (0, 0);
        while given_up < MANY {
            let inside = Arc::new(tokio::sync::Notify::new());
            let entered = inside.clone();
            // Enough statements after the decision for one of them to be waited for.
            let edit = w.creating(100, move |_, _| entered.notify_one());
            tokio::select! {
                biased;
                () = inside.notified() => given_up += 1,
                done = w.store.edit_tasks(edit) => saved += now(done).len() as u64,
            }
        }
        // One that was given up at its COMMIT may be there, as a whole.
        let there = tasks(&w).await;
        assert!(there >= saved && (there - saved).is_multiple_of(100), "{there} tasks, {saved} of saves that ended");
        w.create(1, |_, _| {}).await;
        assert_eq!(tasks(&w).await, there + 1);
    }

    pub async fn panics_leave_a_usable_store(w: World) {
        for _ in 0..MANY {
            let (store, edit) = (w.store.clone(), w.creating(1, |_, _| panic!("as a test")));
            assert!(tokio::spawn(async move { store.edit_tasks(edit).await }).await.is_err());
        }
        w.create(1, |_, _| {}).await;
        assert_eq!(tasks(&w).await, 1);
    }
}
