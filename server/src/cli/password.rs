//! How a command gets a password: typed twice without being shown, or as the first line of standard input. Never as an
//! argument, which everyone on the machine can read.

use super::CliError;
use domain::user::check_password;
use std::io::{BufRead, IsTerminal};

/// Reads a new password.
pub fn read(from_stdin: bool) -> Result<String, CliError> {
    let password = if from_stdin { first_line()? } else { ask()? };
    check_password(&password).map_err(|why| CliError::Usage(format!("the password {}", why.en)))?;
    Ok(password)
}

fn first_line() -> Result<String, CliError> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

fn ask() -> Result<String, CliError> {
    if !std::io::stdin().is_terminal() {
        return Err(CliError::Usage("there is no terminal to ask for the password; use --password-stdin".to_owned()));
    }
    let first = rpassword::prompt_password("Password: ")?;
    if rpassword::prompt_password("Once more: ")? != first {
        return Err(CliError::Usage("the two passwords differ".to_owned()));
    }
    Ok(first)
}
