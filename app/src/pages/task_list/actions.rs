//! What can be done to tasks from the list.

use super::rows::{Row, Rows};
use crate::api::tasks::{self, Status, TaskObject};
use crate::api::{ApiError, runs};
use crate::task_options::{is_held, pause, resume};
use domain::TaskId;
use leptos::prelude::*;

/// One thing that can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Start now.
    Run,
    /// Cancel what runs.
    Cancel,
    /// Let it not start by itself until further notice.
    Pause,
    /// Let it start by itself again.
    Resume,
    /// Delete.
    Delete,
}

/// Whether it makes sense for a task as it is.
pub fn fits(deed: Deed, object: &TaskObject) -> bool {
    let task = &object.task;
    let running = task.status == Status::Running;
    match deed {
        Deed::Run | Deed::Delete => !running,
        Deed::Cancel => running || task.retry_at.is_some(),
        Deed::Pause => !running && !is_held(task) && task.next_run_at.or(task.retry_at).is_some(),
        Deed::Resume => !running && is_held(task),
    }
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// For so many tasks it was done.
    pub done: usize,
    /// For these it was not.
    pub failed: Vec<(TaskId, ApiError)>,
}

/// Does things and keeps what became of them. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Actions {
    rows: Rows,
    /// Whether calls are under way.
    pub pending: RwSignal<bool>,
    /// Of the last deed.
    pub outcome: RwSignal<Option<Outcome>>,
    /// Those that are to be deleted if the answer is yes.
    pub doomed: RwSignal<Vec<Row>>,
    /// Whether the question is asked.
    pub asking: RwSignal<bool>,
}

impl Actions {
    /// For these rows.
    pub fn new(rows: Rows) -> Actions {
        Actions {
            rows,
            pending: RwSignal::new(false),
            outcome: RwSignal::new(None),
            doomed: RwSignal::new(vec![]),
            asking: RwSignal::new(false),
        }
    }

    /// Does it for those rows that it fits; a deletion is asked about first.
    pub fn act(self, deed: Deed, rows: Vec<Row>) {
        let rows: Vec<Row> =
            rows.into_iter().filter(|row| row.object.with_untracked(|object| fits(deed, object))).collect();
        if rows.is_empty() || self.pending.get_untracked() {
            return;
        }
        if deed == Deed::Delete {
            self.doomed.set(rows);
            self.asking.set(true);
        } else {
            self.start(deed, rows);
        }
    }

    /// The answer was yes.
    pub fn delete_doomed(self) {
        self.asking.set(false);
        self.start(Deed::Delete, self.doomed.get_untracked());
    }

    fn start(self, deed: Deed, rows: Vec<Row>) {
        self.pending.set(true);
        self.outcome.set(None);
        leptos::task::spawn_local(async move {
            let mut outcome = Outcome::default();
            for row in rows {
                match self.one(deed, row).await {
                    Ok(()) => outcome.done += 1,
                    Err(error) => outcome.failed.push((row.id, error)),
                }
            }
            self.pending.set(false);
            self.outcome.set(Some(outcome));
        });
    }

    async fn one(self, deed: Deed, row: Row) -> Result<(), ApiError> {
        match deed {
            Deed::Run => runs::start(row.id).await.map(drop),
            Deed::Cancel => tasks::cancel(row.id).await,
            Deed::Delete => tasks::delete(row.id).await.inspect(|()| self.rows.remove(row.id)),
            Deed::Pause => pause(row.id).await.map(|saved| self.rows.put(saved)),
            Deed::Resume => resume(row.id).await.map(|saved| self.rows.put(saved)),
        }
    }
}

/// The actions of the list around.
///
/// # Panics
/// Outside the list, which provides them.
pub fn use_actions() -> Actions {
    expect_context()
}
