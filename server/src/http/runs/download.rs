//! `GET /api/task/{id}/log/download`: a whole log, page by page, never all of it in memory.

use super::super::error::Answer;
use super::super::extract::{Id, Query, Tasker};
use super::super::tasks;
use crate::state::AppState;
use crate::store::{LogQuery, Stored};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use domain::run::LogEntry;
use domain::{RunId, TaskId};
use futures::stream;

/// Lines read at once.
const STEP: u64 = 5000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Text,
    JsonLines,
}

/// The whole log as text, or as a JSON object a line.
pub async fn download(
    State(state): State<AppState>,
    Tasker(signed): Tasker,
    Id(id): Id,
    mut query: Query,
) -> Answer<Response> {
    let task = tasks::touchable(&state, &signed.caller, TaskId(id)).await?;
    let run = super::chosen(&state, &task, &mut query).await?;
    let words = [("text", Format::Text), ("jsonl", Format::JsonLines)];
    let format = query.word("format", &words)?.unwrap_or(Format::Text);
    query.finish()?;
    let body = match run {
        Some(run) => Body::from_stream(pages(state, run, format)),
        None => Body::empty(),
    };
    let mut response = Response::new(body);
    let (kind, ending) = match format {
        Format::Text => ("text/plain; charset=utf-8", "log"),
        Format::JsonLines => ("application/jsonl; charset=utf-8", "jsonl"),
    };
    let name = format!("task-{id}-run-{}.{ending}", run.map_or(0, |r| r.0));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(response)
}

fn pages(state: AppState, run: RunId, format: Format) -> impl stream::Stream<Item = Result<String, std::io::Error>> {
    stream::try_unfold(0, move |offset| {
        let state = state.clone();
        async move {
            let entries = read(&state, run, offset).await.map_err(std::io::Error::other)?;
            let n = entries.len() as u64;
            let text: String = entries.iter().map(|e| line(e, format)).collect();
            Ok((n > 0).then_some((text, offset + n)))
        }
    })
}

async fn read(state: &AppState, run: RunId, offset: u64) -> Stored<Vec<LogEntry>> {
    let query = LogQuery { run, offset, limit: STEP, levels: vec![], q: None, descending: false };
    Ok(state.store.log(&query).await?.items)
}

fn line(entry: &LogEntry, format: Format) -> String {
    match format {
        Format::Text => format!("{} {:<7} {}\n", entry.timestamp, entry.level.as_str(), visible(&entry.msg)),
        Format::JsonLines => serde_json::to_string(entry).unwrap_or_default() + "\n",
    }
}

/// Control characters as pictures (U+2400 and on), so that one entry stays one line and no terminal obeys a log.
fn visible(msg: &str) -> String {
    let picture = |c: char| match c {
        '\t' => '\t',
        '\u{7f}' => '\u{2421}',
        c if (c as u32) < 0x20 => char::from_u32(0x2400 + c as u32).unwrap_or(c),
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    msg.chars().map(picture).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_shown_not_sent() {
        assert_eq!(visible("a\nb\u{1b}[31m\tc\u{7f}\u{9b}"), "a␊b␛[31m\tc␡\u{fffd}");
    }
}
