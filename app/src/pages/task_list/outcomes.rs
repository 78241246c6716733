//! The outcomes of the last runs of all tasks on the page.

use super::rows::Rows;
use super::spark::RUNS;
use crate::api::runs::{self, PastOutcome};
use crate::api::tasks::{Status, TaskObject};
use crate::viewer::use_viewer;
use domain::{TaskId, Timestamp};
use leptos::prelude::*;
use std::collections::HashMap;
use std::time::Duration;

/// Outcomes by task, oldest first. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Outcomes {
    known: RwSignal<HashMap<TaskId, Known>>,
}

#[derive(Clone, Default)]
struct Known {
    outcomes: Vec<Status>,
    /// The end of the latest, so that none is counted twice.
    last: Option<Timestamp>,
}

/// Gives the rows their outcomes: asked for once the page is hydrated, then kept up by the tasks themselves.
pub fn provide_outcomes(rows: Rows) -> Outcomes {
    let outcomes = Outcomes { known: RwSignal::new(HashMap::new()) };
    provide_context(outcomes);
    let ids: Vec<TaskId> = rows.all().iter().map(|row| row.id).collect();
    let viewer = use_viewer();
    Effect::new(move |_| {
        if !viewer.hydrated() {
            return;
        }
        let ids = ids.clone();
        leptos::task::spawn_local(async move { outcomes.load(ids).await });
    });
    for row in rows.all() {
        Effect::new(move |_| row.object.with(|object| outcomes.ended(object)));
    }
    outcomes
}

/// The outcomes that the list around has.
///
/// # Panics
/// Outside the list, which provides them.
pub fn use_outcomes() -> Outcomes {
    expect_context()
}

/// When a run was over.
fn ended_at(run: &PastOutcome) -> Option<Timestamp> {
    Some(run.run_started_at?.plus(Duration::from_millis(run.duration_ms?)))
}

impl Outcomes {
    /// Of one task, tracked; `None` as long as they are not known.
    pub fn of(self, id: TaskId) -> Option<Vec<Status>> {
        self.known.with(|known| known.get(&id).map(|known| known.outcomes.clone()))
    }

    async fn load(self, ids: Vec<TaskId>) {
        // A decoration: without it the list is still a list.
        let Ok(found) = runs::outcomes(&ids).await else { return };
        let known = ids.into_iter().map(|id| {
            let runs = found.get(&id).map(Vec::as_slice).unwrap_or_default();
            let last = runs.iter().filter_map(ended_at).max();
            (id, Known { outcomes: runs.iter().rev().map(|run| run.status).collect(), last })
        });
        if !self.known.is_disposed() {
            self.known.set(known.collect());
        }
    }

    /// A task as it is now: if it ended after what is known, that is one more.
    fn ended(self, object: &TaskObject) {
        let task = &object.task;
        let Some(end) = task.run_finished_at.filter(|_| task.status.is_final()) else { return };
        let newer = |known: &Known| known.last.is_none_or(|last| end > last);
        if !self.known.with_untracked(|all| all.get(&task.id).is_some_and(newer)) {
            return;
        }
        self.known.update(|all| {
            let known = all.entry(task.id).or_default();
            known.outcomes.push(task.status);
            known.last = Some(end);
            let surplus = known.outcomes.len().saturating_sub(RUNS);
            known.outcomes.drain(..surplus);
        });
    }
}
