//! Each test runs on both databases: as `name::sqlite` on a file of its own, and as `name::postgres` on a PostgreSQL
//! database of its own.

use std::future::Future;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;
use testdb::Database;

/// Makes two tests of an `async fn name(start: impl Start)` that stands beside it.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => { $(
        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                $crate::databases::run($crate::databases::Kind::Sqlite, super::$name).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                $crate::databases::run($crate::databases::Kind::Postgres, super::$name).await;
            }
        }
    )* };
}

/// Makes one test, of what only PostgreSQL has: several servers.
macro_rules! on_postgres {
    ($($name:ident),* $(,)?) => { $(
        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                $crate::databases::run($crate::databases::Kind::Postgres, super::$name).await;
            }
        }
    )* };
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Sqlite,
    Postgres,
}

/// Where a test gets its databases. They are removed when it has passed; what a failed one leaves on PostgreSQL can be looked
/// at.
#[derive(Clone)]
pub struct Databases {
    kind: Kind,
    made: Arc<Mutex<Made>>,
}

#[derive(Default)]
struct Made {
    folders: Vec<TempDir>,
    databases: Vec<Database>,
}

impl Databases {
    pub fn are_postgres(&self) -> bool {
        self.kind == Kind::Postgres
    }

    /// The address of a new database, as `--database-url` takes it.
    pub async fn new_url(&self) -> String {
        if self.kind == Kind::Sqlite {
            let folder = tempfile::tempdir().unwrap();
            let url = format!("sqlite://{}/rota.db", folder.path().display());
            self.made.lock().unwrap().folders.push(folder);
            return url;
        }
        let database = Database::create().await;
        let url = database.url();
        self.made.lock().unwrap().databases.push(database);
        url
    }
}

/// What a test can begin with.
pub trait Start: Sized {
    fn start(databases: &Databases) -> impl Future<Output = Self>;
}

impl Start for Databases {
    async fn start(databases: &Databases) -> Databases {
        databases.clone()
    }
}

/// Runs a test and removes its databases.
pub async fn run<S: Start, F: Future<Output = ()>>(kind: Kind, test: impl FnOnce(S) -> F) {
    let databases = Databases { kind, made: Arc::default() };
    test(S::start(&databases).await).await;
    let made = std::mem::take(&mut *databases.made.lock().unwrap());
    for database in made.databases {
        database.remove().await;
    }
}
