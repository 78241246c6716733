//! Runs whose server is gone, as far as it is the same in every database.

use super::{ClaimToken, MAX_RESUMES, Recovery, Renewal, RunUpdate};
use domain::planner::{self, Agenda, Ended};
use domain::run::{Level, LogLine, Status, Trigger};
use domain::task::StoredTask;
use domain::{RunId, TaskId, Timestamp};
use std::collections::HashMap;

/// From rows of run, claim, whether someone wants it canceled, and whether it was renewed.
pub fn renewal(rows: Vec<(i64, i64, bool, bool)>) -> Renewal {
    let mut found = Renewal::default();
    for (run, claim, cancel, renewed) in rows {
        match renewed {
            true => found.own.push((RunId(run), cancel)),
            false => found.stray.push((RunId(run), ClaimToken(claim))),
        }
    }
    found
}

/// Most runs in one transaction.
pub const BATCH: i64 = 1000;

/// One of them.
pub struct Lost {
    /// The run.
    pub run: RunId,
    /// The claim by which its server owned it.
    pub token: ClaimToken,
    /// Its task.
    pub task: TaskId,
    /// Why it had started.
    pub trigger: Trigger,
    /// The instant that it stood for.
    pub due_at: Timestamp,
    /// From 1.
    pub attempt: i64,
    /// Someone wants it canceled.
    pub cancel: bool,
    /// Lines in its log.
    pub log_len: u64,
}

impl Lost {
    /// The log itself says why it ends here, or goes on.
    pub fn last_line(&self, level: Level, text: &str, now: Timestamp) -> RunUpdate {
        let line = LogLine { timestamp: now, level, msg: text.to_owned(), status_percent: None };
        RunUpdate {
            run: self.run,
            token: self.token,
            task: self.task,
            first_idx: self.log_len,
            lines: vec![line],
            percent: None,
            message: None,
            state: None,
            result: None,
            end: None,
        }
    }

    /// The task's next runs. One that nobody owns has none.
    pub fn agenda(&self, stored: &StoredTask, now: Timestamp) -> Agenda {
        if stored.owner.is_none() {
            return Agenda::default();
        }
        let status = if self.cancel { Status::Canceled } else { Status::Error };
        let ended = Ended { trigger: self.trigger, due_at: self.due_at, attempt: self.attempt, status };
        planner::after_interruption(&stored.task, ended, now)
    }

    /// Whether it goes on from its state.
    fn resumes(&self, stored: &StoredTask, resumable: &[String]) -> bool {
        !self.cancel
            && self.attempt <= MAX_RESUMES
            && stored.owner.is_some()
            && stored.active_run == Some(self.run)
            && resumable.contains(&stored.task.task_module)
    }
}

/// Those that go on, and those that end.
pub fn sorted(lost: Vec<Lost>, tasks: &HashMap<TaskId, StoredTask>, recovery: Recovery<'_>) -> (Vec<Lost>, Vec<Lost>) {
    lost.into_iter().partition(|l| tasks.get(&l.task).is_some_and(|t| l.resumes(t, recovery.resumable)))
}

/// The last lines of all of them.
pub fn last_lines(resumed: &[Lost], ended: &[Lost], recovery: Recovery<'_>) -> Vec<RunUpdate> {
    let goes_on = resumed.iter().map(|l| l.last_line(Level::Warning, recovery.resumed, recovery.now));
    goes_on.chain(ended.iter().map(|l| l.last_line(Level::Error, recovery.message, recovery.now))).collect()
}
