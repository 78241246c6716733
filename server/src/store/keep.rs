//! How long runs are kept, as far as it is the same in every database.

use domain::task::Options;
use domain::{RunId, TaskId, Timestamp};

/// What is kept of each task's ended runs. The latest always is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Keep {
    /// So many; `None`: as many as there are.
    pub runs: Option<i64>,
    /// For so many days; `None`: for ever.
    pub days: Option<i64>,
}

impl Keep {
    /// Whether everything is kept.
    pub fn is_empty(self) -> bool {
        self == Keep::default()
    }

    /// What holds for a task: what it says itself, and otherwise this.
    pub fn of(self, options: &Options) -> Keep {
        Keep { runs: options.keep_runs.or(self.runs), days: options.keep_days.or(self.days) }
    }

    /// Runs that ended before this instant, in milliseconds, are not kept.
    pub fn since(self, now: Timestamp) -> Option<i64> {
        self.days.map(|days| now.ms().saturating_sub(days.saturating_mul(86_400_000)))
    }
}

/// What is kept of one task.
#[derive(Debug, Clone, Copy)]
pub struct Kept {
    /// Its latest run.
    pub last_run: Option<i64>,
    /// The oldest that is kept for the number of runs.
    pub oldest_kept: Option<i64>,
    /// The least instant of an end that is kept for its age.
    pub since: Option<i64>,
}

impl Kept {
    /// Whether a run that ended then is kept. One that has not ended is.
    pub fn holds(self, run: i64, finished_at: Option<i64>) -> bool {
        let Some(end) = finished_at else { return true };
        let beyond = self.oldest_kept.is_some_and(|oldest| run < oldest);
        let too_old = self.since.is_some_and(|since| end < since);
        self.last_run == Some(run) || !(beyond || too_old)
    }
}

/// Runs that are no longer kept, of some tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expired {
    /// Of all tasks from the one asked for up to this one.
    pub upto: TaskId,
    /// The runs, as far as was looked.
    pub runs: Vec<RunId>,
}
