//! What should happen next: pure decisions, from a task, its last run and the time.

mod backlog;
#[cfg(test)]
mod tests;

use crate::run::{Status, Trigger};
use crate::schedule::{Plan, Schedule};
use crate::task::{CatchUp, StoredTask, Task};
use crate::time::Timestamp;
use std::time::Duration;

/// The first instant after `after` at which one of `schedules` matches.
pub fn next_by_schedule(schedules: &[Schedule], after: Timestamp) -> Option<Timestamp> {
    if schedules.is_empty() { None } else { Plan::compile(schedules).next_after(after) }
}

/// The first instant after `after` that is not before the end of a pause.
pub fn next_unpaused(schedules: &[Schedule], paused_until: Option<Timestamp>, after: Timestamp) -> Option<Timestamp> {
    let end = paused_until.map_or(after, |until| Timestamp::from_ms(until.ms() - 1));
    next_by_schedule(schedules, after.max(end))
}

/// When a task's next runs are: what is written together whenever one of it changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Agenda {
    /// The next instant by schedule, or one that somebody set.
    pub next_run_at: Option<Timestamp>,
    /// The next attempt of a run that failed.
    pub retry_at: Option<Timestamp>,
    /// Attempts that failed so far; 0 without `retry_at`.
    pub attempts: i64,
    /// When a claim has to look at the task: the earlier of the two, later by its share of the jitter, and not in a pause.
    pub wake_at: Option<Timestamp>,
}

impl Agenda {
    /// That of a task with these next runs.
    pub fn new(task: &Task, next_run_at: Option<Timestamp>, retry_at: Option<Timestamp>, attempts: i64) -> Agenda {
        Agenda { next_run_at, retry_at, attempts, wake_at: wake(task, next_run_at, retry_at) }
    }

    /// The same without the retry.
    #[must_use]
    pub fn without_retry(self, task: &Task) -> Agenda {
        Agenda::new(task, self.next_run_at, None, 0)
    }
}

/// When a claim has to look at the task.
pub fn wake_at(task: &Task) -> Option<Timestamp> {
    wake(task, task.next_run_at, task.retry_at)
}

fn wake(task: &Task, next_run_at: Option<Timestamp>, retry_at: Option<Timestamp>) -> Option<Timestamp> {
    let planned = next_run_at.map(|at| scattered(task, at));
    let unpaused = |at: Timestamp| task.options.paused_until.map_or(at, |until| at.max(until));
    planned.into_iter().chain(retry_at).min().map(unpaused)
}

fn scattered(task: &Task, at: Timestamp) -> Timestamp {
    at.plus(jitter(task, at))
}

/// The share of an instant by schedule in the task's jitter: always the same, and spread evenly over tasks and instants.
fn jitter(task: &Task, at: Timestamp) -> Duration {
    let span_ms = u64::try_from(task.options.jitter_sec).unwrap_or(0) * 1000;
    if span_ms == 0 || task.schedules.is_empty() {
        return Duration::ZERO;
    }
    Duration::from_millis(mixed(task.id.0.cast_unsigned() ^ at.ms().cast_unsigned().rotate_left(24)) % span_ms)
}

/// The finalizer of SplitMix64 (Steele, Lea, Flood 2014): neighbours land far apart.
fn mixed(n: u64) -> u64 {
    let n = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    n ^ (n >> 31)
}

/// What a claim does with a task that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// Start it now.
    Start(Start),
    /// The instant passed while no server was up and is not made up; then the task's next run is this.
    LetGo {
        /// The instant.
        due_at: Timestamp,
        /// The next one, which may have passed as well.
        next_run_at: Option<Timestamp>,
    },
    /// Not before this instant.
    Wait(Timestamp),
    /// It does not start by itself.
    Nothing,
}

/// A run to start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    /// Why.
    pub trigger: Trigger,
    /// The instant that it stands for.
    pub due_at: Timestamp,
    /// From 1.
    pub attempt: i64,
}

/// Decides on a task. An instant that passed while no server was up (before `up_since`), and that nobody set since, is caught up
/// on as the task's options say.
pub fn decide(stored: &StoredTask, up_since: Timestamp, now: Timestamp) -> Due {
    let task = &stored.task;
    match wake_at(task) {
        None => return Due::Nothing,
        Some(wake) if wake > now => return Due::Wait(wake),
        Some(_) => {}
    }
    match (task.retry_at, task.next_run_at) {
        (Some(retry), next) if retry <= now && next.is_none_or(|next| retry < next) => {
            Due::Start(Start { trigger: Trigger::Retry, due_at: retry, attempt: stored.attempts + 1 })
        }
        (_, Some(due_at)) => by_plan(task, due_at, up_since, now),
        (_, None) => Due::Nothing,
    }
}

fn by_plan(task: &Task, due_at: Timestamp, up_since: Timestamp, now: Timestamp) -> Due {
    let start = |trigger| Due::Start(Start { trigger, due_at, attempt: 1 });
    // A pause holds back what was due, on purpose: that is not missed.
    let paused = task.options.paused_until.is_some_and(|until| due_at < until);
    if scattered(task, due_at) >= up_since || task.updated_at >= up_since || paused {
        return start(Trigger::Schedule);
    }
    let let_go = |next_run_at| Due::LetGo { due_at, next_run_at };
    match (task.options.catch_up, backlog::window_start(&task.options, now)) {
        (CatchUp::None, _) => let_go(next_by_schedule(&task.schedules, now)),
        (_, Some(from)) if due_at < from => let_go(backlog::first_from(&task.schedules, from)),
        _ => start(Trigger::CatchUp),
    }
}

/// A run that ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// Why it had started.
    pub trigger: Trigger,
    /// The instant that it stood for.
    pub due_at: Timestamp,
    /// From 1.
    pub attempt: i64,
    /// How it ended.
    pub status: Status,
}

/// The agenda after a run has ended, or was canceled before it started.
pub fn after_run(task: &Task, run: Ended, up_since: Timestamp, now: Timestamp) -> Agenda {
    agenda(task, next_run(task, run, up_since, now), run, now)
}

/// The agenda after a run whose server is gone: the next instant counts from the one that was interrupted, so that one that has
/// passed since is caught up on.
pub fn after_interruption(task: &Task, run: Ended, now: Timestamp) -> Agenda {
    let next = if uses_up(task, run) { next_by_schedule(&task.schedules, run.due_at) } else { task.next_run_at };
    agenda(task, next, run, now)
}

/// A retry that would not come before the next run by plan is none: that run takes its place.
fn agenda(task: &Task, next_run_at: Option<Timestamp>, run: Ended, now: Timestamp) -> Agenda {
    let failed = run.status == Status::Error;
    let wait = task.options.retry.filter(|_| failed).and_then(|retry| retry.wait_sec(run.attempt));
    let retry_at = wait
        .and_then(|sec| u64::try_from(sec).ok())
        .map(|sec| now.plus(Duration::from_secs(sec)))
        .map(|at| at.max(Timestamp::from_ms(run.due_at.ms() + 1)))
        .filter(|at| next_run_at.is_none_or(|next| *at < next));
    let attempts = if retry_at.is_some() { run.attempt } else { 0 };
    Agenda::new(task, next_run_at, retry_at, attempts)
}

/// A run that used up an instant leads to the next one by schedule, strictly after both `now` and the instant used, so that a clock
/// set back does not repeat it. A run that someone started by hand leaves `next_run_at` alone: what fell due meanwhile still runs.
fn next_run(task: &Task, run: Ended, up_since: Timestamp, now: Timestamp) -> Option<Timestamp> {
    if uses_up(task, run) {
        return backlog::next(task, run.due_at, up_since, now);
    }
    match (run.trigger, task.next_run_at) {
        // It passed while the retry was under way.
        (Trigger::Retry, Some(next)) if next <= now && !task.schedules.is_empty() => {
            backlog::next(task, Timestamp::from_ms(next.ms() - 1), up_since, now)
        }
        (_, next) => next,
    }
}

/// Whether the run stands for the instant in `next_run_at`: also one that went on after an interruption.
fn uses_up(task: &Task, run: Ended) -> bool {
    run.trigger.uses_next_run() || (run.trigger == Trigger::Retry && task.next_run_at == Some(run.due_at))
}
