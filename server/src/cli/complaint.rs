//! A wrong command line or setting in one sentence that names it.

use clap::error::{ContextKind, ContextValue};
use clap::{Arg, Command, Error};
use std::error::Error as _;

/// The sentence. Values of settings that hold secrets are not in it.
pub fn sentence(error: &Error, command: &Command) -> String {
    match value_problem(error, command) {
        Some(text) => text,
        None => first_lines(error),
    }
}

fn value_problem(error: &Error, command: &Command) -> Option<String> {
    let shown = text(error, ContextKind::InvalidArg)?;
    let flag = shown.split_whitespace().next()?.trim_start_matches("--").to_owned();
    let value = text(error, ContextKind::InvalidValue)?;
    let arg = find(command, &flag)?;
    let env = arg.get_env().map(|name| name.to_string_lossy().into_owned());
    let name = env.map_or(format!("--{flag}"), |env| format!("{env} (--{flag})"));
    let reason = reason(error);
    let it_is = if arg.is_hide_env_values_set() { String::new() } else { format!(" (it is \"{value}\")") };
    Some(format!("{name}: {reason}{it_is}"))
}

fn reason(error: &Error) -> String {
    if let Some(ContextValue::Strings(words)) = error.get(ContextKind::ValidValue).filter(|v| !is_empty(v)) {
        return format!("must be one of {}", words.join(", "));
    }
    error.source().map_or_else(|| "this value is not possible".to_owned(), ToString::to_string)
}

fn is_empty(value: &ContextValue) -> bool {
    matches!(value, ContextValue::Strings(words) if words.is_empty())
}

fn text(error: &Error, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        ContextValue::Strings(texts) => texts.first().cloned(),
        _ => None,
    }
}

/// The argument with this long name, of whichever command: a setting is the same everywhere.
fn find<'a>(command: &'a Command, flag: &str) -> Option<&'a Arg> {
    let own = command.get_arguments().find(|arg| arg.get_long() == Some(flag));
    own.or_else(|| command.get_subcommands().find_map(|sub| find(sub, flag)))
}

/// What `clap` says, up to its empty line.
fn first_lines(error: &Error) -> String {
    let text = error.to_string();
    let said = text.split("\n\n").next().unwrap_or_default();
    let words: Vec<_> = said.trim_start_matches("error:").split_whitespace().collect();
    format!("{}; see rota --help", words.join(" "))
}
