//! `POST`, `PUT` and `PATCH` of tasks. Reading happens before the transaction, deciding inside it.

use super::super::answer::json;
use super::super::error::Answer;
use super::super::extract::{JsonBody, Signed, TaskIn, Tasker};
use super::super::idempotency;
use crate::http::openapi::shapes;
use crate::state::AppState;
use crate::store::{Decide, Edit, Idempotency, Once};
use axum::extract::{OriginalUri, State};
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use domain::access::Caller;
use domain::task::{Rules, StoredTask, Task, TaskInput, TaskObject, create, read_batch, read_one, update};
use domain::{Error, L10n, TaskId, Timestamp};
use std::collections::HashMap;

/// Saves an array of tasks, or one.
#[utoipa::path(post, path = "/task", tag = "task", params(shapes::IdempotencyKey), request_body = shapes::TaskSaves, responses((status = 200, description = "The saved tasks.", body = shapes::TaskAnswers)))]
pub async fn post(
    State(state): State<AppState>,
    Tasker(signed): Tasker,
    method: Method,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: JsonBody,
) -> Answer<Response> {
    let (inputs, many) = read_batch(&body.raw)?;
    let answer = Box::new(move |saved: &[StoredTask]| text(saved, many));
    let key = idempotency::key(&headers, signed.caller.id(), method.as_str(), uri.path(), &body.bytes, answer)?;
    save(&state, &signed, inputs, key, many).await
}

/// Makes one task.
#[utoipa::path(put, path = "/task", tag = "task", params(shapes::IdempotencyKey), request_body = shapes::TaskSave, responses((status = 200, description = "The new task.", body = TaskObject)))]
pub async fn put(
    State(state): State<AppState>,
    Tasker(signed): Tasker,
    method: Method,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: JsonBody,
) -> Answer<Response> {
    let input = read_one(&body.raw, "")?;
    if input.id.is_some() {
        let reason = L10n::fixed("PUT legt eine Aufgabe an: bitte ohne _id", "PUT makes a new task: leave _id out");
        return Err(Error::field("/task/_id", reason).into());
    }
    let answer = Box::new(|saved: &[StoredTask]| text(saved, false));
    let key = idempotency::key(&headers, signed.caller.id(), method.as_str(), uri.path(), &body.bytes, answer)?;
    save(&state, &signed, vec![input], key, false).await
}

/// Changes some fields of one task.
#[utoipa::path(patch, path = "/task/{taskId}", tag = "task", params(shapes::TaskPath), request_body = shapes::TaskSave, responses((status = 200, description = "The changed task.", body = TaskObject)))]
pub async fn patch(
    State(state): State<AppState>,
    Tasker(signed): Tasker,
    TaskIn(id): TaskIn,
    body: JsonBody,
) -> Answer<Response> {
    // Whose task it is comes before what is wrong with the body.
    super::touchable(&state, &signed.caller, id).await?;
    let mut input = read_one(&body.raw, "")?;
    if input.id.is_some_and(|given| given != id) {
        let reason = L10n::fixed(
            "muss die Nummer aus der Adresse sein, oder fehlen",
            "must be the id of the address, or be left out",
        );
        return Err(Error::field("/task/_id", reason).into());
    }
    input.id = Some(id);
    save(&state, &signed, vec![input], None, false).await
}

async fn save(
    state: &AppState,
    signed: &Signed,
    inputs: Vec<TaskInput>,
    idempotency: Option<Idempotency<[StoredTask]>>,
    many: bool,
) -> Answer<Response> {
    let now = state.clock.now();
    let edit = Edit {
        load: inputs.iter().filter_map(|i| i.id).collect(),
        creates: inputs.iter().filter(|i| i.id.is_none()).count(),
        owner: signed.caller.id(),
        now,
        decide: decide(state, signed.caller.clone(), inputs, now),
        idempotency,
    };
    match state.store.edit_tasks(edit).await? {
        Once::Before(answer) => Ok(idempotency::replayed(answer)),
        Once::Now(saved) => {
            saved.iter().for_each(|t| state.hub.task(t.task.id, t.owner_id(), false));
            state.scheduler.wake();
            let objects = objects(&saved);
            match (many, objects.first()) {
                (false, Some(one)) => json(one),
                _ => json(&objects),
            }
        }
    }
}

fn objects(saved: &[StoredTask]) -> Vec<TaskObject> {
    saved.iter().map(StoredTask::object).collect()
}

/// The same answer as text, for a repetition.
fn text(saved: &[StoredTask], many: bool) -> String {
    let objects = objects(saved);
    let text = match (many, objects.first()) {
        (false, Some(one)) => serde_json::to_string(one),
        _ => serde_json::to_string(&objects),
    };
    text.unwrap_or_default()
}

/// Makes the new tasks of what was read. A task named twice is changed twice, one after the other.
fn decide(state: &AppState, caller: Caller, inputs: Vec<TaskInput>, now: Timestamp) -> Decide {
    let (registry, secrets) = (state.registry.clone(), state.secrets.clone());
    Box::new(move |loaded, new_ids| {
        let rules = Rules { catalog: &*registry, sealer: &*secrets, caller: &caller, now };
        let mut known: HashMap<TaskId, StoredTask> = loaded.iter().flatten().map(|t| (t.task.id, t.clone())).collect();
        let mut new_ids = new_ids.iter();
        let mut tasks: Vec<Task> = vec![];
        for input in inputs {
            let task = match input.id {
                Some(id) => change(&mut known, id, input, rules)?,
                None => create(input, *new_ids.next().unwrap_or(&TaskId(0)), rules)?,
            };
            tasks.push(task);
        }
        Ok(tasks)
    })
}

fn change(
    known: &mut HashMap<TaskId, StoredTask>,
    id: TaskId,
    input: TaskInput,
    rules: Rules<'_>,
) -> Result<Task, Error> {
    let stored = known.get_mut(&id);
    rules.caller.may_touch(id, stored.as_ref().map(|t| t.owner_id()))?;
    let Some(stored) = stored else { return Err(Error::ObjectNotFound { object: format!("task {id}") }) };
    let task = update(&stored.task, input, rules)?;
    stored.task = task.clone();
    Ok(task)
}
