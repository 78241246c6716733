//! Which tasks a list shows. Ids first, by index only; the rows of one page after that.

use super::super::{signed, unsigned};
use crate::store::{Stored, TaskQuery, TaskSort};
use domain::TaskId;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, AssertSqlSafe, SqliteConnection};

/// Fewest characters that the search index (trigrams) can find.
const TRIGRAM: usize = 3;

/// The conditions of a list and the values in them.
struct Filter {
    conditions: Vec<String>,
    values: SqliteArguments,
    next: usize,
}

impl Filter {
    fn of(query: &TaskQuery) -> Filter {
        let mut filter = Filter { conditions: vec![], values: SqliteArguments::default(), next: 1 };
        if let Some(owner) = query.owner {
            filter.add("owner_id = ?", owner.0);
        }
        if !query.status.is_empty() {
            let words = serde_json::to_string(&query.status).unwrap_or_default();
            filter.add("status IN (SELECT value FROM json_each(?))", words);
        }
        if let Some(module) = &query.module {
            filter.add("module = ?", module.clone());
        }
        if !query.tags.is_empty() {
            let tags = serde_json::to_string(&query.tags).unwrap_or_default();
            filter.add("id IN (SELECT task_id FROM task_tag WHERE tag IN (SELECT value FROM json_each(?)))", tags);
        }
        if let Some(q) = &query.q {
            filter.search(q);
        }
        filter
    }

    fn add<'q, T: sqlx::Encode<'q, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite> + Send + 'q>(
        &mut self,
        condition: &str,
        value: T,
    ) {
        self.conditions.push(condition.replace('?', &format!("?{}", self.next)));
        self.value(value);
    }

    fn value<'q, T: sqlx::Encode<'q, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite> + Send + 'q>(&mut self, value: T) {
        // Encoding of numbers and texts into memory cannot fail.
        let _ = self.values.add(value);
        self.next += 1;
    }

    fn search(&mut self, q: &str) {
        let id = q.trim().parse::<i64>().unwrap_or(-1);
        let at = self.next;
        let by_text = if q.chars().count() >= TRIGRAM {
            self.value(format!("\"{}\"", q.replace('"', "\"\"")));
            format!("id IN (SELECT rowid FROM task_text WHERE task_text MATCH ?{at})")
        } else {
            let escaped = q.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
            self.value(format!("%{escaped}%"));
            format!("description LIKE ?{at} ESCAPE '\\'")
        };
        self.conditions.push(format!("({by_text} OR id = ?{})", self.next));
        self.value(id);
    }

    /// `id > 0` holds always; it makes SQLite walk the primary key, not the table.
    fn sql(&self) -> String {
        let mut all = vec!["id > 0"];
        all.extend(self.conditions.iter().map(String::as_str));
        all.join(" AND ")
    }
}

/// The list's SQL; the values of the page come last.
fn page_sql(query: &TaskQuery, filter: &Filter) -> String {
    let order = match query.sort {
        TaskSort::Id => None,
        TaskSort::UpdatedAt => Some("updated_at"),
        TaskSort::NextRunAt => Some("next_run_at"),
        TaskSort::RunStartedAt => Some("run_started_at"),
        TaskSort::Description => Some("description"),
    };
    let direction = if query.ascending { "ASC" } else { "DESC" };
    let first = order.map(|column| format!("{column} {direction} NULLS LAST, ")).unwrap_or_default();
    let (limit, offset) = (filter.next, filter.next + 1);
    format!("SELECT id FROM task WHERE {} ORDER BY {first}id {direction} LIMIT ?{limit} OFFSET ?{offset}", filter.sql())
}

/// The ids of one page.
pub async fn ids(conn: &mut SqliteConnection, query: &TaskQuery) -> Stored<Vec<TaskId>> {
    let mut filter = Filter::of(query);
    let sql = page_sql(query, &filter);
    filter.value(signed(query.limit));
    filter.value(signed(query.offset));
    let ids: Vec<i64> = sqlx::query_scalar_with(AssertSqlSafe(sql), filter.values).fetch_all(conn).await?;
    Ok(ids.into_iter().map(TaskId).collect())
}

/// How many tasks match. Kept, not counted, where nothing but the owner is asked for.
pub async fn total(conn: &mut SqliteConnection, query: &TaskQuery) -> Stored<u64> {
    let plain = query.q.is_none() && query.status.is_empty() && query.module.is_none() && query.tags.is_empty();
    let n: i64 = if plain {
        let sql = "SELECT coalesce(sum(n), 0) FROM task_count WHERE ?1 IS NULL OR owner_id = ?1";
        sqlx::query_scalar(sql).bind(query.owner.map(|o| o.0)).fetch_one(conn).await?
    } else {
        let filter = Filter::of(query);
        let sql = format!("SELECT count(*) FROM task WHERE {}", filter.sql());
        sqlx::query_scalar_with(AssertSqlSafe(sql), filter.values).fetch_one(conn).await?
    };
    Ok(unsigned(n))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::{Access, SqliteStore};
    use domain::UserId;
    use domain::run::Status;
    use sqlx::Row;

    /// No list walks the table itself: each line of the plan is a search, or a walk along an index.
    #[tokio::test]
    async fn every_list_goes_by_an_index() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("t.db"), 2, Access::Server).await.unwrap();
        let mut conn = store.readers.hold().await.unwrap();
        let sorts =
            [TaskSort::Id, TaskSort::UpdatedAt, TaskSort::NextRunAt, TaskSort::RunStartedAt, TaskSort::Description];
        let filters = [
            TaskQuery::default(),
            TaskQuery { owner: Some(UserId(1)), ..TaskQuery::default() },
            TaskQuery { status: vec![Status::Done, Status::Error], ..TaskQuery::default() },
            TaskQuery { module: Some("sleep".into()), ..TaskQuery::default() },
            TaskQuery { q: Some("back up".into()), ..TaskQuery::default() },
            TaskQuery { q: Some("b".into()), ..TaskQuery::default() },
            TaskQuery { tags: vec!["nightly".into(), "ops".into()], ..TaskQuery::default() },
        ];
        let (sorts, filters) = (&sorts, &filters);
        let both = [true, false].into_iter();
        let all = both.flat_map(|a| sorts.iter().flat_map(move |s| filters.iter().map(move |f| (*s, a, f))));
        for (sort, ascending, filter) in all {
            let query = TaskQuery { sort, ascending, limit: 100, ..filter.clone() };
            let mut filter = Filter::of(&query);
            let sql = format!("EXPLAIN QUERY PLAN {}", page_sql(&query, &filter));
            filter.value(100);
            filter.value(0);
            let rows = sqlx::query_with(AssertSqlSafe(sql.clone()), filter.values).fetch_all(&mut *conn).await.unwrap();
            for row in rows {
                let line: String = row.get("detail");
                let walks_table = line.starts_with("SCAN task") && !line.contains("INDEX") && !line.contains("PRIMARY");
                assert!(!walks_table || line.contains("VIRTUAL"), "{sql}: {line}");
            }
        }
    }
}
