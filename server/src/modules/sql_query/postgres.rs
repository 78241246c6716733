//! PostgreSQL. Values come as the server itself writes them, so every type has a text.

use super::rows::{Cell, Rows};
use super::{Failed, Question, take};
use sqlx::postgres::{PgConnectOptions, PgQueryResult, PgRow};
use sqlx::{
    AssertSqlSafe, Column, ConnectOptions, Connection, Executor, PgConnection, Row, SqlSafeStr, Statement, ValueRef,
};
use std::str::FromStr;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How long telling the server to stop may take.
const STOP_WITHIN: Duration = Duration::from_secs(3);

/// Answers how many rows the statement has changed.
pub async fn ask(question: &Question<'_>, rows: &mut Rows, cancel: &CancellationToken) -> Result<u64, Failed> {
    let options = PgConnectOptions::from_str(question.url)?.application_name("rota sql_query");
    let mut connection = tokio::select! {
        connection = options.connect() => connection?,
        () = cancel.cancelled() => return Err(Failed::Canceled),
    };
    let process: i32 = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut connection).await?;
    let answer = tokio::select! {
        answer = answer(&mut connection, question, rows) => Some(answer),
        () = cancel.cancelled() => None,
    };
    match answer {
        Some(answer) => {
            // Nothing is left to be said to it, whatever it answers to that.
            _ = tokio::time::timeout(STOP_WITHIN, connection.close()).await;
            answer
        }
        None => {
            stop(&options, process).await;
            Err(Failed::Canceled)
        }
    }
}

async fn answer(connection: &mut PgConnection, question: &Question<'_>, rows: &mut Rows) -> Result<u64, Failed> {
    if question.read_only {
        connection.execute("BEGIN READ ONLY").await?;
    }
    // The server takes several statements in one text, and a second one could end the transaction; prepared, it takes only one.
    let prepared = (&mut *connection).prepare(AssertSqlSafe(question.statement).into_sql_str()).await?;
    let names = prepared.columns().iter().map(|column| column.name().to_owned()).collect();
    rows.columns(names).map_err(Failed::Because)?;
    // Simple queries are answered in text.
    let steps = sqlx::raw_sql(AssertSqlSafe(question.statement)).fetch_many(connection);
    take(steps, rows, cells, PgQueryResult::rows_affected).await
}

fn cells(row: &PgRow) -> Result<Vec<Cell>, Failed> {
    let cell = |i: usize| {
        let value = row.try_get_raw(i)?;
        if value.is_null() {
            return Ok(None);
        }
        value.as_str().map(|text| Some(text.to_owned())).map_err(|e| Failed::Because(e.to_string()))
    };
    (0..row.len()).map(cell).collect()
}

/// By a connection of its own: the first one is busy.
async fn stop(options: &PgConnectOptions, process: i32) {
    let stop = async {
        let mut connection = options.connect().await?;
        sqlx::query("SELECT pg_cancel_backend($1)").bind(process).execute(&mut connection).await?;
        connection.close().await
    };
    match tokio::time::timeout(STOP_WITHIN, stop).await {
        Ok(Ok(())) => {}
        Ok(Err(_)) | Err(_) => tracing::warn!(process, "a statement of sql_query could not be stopped"),
    }
}
