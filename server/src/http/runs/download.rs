//! `GET /api/task/{id}/log/download`: a whole log, page by page, never all of it in memory.

use super::super::error::Answer;
use super::super::extract::{Query, TaskIn, Tasker};
use super::super::tasks;
use crate::http::openapi::shapes;
use crate::state::AppState;
use crate::store::{LogQuery, Stored};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use domain::RunId;
use domain::run::LogEntry;
use futures::stream;

/// Lines read at once; fewer where they are long, so that memory stays bounded.
const STEPS: std::ops::RangeInclusive<u64> = 50..=5000;
/// About as many bytes as one read should bring.
const BYTES: usize = 1024 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Text,
    JsonLines,
}

/// The whole log as text, or as a JSON object a line.
#[utoipa::path(get, path = "/task/{taskId}/log/download", tag = "task", params(shapes::TaskPath, shapes::DownloadQuery), responses((status = 200, description = "The whole log.", content((String = "text/plain"), (String = "application/jsonl")))))]
pub async fn download(
    State(state): State<AppState>,
    Tasker(signed): Tasker,
    TaskIn(id): TaskIn,
    mut query: Query,
) -> Answer<Response> {
    let task = tasks::touchable(&state, &signed.caller, id).await?;
    let run = super::chosen(&state, &task, &mut query).await?;
    let words = [("text", Format::Text), ("jsonl", Format::JsonLines)];
    let format = query.word("format", &words)?.unwrap_or(Format::Text);
    query.finish()?;
    let body = match run {
        Some(run) => {
            let end = state.store.log_len(run).await?;
            Body::from_stream(pages(state, run, format, end))
        }
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

/// The lines up to `end`: what a running run adds meanwhile is for the next download.
fn pages(
    state: AppState,
    run: RunId,
    format: Format,
    end: u64,
) -> impl stream::Stream<Item = Result<String, std::io::Error>> {
    stream::try_unfold((0, 1000), move |(offset, step): (u64, u64)| {
        let state = state.clone();
        async move {
            let limit = step.min(end.saturating_sub(offset));
            if limit == 0 {
                return Ok(None);
            }
            let entries = read(&state, run, offset, limit).await.map_err(std::io::Error::other)?;
            let n = entries.len() as u64;
            let text: String = entries.iter().map(|e| line(e, format)).collect();
            let next = (offset + n, next_step(step, text.len()));
            Ok((n > 0).then_some((text, next)))
        }
    })
}

fn next_step(step: u64, len: usize) -> u64 {
    let step = match len {
        len if len > 2 * BYTES => step / 4,
        len if len < BYTES / 2 => step * 2,
        _ => step,
    };
    step.clamp(*STEPS.start(), *STEPS.end())
}

async fn read(state: &AppState, run: RunId, offset: u64, limit: u64) -> Stored<Vec<LogEntry>> {
    let query = LogQuery { run, offset, limit, levels: vec![], q: None, descending: false };
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
