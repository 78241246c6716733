//! What should happen next: pure decisions, from a task, its last run and the time.

use crate::run::Trigger;
use crate::schedule::{Plan, Schedule};
use crate::time::Timestamp;

/// The first instant after `after` at which one of `schedules` matches.
pub fn next_by_schedule(schedules: &[Schedule], after: Timestamp) -> Option<Timestamp> {
    if schedules.is_empty() { None } else { Plan::compile(schedules).next_after(after) }
}

/// What a claim does with a task that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// Start it now, for this reason.
    Start(Trigger),
    /// Not before this instant.
    Wait(Timestamp),
    /// It does not start by itself.
    Nothing,
}

/// Decides on a task with this `next_run_at`. An instant that passed while no server was up (before `up_since`), and
/// that nobody set since, is caught up on: once, however many instants were missed.
pub fn decide(next_run_at: Option<Timestamp>, saved_at: Timestamp, up_since: Timestamp, now: Timestamp) -> Due {
    match next_run_at {
        None => Due::Nothing,
        Some(due) if due > now => Due::Wait(due),
        Some(due) if due < up_since && saved_at < up_since => Due::Start(Trigger::CatchUp),
        Some(_) => Due::Start(Trigger::Schedule),
    }
}

/// `next_run_at` after a run has ended (or was canceled before it started).
///
/// A run that used up an instant leads to the next one by schedule, strictly after both `now` and the instant used, so
/// that a clock set back does not repeat it; instants that passed during the run are skipped. A run that someone
/// started by hand leaves `next_run_at` alone: what fell due meanwhile still runs, once.
pub fn after_run(
    schedules: &[Schedule],
    trigger: Trigger,
    due_at: Timestamp,
    next_run_at: Option<Timestamp>,
    now: Timestamp,
) -> Option<Timestamp> {
    if !trigger.uses_next_run() {
        return next_run_at;
    }
    next_by_schedule(schedules, now.max(due_at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn t(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    fn hourly() -> Vec<Schedule> {
        vec![Schedule { minutes: vec![0], ..Schedule::default() }]
    }

    #[test]
    fn only_what_was_missed_while_down_is_a_catch_up() {
        let (due, up, now) = (t("2026-01-01T10:00:00Z"), t("2026-01-01T11:00:00Z"), t("2026-01-01T12:00:00Z"));
        let before = t("2026-01-01T09:00:00Z");
        assert_eq!(decide(Some(due), before, up, now), Due::Start(Trigger::CatchUp));
        assert_eq!(decide(Some(due), now, up, now), Due::Start(Trigger::Schedule));
        assert_eq!(decide(Some(now), before, up, now), Due::Start(Trigger::Schedule));
        assert_eq!(decide(Some(now), before, up, up), Due::Wait(now));
        assert_eq!(decide(None, before, up, now), Due::Nothing);
    }

    #[test]
    fn instants_that_passed_during_the_run_are_skipped() {
        let next = after_run(&hourly(), Trigger::Schedule, t("2026-01-01T10:00:00Z"), None, t("2026-01-01T12:30:00Z"));
        assert_eq!(next, Some(t("2026-01-01T13:00:00Z")));
    }

    #[test]
    fn a_clock_set_back_repeats_nothing() {
        let next = after_run(&hourly(), Trigger::Schedule, t("2026-01-01T10:00:00Z"), None, t("2026-01-01T09:00:01Z"));
        assert_eq!(next, Some(t("2026-01-01T11:00:00Z")));
    }

    #[test]
    fn a_run_by_hand_uses_up_nothing() {
        let next = Some(t("2026-01-01T11:00:00Z"));
        assert_eq!(
            after_run(&hourly(), Trigger::Api, t("2026-01-01T10:30:00Z"), next, t("2026-01-01T10:31:00Z")),
            next
        );
        assert_eq!(after_run(&[], Trigger::Schedule, t("2026-01-01T10:00:00Z"), next, t("2026-01-01T10:31:00Z")), None);
    }
}
