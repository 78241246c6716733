use super::*;
use crate::ids::{TaskId, UserId};
use crate::json::Raw;
use crate::task::{Email, Options, Overlap, Owner, Retry};

fn t(text: &str) -> Timestamp {
    Timestamp::parse(&format!("2026-01-01T{text}:00Z")).unwrap()
}

/// Every full hour, unless said otherwise.
fn task(options: Options, next_run_at: Option<&str>) -> StoredTask {
    let saved = Timestamp::parse("2025-12-01T00:00:00Z").unwrap();
    let task = Task {
        id: TaskId(7),
        version: 1,
        created_at: saved,
        updated_at: saved,
        description: String::new(),
        task_module: "sleep".into(),
        task_params: Default::default(),
        task_timeout_sec: 0,
        schedules: vec![Schedule { minutes: vec![0], ..Schedule::default() }],
        next_run_at: next_run_at.map(t),
        email: Email::default(),
        frontend_prefs: Raw::empty_object(),
        state: Raw::empty_object(),
        status: Status::New,
        status_msg: None,
        status_percent: None,
        run_started_at: None,
        run_finished_at: None,
        run_canceled_at: None,
        retry_at: None,
        options,
    };
    let owner = Owner { id: UserId(1), displayname: "u".into() };
    StoredTask { task, owner: Some(owner), active_run: None, last_run: None, attempts: 0, notify: Default::default() }
}

fn start(trigger: Trigger, due_at: &str) -> Due {
    Due::Start(Start { trigger, due_at: t(due_at), attempt: 1 })
}

fn ended(trigger: Trigger, due_at: &str, attempt: i64, status: Status) -> Ended {
    Ended { trigger, due_at: t(due_at), attempt, status }
}

fn next(
    options: Options,
    trigger: Trigger,
    due_at: &str,
    stored: Option<&str>,
    up: &str,
    now: &str,
) -> Option<Timestamp> {
    after_run(&task(options, stored).task, ended(trigger, due_at, 1, Status::Done), t(up), t(now)).next_run_at
}

#[test]
fn only_what_was_missed_while_down_is_a_catch_up() {
    let decided = |next, up, now| decide(&task(Options::default(), next), t(up), t(now));
    assert_eq!(decided(Some("10:00"), "11:00", "12:00"), start(Trigger::CatchUp, "10:00"));
    assert_eq!(decided(Some("12:00"), "11:00", "12:00"), start(Trigger::Schedule, "12:00"));
    assert_eq!(decided(Some("12:00"), "11:00", "11:00"), Due::Wait(t("12:00")));
    assert_eq!(decided(None, "11:00", "12:00"), Due::Nothing);
    let mut saved_since = task(Options::default(), Some("10:00"));
    saved_since.task.updated_at = t("11:30");
    assert_eq!(decide(&saved_since, t("11:00"), t("12:00")), start(Trigger::Schedule, "10:00"));
}

#[test]
fn what_is_not_to_be_caught_up_on_is_let_go() {
    let let_go = |due, next| Due::LetGo { due_at: t(due), next_run_at: Some(t(next)) };
    let none = Options { catch_up: CatchUp::None, ..Options::default() };
    assert_eq!(decide(&task(none.clone(), Some("02:00")), t("10:30"), t("10:31")), let_go("02:00", "11:00"));
    assert_eq!(decide(&task(none, Some("11:00")), t("10:30"), t("11:00")), start(Trigger::Schedule, "11:00"));
    let hours = Options { catch_up_window_sec: 2 * 3600, ..Options::default() };
    assert_eq!(decide(&task(hours.clone(), Some("02:00")), t("10:30"), t("10:31")), let_go("02:00", "09:00"));
    assert_eq!(decide(&task(hours, Some("09:00")), t("10:30"), t("10:31")), start(Trigger::CatchUp, "09:00"));
}

#[test]
fn all_missed_instants_run_one_after_the_other_where_that_is_wanted() {
    let all = || Options { catch_up: CatchUp::All, ..Options::default() };
    assert_eq!(next(all(), Trigger::CatchUp, "02:00", None, "04:30", "04:31"), Some(t("03:00")));
    assert_eq!(next(all(), Trigger::CatchUp, "04:00", None, "04:30", "04:31"), Some(t("05:00")));
    let one = Options::default();
    assert_eq!(next(one, Trigger::CatchUp, "02:00", None, "04:30", "04:31"), Some(t("05:00")));
    let short = Options { catch_up_window_sec: 3600, ..all() };
    assert_eq!(next(short, Trigger::CatchUp, "01:00", None, "04:30", "04:31"), Some(t("04:00")));
}

#[test]
fn instants_that_passed_during_the_run_are_skipped_or_queued() {
    let next = |overlap| {
        let options = Options { overlap, ..Options::default() };
        next(options, Trigger::Schedule, "10:00", None, "00:00", "12:30")
    };
    assert_eq!(next(Overlap::Skip), Some(t("13:00")));
    assert_eq!(next(Overlap::Queue), Some(t("11:00")));
}

#[test]
fn a_clock_set_back_repeats_nothing() {
    for overlap in [Overlap::Skip, Overlap::Queue] {
        let options = Options { overlap, ..Options::default() };
        assert_eq!(next(options, Trigger::Schedule, "10:00", None, "00:00", "09:01"), Some(t("11:00")));
    }
}

#[test]
fn a_run_by_hand_uses_up_nothing() {
    let options = Options::default();
    assert_eq!(next(options, Trigger::Api, "10:30", Some("11:00"), "00:00", "11:31"), Some(t("11:00")));
    let mut once = task(Options::default(), Some("11:00"));
    once.task.schedules.clear();
    let run = ended(Trigger::Schedule, "11:00", 1, Status::Done);
    assert_eq!(after_run(&once.task, run, t("00:00"), t("11:31")), Agenda::default());
}

#[test]
fn what_failed_is_tried_again_before_the_next_run_by_plan() {
    let retry = Some(Retry { max_attempts: 3, backoff_sec: 600, factor: 2, max_backoff_sec: 3600 });
    let options = Options { retry, ..Options::default() };
    let mut stored = task(options, Some("10:00"));
    let first = after_run(&stored.task, ended(Trigger::Schedule, "10:00", 1, Status::Error), t("00:00"), t("10:01"));
    let again = Some(t("10:11"));
    assert_eq!(first, Agenda { next_run_at: Some(t("11:00")), retry_at: again, attempts: 1, wake_at: again });

    (stored.task.next_run_at, stored.task.retry_at, stored.attempts) = (first.next_run_at, again, 1);
    assert_eq!(decide(&stored, t("00:00"), t("10:10")), Due::Wait(t("10:11")));
    let second = Start { trigger: Trigger::Retry, due_at: t("10:11"), attempt: 2 };
    assert_eq!(decide(&stored, t("00:00"), t("10:11")), Due::Start(second));

    let failed = |now| after_run(&stored.task, ended(Trigger::Retry, "10:11", 2, Status::Error), t("00:00"), t(now));
    assert_eq!(failed("10:12").retry_at, Some(t("10:32")));
    assert_eq!(failed("10:45").retry_at, None, "the run of 11:00 takes its place");
    assert_eq!(failed("11:05").next_run_at, Some(t("12:00")), "11:00 passed during the retry");
    let ends = |attempt, status| {
        after_run(&stored.task, ended(Trigger::Retry, "10:11", attempt, status), t("00:00"), t("10:12"))
    };
    for done in [ends(3, Status::Error), ends(2, Status::Done), ends(2, Status::Canceled)] {
        assert_eq!(done, Agenda { next_run_at: Some(t("11:00")), wake_at: Some(t("11:00")), ..Agenda::default() });
    }
}

#[test]
fn a_run_that_goes_on_after_an_interruption_uses_its_instant_up() {
    let stored = task(Options::default(), Some("10:00"));
    let run = ended(Trigger::Retry, "10:00", 2, Status::Done);
    assert_eq!(after_run(&stored.task, run, t("10:20"), t("10:30")).next_run_at, Some(t("11:00")));
}

#[test]
fn an_interrupted_run_leads_to_a_catch_up_or_a_retry() {
    let run = ended(Trigger::Schedule, "10:00", 1, Status::Error);
    let stored = task(Options::default(), Some("10:00"));
    assert_eq!(after_interruption(&stored.task, run, t("13:30")).next_run_at, Some(t("11:00")));
    let retry = Some(Retry { backoff_sec: 60, ..Retry::default() });
    let stored = task(Options { retry, ..Options::default() }, Some("10:00"));
    assert_eq!(after_interruption(&stored.task, run, t("10:30")).retry_at, Some(t("10:31")));
    assert_eq!(after_interruption(&stored.task, run, t("13:30")).retry_at, None, "the catch-up comes first");
}

#[test]
fn a_pause_holds_back_and_then_lets_go_on() {
    let until = |text| Options { paused_until: Some(t(text)), ..Options::default() };
    let stored = task(until("12:15"), Some("10:00"));
    assert_eq!(decide(&stored, t("00:00"), t("10:00")), Due::Wait(t("12:15")));
    assert_eq!(decide(&stored, t("12:10"), t("12:15")), start(Trigger::Schedule, "10:00"));
    let schedules = &stored.task.schedules;
    assert_eq!(next_unpaused(schedules, Some(t("12:00")), t("09:30")), Some(t("12:00")));
    assert_eq!(next_unpaused(schedules, Some(t("12:00")), t("14:30")), Some(t("15:00")));
    assert_eq!(next_unpaused(schedules, None, t("14:30")), Some(t("15:00")));
}

#[test]
fn jitter_is_spread_and_always_the_same() {
    let mut stored = task(Options { jitter_sec: 600, ..Options::default() }, Some("10:00"));
    let mut shares = std::collections::BTreeSet::new();
    for id in 1..=1000 {
        stored.task.id = TaskId(id);
        let wake = wake_at(&stored.task).unwrap();
        assert_eq!(wake_at(&stored.task), Some(wake));
        assert!((t("10:00")..t("10:10")).contains(&wake));
        shares.insert(wake.ms() / 60_000);
    }
    assert_eq!(shares.len(), 10, "every minute of the ten has some");
    stored.task.schedules.clear();
    assert_eq!(wake_at(&stored.task), Some(t("10:00")), "an instant that somebody set is kept");
    stored.task.schedules = vec![Schedule::default()];
    let late = wake_at(&stored.task).unwrap();
    let up = Timestamp::from_ms(late.ms() - 1);
    assert_eq!(decide(&stored, up, late), start(Trigger::Schedule, "10:00"), "not missed: it was not up yet");
}
