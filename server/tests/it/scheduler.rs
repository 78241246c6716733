//! The scheduler at work on a real database, with modules made for the purpose.

mod world;

use domain::run::{Level, Status, Trigger};
use domain::{TaskId, Timestamp};
use rota::store::{LogQuery, RunStore, TaskStore};
use std::time::Duration;
use world::{Kind, World};

fn in_ms(world: &World, ms: i64) -> Timestamp {
    Timestamp::from_ms(world.clock.now().ms() + ms)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_due_task_runs_once_with_its_log_and_outcome() {
    let w = World::start(vec![Kind::Quick]).await;
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_ends_its_run_and_nothing_else() {
    let w = World::start(vec![Kind::Panics, Kind::Quick]).await;
    let bad = w.task("panics", Some(w.clock.now()), "[]").await;
    let good = w.task("quick", Some(w.clock.now()), "[]").await;
    assert_eq!(w.until(good, |t| t.task.status == Status::Done).await.task.status_msg, None);
    let task = w.until(bad, |t| t.task.status.is_final()).await;
    assert_eq!((task.task.status, task.task.status_msg.as_deref()), (Status::Error, Some("the module panicked")));
    w.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_time_out_and_a_cancel_end_a_run_that_does_not_listen() {
    let w = World::start(vec![Kind::Waits]).await;
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_due_run_that_has_not_started_is_canceled_unstarted() {
    let w = World::with_slots(vec![Kind::Waits, Kind::Quick], 1).await;
    let blocker = w.task("waits", Some(w.clock.now()), "[]").await;
    w.until(blocker, |t| t.task.status == Status::Running).await;
    let waiting = w.task("quick", Some(w.clock.now()), r#"[{"minutes":[0]}]"#).await;
    w.cancel(waiting).await;
    let task = w.store.task(waiting).await.unwrap().unwrap();
    assert_eq!((task.task.status, task.task.run_started_at), (Status::Canceled, None));
    assert!(task.task.next_run_at.unwrap() > w.clock.now(), "the next instant is up");
    w.cancel(blocker).await;
    w.until(blocker, |t| t.task.status.is_final()).await;
    assert_eq!(w.store.runs(waiting, 0, 10).await.unwrap().total, 1, "it never started");
    w.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_more_than_the_slots_run_at_once_and_the_rest_in_due_order() {
    let w = World::with_slots(vec![Kind::Counts], 3).await;
    let base = w.clock.now().ms();
    let mut ids = vec![];
    for i in 0..30 {
        ids.push(w.task("counts", Some(Timestamp::from_ms(base - 1000 + i)), "[]").await);
    }
    for _ in 0..10 {
        let id = w.task("counts", None, "[]").await;
        w.run_now(id).await;
        ids.push(id);
    }
    for id in &ids {
        w.until(*id, |t| t.task.status == Status::Done).await;
    }
    assert!(w.most_at_once() <= 3, "{} at once", w.most_at_once());
    w.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn missed_instants_are_caught_up_on_once() {
    let w = World::start(vec![Kind::Quick]).await;
    let id = w.task("quick", None, r#"[{"minutes":[0]}]"#).await;
    let first = w.store.task(id).await.unwrap().unwrap().task.next_run_at.unwrap();
    let w = w.stop_and(|clock| clock.shift(5 * 3600 * 1000)).await;
    let w = w.start_again(vec![Kind::Quick]).await;
    let task = w.until(id, |t| t.task.status == Status::Done).await;
    let runs = w.store.runs(id, 0, 10).await.unwrap();
    assert_eq!((runs.total, runs.items[0].trigger, runs.items[0].due_at), (1, Trigger::CatchUp, first));
    assert!(task.task.next_run_at.unwrap() > w.clock.now());
    w.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_hour_forward_or_back_runs_nothing_twice_and_loses_nothing() {
    let w = World::start(vec![Kind::Quick]).await;
    let id = w.task("quick", None, r#"[{"minutes":[0]}]"#).await;
    let first = w.store.task(id).await.unwrap().unwrap().task.next_run_at.unwrap();
    w.clock.shift(3600 * 1000);
    w.until(id, |t| t.task.status == Status::Done).await;
    w.clock.shift(-3600 * 1000);
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let runs = w.store.runs(id, 0, 10).await.unwrap();
    assert_eq!((runs.total, runs.items[0].due_at), (1, first));
    let next = w.store.task(id).await.unwrap().unwrap().task.next_run_at.unwrap();
    assert_eq!(next.ms() - first.ms(), 3600 * 1000, "strictly after the instant used");
    w.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interrupted_run_ends_as_an_error_and_never_starts_again() {
    let w = World::start(vec![Kind::Waits]).await;
    let once = w.task("waits", Some(w.clock.now()), "[]").await;
    w.until(once, |t| t.task.status == Status::Running).await;
    let w = w.crash().await;
    let w = w.start_again(vec![Kind::Waits]).await;
    let task = w.until(once, |t| t.task.status.is_final()).await;
    assert_eq!(task.task.status, Status::Error);
    assert_eq!(task.task.status_msg.as_deref(), Some("interrupted by a stop of the server"));
    tokio::time::sleep(Duration::from_millis(300)).await;
    let runs = w.store.runs(once, 0, 10).await.unwrap();
    assert_eq!((runs.total, runs.items[0].status), (1, Status::Error));
    let log = w.log(runs.items[0].id).await;
    assert_eq!(log.last().map(|e| e.level), Some(Level::Error), "the log says why it ends here");
    w.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_graceful_stop_waits_and_then_interrupts() {
    let w = World::start(vec![Kind::Waits, Kind::Brief]).await;
    let brief = w.task("brief", Some(w.clock.now()), "[]").await;
    let long = w.task("waits", Some(w.clock.now()), "[]").await;
    w.until(brief, |t| t.task.status == Status::Running).await;
    w.until(long, |t| t.task.status == Status::Running).await;
    let w = w.stop_and(|_| ()).await;
    let store = w.reopen().await;
    assert_eq!(store.task(brief).await.unwrap().unwrap().task.status, Status::Done);
    let long = store.task(long).await.unwrap().unwrap().task;
    assert_eq!((long.status, long.status_msg.as_deref()), (Status::Error, Some("interrupted by a stop of the server")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_line_of_a_fast_module_is_kept_in_order() {
    let w = World::start(vec![Kind::Chatters]).await;
    let id = w.task("chatters", Some(w.clock.now()), "[]").await;
    let task = w.until(id, |t| t.task.status == Status::Done).await;
    let run = task.last_run.unwrap();
    assert_eq!(w.store_len(run).await, 120_000);
    let at = |offset| LogQuery { run, offset, limit: 3, levels: vec![], q: None, descending: false };
    for offset in [0, 999, 65_535, 119_997] {
        let page = rota::store::LogStore::log(&*w.store, &at(offset)).await.unwrap();
        let got: Vec<_> = page.items.iter().map(|e| (e.idx, e.msg.clone())).collect();
        let want: Vec<_> = (offset..offset + 3).map(|i| (i, format!("line {i}"))).collect();
        assert_eq!((got, page.total), (want, 120_000));
    }
    w.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_by_hand_leaves_the_plan_alone() {
    let w = World::start(vec![Kind::Quick]).await;
    let at = in_ms(&w, 3_600_000);
    let id = w.task("quick", Some(at), "[]").await;
    let run = w.run_now(id).await;
    let task = w.until(id, |t| t.task.status == Status::Done).await;
    assert_eq!((task.task.next_run_at, task.last_run), (Some(at), Some(run.id)));
    assert_eq!(task.task.version, 1, "the runner's updates do not raise it");
    assert!(matches!(w.store.task(TaskId(999)).await, Ok(None)));
    w.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_fails_is_tried_again_until_it_works() {
    let w = World::start(vec![Kind::Fails]).await;
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
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(w.store.runs(few, 0, 10).await.unwrap().total, 2, "no more than asked for");
    w.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interrupted_run_of_a_resumable_module_goes_on_in_its_own_row() {
    let w = World::start(vec![Kind::Resumes]).await;
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
    assert_eq!(w.store.task(id).await.unwrap().unwrap().task.next_run_at, None, "the instant is used up");
    w.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_went_on_can_be_canceled() {
    let w = World::start(vec![Kind::Resumes]).await;
    let id = w.task("resumes", Some(w.clock.now()), "[]").await;
    w.until(id, |t| t.task.state.get() == r#"{"n":1}"#).await;
    let w = w.crash().await.start_again(vec![Kind::Resumes]).await;
    w.until(id, |t| t.task.state.get() == r#"{"n":2}"#).await;
    w.cancel(id).await;
    w.until(id, |t| t.task.status == Status::Canceled).await;
    w.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_missed_instants_run_or_none_as_the_task_says() {
    let w = World::start(vec![Kind::Quick]).await;
    let hourly = |catch_up| format!(r#""schedules":[{{"minutes":[0]}}],"catch_up":"{catch_up}""#);
    let all = w.task_of("quick", None, &hourly("all")).await;
    let none = w.task_of("quick", None, &hourly("none")).await;
    let first = w.store.task(all).await.unwrap().unwrap().task.next_run_at.unwrap();
    let w = w.stop_and(|clock| clock.shift(5 * 3600 * 1000)).await.start_again(vec![Kind::Quick]).await;
    let now = w.clock.now();
    w.until(all, |t| t.active_run.is_none() && t.task.next_run_at.is_some_and(|next| next > now)).await;
    let runs = w.store.runs(all, 0, 10).await.unwrap().items;
    let made_up: Vec<i64> = runs.iter().rev().map(|r| (r.due_at.ms() - first.ms()) / 3_600_000).collect();
    assert_eq!(made_up, (0..made_up.len() as i64).collect::<Vec<_>>(), "each hour once, in order");
    assert!(made_up.len() >= 5 && runs.iter().all(|r| r.trigger == Trigger::CatchUp && r.status == Status::Done));
    let task = w.until(none, |t| t.task.next_run_at.is_some_and(|next| next > now)).await;
    assert_eq!(task.task.status, Status::New);
    let told = w.store.runs(none, 0, 10).await.unwrap();
    assert_eq!((told.total, told.items[0].status, told.items[0].due_at), (1, Status::Canceled, first));
    w.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn instants_that_pass_during_a_run_are_queued_where_the_task_says_so() {
    let w = World::start(vec![Kind::Brief]).await;
    let hourly = |overlap| format!(r#""schedules":[{{"minutes":[0]}}],"overlap":"{overlap}""#);
    let (queue, skip) =
        (w.task_of("brief", None, &hourly("queue")).await, w.task_of("brief", None, &hourly("skip")).await);
    let first = w.store.task(queue).await.unwrap().unwrap().task.next_run_at.unwrap();
    let shift = first.ms() - w.clock.now().ms();
    w.clock.shift(shift);
    w.until(queue, |t| t.task.status == Status::Running).await;
    w.until(skip, |t| t.task.status == Status::Running).await;
    w.clock.shift(2 * 3600 * 1000);
    let now = w.clock.now();
    for id in [queue, skip] {
        w.until(id, |t| t.active_run.is_none() && t.task.next_run_at.is_some_and(|next| next > now)).await;
    }
    assert_eq!(w.store.runs(queue, 0, 10).await.unwrap().total, 3);
    // One, or two where the first had ended before the clock was set.
    assert!(w.store.runs(skip, 0, 10).await.unwrap().total < 3);
    w.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_task_starts_by_hand_only() {
    let w = World::start(vec![Kind::Quick]).await;
    let paused = r#""paused_until":"9999-12-31T00:00:00Z""#;
    let id = w.task_of("quick", Some(w.clock.now()), paused).await;
    let other = w.task("quick", Some(w.clock.now()), "[]").await;
    w.until(other, |t| t.task.status == Status::Done).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(w.store.runs(id, 0, 10).await.unwrap().total, 0);
    w.run_now(id).await;
    w.until(id, |t| t.task.status == Status::Done).await;
    w.stop().await;
}
