//! Log lines in SQLite: many to a row, found by index.

use super::{SqliteStore, signed, unsigned};
use crate::store::chunk::{self, Chunk};
use crate::store::collector::Collector;
use crate::store::{LogQuery, LogStore, Page, RunUpdate, Stored};
use async_trait::async_trait;
use domain::RunId;
use domain::run::{Level, LogEntry};
use serde_json::{Value, json};
use sqlx::SqliteConnection;

/// A chunk up to this size goes to the database together with others; a larger one on its own.
const SMALL: usize = 8 * 1024;

#[async_trait]
impl LogStore for SqliteStore {
    async fn log(&self, query: &LogQuery) -> Stored<Page<LogEntry>> {
        self.readers
            .read(async |conn| match (&query.q, query.levels.is_empty()) {
                (None, true) => plain(conn, query).await,
                (None, false) => by_level(conn, query).await,
                (Some(q), _) => search(conn, query, &q.to_lowercase()).await,
            })
            .await
    }

    async fn log_len(&self, run: RunId) -> Stored<u64> {
        self.readers.read(async |conn| len(&mut *conn, run).await).await
    }
}

async fn len(conn: &mut SqliteConnection, run: RunId) -> Stored<u64> {
    let sql = "SELECT log_len FROM run WHERE id = ?1";
    let n: Option<i64> = sqlx::query_scalar(sql).bind(run.0).fetch_optional(conn).await?;
    Ok(n.map_or(0, unsigned))
}

/// Writes the lines of updates.
pub async fn write(conn: &mut SqliteConnection, updates: impl Iterator<Item = &RunUpdate>) -> Stored<()> {
    let mut small: Vec<Value> = vec![];
    for update in updates {
        let mut first = update.first_idx;
        for c in chunk::encode(&update.lines) {
            if c.text.len() <= SMALL {
                let [debug, info, warning, error] = c.n_by_level;
                small.push(json!([update.run, first, c.n, debug, info, warning, error, c.text]));
            } else {
                write_large(conn, update.run, first, &c).await?;
            }
            first += u64::from(c.n);
        }
    }
    if small.is_empty() {
        return Ok(());
    }
    // Lines that are there already are the same ones, written by a try whose answer was lost.
    let sql = "INSERT OR IGNORE INTO log_chunk (run_id, first_idx, n, n_debug, n_info, n_warning, n_error, lines)
        SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7 FROM json_each(?1)";
    sqlx::query(sql).bind(super::text(&small)?).execute(conn).await?;
    Ok(())
}

async fn write_large(conn: &mut SqliteConnection, run: RunId, first: u64, c: &Chunk) -> Stored<()> {
    let sql = "INSERT OR IGNORE INTO log_chunk (run_id, first_idx, n, n_debug, n_info, n_warning, n_error, lines)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    let [debug, info, warning, error] = c.n_by_level;
    sqlx::query(sql)
        .bind(run.0)
        .bind(signed(first))
        .bind(c.n)
        .bind(debug)
        .bind(info)
        .bind(warning)
        .bind(error)
        .bind(&c.text)
        .execute(conn)
        .await?;
    Ok(())
}

/// The chunks that hold the lines from ?2 up to, not including, ?3.
const RANGE: &str = "SELECT first_idx, lines FROM log_chunk WHERE run_id = ?1
    AND first_idx >= coalesce((SELECT max(first_idx) FROM log_chunk WHERE run_id = ?1 AND first_idx <= ?2), 0)
    AND first_idx < ?3 ORDER BY first_idx";

async fn range(conn: &mut SqliteConnection, run: RunId, from: u64, to: u64) -> Stored<Vec<LogEntry>> {
    let rows: Vec<(i64, String)> =
        sqlx::query_as(RANGE).bind(run.0).bind(signed(from)).bind(signed(to)).fetch_all(conn).await?;
    let mut entries = vec![];
    for (first, text) in rows {
        entries.extend(chunk::decode(&text, unsigned(first))?);
    }
    Ok(entries)
}

/// Every line counts: the page's place follows from its offset.
async fn plain(conn: &mut SqliteConnection, query: &LogQuery) -> Stored<Page<LogEntry>> {
    let total = len(conn, query.run).await?;
    let (from, to) = if query.descending {
        let to = total.saturating_sub(query.offset);
        (to.saturating_sub(query.limit), to)
    } else {
        (query.offset, query.offset.saturating_add(query.limit).min(total))
    };
    if from >= to {
        return Ok(Page { items: vec![], total });
    }
    let mut items = range(conn, query.run, from, to).await?;
    items.retain(|e| (from..to).contains(&e.idx));
    if query.descending {
        items.reverse();
    }
    Ok(Page { items, total })
}

const COUNTS: &str =
    "SELECT first_idx, n_debug, n_info, n_warning, n_error, n FROM log_chunk WHERE run_id = ?1 ORDER BY first_idx";

/// The counts by level tell which chunks hold the page; only those are opened.
async fn by_level(conn: &mut SqliteConnection, query: &LogQuery) -> Stored<Page<LogEntry>> {
    let mut counts: Vec<(i64, i64, i64, i64, i64, i64)> =
        sqlx::query_as(COUNTS).bind(query.run.0).fetch_all(&mut *conn).await?;
    if query.descending {
        counts.reverse();
    }
    let wanted = |(_, d, i, w, e, _): &(i64, i64, i64, i64, i64, i64)| {
        let by_level = [(Level::Debug, d), (Level::Info, i), (Level::Warning, w), (Level::Error, e)];
        by_level.iter().filter(|(l, _)| query.levels.contains(l)).map(|(_, n)| unsigned(**n)).sum::<u64>()
    };
    let mut page = Collector::new(query);
    for count in &counts {
        let n = wanted(count);
        if page.misses(n) {
            page.pass_over(n);
            continue;
        }
        let (first, lines) = (unsigned(count.0), unsigned(count.5));
        let entries = range(conn, query.run, first, first + lines).await?;
        page.take(entries.into_iter().filter(|e| query.levels.contains(&e.level)).collect());
    }
    Ok(page.done())
}

/// Every chunk is opened, one batch after the other; memory stays bounded.
async fn search(conn: &mut SqliteConnection, query: &LogQuery, q: &str) -> Stored<Page<LogEntry>> {
    const STEP: u64 = 20_000;
    let total = len(conn, query.run).await?;
    let mut page = Collector::new(query);
    let mut done = 0;
    while done < total {
        let size = STEP.min(total - done);
        let from = if query.descending { total - done - size } else { done };
        let mut entries = range(conn, query.run, from, from + size).await?;
        entries.retain(|e| {
            (from..from + size).contains(&e.idx)
                && (query.levels.is_empty() || query.levels.contains(&e.level))
                && e.msg.to_lowercase().contains(q)
        });
        page.take(entries);
        done += size;
    }
    Ok(page.done())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::Access;
    use sqlx::Row;

    #[tokio::test]
    async fn pages_go_by_an_index() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("t.db"), 2, Access::Server).await.unwrap();
        let mut conn = store.readers.hold().await.unwrap();
        for sql in [RANGE, COUNTS] {
            let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
            for row in sqlx::query(explain).fetch_all(&mut *conn).await.unwrap() {
                let line: String = row.get("detail");
                assert!(!line.starts_with("SCAN log_chunk") && !line.contains("TEMP B-TREE"), "{line}");
            }
        }
    }
}
