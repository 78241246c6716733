//! SQLite, a file on the server.

use super::rows::{Cell, Rows};
use super::{Failed, Question, single, take};
use sqlx::sqlite::{SqliteConnectOptions, SqliteQueryResult, SqliteRow};
use sqlx::{
    AssertSqlSafe, Column, ConnectOptions, Connection, Executor, Row, SqlSafeStr, SqliteConnection, Statement,
    TypeInfo, ValueRef,
};
use std::fmt::Write;
use std::str::FromStr;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How long another writer is waited for.
const BUSY: Duration = Duration::from_secs(10);
/// After so many steps of SQLite's machine it is asked whether the run goes on.
const STEPS: i32 = 1000;

/// Answers how many rows the statement has changed.
pub async fn ask(question: &Question<'_>, rows: &mut Rows, cancel: &CancellationToken) -> Result<u64, Failed> {
    // One that is opened for reading can still be made to write another file.
    if question.read_only && !single::is_single(question.statement) {
        return Err(Failed::Because("statement: only one, unless changes are allowed".to_owned()));
    }
    let options = SqliteConnectOptions::from_str(question.url)?.create_if_missing(false).busy_timeout(BUSY);
    let options = if question.read_only { options.read_only(true).pragma("query_only", "on") } else { options };
    let mut connection = options.connect().await?;
    let goes_on = cancel.clone();
    connection.lock_handle().await?.set_progress_handler(STEPS, move || !goes_on.is_cancelled());
    let answer = answer(&mut connection, question, rows).await;
    connection.lock_handle().await?.remove_progress_handler();
    _ = connection.close().await;
    if cancel.is_cancelled() { Err(Failed::Canceled) } else { answer }
}

async fn answer(connection: &mut SqliteConnection, question: &Question<'_>, rows: &mut Rows) -> Result<u64, Failed> {
    let prepared = (&mut *connection).prepare(AssertSqlSafe(question.statement).into_sql_str()).await?;
    let names = prepared.columns().iter().map(|column| column.name().to_owned()).collect();
    rows.columns(names).map_err(Failed::Because)?;
    let steps = sqlx::raw_sql(AssertSqlSafe(question.statement)).fetch_many(connection);
    take(steps, rows, cells, SqliteQueryResult::rows_affected).await
}

fn cells(row: &SqliteRow) -> Result<Vec<Cell>, Failed> {
    (0..row.len()).map(|i| cell(row, i).map_err(Failed::from)).collect()
}

/// By the type of the value, which need not be the column's.
fn cell(row: &SqliteRow, i: usize) -> Result<Cell, sqlx::Error> {
    let value = row.try_get_raw(i)?;
    if value.is_null() {
        return Ok(None);
    }
    let kind = value.type_info().name().to_owned();
    Ok(Some(match kind.as_str() {
        "INTEGER" => row.try_get_unchecked::<i64, _>(i)?.to_string(),
        "REAL" => row.try_get_unchecked::<f64, _>(i)?.to_string(),
        "BLOB" => hex(&row.try_get_unchecked::<Vec<u8>, _>(i)?),
        _ => row.try_get_unchecked::<String, _>(i)?,
    }))
}

/// As PostgreSQL writes it.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold("\\x".to_owned(), |mut text, byte| {
        // Writing into a text cannot fail.
        _ = write!(text, "{byte:02x}");
        text
    })
}
