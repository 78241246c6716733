//! A scheduler whose database is slow, gone, locked, or keeps its answers to itself.

use super::odd::Kind;
use super::world::{Setup, World};
use crate::databases::Databases;
use crate::proxy::{Proxy, Then};
use domain::run::Status;
use domain::task::StoredTask;
use domain::{TaskId, Timestamp};
use rota::store::{ClaimBy, ClaimToken};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::time::{Duration, Instant};

/// Far enough ahead for what has to happen between the save of a task and its instant.
const SOON_MS: i64 = 400;

/// A server that reaches its database by way of a proxy, and the way around it.
async fn behind_proxy(db: &Databases, kinds: Vec<Kind>) -> (World, Proxy, String) {
    let setup = Setup::new(db, kinds).await;
    let direct = setup.url.clone();
    let proxy = Proxy::to(&direct).await;
    let world = Setup { url: proxy.url(&direct), ..setup }.start().await;
    (world, proxy, direct)
}

/// Another server, which reaches the database without it.
async fn direct(w: &World, url: &str) -> World {
    Setup { url: url.to_owned(), node: "second".into(), ..w.setup.clone() }.start().await
}

async fn admin(url: &str) -> PgConnection {
    PgConnection::connect(url).await.unwrap()
}

async fn run(conn: &mut PgConnection, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(conn).await.unwrap();
}

fn soon(w: &World) -> Option<Timestamp> {
    Some(Timestamp::from_ms(w.clock.now().ms() + SOON_MS))
}

fn is_done(task: &StoredTask) -> bool {
    task.task.status == Status::Done && task.active_run.is_none()
}

on_postgres!(
    a_claim_whose_answer_is_lost_runs_once,
    a_claim_whose_answer_never_comes_is_handed_back,
    a_run_by_hand_whose_answer_is_lost_runs_once,
    an_outcome_whose_answer_is_lost_counts_once,
    a_claim_under_way_at_a_stop_is_not_lost,
    a_server_that_is_cut_off_ends_its_runs_before_another_begins_them,
    what_runs_report_is_written_after_a_long_lock,
    what_can_never_be_stored_ends_its_run_alone,
    a_state_that_cannot_be_stored_ends_its_run,
    a_row_that_someone_holds_is_not_asked_for_all_the_time,
    a_notice_that_is_lost_is_made_up_for,
);
on_both!(a_run_of_its_own_that_nobody_executes_is_ended);

async fn a_claim_whose_answer_is_lost_runs_once(db: Databases) {
    let (w, proxy, _) = behind_proxy(&db, vec![Kind::Quick]).await;
    let id = w.task("quick", soon(&w), "[]").await;
    proxy.swallow_next_commit(Then::Cut);
    w.until(id, is_done).await;
    assert!(proxy.swallowed());
    assert_eq!((w.witness.starts().len(), w.runs(id).await.len()), (1, 1));
    w.stop().await;
}

async fn a_claim_whose_answer_never_comes_is_handed_back(db: Databases) {
    let (w, proxy, _) = behind_proxy(&db, vec![Kind::Quick]).await;
    let id = w.task("quick", soon(&w), "[]").await;
    // The limit of the call is more than half a lease here: the claim is too old to begin.
    proxy.swallow_next_commit(Then::Silence);
    w.until(id, is_done).await;
    assert!(proxy.swallowed());
    assert_eq!((w.witness.starts().len(), w.runs(id).await.len()), (1, 1));
    w.stop().await;
}

async fn a_run_by_hand_whose_answer_is_lost_runs_once(db: Databases) {
    let (w, proxy, _) = behind_proxy(&db, vec![Kind::Quick]).await;
    let id = w.task("quick", None, "[]").await;
    proxy.swallow_next_commit(Then::Cut);
    let run = w.run_now(id).await;
    assert!(proxy.swallowed());
    assert_eq!(run.status, Status::New, "as if the answer had come");
    w.until(id, is_done).await;
    assert_eq!(w.witness.starts().iter().map(|start| start.run).collect::<Vec<_>>(), [run.id]);
    w.stop().await;
}

async fn an_outcome_whose_answer_is_lost_counts_once(db: Databases) {
    let (w, proxy, _) = behind_proxy(&db, vec![Kind::Gated]).await;
    let id = w.task("gated", Some(w.clock.now()), "[]").await;
    w.until_running(1).await;
    proxy.swallow_next_commit(Then::Cut);
    w.witness.open_gate();
    w.until(id, is_done).await;
    while !w.handle.health().unwrap().problems.is_empty() || w.handle.running() > 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let runs = w.runs(id).await;
    assert_eq!((runs.len(), runs[0].status), (1, Status::Done));
    w.stop().await;
}

async fn a_claim_under_way_at_a_stop_is_not_lost(db: Databases) {
    let (w, proxy, url) = behind_proxy(&db, vec![Kind::Quick]).await;
    let id = w.task("quick", soon(&w), "[]").await;
    proxy.swallow_next_commit(Then::Silence);
    while !proxy.swallowed() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let (witness, setup) = (w.witness.clone(), w.setup.clone());
    w.stop().await;
    let second = Setup { url, node: "second".into(), ..setup }.start().await;
    second.until(id, is_done).await;
    assert_eq!(witness.starts().len(), 1);
    second.stop().await;
}

async fn a_server_that_is_cut_off_ends_its_runs_before_another_begins_them(db: Databases) {
    let (w, proxy, url) = behind_proxy(&db, vec![Kind::Gated, Kind::Quick]).await;
    // Deaf to a cancel.
    let fields = r#""retry":{"max_attempts":3,"backoff_sec":1}"#;
    let id = w.task_of("gated", Some(w.clock.now()), fields).await;
    w.until_running(1).await;
    let second = direct(&w, &url).await;
    proxy.unplug();
    second.until(id, |t| t.attempts > 0 || t.task.retry_at.is_some()).await;
    while w.witness.starts().len() < 2 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(w.witness.overlaps().is_empty(), "{:?}", w.witness.overlaps());
    assert!(!w.handle.health().unwrap().problems.is_empty(), "it knows that it is cut off");
    proxy.thaw();
    w.witness.open_gate();
    second.until(id, is_done).await;
    // It works again.
    let again = w.task("quick", Some(w.clock.now()), "[]").await;
    w.until(again, is_done).await;
    second.stop().await;
    w.stop().await;
}

/// Until leases have been renewed for so long that those from before would have run out.
async fn a_lease_goes_by(conn: &mut PgConnection) {
    let sql = "SELECT min(lease_until) FROM run WHERE status = 'running'";
    let first: i64 = sqlx::query_scalar(sql).fetch_one(&mut *conn).await.unwrap();
    let lease_ms = i64::try_from(super::world::LEASE.as_millis()).unwrap();
    while sqlx::query_scalar::<_, i64>(sql).fetch_one(&mut *conn).await.unwrap() < first + 2 * lease_ms {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn what_runs_report_is_written_after_a_long_lock(db: Databases) {
    let w = World::start(&db, vec![Kind::Gated]).await;
    let id = w.task("gated", Some(w.clock.now()), "[]").await;
    w.until_running(1).await;
    let (mut locker, mut reader) = (admin(&w.setup.url).await, admin(&w.setup.url).await);
    run(&mut locker, "BEGIN; LOCK TABLE task IN ACCESS EXCLUSIVE MODE").await;
    w.witness.open_gate();
    w.until_running(0).await;
    a_lease_goes_by(&mut reader).await;
    run(&mut locker, "COMMIT").await;
    let task = w.until(id, |t| t.task.status.is_final()).await;
    assert_eq!((task.task.status, task.task.status_msg), (Status::Done, None));
    assert_eq!(w.witness.starts().len(), 1);
    w.stop().await;
}

async fn what_can_never_be_stored_ends_its_run_alone(db: Databases) {
    let w = World::start(&db, vec![Kind::Fails, Kind::Quick]).await;
    let rule = "ALTER TABLE run ADD CONSTRAINT polite CHECK (status_msg IS DISTINCT FROM 'not yet')";
    run(&mut admin(&w.setup.url).await, rule).await;
    let now = Some(w.clock.now());
    let (bad, good) = (w.task("fails", now, "[]").await, w.task("quick", now, "[]").await);
    w.until(good, is_done).await;
    let task = w.until(bad, |t| t.task.status.is_final()).await.task;
    let message = task.status_msg.unwrap();
    assert_eq!(task.status, Status::Error);
    assert!(
        message.starts_with("what the run reported could not be stored: ") && message.contains("polite"),
        "{message}"
    );
    w.stop().await;
}

async fn a_state_that_cannot_be_stored_ends_its_run(db: Databases) {
    let w = World::start(&db, vec![Kind::Resumes, Kind::Quick]).await;
    run(&mut admin(&w.setup.url).await, "ALTER TABLE task ADD CONSTRAINT stateless CHECK (state = '{}')").await;
    let id = w.task("resumes", Some(w.clock.now()), &w.hourly()).await;
    let task = w.until(id, |t| t.task.status.is_final()).await.task;
    assert_eq!(task.status, Status::Error);
    assert!(task.status_msg.unwrap().contains("stateless"));
    assert!(task.next_run_at.is_some(), "its schedule goes on");
    w.until_idle().await;
    w.has_looked().await;
    w.stop().await;
}

async fn a_row_that_someone_holds_is_not_asked_for_all_the_time(db: Databases) {
    let w = World::start(&db, vec![Kind::Quick]).await;
    let held = w.task("quick", soon(&w), "[]").await;
    let mut locker = admin(&w.setup.url).await;
    run(&mut locker, &format!("BEGIN; SELECT 1 FROM task WHERE id = {held} FOR UPDATE")).await;
    let later = w.task("quick", Some(Timestamp::from_ms(w.clock.now().ms() + 2000)), "[]").await;
    let mut reader = admin(&w.setup.url).await;
    let sql = "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()";
    let (before, began): (i64, _) = (sqlx::query_scalar(sql).fetch_one(&mut reader).await.unwrap(), Instant::now());
    w.until(later, is_done).await;
    run(&mut locker, "ROLLBACK").await;
    w.until(held, is_done).await;
    let mut reader = admin(&w.setup.url).await;
    let after: i64 = sqlx::query_scalar(sql).fetch_one(&mut reader).await.unwrap();
    // This test itself asks a hundred times a second; a claim that spins asks some thousand times.
    let rate = (after - before) as f64 / began.elapsed().as_secs_f64();
    assert!(rate < 600.0, "{rate} transactions a second");
    w.stop().await;
}

async fn a_notice_that_is_lost_is_made_up_for(db: Databases) {
    let (w, proxy, url) = behind_proxy(&db, vec![Kind::Quick]).await;
    let second = direct(&w, &url).await;
    // Every connection of the first is silent from now on, that for notices too; new ones work.
    proxy.freeze(crate::proxy::Way::Both);
    let id = second.task("quick", soon(&second), "[]").await;
    second.crash().await;
    // Looked at from outside: the first one's requests may wait on dead connections for longer than this takes.
    let outside = Setup { url, ..w.setup.clone() }.open().await;
    while !outside.task(id).await.unwrap().is_some_and(|task| is_done(&task)) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(w.witness.starts().len(), 1);
    outside.close().await;
    w.stop().await;
}

/// What is left where the answer to a claim was lost and could not be read back, or where an end could never be written.
async fn a_run_of_its_own_that_nobody_executes_is_ended(db: Databases) {
    let w = World::start(&db, vec![Kind::Quick, Kind::Gated]).await;
    let held = w.task("gated", Some(w.clock.now()), "[]").await;
    w.until_running(1).await;
    let due = Timestamp::from_ms(w.clock.now().ms() + 3_600_000);
    let id: TaskId = w.task("quick", Some(due), "[]").await;
    let by = ClaimBy {
        instance: w.handle.instance().unwrap(),
        node: "first".into(),
        token: ClaimToken::random(),
        now: due,
        up_since: Timestamp::from_ms(0),
        lease: super::world::LEASE,
        limit: 10,
    };
    assert_eq!(w.store.claim(&by).await.unwrap().len(), 1);
    let task = w.until(id, |t| t.task.status.is_final()).await.task;
    assert_eq!(task.status_msg.as_deref(), Some(rota::scheduler::INTERRUPTED));
    assert_eq!(w.stored(held).await.task.status, Status::Running, "what is executed goes on");
    w.witness.open_gate();
    w.until(held, is_done).await;
    w.stop().await;
}
