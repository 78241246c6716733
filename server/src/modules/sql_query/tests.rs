//! Queries as tasks have them, on real databases.

use super::super::testing::{Recorder, as_root};
use super::*;
use domain::run::Status;
use sqlx::{ConnectOptions, Connection, Executor};
use std::sync::Arc;
use tempfile::TempDir;

async fn run(params: Value) -> (Outcome, Arc<Recorder>) {
    let (ctx, io) = as_root(&SqlQuery, params);
    (SqlQuery.run(ctx).await, io)
}

/// A SQLite file with a table of three rows.
async fn sqlite() -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&file).create_if_missing(true);
    let mut connection = options.connect().await.unwrap();
    let sql =
        "CREATE TABLE t (n INTEGER, x); INSERT INTO t VALUES (1, 'a \"b\", ä'), (2, 1.5), (3, x'00ff'), (4, NULL)";
    connection.execute(sql).await.unwrap();
    connection.close().await.unwrap();
    (folder, format!("sqlite://{}", file.display()))
}

fn csv(io: &Recorder) -> String {
    std::fs::read_to_string(io.files().path(1)).unwrap()
}

#[tokio::test]
async fn rows_of_sqlite_are_a_table_and_a_file() {
    let (_folder, url) = sqlite().await;
    let (outcome, io) = run(json!({"url": url, "statement": "SELECT n, x AS \"the x\" FROM t ORDER BY n"})).await;
    assert_eq!(outcome, Outcome::done_with("4 rows"), "{}", io.all());
    let result = io.written().1.remove(0);
    let rows = json!([["1", "a \"b\", ä"], ["2", "1.5"], ["3", "\\x00ff"], ["4", null]]);
    assert_eq!((&result["table"]["header"], &result["table"]["rows"]), (&json!(["n", "the x"]), &rows));
    assert_eq!(result["files"][0]["name"], "rows.csv");
    assert_eq!(csv(&io), "n,the x\n1,\"a \"\"b\"\", ä\"\n2,1.5\n3,\\x00ff\n4,\n");
    let (outcome, io) = run(json!({"url": url, "statement": "SELECT n FROM t WHERE n > 9"})).await;
    assert_eq!((outcome, csv(&io).as_str()), (Outcome::done_with("0 rows"), "n\n"));
    let (outcome, io) = run(json!({"url": url, "statement": "SELECT n FROM t ORDER BY n", "row_limit": 2})).await;
    assert_eq!(outcome, Outcome::done_with("the first 2 rows; there are more"));
    assert_eq!(csv(&io), "n\n1\n2\n");
}

#[tokio::test]
async fn sqlite_is_changed_only_where_that_is_allowed() {
    let (folder, url) = sqlite().await;
    let delete = "DELETE FROM t WHERE n > 2";
    let beside = folder.path().join("beside.db");
    let copy = format!("VACUUM INTO '{}'", beside.display());
    for statement in [delete, &copy] {
        let (outcome, _) = run(json!({"url": url, "statement": statement})).await;
        assert_eq!(outcome, Outcome::error("attempt to write a readonly database"), "{statement}");
    }
    for statement in [
        format!("PRAGMA query_only = off; {copy}"),
        format!("ATTACH '{}' AS b; CREATE TABLE b.t (n)", beside.display()),
    ] {
        let (outcome, _) = run(json!({"url": url, "statement": statement})).await;
        assert_eq!(outcome, Outcome::error("statement: only one, unless changes are allowed"), "{statement}");
    }
    let attach = format!("ATTACH '{}' AS b", beside.display());
    run(json!({"url": url, "statement": attach})).await;
    assert!(std::fs::metadata(&beside).map_or(0, |file| file.len()) == 0, "nothing was written");
    let (outcome, io) = run(json!({"url": url, "statement": delete, "may_write": true})).await;
    assert_eq!(outcome, Outcome::done_with("2 rows affected"));
    assert_eq!(io.written().1, [json!({"perf": {"rows": 0}})]);
    let (outcome, _) = run(json!({"url": url, "statement": "SELECT n FROM t"})).await;
    assert_eq!(outcome, Outcome::done_with("2 rows"));
    let missing = format!("sqlite://{}/no.db", folder.path().display());
    let (outcome, _) = run(json!({"url": missing, "statement": "SELECT 1", "may_write": true})).await;
    assert_eq!((outcome.status, folder.path().join("no.db").exists()), (Status::Error, false));
}

/// Cancels a statement without end once it has begun.
async fn canceled(url: &str, statement: &str, begun: impl Future<Output = ()>) {
    let (ctx, _) = as_root(&SqlQuery, json!({"url": url, "statement": statement}));
    let cancel = ctx.cancel.clone();
    let stop = async {
        begun.await;
        cancel.cancel();
    };
    let both = async { tokio::join!(SqlQuery.run(ctx), stop) };
    let (outcome, ()) = tokio::time::timeout(std::time::Duration::from_secs(60), both).await.unwrap();
    assert_eq!(outcome.status, Status::Canceled);
}

#[tokio::test]
async fn a_cancel_stops_the_statement_in_sqlite() {
    let (_folder, url) = sqlite().await;
    let endless = "WITH RECURSIVE x(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM x) SELECT count(*) FROM x";
    // Nothing outside of SQLite can see that it has begun.
    canceled(&url, endless, tokio::time::sleep(std::time::Duration::from_millis(300))).await;
}

#[tokio::test]
async fn every_type_of_postgres_has_a_text() {
    let url = testdb::server();
    let statement = "SELECT 1::bigint AS a, 1.50::numeric AS b, true AS c, NULL::text AS d, 'ä'::text AS e, \
        '2026-01-02 03:04:05+00'::timestamptz AT TIME ZONE 'UTC' AS f, '{1,2}'::int[] AS g, '{\"k\": 1}'::jsonb AS h, \
        '\\x00ff'::bytea AS i, '10.0.0.0/8'::inet AS j, int4range(1, 5) AS k";
    let (outcome, io) = run(json!({"url": url, "statement": statement})).await;
    assert_eq!(outcome, Outcome::done_with("1 row"), "{}", io.all());
    let row = json!([
        "1",
        "1.50",
        "t",
        null,
        "ä",
        "2026-01-02 03:04:05",
        "{1,2}",
        "{\"k\": 1}",
        "\\x00ff",
        "10.0.0.0/8",
        "[1,5)"
    ]);
    assert_eq!(io.written().1[0]["table"]["rows"], json!([row]));
    let (outcome, io) =
        run(json!({"url": url, "statement": "SELECT generate_series(1, 500000) AS n", "row_limit": 3})).await;
    assert_eq!((outcome, csv(&io).as_str()), (Outcome::done_with("the first 3 rows; there are more"), "n\n1\n2\n3\n"));
}

#[tokio::test]
async fn postgres_is_changed_only_where_that_is_allowed() {
    let database = testdb::Database::create().await;
    let url = database.url();
    let mut connection = sqlx::PgConnection::connect(&url).await.unwrap();
    connection.execute("CREATE TABLE t (n int); INSERT INTO t VALUES (1), (2)").await.unwrap();
    connection.close().await.unwrap();
    let delete = "DELETE FROM t";
    let (outcome, _) = run(json!({"url": url, "statement": delete})).await;
    assert_eq!(outcome, Outcome::error("cannot execute DELETE in a read-only transaction"));
    let (outcome, _) = run(json!({"url": url, "statement": format!("COMMIT; {delete}")})).await;
    assert_eq!(outcome, Outcome::error("cannot insert multiple commands into a prepared statement"));
    let (outcome, _) = run(json!({"url": url, "statement": format!("DO $$ BEGIN COMMIT; {delete}; END $$")})).await;
    assert_eq!(outcome.status, Status::Error);
    let (outcome, _) = run(json!({"url": url, "statement": "SELECT n FROM t"})).await;
    assert_eq!(outcome, Outcome::done_with("2 rows"));
    let (outcome, _) = run(json!({"url": url, "statement": delete, "may_write": true})).await;
    assert_eq!(outcome, Outcome::done_with("2 rows affected"));
    database.remove().await;
}

/// Waits until so many statements with this mark are at work.
async fn active(url: &str, mark: &str, wanted: i64) {
    let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid() AND position($1 IN query) > 0";
    for _ in 0..3000 {
        let active: i64 = sqlx::query_scalar(sql).bind(mark).fetch_one(&mut connection).await.unwrap();
        if active == wanted {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("there never are {wanted} statements at work");
}

#[tokio::test]
async fn a_cancel_stops_the_statement_in_postgres() {
    let url = testdb::server();
    let mark = format!("/* {:016x} */", rand::random::<u64>());
    canceled(&url, &format!("SELECT pg_sleep(600) {mark}"), active(&url, &mark, 1)).await;
    active(&url, &mark, 0).await;
}

#[tokio::test]
async fn no_error_tells_the_password() {
    for url in [
        "postgres://kim:sword%20fish@127.0.0.1:1/x",
        "postgres://kim:sword%20fish@no host/x",
        "postgres://kim:sword%20fish@127.0.0.1:1/x?sslmode=sword%20fish",
        "sqlite:///no/such/sword%20fish",
    ] {
        let (outcome, io) = run(json!({"url": url, "statement": "SELECT 1"})).await;
        assert_eq!(outcome.status, Status::Error, "{url}");
        let said = outcome.message.unwrap() + &io.all();
        assert!(url.starts_with("sqlite") || !said.contains("fish"), "{said}");
    }
}
