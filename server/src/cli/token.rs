//! `rota token`.

use super::place::{Place, find};
use super::{CliError, table};
use crate::auth::token;
use crate::clock::Clock;
use clap::{Args, Subcommand};
use domain::json::Raw;
use domain::user::{Token, TokenInput};
use domain::{Timestamp, TokenId};
use serde_json::{Map, Value};

/// What to do with API tokens.
#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// List the tokens of a user
    List(List),
    /// Make a token and print its value, this once
    Add(Add),
    /// Delete a token
    Delete(Delete),
}

/// Whose.
#[derive(Debug, Args)]
pub struct List {
    login: String,
    #[command(flatten)]
    place: Place,
}

/// A new one.
#[derive(Debug, Args)]
pub struct Add {
    login: String,
    /// What the token is called
    #[arg(long)]
    name: String,
    /// From when on it is refused, such as 2027-01-01T00:00:00Z [default: never]
    #[arg(long, value_name = "TIME")]
    expires_at: Option<String>,
    #[command(flatten)]
    place: Place,
}

/// Which.
#[derive(Debug, Args)]
pub struct Delete {
    login: String,
    /// As `rota token list` has it
    id: i64,
    #[command(flatten)]
    place: Place,
}

/// Does it.
pub async fn run(command: TokenCommand) -> Result<(), CliError> {
    match command {
        TokenCommand::List(list) => show(list).await,
        TokenCommand::Add(add) => make(add).await,
        TokenCommand::Delete(delete) => remove(delete).await,
    }
}

async fn show(list: List) -> Result<(), CliError> {
    let store = list.place.open().await?;
    let user = find(&*store, &list.login).await?;
    let mut rows = vec![["ID", "NAME", "CREATED", "EXPIRES", "LAST USED"].map(str::to_owned)];
    rows.extend(store.tokens(user.id).await?.into_iter().map(row));
    store.close().await;
    table::print(&rows)
}

fn row(token: Token) -> [String; 5] {
    let instant = |t: Option<Timestamp>| t.map_or_else(|| "never".to_owned(), |t| t.to_string());
    let (expires, used) = (instant(token.expires_at), instant(token.last_used_at));
    [token.id.to_string(), token.name, token.created_at.to_string(), expires, used]
}

async fn make(add: Add) -> Result<(), CliError> {
    let now = Clock::default().now();
    let input = checked(&add, now)?;
    let store = add.place.open().await?;
    let user = find(&*store, &add.login).await?;
    let value = token::generate();
    store.create_token(user.id, &input.name, &token::hash(&value), input.expires_at, now).await?;
    store.close().await;
    table::say(&value)
}

/// The same checks as over REST.
fn checked(add: &Add, now: Timestamp) -> Result<TokenInput, CliError> {
    let mut fields = Map::new();
    fields.insert("name".to_owned(), add.name.clone().into());
    fields.insert("expires_at".to_owned(), add.expires_at.clone().map_or(Value::Null, Value::from));
    TokenInput::read(&Raw::from_value(&Value::Object(fields)), now).map_err(|e| CliError::Usage(e.to_string()))
}

async fn remove(delete: Delete) -> Result<(), CliError> {
    let store = delete.place.open().await?;
    let user = find(&*store, &delete.login).await?;
    let gone = store.delete_token(user.id, TokenId(delete.id)).await?;
    store.close().await;
    if !gone {
        return Err(CliError::Failed(format!("user {} has no token {}", user.login, delete.id)));
    }
    table::say(&format!("token {} deleted", delete.id))
}
