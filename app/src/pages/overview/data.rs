//! What the overview asks the API.

use crate::api::runs::{self, ListedRun, Recent};
use crate::api::schedules::{self, Upcoming};
use crate::api::tasks::{self, Status, Task, Wanted};
use crate::api::{ApiError, Page};
use domain::{TaskId, Timestamp};
use serde::{Deserialize, Serialize};

/// Most runs that are drawn.
const MOST_RUNS: u64 = 1000;
/// Most running tasks that are drawn.
const MOST_RUNNING: u64 = 200;

/// Everything on the page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Overview {
    /// What started in the last 24 hours, the latest first.
    pub runs: Page<ListedRun>,
    /// How many of these ended well.
    pub done: u64,
    /// How many of these failed.
    pub failed: u64,
    /// What will run.
    pub upcoming: Upcoming,
    /// What runs now.
    pub running: Vec<Running>,
    /// How many run now.
    pub running_total: u64,
}

/// A task that runs now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Running {
    /// The task.
    pub id: TaskId,
    /// What it is called.
    pub description: String,
    /// Since when.
    pub since: Option<Timestamp>,
}

impl From<Task> for Running {
    fn from(task: Task) -> Running {
        Running { id: task.id, description: task.description, since: task.run_started_at }
    }
}

impl Overview {
    /// The present, by the server's clock.
    pub fn now(&self) -> Timestamp {
        self.upcoming.from
    }

    /// Whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.runs.items.is_empty() && self.upcoming.tasks.is_empty() && self.running.is_empty()
    }
}

/// Asks for everything.
///
/// # Errors
/// What befalls any call.
pub async fn load() -> Result<Overview, ApiError> {
    let runs = runs::recent(Recent { limit: MOST_RUNS, ..Recent::default() }).await?;
    let upcoming = schedules::upcoming().await?;
    let wanted = Wanted { status: Status::Running.as_str().to_owned(), limit: MOST_RUNNING, ..Wanted::default() };
    let running = tasks::list(wanted).await?;
    let (done, failed) = (ended(&runs, Status::Done).await?, ended(&runs, Status::Error).await?);
    let running_total = running.total;
    let running = running.items.into_iter().map(|object| Running::from(object.task)).collect();
    Ok(Overview { runs, done, failed, upcoming, running, running_total })
}

/// How many runs ended in this way: counted here where all are here.
async fn ended(runs: &Page<ListedRun>, status: Status) -> Result<u64, ApiError> {
    if runs.total > runs.items.len() as u64 {
        return runs::recent(Recent { status: Some(status), limit: 0 }).await.map(|page| page.total);
    }
    Ok(runs.items.iter().filter(|listed| listed.run.status == status).count() as u64)
}
