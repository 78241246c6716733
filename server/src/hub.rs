//! Tells those who watch that something changed. Nothing is kept here but the latest few thousand notices, so that a
//! viewer who was away for a moment can go on where it stopped.

use domain::{RunId, TaskId, UserId};
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use tokio::sync::{broadcast, watch};

/// How many notices are kept for those who come back.
const KEPT: usize = 8192;

/// A task was saved, deleted, started, made progress or ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaskNotice {
    /// One more with each notice, from 1; starts anew with the process.
    pub seq: u64,
    /// The task.
    pub task: TaskId,
    /// Who may see it, beside root.
    pub owner: Option<UserId>,
    /// Whether it is gone.
    pub deleted: bool,
    /// Whether another server said so; then the others know already.
    pub elsewhere: bool,
}

/// The place where notices are given and got.
pub struct Hub {
    /// Differs from process to process, so that an old `Last-Event-ID` is recognised.
    pub epoch: u64,
    tasks: broadcast::Sender<TaskNotice>,
    recent: Mutex<VecDeque<TaskNotice>>,
    logs: broadcast::Sender<RunId>,
    resets: watch::Sender<u64>,
}

impl Hub {
    /// A new one; `epoch` is when the process started, in milliseconds.
    pub fn new(epoch: u64) -> Hub {
        Hub {
            epoch,
            tasks: broadcast::Sender::new(KEPT),
            recent: Mutex::new(VecDeque::with_capacity(KEPT)),
            logs: broadcast::Sender::new(1024),
            resets: watch::Sender::new(0),
        }
    }

    /// Tells that a task changed here. After the commit, never before.
    pub fn task(&self, task: TaskId, owner: Option<UserId>, deleted: bool) {
        self.add(task, owner, deleted, false);
    }

    /// Tells that a task changed on another server.
    pub fn task_elsewhere(&self, task: TaskId, owner: Option<UserId>, deleted: bool) {
        self.add(task, owner, deleted, true);
    }

    /// Tells that other servers may have changed tasks without a notice of each: viewers have to look again.
    pub fn missed(&self) {
        self.resets.send_modify(|n| *n += 1);
    }

    /// Changes with each call of [`Hub::missed`].
    pub fn resets(&self) -> watch::Receiver<u64> {
        self.resets.subscribe()
    }

    fn add(&self, task: TaskId, owner: Option<UserId>, deleted: bool, elsewhere: bool) {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let seq = recent.back().map_or(0, |n| n.seq) + 1;
        let notice = TaskNotice { seq, task, owner, deleted, elsewhere };
        if recent.len() == KEPT {
            recent.pop_front();
        }
        recent.push_back(notice);
        // Sent under the lock, so that notices come in order. No receiver is no error.
        let _ = self.tasks.send(notice);
    }

    /// Tells that a run has new log lines, or has ended.
    pub fn log(&self, run: RunId) {
        let _ = self.logs.send(run);
    }

    /// The number of the latest notice; 0 before the first.
    pub fn newest(&self) -> u64 {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner).back().map_or(0, |n| n.seq)
    }

    /// All notices after `seq` that are still kept, and those to come. The flag says whether some in between are lost.
    pub fn tasks_since(&self, seq: Option<u64>) -> (Vec<TaskNotice>, bool, broadcast::Receiver<TaskNotice>) {
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let receiver = self.tasks.subscribe();
        let Some(seq) = seq else { return (vec![], false, receiver) };
        let oldest = recent.front().map_or(1, |n| n.seq);
        let newest = recent.back().map_or(0, |n| n.seq);
        let lost = seq + 1 < oldest || seq > newest;
        (recent.iter().filter(|n| n.seq > seq).copied().collect(), lost, receiver)
    }

    /// The runs whose logs grow or end, from now on.
    pub fn logs(&self) -> broadcast::Receiver<RunId> {
        self.logs.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_viewer_goes_on_where_it_stopped() {
        let hub = Hub::new(1);
        for id in 1..=3 {
            hub.task(TaskId(id), None, false);
        }
        let (missed, lost, _) = hub.tasks_since(Some(1));
        assert_eq!((missed.len(), missed[0].task, lost), (2, TaskId(2), false));
        assert!(hub.tasks_since(Some(9)).1, "a number from the future is from another process");
        for id in 0..=KEPT as i64 {
            hub.task(TaskId(id), None, false);
        }
        assert!(hub.tasks_since(Some(1)).1);
    }
}
