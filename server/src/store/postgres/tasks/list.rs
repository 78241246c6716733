//! Which tasks a list shows. Ids first, by index only; the rows of one page after that.

use super::super::{clean, signed, unsigned};
use crate::store::{Stored, TaskQuery, TaskSort};
use domain::TaskId;
use sqlx::{PgConnection, Postgres, QueryBuilder};

/// The ids of one page.
pub async fn ids(conn: &mut PgConnection, query: &TaskQuery) -> Stored<Vec<TaskId>> {
    let mut sql = QueryBuilder::new("");
    page(&mut sql, query);
    let ids: Vec<i64> = sql.build_query_scalar().fetch_all(conn).await?;
    Ok(ids.into_iter().map(TaskId).collect())
}

/// Writes the list's SQL.
pub fn page(sql: &mut QueryBuilder<Postgres>, query: &TaskQuery) {
    let (sort, to) = match query.sort {
        TaskSort::Id => ("id", "id"),
        TaskSort::UpdatedAt => ("updated_at", "updated_at"),
        TaskSort::NextRunAt => return page_nulls_last(sql, query, "next_run_at"),
        TaskSort::RunStartedAt => return page_nulls_last(sql, query, "run_started_at"),
        TaskSort::Description => (r#"left(description, 200) COLLATE "C""#, r#"description COLLATE "C""#),
    };
    let direction = if query.ascending { "ASC" } else { "DESC" };
    sql.push("SELECT id FROM task WHERE true");
    filter(sql, query);
    sql.push(format!(" ORDER BY {sort} {direction}"));
    if sort != to {
        sql.push(format!(", {to} {direction}"));
    }
    if sort != "id" {
        sql.push(format!(", id {direction}"));
    }
    limit(sql, signed(query.limit), signed(query.offset));
}

/// An index read backwards has nulls first. So those with a value and those without are read apart, each in its order and no
/// further than the page reaches.
fn page_nulls_last(sql: &mut QueryBuilder<Postgres>, query: &TaskQuery, column: &str) {
    let direction = if query.ascending { "ASC" } else { "DESC" };
    let reach = signed(query.limit.saturating_add(query.offset));
    sql.push(format!("SELECT id FROM ((SELECT id, 0 AS part, {column} AS at FROM task WHERE {column} IS NOT NULL"));
    filter(sql, query);
    sql.push(format!(" ORDER BY {column} {direction}, id {direction}"));
    limit(sql, reach, 0);
    sql.push(format!(") UNION ALL (SELECT id, 1, NULL FROM task WHERE {column} IS NULL"));
    filter(sql, query);
    sql.push(format!(" ORDER BY id {direction}"));
    limit(sql, reach, 0);
    sql.push(format!(")) AS x ORDER BY part, at {direction}, id {direction}"));
    limit(sql, signed(query.limit), signed(query.offset));
}

fn limit(sql: &mut QueryBuilder<Postgres>, limit: i64, offset: i64) {
    sql.push(" LIMIT ").push_bind(limit).push(" OFFSET ").push_bind(offset);
}

fn filter(sql: &mut QueryBuilder<Postgres>, query: &TaskQuery) {
    if let Some(owner) = query.owner {
        sql.push(" AND owner_id = ").push_bind(owner.0);
    }
    if !query.status.is_empty() {
        let words: Vec<&'static str> = query.status.iter().map(|s| s.as_str()).collect();
        sql.push(" AND status = ANY(").push_bind(words).push(")");
    }
    if let Some(module) = &query.module {
        sql.push(" AND module = ").push_bind(clean(module).into_owned());
    }
    if !query.tags.is_empty() {
        sql.push(" AND id IN (SELECT task_id FROM task_tag WHERE tag = ANY(").push_bind(query.tags.clone()).push("))");
    }
    if let Some(q) = &query.q {
        let id = q.trim().parse::<i64>().unwrap_or(-1);
        let escaped = clean(q).to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        sql.push(" AND (description_key LIKE ").push_bind(format!("%{escaped}%"));
        sql.push(" OR id = ").push_bind(id).push(")");
    }
}

/// How many tasks match. Kept, not counted, where nothing but the owner is asked for.
pub async fn total(conn: &mut PgConnection, query: &TaskQuery) -> Stored<u64> {
    let plain = query.q.is_none() && query.status.is_empty() && query.module.is_none() && query.tags.is_empty();
    let n: i64 = if plain {
        let sql = "SELECT coalesce(sum(n), 0)::bigint FROM task_count WHERE $1::bigint IS NULL OR owner_id = $1";
        sqlx::query_scalar(sql).bind(query.owner.map(|o| o.0)).fetch_one(conn).await?
    } else {
        let mut sql = QueryBuilder::new("SELECT count(*) FROM task WHERE true");
        filter(&mut sql, query);
        sql.build_query_scalar().fetch_one(conn).await?
    };
    Ok(unsigned(n))
}
