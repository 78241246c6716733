//! A line of a log, as text and nothing else.

use crate::api::runs::{Level, LogEntry};
use crate::i18n::ansi::{Span, visible};
use leptos::prelude::*;

/// Characters that are shown of one line.
const MOST: usize = 2000;

/// The level's name, and a class for its look.
pub fn level(level: Level) -> (&'static str, &'static str) {
    match level {
        Level::Debug => ("debug", "level-debug"),
        Level::Info => ("info", "level-info"),
        Level::Warning => ("warning", "level-warning"),
        Level::Error => ("error", "level-error"),
    }
}

/// The text: colours of terminals as classes, control characters as signs for them, too long ones cut.
pub fn text(msg: &str, most: usize) -> (Vec<Span>, bool) {
    let cut = msg.char_indices().nth(most).map(|(at, _)| at);
    (visible(&msg[..cut.unwrap_or(msg.len())]), cut.is_some())
}

/// Spans, bidirectional marks kept inside.
pub fn spans(all: Vec<Span>) -> impl IntoView {
    all.into_iter().map(|span| view! { <span class=span.class>{span.text}</span> }).collect_view()
}

/// Number, level and text, without anything to do.
#[component]
pub fn PlainLine(
    /// The line.
    entry: LogEntry,
) -> impl IntoView {
    let (name, class) = level(entry.level);
    let (parts, cut) = text(&entry.msg, MOST);
    view! {
        <li class=format!("log-line {class}")>
            <span class="log-level">{name}</span>
            <span class="log-text" dir="auto">{spans(parts)} {cut.then_some("…")}</span>
        </li>
    }
}
