//! Addresses under which others may start a task, without an account.

use super::{Guard, Stored};
use async_trait::async_trait;
use domain::json::Raw;
use domain::run::Run;
use domain::task::Hook;
use domain::{RunId, TaskId, Timestamp};

/// Hooks: one for each task at most, found by the SHA-256 of its token.
#[async_trait]
pub trait HookStore: Send + Sync {
    /// Gives the task a hook with this hash, in place of the one that it has.
    async fn set_hook(&self, task: TaskId, hash: &[u8], now: Timestamp, guard: Guard) -> Stored<Hook>;
    /// The task's hook.
    async fn hook(&self, task: TaskId) -> Stored<Option<Hook>>;
    /// Whether the task had a hook.
    async fn delete_hook(&self, task: TaskId) -> Stored<bool>;
    /// Queues a run of the task that has the hook with this hash, and keeps what it was sent with it, in one transaction. `None`:
    /// there is no such hook. `TaskRunning`, `TaskWithoutOwner`.
    async fn run_by_hook(&self, hash: &[u8], now: Timestamp, input: Option<&Raw>) -> Stored<Option<Run>>;
    /// What the run was sent when it was started.
    async fn run_input(&self, run: RunId) -> Stored<Option<Raw>>;
}
