//! Log lines in PostgreSQL: many to a row, found by index.

use super::{PostgresStore, signed, unsigned};
use crate::store::chunk;
use crate::store::collector::Collector;
use crate::store::{LogQuery, LogStore, Page, RunUpdate, Stored};
use async_trait::async_trait;
use domain::RunId;
use domain::run::{Level, LogEntry};
use futures::TryStreamExt;
use sqlx::PgConnection;

/// Chunks go to the database together up to this many bytes.
const BATCH: usize = 4 * 1024 * 1024;

#[async_trait]
impl LogStore for PostgresStore {
    async fn log(&self, query: &LogQuery) -> Stored<Page<LogEntry>> {
        self.api
            .read(async |conn| match (&query.q, query.levels.is_empty()) {
                (None, true) => plain(conn, query).await,
                (None, false) => by_level(conn, query).await,
                (Some(q), _) => search(conn, query, &q.to_lowercase()).await,
            })
            .await
    }

    async fn log_len(&self, run: RunId) -> Stored<u64> {
        self.api.read(async |conn| len(&mut *conn, run).await).await
    }
}

async fn len(conn: &mut PgConnection, run: RunId) -> Stored<u64> {
    let n: Option<i64> =
        sqlx::query_scalar("SELECT log_len FROM run WHERE id = $1").bind(run.0).fetch_optional(conn).await?;
    Ok(n.map_or(0, unsigned))
}

/// The columns of many chunks.
#[derive(Default)]
struct Rows {
    run: Vec<i64>,
    first: Vec<i64>,
    n: [Vec<i32>; 5],
    lines: Vec<String>,
    bytes: usize,
}

impl Rows {
    fn push(&mut self, run: RunId, first: u64, c: chunk::Chunk) {
        self.run.push(run.0);
        self.first.push(signed(first));
        let [debug, info, warning, error] = c.n_by_level;
        for (column, n) in self.n.iter_mut().zip([c.n, debug, info, warning, error]) {
            column.push(i32::try_from(n).unwrap_or(i32::MAX));
        }
        self.bytes += c.text.len();
        self.lines.push(c.text);
    }

    /// Lines that are there already are the same ones, written by a try whose commit was not heard of.
    async fn write(self, conn: &mut PgConnection) -> Stored<()> {
        let sql = "INSERT INTO log_chunk (run_id, first_idx, n, n_debug, n_info, n_warning, n_error, lines)
            SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::int[], $4::int[], $5::int[], $6::int[], $7::int[], $8::text[])
            ON CONFLICT (run_id, first_idx) DO NOTHING";
        let [n, debug, info, warning, error] = self.n;
        sqlx::query(sql)
            .bind(self.run)
            .bind(self.first)
            .bind(n)
            .bind(debug)
            .bind(info)
            .bind(warning)
            .bind(error)
            .bind(self.lines)
            .execute(conn)
            .await?;
        Ok(())
    }
}

/// Writes the lines of updates.
pub(super) async fn write(conn: &mut PgConnection, updates: impl Iterator<Item = &RunUpdate>) -> Stored<()> {
    let mut rows = Rows::default();
    for update in updates {
        let mut first = update.first_idx;
        for c in chunk::encode(&update.lines) {
            let n = u64::from(c.n);
            rows.push(update.run, first, c);
            first += n;
            if rows.bytes > BATCH {
                std::mem::take(&mut rows).write(conn).await?;
            }
        }
    }
    if rows.run.is_empty() { Ok(()) } else { rows.write(conn).await }
}

/// The chunks that hold the lines from $2 up to, not including, $3.
pub(super) const RANGE: &str = "SELECT first_idx, lines FROM log_chunk WHERE run_id = $1
    AND first_idx >= coalesce((SELECT max(first_idx) FROM log_chunk WHERE run_id = $1 AND first_idx <= $2), 0)
    AND first_idx < $3 ORDER BY first_idx";

async fn range(conn: &mut PgConnection, run: RunId, from: u64, to: u64) -> Stored<Vec<LogEntry>> {
    let rows: Vec<(i64, String)> =
        sqlx::query_as(RANGE).bind(run.0).bind(signed(from)).bind(signed(to)).fetch_all(conn).await?;
    let mut entries = vec![];
    for (first, text) in rows {
        entries.extend(chunk::decode(&text, unsigned(first))?);
    }
    Ok(entries)
}

/// Every line counts: the page's place follows from its offset.
async fn plain(conn: &mut PgConnection, query: &LogQuery) -> Stored<Page<LogEntry>> {
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

pub(super) const COUNTS: &str =
    "SELECT first_idx, n, n_debug, n_info, n_warning, n_error FROM log_chunk WHERE run_id = $1 ORDER BY first_idx";

type Counts = (i64, i32, i32, i32, i32, i32);

/// The counts by level tell which chunks hold the page; only those are opened.
async fn by_level(conn: &mut PgConnection, query: &LogQuery) -> Stored<Page<LogEntry>> {
    let mut counts: Vec<Counts> = sqlx::query_as(COUNTS).bind(query.run.0).fetch_all(&mut *conn).await?;
    if query.descending {
        counts.reverse();
    }
    let mut page = Collector::new(query);
    for (first, n, debug, info, warning, error) in counts {
        let by_level = [(Level::Debug, debug), (Level::Info, info), (Level::Warning, warning), (Level::Error, error)];
        let wanted =
            by_level.iter().filter(|(l, _)| query.levels.contains(l)).map(|(_, n)| unsigned((*n).into())).sum();
        if page.misses(wanted) {
            page.pass_over(wanted);
            continue;
        }
        let from = unsigned(first);
        let entries = range(conn, query.run, from, from + unsigned(n.into())).await?;
        page.take(entries.into_iter().filter(|e| query.levels.contains(&e.level)).collect());
    }
    Ok(page.done())
}

pub(super) const ALL: &str = "SELECT first_idx, lines FROM log_chunk WHERE run_id = $1 ORDER BY first_idx";
pub(super) const ALL_BACKWARDS: &str =
    "SELECT first_idx, lines FROM log_chunk WHERE run_id = $1 ORDER BY first_idx DESC";

/// Every chunk is opened, one after the other as they come; memory stays bounded.
async fn search(conn: &mut PgConnection, query: &LogQuery, q: &str) -> Stored<Page<LogEntry>> {
    let mut page = Collector::new(query);
    let sql = if query.descending { ALL_BACKWARDS } else { ALL };
    let mut chunks = sqlx::query_as::<_, (i64, String)>(sql).bind(query.run.0).fetch(conn);
    while let Some((first, text)) = chunks.try_next().await? {
        let mut entries = chunk::decode(&text, unsigned(first))?;
        entries.retain(|e| {
            (query.levels.is_empty() || query.levels.contains(&e.level)) && e.msg.to_lowercase().contains(q)
        });
        page.take(entries);
    }
    Ok(page.done())
}
