//! `GET /api/task/{id}/run/{rid}/result`: what a run reported beside its log.

use super::super::answer::json;
use super::super::error::{Answer, internal};
use super::super::extract::{RunIn, TaskIn, Tasker};
use super::super::tasks;
use super::safe_html;
use crate::http::openapi::shapes;
use crate::state::AppState;
use axum::extract::State;
use axum::response::Response;
use domain::json::Raw;
use domain::{Error, RunId, TaskId};
use serde_json::Value;

/// What the module kept with a run: `table`, `text`, `markdown`, `html`, `perf`, `data`, `label`, `files`, each as the module wrote it, and
/// nothing where it kept nothing. Only `html` is not as it was written: it is made safe to be shown, without scripts, styles, forms and anything from
/// elsewhere; and `markdown_html` is the markdown as such HTML. `files` lists `{n, name, size, type}`; `n` is for `/file/{n}`.
#[utoipa::path(get, path = "/task/{taskId}/run/{runId}/result", tag = "task", params(shapes::RunPath), responses((status = 200, description = "What was kept.", body = Object)))]
pub async fn result(
    State(state): State<AppState>,
    Tasker(signed): Tasker,
    TaskIn(id): TaskIn,
    RunIn(run): RunIn,
) -> Answer<Response> {
    tasks::touchable(&state, &signed.caller, id).await?;
    let kept = kept(&state, id, run).await?;
    let mut value = kept.value();
    if value.get("html").is_none() && value.get("markdown").is_none() {
        return json(&kept);
    }
    // Reading HTML is work, and must keep no one waiting but this caller.
    let shown = tokio::task::spawn_blocking(move || {
        make_safe(&mut value);
        value
    });
    json(&shown.await.map_err(|e| internal(&e.to_string()))?)
}

/// What was kept with a run of this task; an empty object where that is nothing.
pub(super) async fn kept(state: &AppState, id: TaskId, run: RunId) -> Answer<Raw> {
    if state.store.run(run).await?.is_none_or(|run| run.task_id != id) {
        return Err(Error::ObjectNotFound { object: format!("run {run}") }.into());
    }
    Ok(state.store.result(run).await?.unwrap_or_else(Raw::empty_object))
}

fn make_safe(kept: &mut Value) {
    match &mut kept["html"] {
        Value::String(html) => *html = safe_html::clean(html),
        Value::Object(parts) => {
            if let Some(Value::String(html)) = parts.get_mut("content") {
                *html = safe_html::clean(html);
            }
        }
        _ => {}
    }
    let markdown = &kept["markdown"];
    let html = markdown.as_str().or_else(|| markdown["content"].as_str()).map(safe_html::from_markdown);
    if let Value::Object(keys) = kept {
        keys.remove("markdown_html");
        keys.extend(html.map(|html| ("markdown_html".to_owned(), Value::String(html))));
        // What was not there was only looked at.
        keys.retain(|_, value| !value.is_null());
    }
}
