//! `GET /api/task/{id}/run/{rid}/file/{n}`: a file that a run left, to be saved.

use super::super::error::Answer;
use super::super::extract::{FileIn, RunIn, TaskIn, Tasker};
use super::super::tasks;
use crate::files::{Files, KeptFile, content_type, disposition};
use crate::http::openapi::shapes;
use crate::state::AppState;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use domain::json::Raw;
use domain::{Error, RunId, TaskId};
use tokio::fs::File;
use tokio_util::io::ReaderStream;

/// A file of a run, always as an attachment. It is there as long as its run; with several servers it is where the run was, unless they share the
/// folder.
#[utoipa::path(get, path = "/task/{taskId}/run/{runId}/file/{n}", tag = "task", params(shapes::FilePath), responses((status = 200, description = "The file.", body = String, content_type = "application/octet-stream", headers(("Content-Disposition" = String, description = "attachment, with the file's name.")))))]
pub async fn file(
    State(state): State<AppState>,
    Tasker(signed): Tasker,
    TaskIn(id): TaskIn,
    RunIn(run): RunIn,
    FileIn(n): FileIn,
) -> Answer<Response> {
    tasks::touchable(&state, &signed.caller, id).await?;
    let missing = || Error::ObjectNotFound { object: format!("file {n}") };
    let listed = find(&super::result::kept(&state, id, run).await?, n).ok_or_else(missing)?;
    let (file, size) = open(&state, id, run, n).await.ok_or_else(missing)?;
    Ok(answer(&listed, file, size))
}

/// The file of that number, in the list that the run left.
fn find(kept: &Raw, n: u64) -> Option<KeptFile> {
    let files = kept.value().get_mut("files").map(serde_json::Value::take)?;
    let files: Vec<KeptFile> = serde_json::from_value(files).ok()?;
    files.into_iter().find(|file| file.n == n)
}

async fn open(state: &AppState, id: TaskId, run: RunId, n: u64) -> Option<(File, u64)> {
    let file = File::open(Files::of(&state.config).run(id, run).path(n)).await.ok()?;
    let about = file.metadata().await.ok()?;
    about.is_file().then_some((file, about.len()))
}

fn answer(listed: &KeptFile, file: File, size: u64) -> Response {
    let mut response = Response::new(Body::from_stream(ReaderStream::new(file)));
    let headers = response.headers_mut();
    // By the name, not as it was stored: the list of harmless types is today's.
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(&listed.name)));
    headers.insert(header::CONTENT_LENGTH, size.into());
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    let disposition = HeaderValue::try_from(disposition(&listed.name));
    headers.insert(header::CONTENT_DISPOSITION, disposition.unwrap_or(HeaderValue::from_static("attachment")));
    response
}
