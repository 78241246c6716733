//! The command line: `rota serve`, and commands that work on the database beside a server.

mod backup;
mod complaint;
mod healthcheck;
mod init;
mod mind;
mod module;
mod password;
mod place;
mod secrets;
mod serve;
mod table;
mod token;
mod user;

use crate::config::{Config, SettingError};
use crate::store::StoreError;
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};
use std::ffi::OsString;
use std::process::ExitCode;

/// Rota runs background tasks: now, at a time, or on a calendar.
///
/// Without a command it serves. Every setting is a flag and an environment variable; `rota serve --help` lists them.
#[derive(Debug, Parser)]
#[command(name = "rota", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the server; the same as no command at all
    Serve(Box<Config>),
    /// See and change users, directly in the database
    #[command(subcommand)]
    User(user::UserCommand),
    /// See and change API tokens, directly in the database
    #[command(subcommand)]
    Token(token::TokenCommand),
    /// Change the key that secret parameters are sealed with
    #[command(subcommand)]
    Secrets(secrets::SecretsCommand),
    /// See the modules that are programs, and write their descriptions
    #[command(subcommand)]
    Module(module::ModuleCommand),
    /// Write a copy of the SQLite database to a file, also while the server runs
    Backup(backup::Backup),
    /// Ask a running server on this machine whether it is well, for containers
    Healthcheck(healthcheck::Healthcheck),
    /// End a server's programs when the server is gone; started by servers themselves
    #[command(hide = true)]
    Mind(mind::Mind),
}

/// Why a command did not work; a sentence each.
#[derive(Debug, thiserror::Error)]
enum CliError {
    /// The command line or a setting is wrong.
    #[error("{0}")]
    Usage(String),
    /// It could not be done.
    #[error("{0}")]
    Failed(String),
}

impl From<SettingError> for CliError {
    fn from(error: SettingError) -> CliError {
        CliError::Usage(error.to_string())
    }
}

impl From<StoreError> for CliError {
    fn from(error: StoreError) -> CliError {
        CliError::Failed(error.to_string())
    }
}

impl From<std::io::Error> for CliError {
    fn from(error: std::io::Error) -> CliError {
        CliError::Failed(error.to_string())
    }
}

impl CliError {
    fn code(&self) -> u8 {
        match self {
            CliError::Usage(_) => 2,
            CliError::Failed(_) => 1,
        }
    }
}

/// Reads the command line and does what it says. Exit code 0 if done, 1 if it did not work, 2 if the command line or a
/// setting is wrong; then there is one sentence on standard error.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse_from(with_default_command(std::env::args_os().collect())) {
        Ok(cli) => cli,
        Err(error) if !error.use_stderr() => {
            let _ = error.print();
            return ExitCode::SUCCESS;
        }
        Err(error) if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let _ = error.print();
            return ExitCode::from(2);
        }
        Err(error) => return fail(&CliError::Usage(complaint::sentence(&error, &Cli::command()))),
    };
    let done = match cli.command {
        // Without a runtime, to stay small.
        Command::Mind(mind) => mind::run(mind).map(|()| ExitCode::SUCCESS),
        Command::Serve(_) if std::process::id() == 1 => init::run(),
        command => run(command).map(|()| ExitCode::SUCCESS),
    };
    done.unwrap_or_else(|error| fail(&error))
}

fn fail(error: &CliError) -> ExitCode {
    // One sentence is one line, whatever a library put into it.
    let words: Vec<_> = error.to_string().split_whitespace().map(str::to_owned).collect();
    eprintln!("{}", words.join(" "));
    ExitCode::from(error.code())
}

fn run(command: Command) -> Result<(), CliError> {
    // Before there are other threads, which inherit it.
    init::unblock_signals()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match command {
            Command::Serve(config) => serve::run(*config).await,
            Command::User(command) => user::run(command).await,
            Command::Token(command) => token::run(command).await,
            Command::Secrets(command) => secrets::run(command).await,
            Command::Module(command) => module::run(command),
            Command::Backup(command) => backup::run(command).await,
            Command::Healthcheck(command) => healthcheck::run(command).await,
            Command::Mind(command) => mind::run(command),
        }
    })
}

/// `rota` and `rota --listen …` mean `rota serve …`.
fn with_default_command(mut args: Vec<OsString>) -> Vec<OsString> {
    let asks = |arg: &OsString| ["-h", "--help", "-V", "--version"].iter().any(|flag| arg == flag);
    let flag = |arg: &OsString| arg.as_encoded_bytes().starts_with(b"-");
    let serves = args.get(1).is_none_or(|first| flag(first) && !asks(first));
    if serves {
        args.insert(args.len().min(1), "serve".into());
    }
    args
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn no_command_serves() {
        let of = |args: &[&str]| with_default_command(args.iter().map(OsString::from).collect());
        assert_eq!(of(&["rota"]), ["rota", "serve"]);
        assert_eq!(of(&["rota", "--demo"]), ["rota", "serve", "--demo"]);
        assert_eq!(of(&["rota", "--version"]), ["rota", "--version"]);
        assert_eq!(of(&["rota", "user", "list"]), ["rota", "user", "list"]);
    }

    #[test]
    fn a_wrong_setting_is_named() {
        let complain = |args: &[&str]| {
            let error = Cli::try_parse_from(args).unwrap_err();
            complaint::sentence(&error, &Cli::command())
        };
        let listen = complain(&["rota", "serve", "--listen", "here"]);
        assert!(listen.starts_with("ROTA_LISTEN (--listen): must be an IP address and a port"), "{listen}");
        assert!(listen.ends_with("(it is \"here\")"), "{listen}");
        let lease = complain(&["rota", "serve", "--lease-sec", "601"]);
        assert!(lease.starts_with("ROTA_LEASE_SEC (--lease-sec): 601 is not in 3..=600"), "{lease}");
        let format = complain(&["rota", "serve", "--log-format", "xml"]);
        assert!(format.contains("ROTA_LOG_FORMAT") && format.contains("text, json"), "{format}");
        let password = complain(&["rota", "serve", "--root-password", "geheim"]);
        assert_eq!(password, "ROTA_ROOT_PASSWORD (--root-password): must have 8 to 1000 characters");
        let key = complain(&["rota", "serve", "--secret-key", "abcdef"]);
        assert!(!key.contains("abcdef"), "{key}");
        let place = complain(&["rota", "user", "list", "--database-url", "mysql://u:geheim@h"]);
        assert!(place.starts_with("ROTA_DATABASE_URL") && !place.contains("geheim"), "{place}");
        let unknown = complain(&["rota", "serve", "--lisen", "x"]);
        assert!(unknown.contains("--lisen") && !unknown.contains('\n'), "{unknown}");
        assert!(complain(&["rota", "user", "passwd"]).contains("<LOGIN>"));
    }
}
