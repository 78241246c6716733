//! `/api/schedule`: what schedules mean, and what will run.

mod cron;
mod upcoming;

pub use cron::*;
pub use upcoming::*;

use super::answer::json;
use super::error::Answer;
use super::extract::{JsonBody, Tasker};
use crate::http::openapi::shapes;
use crate::state::AppState;
use axum::extract::State;
use axum::response::Response;
use domain::json::Raw;
use domain::reader::Fields;
use domain::schedule::{Plan, Schedule, describe, read_schedules, warnings};
use domain::{Error, L10n, Timestamp};
use serde_json::json;

const DEFAULT_COUNT: i64 = 10;
const MAX_COUNT: i64 = 1000;

struct Question {
    schedules: Vec<Schedule>,
    from: Option<Timestamp>,
    count: usize,
}

/// When schedules run, what they say in words, and what may surprise.
#[utoipa::path(post, path = "/schedule/preview", tag = "schedule", request_body = shapes::PreviewQuestion, responses((status = 200, description = "What the schedules mean.", body = shapes::PreviewAnswer)))]
pub async fn preview(State(state): State<AppState>, _: Tasker, body: JsonBody) -> Answer<Response> {
    let question = read(&body.raw)?;
    let from = question.from.unwrap_or_else(|| state.clock.now());
    let runs = Plan::compile(&question.schedules).upcoming(from, question.count);
    json(&json!({
        "runs": runs,
        "summary": describe(&question.schedules),
        "warnings": warnings(&question.schedules, from),
    }))
}

fn read(raw: &Raw) -> Result<Question, Error> {
    let mut f = Fields::open(raw, "")?;
    let schedules = f.raw("schedules").ok_or_else(|| Error::field("/schedules", L10n::fixed("fehlt", "is missing")))?;
    let from = f.nullable("from")?.flatten();
    let count = f.nullable("count")?.flatten().unwrap_or(DEFAULT_COUNT);
    f.finish()?;
    let reason = L10n::fixed("muss von 0 bis 1000 sein", "must be from 0 to 1000");
    let count = usize::try_from(count).ok().filter(|_| count <= MAX_COUNT).ok_or(Error::field("/count", reason))?;
    Ok(Question { schedules: read_schedules(&schedules, "/schedules")?, from, count })
}
