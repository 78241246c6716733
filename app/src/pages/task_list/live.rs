//! What happens on the server happens on the page.

use super::query::ListQuery;
use super::rows::Rows;
use crate::api::tasks::{self, TaskObject};
use crate::live;
use domain::TaskId;
use leptos::prelude::*;
use serde::Deserialize;

const EVENTS: &[&str] = &["task", "deleted", "reset"];

#[derive(Deserialize)]
struct Deleted {
    task_id: TaskId,
}

/// Keeps the rows up to date while the page is open; `connected` says whether that works.
pub fn keep_up(rows: Rows, query: ListQuery, connected: RwSignal<bool>) {
    let again = query.clone();
    let event = move |name: &'static str, data: String| match name {
        "task" => {
            if let Ok(object) = serde_json::from_str::<TaskObject>(&data) {
                rows.put(object);
            }
        }
        "deleted" => {
            if let Ok(deleted) = serde_json::from_str::<Deleted>(&data) {
                rows.remove(deleted.task_id);
            }
        }
        _ => read_again(rows, &again),
    };
    let state = move |up: bool| {
        connected.set(up);
        if up {
            // Between the reading of the list and the opening of the stream things may have happened.
            read_again(rows, &query);
        }
    };
    live::follow(|| Some("/api/task/events".to_owned()), EVENTS, event, state);
}

fn read_again(rows: Rows, query: &ListQuery) {
    let query = query.clone();
    leptos::task::spawn_local(async move {
        if let Ok(page) = tasks::list(query.wanted()).await {
            rows.refresh(query.in_order(page.items));
        }
    });
}
