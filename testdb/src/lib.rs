//! PostgreSQL databases for tests: each test has one of its own, copied from a template that has every migration.
//!
//! The server is the one that `ROTA_TEST_POSTGRES_URL` names. Without it a test fails: one that passes has tested something.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on ends by a panic")]

mod template;

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use template::Template;

/// The environment variable that names the server, by the address of a superuser's database.
pub const SERVER: &str = "ROTA_TEST_POSTGRES_URL";

/// The address of the tests' PostgreSQL server.
///
/// # Panics
/// When there is none.
#[must_use]
pub fn server() -> String {
    let url = std::env::var(SERVER).unwrap_or_default();
    assert!(
        !url.is_empty(),
        "this test needs PostgreSQL: set {SERVER} to the address of a superuser's database, such as \
        postgres://postgres@127.0.0.1:5432/postgres, or run `cargo xtask test`, which starts a server of its own"
    );
    url
}

/// How often it is looked whether cut connections are gone, 2 ms apart.
const CUT_LOOKS: usize = 200;

/// A test's own database. It stays on the server until it is removed, so that what a failed test leaves can be looked at.
#[derive(Debug)]
pub struct Database {
    server: String,
    name: String,
}

impl Database {
    /// A new one, with every migration and no rows.
    ///
    /// # Panics
    /// When there is no server, or it refuses.
    pub async fn create() -> Database {
        Database::copy_of(&Template::of_the_migrations()).await
    }

    async fn copy_of(template: &Template) -> Database {
        let server = server();
        let name = format!("rota_test_{:016x}", rand::random::<u64>());
        let mut admin = PgConnection::connect(&server).await.unwrap();
        template.copy(&mut admin, &server, &name).await.unwrap();
        admin.close().await.unwrap();
        Database { server, name }
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> String {
        sibling(&self.server, &self.name)
    }

    /// Removes it. Connections to it are cut.
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn remove(self) {
        let mut admin = PgConnection::connect(&self.server).await.unwrap();
        self.cut(&mut admin).await.unwrap();
        execute(&mut admin, format!("DROP DATABASE {} WITH (FORCE)", self.name)).await.unwrap();
        admin.close().await.unwrap();
    }

    /// Cuts connections and waits until they are gone, for `DROP DATABASE` looks only every 100 ms whether they are.
    async fn cut(&self, admin: &mut PgConnection) -> Result<(), sqlx::Error> {
        execute(admin, format!("ALTER DATABASE {} ALLOW_CONNECTIONS false", self.name)).await?;
        let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1";
        sqlx::query(cut).bind(&self.name).execute(&mut *admin).await?;
        let left = "SELECT count(*) FROM pg_stat_activity WHERE datname = $1";
        for _ in 0..CUT_LOOKS {
            if sqlx::query_scalar::<_, i64>(left).bind(&self.name).fetch_one(&mut *admin).await? == 0 {
                break;
            }
            sqlx::query("SELECT pg_sleep(0.002)").execute(&mut *admin).await?;
        }
        Ok(())
    }
}

/// The address of another database on the same server.
fn sibling(url: &str, name: &str) -> String {
    let (base, query) = url.split_once('?').map_or((url, None), |(base, query)| (base, Some(query)));
    let scheme_end = base.find("://").map_or(0, |i| i + 3);
    let host_end = base[scheme_end..].find('/').map_or(base.len(), |i| scheme_end + i);
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    format!("{}/{name}{query}", &base[..host_end])
}

/// A statement whose names are ours.
async fn execute(conn: &mut PgConnection, sql: String) -> Result<(), sqlx::Error> {
    sqlx::query(AssertSqlSafe(sql)).execute(conn).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_name_of_the_database_is_replaced() {
        for (url, expected) in [
            ("postgres://u@h:1/postgres", "postgres://u@h:1/x"),
            ("postgres://u:p@h/postgres?sslmode=disable", "postgres://u:p@h/x?sslmode=disable"),
            ("postgres://h", "postgres://h/x"),
        ] {
            assert_eq!(sibling(url, "x"), expected);
        }
    }

    async fn names(like: &str) -> Vec<String> {
        let mut admin = PgConnection::connect(&server()).await.unwrap();
        let sql = "SELECT datname::text FROM pg_database WHERE datname LIKE $1 ORDER BY 1";
        sqlx::query_scalar(sql).bind(like).fetch_all(&mut admin).await.unwrap()
    }

    /// Tests of one program and tests of many take the same way: the first makes the template, in place of what an interrupted
    /// one left.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn all_who_begin_together_share_one_template() {
        let family = format!("rota_family_{:08x}_", rand::random::<u32>());
        let like = format!("{}%", family.replace('_', "\\_"));
        Database::copy_of(&Template::named(&family, "before")).await.remove().await;
        let mut admin = PgConnection::connect(&server()).await.unwrap();
        execute(&mut admin, format!("CREATE DATABASE {family}now")).await.unwrap();
        let copies: Vec<_> = (0..6)
            .map(|_| Template::named(&family, "now"))
            .map(|template| tokio::spawn(async move { Database::copy_of(&template).await }))
            .collect();
        for copy in copies {
            let copy = copy.await.unwrap();
            let mut conn = PgConnection::connect(&copy.url()).await.unwrap();
            let tasks: i64 = sqlx::query_scalar("SELECT count(*) FROM task").fetch_one(&mut conn).await.unwrap();
            assert_eq!(tasks, 0);
            // Not closed: whatever is connected, the database goes.
            copy.remove().await;
        }
        assert_eq!(names(&like).await, [format!("{family}now")], "those of other migrations are gone");
        template::remove(&mut admin, &format!("{family}now")).await.unwrap();
    }
}
