//! `rota user`.

use super::place::{Place, find};
use super::{CliError, password, table};
use crate::auth::password::hash_now;
use crate::clock::Clock;
use crate::http::users::OWNER_DELETED;
use crate::store::{NewUser, UserChange};
use clap::{Args, Subcommand};
use domain::user::{ROOT, TASK, User, UserInput};
use domain::{Lang, json::Raw};
use serde_json::{Map, Value};

/// What to do with users.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// List all users
    List(Place),
    /// Make a user; the password is asked for
    Add(Add),
    /// Set a new password, which ends the user's sessions
    Passwd(Passwd),
    /// Set the system rights of a user; none at all takes all away
    Rights(Rights),
    /// Delete a user; the tasks stay, belong to nobody and do not run
    Delete(Delete),
}

/// A new user.
#[derive(Debug, Args)]
pub struct Add {
    login: String,
    /// Mail address
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// The name that people see [default: the login]
    #[arg(long, value_name = "NAME")]
    displayname: Option<String>,
    /// de-DE or en-US
    #[arg(long, value_name = "TAG")]
    language: Option<String>,
    /// A system right; may be given twice [default: system.task]
    #[arg(long = "right", value_name = "RIGHT", value_parser = [ROOT, TASK])]
    rights: Vec<String>,
    /// Read the password from standard input, first line
    #[arg(long)]
    password_stdin: bool,
    #[command(flatten)]
    place: Place,
}

/// A new password.
#[derive(Debug, Args)]
pub struct Passwd {
    login: String,
    /// Read the password from standard input, first line
    #[arg(long)]
    password_stdin: bool,
    #[command(flatten)]
    place: Place,
}

/// Other rights.
#[derive(Debug, Args)]
pub struct Rights {
    login: String,
    /// What the user may do from now on
    #[arg(value_name = "RIGHT", value_parser = [ROOT, TASK])]
    rights: Vec<String>,
    #[command(flatten)]
    place: Place,
}

/// Whom to delete.
#[derive(Debug, Args)]
pub struct Delete {
    login: String,
    #[command(flatten)]
    place: Place,
}

/// Does it.
pub async fn run(command: UserCommand) -> Result<(), CliError> {
    match command {
        UserCommand::List(place) => list(place).await,
        UserCommand::Add(add) => make(add).await,
        UserCommand::Passwd(passwd) => set_password(passwd).await,
        UserCommand::Rights(rights) => set_rights(rights).await,
        UserCommand::Delete(delete) => remove(delete).await,
    }
}

async fn list(place: Place) -> Result<(), CliError> {
    let store = place.open().await?;
    let mut rows = vec![["ID", "LOGIN", "NAME", "EMAIL", "RIGHTS"].map(str::to_owned)];
    let mut offset = 0;
    loop {
        let page = store.users(None, offset, 1000).await?;
        offset += page.items.len() as u64;
        if page.items.is_empty() {
            break;
        }
        rows.extend(page.items.into_iter().map(row));
    }
    store.close().await;
    table::print(&rows)
}

fn row(user: User) -> [String; 5] {
    [user.id.to_string(), user.login, user.displayname, user.email, user.system_rights.join(" ")]
}

async fn make(add: Add) -> Result<(), CliError> {
    let input = checked(&add)?;
    let hash = hash(password::read(add.password_stdin)?).await?;
    let store = add.place.open().await?;
    let new = NewUser {
        login: input.login.unwrap_or_default(),
        password_hash: hash,
        password_generated: false,
        email: input.email.unwrap_or_default(),
        displayname: input.displayname.unwrap_or_default(),
        language: input.language.unwrap_or(Lang::En),
        system_rights: input.system_rights.unwrap_or_else(|| vec![TASK.to_owned()]),
        frontend_prefs: None,
    };
    let user = store.create_user(new, Clock::default().now()).await?;
    store.close().await;
    table::say(&format!("user {} ({}) made", user.login, user.id))
}

/// The same checks as over REST.
fn checked(add: &Add) -> Result<UserInput, CliError> {
    let mut fields = Map::new();
    let mut set = |name: &str, value: Option<&String>| {
        if let Some(value) = value {
            fields.insert(name.to_owned(), Value::from(value.as_str()));
        }
    };
    set("login", Some(&add.login));
    set("email", add.email.as_ref());
    set("displayname", add.displayname.as_ref());
    set("language", add.language.as_ref());
    if !add.rights.is_empty() {
        fields.insert("system_rights".to_owned(), add.rights.clone().into());
    }
    UserInput::read(&Raw::from_value(&Value::Object(fields))).map_err(|e| CliError::Usage(e.to_string()))
}

async fn hash(password: String) -> Result<String, CliError> {
    let job = tokio::task::spawn_blocking(move || hash_now(&password));
    job.await.map_err(|e| e.to_string()).flatten().map_err(CliError::Failed)
}

async fn set_password(passwd: Passwd) -> Result<(), CliError> {
    let store = passwd.place.open().await?;
    let user = find(&*store, &passwd.login).await?;
    let password_hash = Some(hash(password::read(passwd.password_stdin)?).await?);
    let change = UserChange { password_hash, ..UserChange::default() };
    store.change_user(user.id, change, Clock::default().now()).await?;
    store.close().await;
    table::say(&format!("user {} has a new password", user.login))
}

async fn set_rights(rights: Rights) -> Result<(), CliError> {
    let store = rights.place.open().await?;
    let user = find(&*store, &rights.login).await?;
    let mut wanted = rights.rights;
    wanted.sort();
    wanted.dedup();
    let change = UserChange { system_rights: Some(wanted), ..UserChange::default() };
    let user = store.change_user(user.id, change, Clock::default().now()).await?;
    store.close().await;
    let list = if user.system_rights.is_empty() { "none".to_owned() } else { user.system_rights.join(" ") };
    table::say(&format!("rights of user {}: {list}", user.login))
}

async fn remove(delete: Delete) -> Result<(), CliError> {
    let store = delete.place.open().await?;
    let user = find(&*store, &delete.login).await?;
    // Runs that go on are marked for cancel; the server that has them sees it when it renews its leases.
    store.delete_user(user.id, Clock::default().now(), OWNER_DELETED).await?;
    store.close().await;
    table::say(&format!("user {} deleted", user.login))
}
