//! No statement that is asked often walks a whole table. With sequential scans priced out, a plan that still has one has no
//! index to go by.

use super::hooks::CARRY;
use super::logs::{ALL, ALL_BACKWARDS, COUNTS, RANGE};
use super::meta::OLD_DELIVERIES;
use super::post::outbox::{DUE as OWED, ENDED, NEXT, PAGE as MAILS, PAGE_OF_STATUS, TOTAL_OF_STATUS, release};
use super::runs::claim::{DUE, DUE_OF_PRIORITY, NEXT_PRIORITY, QUEUED};
use super::runs::expire::{ALL as ALL_TASKS, OLDEST, OLDEST_KEPT, WITH_OWN};
use super::runs::span::{OUTCOMES, SPAN, SPAN_TOTAL};
use super::runs::{LAST_DATA, NEXT_DUE, PAGE};
use super::tasks::list;
use super::{Limits, PostgresStore};
use crate::store::{MetaStore, TaskQuery, TaskSort};
use domain::UserId;
use domain::run::Status;
use sqlx::{AssertSqlSafe, PgConnection, QueryBuilder};
use std::time::Duration;

const TASKS: &str =
    "INSERT INTO task (owner_id, version, created_at, updated_at, description, description_key, module, params,
    timeout_sec, schedules, next_run_at, wake_at, email, prefs, state, status, run_started_at)
    SELECT i % 5, 1, i, i, 'task ' || i, 'task ' || i, 'sleep', '{}', 0, '[]', nullif(i % 3, 0) * i, nullif(i % 3, 0) * i, '{}', '{}', '{}',
        (ARRAY['new', 'done', 'error'])[i % 3 + 1], nullif(i % 2, 0) * i FROM generate_series(1, 20000) AS i";

/// A database of its own, with so many tasks that plans matter.
async fn with_tasks() -> (testdb::Database, PostgresStore) {
    let database = testdb::Database::create().await;
    let limits = Limits::of_lease(Duration::from_secs(60));
    let store = PostgresStore::open(&database.url(), 4, limits).await.unwrap();
    let mut conn = store.api.hold().await.unwrap();
    for sql in [TASKS, "ANALYZE"] {
        sqlx::query(sql).execute(&mut *conn).await.unwrap();
    }
    drop(conn);
    (database, store)
}

async fn plan(conn: &mut PgConnection, sql: &str, parameters: usize) -> String {
    let nulls = vec!["NULL"; parameters].join(", ");
    let values = if parameters == 0 { String::new() } else { format!("({nulls})") };
    for sql in [
        format!("PREPARE q AS {sql}"),
        "SET enable_seqscan = off".into(),
        "SET plan_cache_mode = force_generic_plan".into(),
    ] {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *conn).await.unwrap();
    }
    let lines: Vec<String> =
        sqlx::query_scalar(AssertSqlSafe(format!("EXPLAIN EXECUTE q {values}"))).fetch_all(&mut *conn).await.unwrap();
    sqlx::raw_sql("DEALLOCATE q").execute(conn).await.unwrap();
    lines.join("\n")
}

fn lists() -> Vec<TaskQuery> {
    let filters = [
        TaskQuery::default(),
        TaskQuery { owner: Some(UserId(1)), ..TaskQuery::default() },
        TaskQuery { status: vec![Status::Done, Status::Error], ..TaskQuery::default() },
        TaskQuery { module: Some("sleep".into()), ..TaskQuery::default() },
        TaskQuery { q: Some("back up".into()), ..TaskQuery::default() },
        TaskQuery { tags: vec!["nightly".into()], ..TaskQuery::default() },
    ];
    let sorts = [TaskSort::Id, TaskSort::UpdatedAt, TaskSort::NextRunAt, TaskSort::RunStartedAt, TaskSort::Description];
    let mut all = vec![];
    for filter in filters {
        for sort in sorts {
            for ascending in [false, true] {
                all.push(TaskQuery { sort, ascending, limit: 100, offset: 200, ..filter.clone() });
            }
        }
    }
    all
}

#[tokio::test]
async fn everything_goes_by_an_index() {
    let (database, store) = with_tasks().await;
    let mut conn = store.api.hold().await.unwrap();
    let fixed = [
        (QUEUED, 1),
        (DUE, 2),
        (NEXT_DUE, 0),
        (WITH_OWN, 2),
        (ALL_TASKS, 2),
        (OLDEST, 2),
        (OLDEST_KEPT, 2),
        (DUE_OF_PRIORITY, 3),
        (NEXT_PRIORITY, 1),
        (PAGE, 3),
        (LAST_DATA, 1),
        (RANGE, 3),
        (COUNTS, 1),
        (ALL, 1),
        (ALL_BACKWARDS, 1),
        (SPAN, 6),
        (SPAN_TOTAL, 4),
        (OUTCOMES, 2),
        (CARRY, 1),
        (OLD_DELIVERIES, 1),
        (OWED, 3),
        (NEXT, 1),
        (ENDED, 1),
        (MAILS, 3),
        (PAGE_OF_STATUS, 3),
        (TOTAL_OF_STATUS, 1),
        (&release(), 0),
    ];
    for (sql, parameters) in fixed {
        let plan = plan(&mut conn, sql, parameters).await;
        assert!(!plan.contains("Seq Scan"), "{sql}\n{plan}");
    }
    for query in lists() {
        let mut sql = QueryBuilder::new("");
        list::page(&mut sql, &query);
        let sql = sql.sql().as_str().to_owned();
        let parameters = sql.matches('$').count();
        let plan = plan(&mut conn, &sql, parameters).await;
        assert!(!plan.contains("Seq Scan"), "{sql}\n{plan}");
        let plain = query.owner.is_none() && query.q.is_none() && query.module.is_none() && query.status.is_empty();
        let plain = plain && query.tags.is_empty();
        assert!(!plain || !plan.contains("Bitmap"), "{sql}\n{plan}");
    }
    drop(conn);
    store.close().await;
    database.remove().await;
}
