//! The scheduler at work on a real database, with modules made for the purpose.

mod faults;
mod odd;
mod several;
mod world;

use crate::databases::Databases;
use domain::run::{Level, Status, Trigger};
use domain::{TaskId, Timestamp};
use odd::Kind;
use rota::store::LogQuery;
use world::World;

const HOUR_MS: i64 = 3_600_000;

fn in_ms(world: &World, ms: i64) -> Timestamp {
    Timestamp::from_ms(world.clock.now().ms() + ms)
}

on_both!(a_due_task_runs_once_with_its_log_and_outcome);
async fn a_due_task_runs_once_with_its_log_and_outcome(db: Databases) {
    let w = World::start(&db, vec![Kind::Quick]).await;
    let at = in_ms(&w, 50);
    let id = w.task("quick", Some(at), "[]").await;
    let task = w.until(id, |t| t.task.status == Status::Done).await;
    assert_eq!((task.task.next_run_at, task.active_run), (None, None));
    let runs = w.store.runs(id, 0, 10).await.unwrap();
    assert_eq!((runs.total, runs.items[0].trigger, runs.items[0].due_at), (1, Trigger::Schedule, at));
    let started = runs.items[0].run_started_at.unwrap();
    let log = w.log(runs.items[0].id).await;
    assert!(started >= at && log[0].timestamp >= at, "never before its time: {at} {started} {}", log[0].timestamp);
    assert_eq!(log.iter().map(|e| (e.idx, e.msg.as_str())).collect::<Vec<_>>(), [(0, "one"), (1, "two")]);
    w.stop().await;
}

on_both!(a_panic_ends_its_run_and_nothing_else);
async fn a_panic_ends_its_run_and_nothing_else(db: Databases) {
    let w = World::start(&db, vec![Kind::Panics, Kind::Quick]).await;
    let bad = w.task("panics", Some(w.clock.now()), "[]").await;
    let good = w.task("quick", Some(w.clock.now()), "[]").await;
    assert_eq!(w.until(good, |t| t.task.status == Status::Done).await.task.status_msg, None);
    let task = w.until(bad, |t| t.task.status.is_final()).await;
    assert_eq!((task.task.status, task.task.status_msg.as_deref()), (Status::Error, Some("the module panicked")));
    w.stop().await;
}

on_both!(a_time_out_and_a_cancel_end_a_run_that_does_not_listen);
async fn a_time_out_and_a_cancel_end_a_run_that_does_not_listen(db: Databases) {
    let w = World::start(&db, vec![Kind::Waits]).await;
    let slow = w.task_with("waits", Some(w.clock.now()), "[]", 1).await;
    let canceled = w.task("waits", Some(w.clock.now()), "[]").await;
    w.until(canceled, |t| t.task.status == Status::Running).await;
    w.cancel(canceled).await;
    let task = w.until(canceled, |t| t.task.status.is_final()).await;
    assert_eq!((task.task.status, task.task.version), (Status::Canceled, 2));
    assert!(task.task.run_canceled_at.is_some());
    let task = w.until(slow, |t| t.task.status.is_final()).await;
    assert_eq!((task.task.status, task.task.status_msg.as_deref()), (Status::Error, Some("timed out after 1 s")));
    w.stop().await;
}

on_both!(a_due_run_that_has_not_started_is_canceled_unstarted);
async fn a_due_run_that_has_not_started_is_canceled_unstarted(db: Databases) {
    let w = World::with_slots(&db, vec![Kind::Waits, Kind::Quick], 1).await;
    let blocker = w.task("waits", Some(w.clock.now()), "[]").await;
    w.until(blocker, |t| t.task.status == Status::Running).await;
    let now = w.clock.now();
    let waiting = w.task("quick", Some(now), &w.hourly()).await;
    w.cancel(waiting).await;
    let task = w.stored(waiting).await;
    assert_eq!((task.task.status, task.task.run_started_at), (Status::Canceled, None));
    assert!(task.task.next_run_at.unwrap() > now, "the next instant is up");
    w.cancel(blocker).await;
    w.until(blocker, |t| t.task.status.is_final()).await;
    assert_eq!(w.store.runs(waiting, 0, 10).await.unwrap().total, 1, "it never started");
    w.stop().await;
}

on_both!(no_more_than_the_slots_run_at_once_and_the_rest_in_due_order);
async fn no_more_than_the_slots_run_at_once_and_the_rest_in_due_order(db: Databases) {
    let w = World::with_slots(&db, vec![Kind::Gated], 3).await;
    let base = w.clock.now().ms() - 1000;
    let (mut ids, mut by_hand) = (vec![], vec![]);
    for i in 0..30 {
        ids.push(w.task("gated", Some(Timestamp::from_ms(base + i)), "[]").await);
    }
    w.until_running(3).await;
    for _ in 0..10 {
        let id = w.task("gated", None, "[]").await;
        w.run_now(id).await;
        by_hand.push(id);
    }
    w.witness.open_gate();
    for id in ids.iter().chain(&by_hand) {
        w.until(*id, |t| t.task.status == Status::Done).await;
    }
    assert_eq!(w.witness.most_at_once(), 3);
    let mut began = vec![];
    for id in &ids {
        began.push(w.runs(*id).await[0].run_started_at.unwrap());
    }
    assert!(began.is_sorted(), "{began:?}");
    w.stop().await;
}

on_both!(missed_instants_are_caught_up_on_once);
async fn missed_instants_are_caught_up_on_once(db: Databases) {
    let w = World::start(&db, vec![Kind::Quick]).await;
    let id = w.task("quick", None, &w.hourly()).await;
    let first = w.stored(id).await.task.next_run_at.unwrap();
    let w = w.stop_and(|clock| clock.shift(5 * HOUR_MS)).await;
    let w = w.start_again(vec![Kind::Quick]).await;
    let task = w.until(id, |t| t.task.status == Status::Done).await;
    let runs = w.store.runs(id, 0, 10).await.unwrap();
    assert_eq!((runs.total, runs.items[0].trigger, runs.items[0].due_at), (1, Trigger::CatchUp, first));
    assert!(task.task.next_run_at.unwrap() > w.clock.now());
    w.stop().await;
}

on_both!(an_hour_forward_or_back_runs_nothing_twice_and_loses_nothing);
async fn an_hour_forward_or_back_runs_nothing_twice_and_loses_nothing(db: Databases) {
    let w = World::start(&db, vec![Kind::Quick]).await;
    let id = w.task("quick", None, &w.hourly()).await;
    let first = w.stored(id).await.task.next_run_at.unwrap();
    w.clock.shift(HOUR_MS);
    w.until(id, |t| t.task.status == Status::Done).await;
    w.clock.shift(-HOUR_MS);
    w.has_looked().await;
    // The instant comes once more.
    w.clock.shift(HOUR_MS);
    w.has_looked().await;
    let runs = w.store.runs(id, 0, 10).await.unwrap();
    assert_eq!((runs.total, runs.items[0].due_at), (1, first));
    let next = w.stored(id).await.task.next_run_at.unwrap();
    assert_eq!(next.ms() - first.ms(), HOUR_MS, "strictly after the instant used");
    w.stop().await;
}

on_both!(an_interrupted_run_ends_as_an_error_and_never_starts_again);
async fn an_interrupted_run_ends_as_an_error_and_never_starts_again(db: Databases) {
    let w = World::start(&db, vec![Kind::Waits, Kind::Quick]).await;
    let once = w.task("waits", Some(w.clock.now()), "[]").await;
    w.until(once, |t| t.task.status == Status::Running).await;
    let w = w.crash().await;
    let w = w.start_again(vec![Kind::Waits, Kind::Quick]).await;
    let task = w.until(once, |t| t.task.status.is_final()).await;
    assert_eq!(task.task.status, Status::Error);
    assert_eq!(task.task.status_msg.as_deref(), Some("interrupted by a stop of the server"));
    w.has_looked().await;
    let runs = w.store.runs(once, 0, 10).await.unwrap();
    assert_eq!((runs.total, runs.items[0].status), (1, Status::Error));
    let log = w.log(runs.items[0].id).await;
    assert_eq!(log.last().map(|e| e.level), Some(Level::Error), "the log says why it ends here");
    w.stop().await;
}

on_both!(a_graceful_stop_waits_and_then_interrupts);
async fn a_graceful_stop_waits_and_then_interrupts(db: Databases) {
    let w = World::start(&db, vec![Kind::Waits, Kind::Gated]).await;
    let brief = w.task("gated", Some(w.clock.now()), "[]").await;
    let long = w.task("waits", Some(w.clock.now()), "[]").await;
    w.until_running(2).await;
    let (handle, witness) = (w.handle.clone(), w.witness.clone());
    let opens = async {
        while !handle.is_stopping() {
            tokio::task::yield_now().await;
        }
        witness.open_gate();
    };
    let (down, ()) = tokio::join!(w.stop_and(|_| ()), opens);
    let store = down.reopen().await;
    let status = async |id| store.task(id).await.unwrap().unwrap().task;
    assert_eq!(status(brief).await.status, Status::Done);
    let long = status(long).await;
    assert_eq!((long.status, long.status_msg.as_deref()), (Status::Error, Some("interrupted by a stop of the server")));
    store.close().await;
}

on_both!(every_line_of_a_fast_module_is_kept_in_order);
async fn every_line_of_a_fast_module_is_kept_in_order(db: Databases) {
    let w = World::start(&db, vec![Kind::Chatters]).await;
    let id = w.task("chatters", Some(w.clock.now()), "[]").await;
    let task = w.until(id, |t| t.task.status == Status::Done).await;
    let run = task.last_run.unwrap();
    assert_eq!(w.store.log_len(run).await.unwrap(), 120_000);
    let at = |offset| LogQuery { run, offset, limit: 3, levels: vec![], q: None, descending: false };
    for offset in [0, 999, 65_535, 119_997] {
        let page = w.store.log(&at(offset)).await.unwrap();
        let got: Vec<_> = page.items.iter().map(|e| (e.idx, e.msg.clone())).collect();
        let want: Vec<_> = (offset..offset + 3).map(|i| (i, format!("line {i}"))).collect();
        assert_eq!((got, page.total), (want, 120_000));
    }
    w.stop().await;
}

on_both!(a_run_by_hand_leaves_the_plan_alone);
async fn a_run_by_hand_leaves_the_plan_alone(db: Databases) {
    let w = World::start(&db, vec![Kind::Quick]).await;
    let at = in_ms(&w, 3_600_000);
    let id = w.task("quick", Some(at), "[]").await;
    let run = w.run_now(id).await;
    let task = w.until(id, |t| t.task.status == Status::Done).await;
    assert_eq!((task.task.next_run_at, task.last_run), (Some(at), Some(run.id)));
    assert_eq!(task.task.version, 1, "the runner's updates do not raise it");
    assert!(matches!(w.store.task(TaskId(999)).await, Ok(None)));
    w.stop().await;
}

on_both!(what_fails_is_tried_again_until_it_works);
async fn what_fails_is_tried_again_until_it_works(db: Databases) {
    let w = World::start(&db, vec![Kind::Fails, Kind::Quick]).await;
    let retry = r#""retry":{"max_attempts":5,"backoff_sec":0}"#;
    let id = w.task_of("fails", Some(w.clock.now()), retry).await;
    let task = w.until(id, |t| t.task.status == Status::Done).await;
    assert_eq!((task.task.retry_at, task.task.next_run_at, task.attempts), (None, None, 0));
    let runs = w.store.runs(id, 0, 10).await.unwrap().items;
    let told: Vec<_> = runs.iter().rev().map(|r| (r.trigger, r.attempt, r.status)).collect();
    let (first, again) = (Trigger::Schedule, Trigger::Retry);
    assert_eq!(told, [(first, 1, Status::Error), (again, 2, Status::Error), (again, 3, Status::Done)]);
    let few = w.task_of("fails", Some(w.clock.now()), r#""retry":{"max_attempts":2,"backoff_sec":0}"#).await;
    w.until(few, |t| t.task.state.get() == r#"{"n":2}"# && t.task.status == Status::Error).await;
    w.has_looked().await;
    assert_eq!(w.store.runs(few, 0, 10).await.unwrap().total, 2, "no more than asked for");
    w.stop().await;
}

on_both!(an_interrupted_run_of_a_resumable_module_goes_on_in_its_own_row);
async fn an_interrupted_run_of_a_resumable_module_goes_on_in_its_own_row(db: Databases) {
    let w = World::start(&db, vec![Kind::Resumes]).await;
    let at = w.clock.now();
    let id = w.task("resumes", Some(at), "[]").await;
    w.until(id, |t| t.task.state.get() == r#"{"n":1}"#).await;
    // The process is gone without a word, then one stops as it should.
    let w = w.crash().await.start_again(vec![Kind::Resumes]).await;
    w.until(id, |t| t.task.state.get() == r#"{"n":2}"#).await;
    let w = w.stop_and(|_| ()).await.start_again(vec![Kind::Resumes]).await;
    w.until(id, |t| t.task.status == Status::Done).await;
    let runs = w.store.runs(id, 0, 10).await.unwrap();
    let run = &runs.items[0];
    assert_eq!((runs.total, run.trigger, run.attempt, run.due_at), (1, Trigger::Retry, 3, at));
    let log: Vec<String> = w.log(run.id).await.into_iter().map(|e| e.msg).collect();
    let going_on = "interrupted by a stop of the server; going on from the state that was kept";
    assert_eq!(log, ["the 1. time", going_on, "the 2. time", going_on, "the 3. time"]);
    assert_eq!(w.stored(id).await.task.next_run_at, None, "the instant is used up");
    w.stop().await;
}

on_both!(a_run_that_went_on_can_be_canceled);
async fn a_run_that_went_on_can_be_canceled(db: Databases) {
    let w = World::start(&db, vec![Kind::Resumes]).await;
    let id = w.task("resumes", Some(w.clock.now()), "[]").await;
    w.until(id, |t| t.task.state.get() == r#"{"n":1}"#).await;
    let w = w.crash().await.start_again(vec![Kind::Resumes]).await;
    w.until(id, |t| t.task.state.get() == r#"{"n":2}"#).await;
    w.cancel(id).await;
    w.until(id, |t| t.task.status == Status::Canceled).await;
    w.stop().await;
}

on_both!(all_missed_instants_run_or_none_as_the_task_says);
async fn all_missed_instants_run_or_none_as_the_task_says(db: Databases) {
    let w = World::start(&db, vec![Kind::Quick]).await;
    let hourly = |catch_up| format!(r#""schedules":{},"catch_up":"{catch_up}""#, w.hourly());
    let all = w.task_of("quick", None, &hourly("all")).await;
    let none = w.task_of("quick", None, &hourly("none")).await;
    let first = w.stored(all).await.task.next_run_at.unwrap();
    let w = w.stop_and(|clock| clock.shift(5 * HOUR_MS)).await.start_again(vec![Kind::Quick]).await;
    let now = w.clock.now();
    w.until(all, |t| t.active_run.is_none() && t.task.next_run_at.is_some_and(|next| next > now)).await;
    let runs = w.store.runs(all, 0, 10).await.unwrap().items;
    let made_up: Vec<i64> = runs.iter().rev().map(|r| (r.due_at.ms() - first.ms()) / HOUR_MS).collect();
    assert_eq!(made_up, [0, 1, 2, 3, 4], "each hour once, in order");
    assert!(runs.iter().all(|r| r.trigger == Trigger::CatchUp && r.status == Status::Done));
    let task = w.until(none, |t| t.task.next_run_at.is_some_and(|next| next > now)).await;
    assert_eq!(task.task.status, Status::New);
    let told = w.store.runs(none, 0, 10).await.unwrap();
    assert_eq!((told.total, told.items[0].status, told.items[0].due_at), (1, Status::Canceled, first));
    w.stop().await;
}

on_both!(instants_that_pass_during_a_run_are_queued_where_the_task_says_so);
async fn instants_that_pass_during_a_run_are_queued_where_the_task_says_so(db: Databases) {
    let w = World::start(&db, vec![Kind::Gated]).await;
    // To PostgreSQL a clock that jumps looks like hours without a server, so what passed is caught up on.
    let of = |overlap| format!(r#""schedules":{},"overlap":"{overlap}","catch_up":"all""#, w.hourly());
    let (queue, skip) = (w.task_of("gated", None, &of("queue")).await, w.task_of("gated", None, &of("skip")).await);
    let first = w.stored(queue).await.task.next_run_at.unwrap();
    w.clock.shift(first.ms() - w.clock.now().ms());
    w.until_running(2).await;
    w.clock.shift(2 * HOUR_MS);
    let now = w.clock.now();
    w.witness.open_gate();
    for id in [queue, skip] {
        w.until(id, |t| t.active_run.is_none() && t.task.next_run_at.is_some_and(|next| next > now)).await;
    }
    let due = async |id| w.runs(id).await.iter().rev().map(|run| run.due_at.since(first).as_secs()).collect::<Vec<_>>();
    assert_eq!(due(queue).await, [0, 3600, 7200]);
    assert_eq!(due(skip).await, [0]);
    w.stop().await;
}

on_both!(a_paused_task_starts_by_hand_only);
async fn a_paused_task_starts_by_hand_only(db: Databases) {
    let w = World::start(&db, vec![Kind::Quick]).await;
    let paused = r#""paused_until":"9999-12-31T00:00:00Z""#;
    let id = w.task_of("quick", Some(w.clock.now()), paused).await;
    let other = w.task("quick", Some(w.clock.now()), "[]").await;
    w.until(other, |t| t.task.status == Status::Done).await;
    w.has_looked().await;
    assert_eq!(w.store.runs(id, 0, 10).await.unwrap().total, 0);
    w.run_now(id).await;
    w.until(id, |t| t.task.status == Status::Done).await;
    w.stop().await;
}
