//! Asks a database: one statement, and its rows as a table and as a CSV file.

mod params;
mod postgres;
mod rows;
mod single;
mod sqlite;
#[cfg(test)]
mod tests;

use super::process::folder::Folder;
use super::{RunContext, TaskModule};
use crate::redact::Redact;
use async_trait::async_trait;
use domain::json::Raw;
use domain::module::ModuleSpec;
use domain::run::Outcome;
use futures::StreamExt;
use futures::stream::BoxStream;
use rows::{Cell, Rows};
use serde_json::{Value, json};
use sqlx::Either;

/// A statement on a PostgreSQL or SQLite database.
pub struct SqlQuery;

/// What is asked.
struct Question<'a> {
    url: &'a str,
    statement: &'a str,
    read_only: bool,
}

/// Why there is no answer.
enum Failed {
    /// The run was stopped.
    Canceled,
    /// A sentence, which may hold what the database says of the address.
    Because(String),
}

impl From<sqlx::Error> for Failed {
    fn from(error: sqlx::Error) -> Failed {
        Failed::Because(match error.as_database_error() {
            Some(said) => said.message().to_owned(),
            None => error.to_string(),
        })
    }
}

#[async_trait]
impl TaskModule for SqlQuery {
    fn spec(&self) -> ModuleSpec {
        params::spec()
    }

    async fn run(&self, ctx: RunContext) -> Outcome {
        match ask(&ctx).await {
            Ok(message) => Outcome::done_with(message),
            Err(Failed::Canceled) => Outcome::canceled(),
            Err(Failed::Because(why)) => Outcome::error(secrets(ctx.text("url")).clean(&why)),
        }
    }
}

/// The address, and the password in it as it stands there and as it is meant.
fn secrets(url: &str) -> Redact {
    let mut redact = Redact::default();
    redact.add(url);
    if let Some(password) = reqwest::Url::parse(url).ok().and_then(|url| url.password().map(str::to_owned)) {
        redact.add(&password);
        let query = format!("p={}", password.replace('+', "%2B"));
        form_urlencoded::parse(query.as_bytes()).for_each(|(_, password)| redact.add(&password));
    }
    redact
}

async fn ask(ctx: &RunContext) -> Result<String, Failed> {
    let folder = Folder::open("", ctx.run.id).map_err(Failed::Because)?;
    let limit = ctx.int("row_limit").and_then(|n| u64::try_from(n).ok()).unwrap_or(params::ROWS_DEFAULT);
    let mut rows = Rows::new(&folder.path().join(rows::FILE), limit, ctx.files.limit()).map_err(Failed::Because)?;
    let question =
        Question { url: ctx.text("url").trim(), statement: ctx.text("statement"), read_only: !ctx.flag("may_write") };
    let affected = match scheme(question.url) {
        "sqlite" => sqlite::ask(&question, &mut rows, &ctx.cancel).await?,
        "postgres" | "postgresql" => postgres::ask(&question, &mut rows, &ctx.cancel).await?,
        _ => return Err(Failed::Because("url: must start with postgres:// or sqlite:".to_owned())),
    };
    let message = rows.message(affected);
    let result = finish(ctx, rows, &folder).await?;
    ctx.io.result(Raw::from_value(&result)).await;
    ctx.info(message.clone()).await;
    Ok(message)
}

fn scheme(url: &str) -> &str {
    url.split_once(':').map_or("", |(scheme, _)| scheme)
}

/// Takes rows as they come until there are enough. Answers how many the statement has changed.
async fn take<D, R>(
    mut steps: BoxStream<'_, Result<Either<D, R>, sqlx::Error>>,
    rows: &mut Rows,
    cells: impl Fn(&R) -> Result<Vec<Cell>, Failed>,
    affected: impl Fn(&D) -> u64,
) -> Result<u64, Failed> {
    let mut changed = 0;
    while let Some(step) = steps.next().await {
        match step? {
            Either::Left(done) => changed = affected(&done),
            Either::Right(row) => {
                if !rows.push(cells(&row)?).map_err(Failed::Because)? {
                    break;
                }
            }
        }
    }
    Ok(changed)
}

/// The table, and the file where there are columns.
async fn finish(ctx: &RunContext, rows: Rows, folder: &Folder) -> Result<Value, Failed> {
    let mut result = json!({ "perf": { "rows": rows.count() } });
    if rows.has_columns() {
        result["table"] = rows.finish().map_err(Failed::Because)?;
        let kept = ctx.files.keep(folder.path(), &json!([rows::FILE])).await;
        for problem in kept.problems {
            ctx.warning(problem).await;
        }
        result["files"] = json!(kept.files);
    }
    Ok(result)
}
