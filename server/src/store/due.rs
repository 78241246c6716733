//! What a claim makes of the tasks that are due, as far as it is the same in every database.

use super::ClaimBy;
use domain::planner::{self, Agenda, Due, Ended, Start};
use domain::run::{Status, Trigger};
use domain::task::{StoredTask, Task};
use domain::{TaskId, Timestamp};
use std::collections::{HashMap, HashSet};

/// What the history says of an instant that is not made up.
pub const LET_GO: &str = "missed while no server was up; the task's options say not to catch up on it";

/// What becomes of the tasks that are due.
#[derive(Default)]
pub struct Plan {
    /// To start.
    pub start: Vec<(TaskId, Start)>,
    /// Instants that the history tells of as let go.
    pub let_go: Vec<(TaskId, Timestamp)>,
    /// When these tasks run next, as they do not start now.
    pub agendas: Vec<(TaskId, Agenda)>,
}

/// Decides on each of them.
pub fn plan(due: impl Iterator<Item = TaskId>, tasks: &HashMap<TaskId, StoredTask>, by: &ClaimBy) -> Plan {
    let mut plan = Plan::default();
    for (id, stored) in due.filter_map(|id| Some((id, tasks.get(&id)?))) {
        match planner::decide(stored, by.up_since, by.now) {
            Due::Start(start) => plan.start.push((id, start)),
            Due::LetGo { due_at, next_run_at } => {
                plan.let_go.push((id, due_at));
                plan.agendas.push((id, Agenda::new(&stored.task, next_run_at, None, 0)));
            }
            // Found too early, as another version may have counted otherwise: it must not be found again and again.
            Due::Wait(_) | Due::Nothing => plan.agendas.push((id, as_it_is(stored))),
        }
    }
    plan
}

fn as_it_is(stored: &StoredTask) -> Agenda {
    Agenda::new(&stored.task, stored.task.next_run_at, stored.task.retry_at, stored.attempts)
}

/// What a cancel prevents of a task that neither runs nor is queued: what is due, or a retry that waits for its time.
pub fn to_cancel(stored: &StoredTask, up_since: Timestamp, now: Timestamp) -> Option<Start> {
    stored.owner.as_ref()?;
    let retry = |due_at| Start { trigger: Trigger::Retry, due_at, attempt: stored.attempts + 1 };
    match planner::decide(stored, up_since, now) {
        Due::Start(start) => Some(start),
        _ => stored.task.retry_at.map(retry),
    }
}

/// A run that was canceled before it started.
pub fn canceled(start: Start) -> Ended {
    let Start { trigger, due_at, attempt } = start;
    Ended { trigger, due_at, attempt, status: Status::Canceled }
}

/// The agendas of what should have started and did not, because the ledger has the instant: it ran, or was canceled. On to the next.
pub fn passed_over(
    start: &[(TaskId, Start)],
    started: &HashSet<TaskId>,
    tasks: &HashMap<TaskId, StoredTask>,
    by: &ClaimBy,
) -> Vec<(TaskId, Agenda)> {
    let left = start.iter().filter(|(id, _)| !started.contains(id));
    left.filter_map(|(id, start)| Some((*id, passed(&tasks.get(id)?.task, start, by)))).collect()
}

fn passed(task: &Task, start: &Start, by: &ClaimBy) -> Agenda {
    if start.trigger == Trigger::Retry {
        return Agenda::new(task, task.next_run_at, None, 0);
    }
    let used = Ended { trigger: Trigger::Schedule, due_at: start.due_at, attempt: 1, status: Status::Done };
    planner::after_run(task, used, by.up_since, by.now)
}
