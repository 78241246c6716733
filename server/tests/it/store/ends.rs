//! What runs report, how they end, and what becomes of them when their server is gone.

use crate::store_world::*;

on_both!(
    progress_is_written,
    an_end_is_written,
    the_last_state_is_kept,
    an_ended_run_writes_nothing,
    another_server_writes_nothing,
    a_running_run_is_canceled_once,
    a_cancel_that_was_acknowledged_holds,
    an_end_sets_the_next_runs,
    a_retry_waits_for_its_time_unless_someone_cancels,
    a_retry_that_waits_can_be_canceled,
    what_can_go_on_goes_on_in_its_own_run,
    leases_are_renewed,
    runs_of_lost_servers_end,
    a_run_by_hand_that_is_lost_uses_up_nothing,
);

use bodies::*;

mod bodies {
    use super::*;
    use domain::Error;
    use domain::json::Raw;
    use domain::planner::Agenda;
    use domain::run::{Level, Outcome, Status, Trigger};
    use rota::store::{Canceled, ClaimBy, LogQuery, Recovery, RunEnd};
    use std::time::Duration;

    pub async fn progress_is_written(w: World) {
        let ids = w.running().await;
        let mut u = update(ids);
        (u.percent, u.message) = (Some(40), Some("half\0way".into()));
        u.lines = vec![line(Level::Info, "one"), line(Level::Error, "two")];
        assert!(w.store.record("a", &[u]).await.unwrap().is_empty());
        let (t, r) = (w.task(ids.0).await.task, w.run(ids.1).await);
        assert_eq!((t.status, t.status_percent, t.version), (Status::Running, Some(40), 1));
        assert!(t.status_msg.unwrap().starts_with("half") && r.status_msg.unwrap().ends_with("way"));
        assert_eq!((r.status, r.status_percent, r.run_finished_at), (Status::Running, Some(40), None));
        assert_eq!(w.store.log_len(ids.1).await.unwrap(), 2);
        let mut u = update(ids);
        (u.first_idx, u.lines) = (2, vec![line(Level::Info, "three")]);
        w.store.record("a", &[u]).await.unwrap();
        assert_eq!(w.task(ids.0).await.task.status_percent, Some(40));
        assert_eq!(w.store.log_len(ids.1).await.unwrap(), 3);
    }

    pub async fn an_end_is_written(w: World) {
        for (outcome, canceled_at) in
            [(Outcome::done(), None), (Outcome::error("no"), None), (Outcome::canceled(), Some(at(9)))]
        {
            let ids = w.running().await;
            let mut u = update(ids);
            u.message = Some("working".into());
            u.percent = Some(70);
            w.store.record("a", &[u]).await.unwrap();
            let mut u = update(ids);
            u.end = end(outcome.clone(), at(9));
            w.store.record("a", &[u]).await.unwrap();
            let (t, r) = (w.task(ids.0).await, w.run(ids.1).await);
            assert_eq!((t.active_run, t.last_run), (None, Some(ids.1)));
            let t = t.task;
            assert_eq!((t.status, &t.status_msg, t.status_percent), (outcome.status, &outcome.message, Some(70)));
            assert_eq!((t.run_finished_at, t.run_canceled_at, t.version), (Some(at(9)), canceled_at, 1));
            assert_eq!((r.status, &r.status_msg, r.status_percent), (outcome.status, &outcome.message, Some(70)));
            assert_eq!(r.run_finished_at, Some(at(9)));
        }
    }

    pub async fn the_last_state_is_kept(w: World) {
        let ids = w.running().await;
        let text = r#"{"n":1.0,"u":"\u0000"}"#;
        let mut u = update(ids);
        u.state = Raw::parse(text);
        w.store.record("a", &[u]).await.unwrap();
        w.store.record("a", &[update(ids)]).await.unwrap();
        assert_eq!(w.task(ids.0).await.task.state.get(), text);
    }

    pub async fn an_ended_run_writes_nothing(w: World) {
        let ids = w.running().await;
        let mut u = update(ids);
        u.end = end(Outcome::done(), at(1));
        assert!(w.store.record("a", &[u]).await.unwrap().is_empty());
        let mut late = update(ids);
        late.lines = vec![line(Level::Info, "late")];
        (late.percent, late.end) = (Some(1), end(Outcome::error("late"), at(2)));
        assert_eq!(
            w.store.record("a", &[late]).await.unwrap(),
            [],
            "its end is written, as far as its owner is concerned"
        );
        let t = w.task(ids.0).await.task;
        assert_eq!((t.status, t.status_percent, t.run_finished_at), (Status::Done, None, Some(at(1))));
        assert_eq!(w.store.log_len(ids.1).await.unwrap(), 0);
        assert!(w.store.record("a", &[]).await.unwrap().is_empty());
    }

    pub async fn another_server_writes_nothing(w: World) {
        let (one, two) = (w.running().await, w.running().await);
        let other = w.create_one(|t| t.next_run_at = Some(at(0))).await;
        let theirs = (other, w.claim("b", at(0)).await[0].run.id);
        let updates: Vec<_> = [one, theirs, two]
            .into_iter()
            .map(|ids| {
                let mut u = update(ids);
                u.lines = vec![line(Level::Info, "x")];
                u.message = Some("x".into());
                u
            })
            .collect();
        assert_eq!(w.store.record("a", &updates).await.unwrap(), [(theirs.1, TOKEN)]);
        assert_eq!(w.store.log_len(one.1).await.unwrap() + w.store.log_len(two.1).await.unwrap(), 2);
        assert_eq!(w.store.log_len(theirs.1).await.unwrap(), 0);
        assert_eq!(w.task(other).await.task.status_msg, None);
    }

    pub async fn a_running_run_is_canceled_once(w: World) {
        let (id, run) = w.running().await;
        assert_eq!(w.renew("a", &[run]).await, [(run, false)]);
        for ms in [5, 6] {
            assert_eq!(w.store.cancel_task(id, at(ms), at(0), allow()).await.unwrap(), Canceled::Running(run));
            let t = w.task(id).await.task;
            assert_eq!((t.run_canceled_at, t.version, t.updated_at), (Some(at(5)), 2, at(5)));
            assert_eq!(t.status, Status::Running);
        }
        assert_eq!(w.renew("a", &[run]).await, [(run, true)]);
    }

    pub async fn a_cancel_that_was_acknowledged_holds(w: World) {
        let ids = w.running().await;
        w.store.cancel_task(ids.0, at(5), at(0), allow()).await.unwrap();
        let mut u = update(ids);
        u.end = end(Outcome::done_with("all well"), at(6));
        w.store.record("a", &[u]).await.unwrap();
        let (t, r) = (w.task(ids.0).await.task, w.run(ids.1).await);
        assert_eq!((t.status, t.status_msg, t.run_canceled_at), (Status::Canceled, None, Some(at(5))));
        assert_eq!((r.status, r.status_msg, t.run_finished_at), (Status::Canceled, None, Some(at(6))));
    }

    pub async fn an_end_sets_the_next_runs(w: World) {
        for next in [None, Some(at(77))] {
            let ids = w.running().await;
            let mut u = update(ids);
            u.end = then(Outcome::done(), at(1), next);
            w.store.record("a", &[u]).await.unwrap();
            assert_eq!(w.task(ids.0).await.task.next_run_at, next);
            assert_eq!(w.next_due().await, next);
            w.store.delete_task(ids.0, allow()).await.unwrap();
        }
    }

    pub async fn a_retry_waits_for_its_time_unless_someone_cancels(w: World) {
        let again = Agenda { retry_at: Some(at(50)), attempts: 1, wake_at: Some(at(50)), ..Agenda::default() };
        for cancel in [false, true] {
            let ids = w.running().await;
            if cancel {
                w.store.cancel_task(ids.0, at(5), at(0), allow()).await.unwrap();
            }
            let mut u = update(ids);
            let (outcome, if_canceled) = (Outcome::error("x"), Agenda::default());
            u.end = Some(RunEnd { outcome, finished_at: at(6), agenda: again, if_canceled, notice: None });
            w.store.record("a", &[u]).await.unwrap();
            let t = w.task(ids.0).await;
            let expected = if cancel { (None, 0) } else { (Some(at(50)), 1) };
            assert_eq!((t.task.retry_at, t.attempts), expected);
            assert_eq!(w.claim("a", at(49)).await.len(), 0);
            let claims = w.claim("a", at(50)).await;
            let started: Vec<_> = claims.iter().map(|c| (c.run.trigger, c.run.due_at, c.run.attempt)).collect();
            assert_eq!(started, if cancel { vec![] } else { vec![(Trigger::Retry, at(50), 2)] });
        }
    }

    pub async fn a_retry_that_waits_can_be_canceled(w: World) {
        let ids = w.running().await;
        let mut u = update(ids);
        let again = Agenda { retry_at: Some(at(50)), attempts: 1, wake_at: Some(at(50)), ..Agenda::default() };
        u.end = Some(RunEnd {
            outcome: Outcome::error("x"),
            finished_at: at(6),
            agenda: again,
            if_canceled: again,
            notice: None,
        });
        w.store.record("a", &[u]).await.unwrap();
        let Canceled::Unstarted(run) = w.store.cancel_task(ids.0, at(7), at(0), allow()).await.unwrap() else {
            panic!("nothing runs");
        };
        let (t, r) = (w.task(ids.0).await, w.run(run).await);
        assert_eq!((t.task.retry_at, t.attempts, t.task.status), (None, 0, Status::Canceled));
        assert_eq!((r.trigger, r.due_at, r.attempt, r.status), (Trigger::Retry, at(50), 2, Status::Canceled));
        assert_eq!(w.next_due().await, None);
        let refusal = refused(w.store.cancel_task(ids.0, at(8), at(0), allow()).await);
        assert_eq!(refusal, Error::TaskNotRunning { task_id: ids.0 });
    }

    pub async fn what_can_go_on_goes_on_in_its_own_run(w: World) {
        let id = w
            .create_one(|t| {
                t.schedules = hourly(&[0]);
                t.next_run_at = Some(at(0));
            })
            .await;
        let short = |instance: &str, now| ClaimBy { lease: Duration::from_millis(1), ..claim_by(instance, now) };
        let run = w.store.claim(&short("lost", at(10))).await.unwrap()[0].run.id;
        let mut u = update((id, run));
        (u.lines, u.state) = (vec![line(Level::Info, "began")], Raw::parse(r#"{"n":1}"#));
        w.store.record("lost", &[u]).await.unwrap();
        let names = ["sleep".to_owned()];
        let goes_on = Recovery { resumable: &names, ..recovery(at(20)) };
        for attempt in 2..=rota::store::MAX_RESUMES + 1 {
            tokio::time::sleep(Duration::from_millis(5)).await;
            assert_eq!(w.store.recover("b", goes_on).await.unwrap(), [id]);
            let queued = w.run(run).await;
            assert_eq!((queued.status, queued.trigger, queued.due_at), (Status::New, Trigger::Retry, at(0)));
            let claims = w.store.claim(&short("lost", at(30))).await.unwrap();
            assert_eq!((claims[0].run.id, claims[0].run.attempt), (run, attempt));
            assert_eq!(claims[0].task.task.state.get(), r#"{"n":1}"#);
        }
        assert_eq!(w.store.runs(id, 0, 10).await.unwrap().total, 1, "one row for the instant");
        tokio::time::sleep(Duration::from_millis(5)).await;
        assert_eq!(w.store.recover("b", goes_on).await.unwrap(), [id]);
        assert_eq!(w.run(run).await.status, Status::Error, "not for ever");
        assert_eq!(w.task(id).await.task.next_run_at, Some(at(3_600_000)));
        let query = LogQuery { run, offset: 0, limit: 100, levels: vec![], q: None, descending: false };
        let log = w.store.log(&query).await.unwrap();
        assert_eq!((log.total, log.items[1].msg.as_str(), log.items[11].msg.as_str()), (12, "going on", "interrupted"));
    }

    pub async fn leases_are_renewed(w: World) {
        let (one, two) = (w.running().await, w.running().await);
        let both = [one.1, two.1];
        assert_eq!(w.renew("a", &both).await, [(one.1, false), (two.1, false)]);
        assert_eq!(w.renew("b", &both).await, []);
        let mut u = update(one);
        u.end = end(Outcome::done(), at(1));
        w.store.record("a", &[u]).await.unwrap();
        assert_eq!(w.renew("a", &both).await, [(two.1, false)]);
        assert!(w.store.recover("a", recovery(at(90_000_000))).await.unwrap().is_empty());
    }

    pub async fn runs_of_lost_servers_end(w: World) {
        let id = w
            .create_one(|t| {
                t.schedules = hourly(&[0]);
                t.next_run_at = Some(at(0));
            })
            .await;
        let lost = ClaimBy { lease: Duration::from_millis(1), ..claim_by("lost", at(10)) };
        let run = w.store.claim(&lost).await.unwrap()[0].run.id;
        let mut u = update((id, run));
        u.lines = vec![line(Level::Info, "began")];
        w.store.record("lost", &[u]).await.unwrap();
        tokio::time::sleep(Duration::from_millis(30)).await;
        if w.postgres {
            // Held by a living server: not touched.
            let (held, _) = w.running().await;
            assert_eq!(w.store.recover("b", recovery(at(20))).await.unwrap(), [id]);
            assert_eq!(w.task(held).await.task.status, Status::Running);
        } else {
            assert_eq!(w.store.recover("b", recovery(at(20))).await.unwrap(), [id]);
        }
        assert!(w.store.recover("b", recovery(at(20))).await.unwrap().is_empty());
        let (t, r) = (w.task(id).await, w.run(run).await);
        assert_eq!((t.active_run, t.last_run, t.task.next_run_at), (None, Some(run), Some(at(3_600_000))));
        assert_eq!((t.task.status, t.task.status_msg.as_deref()), (Status::Error, Some("interrupted")));
        assert_eq!((t.task.run_finished_at, r.run_finished_at), (Some(at(20)), Some(at(20))));
        assert_eq!((r.status, r.status_msg.as_deref()), (Status::Error, Some("interrupted")));
        let query = LogQuery { run, offset: 0, limit: 10, levels: vec![], q: None, descending: false };
        let log = w.store.log(&query).await.unwrap();
        assert_eq!((log.total, log.items[1].idx, log.items[1].level), (2, 1, Level::Error));
        assert_eq!(log.items[1].msg, "interrupted");
        // The server that was thought lost comes back: it can write nothing.
        let mut late = update((id, run));
        late.end = end(Outcome::done(), at(30));
        assert_eq!(w.store.record("lost", &[late]).await.unwrap(), [(run, TOKEN)]);
        assert_eq!(w.renew("lost", &[run]).await, []);
    }

    pub async fn a_run_by_hand_that_is_lost_uses_up_nothing(w: World) {
        let id = w.create_one(|t| t.next_run_at = Some(at(777))).await;
        w.queue(id, at(0)).await;
        let lost = ClaimBy { lease: Duration::from_millis(1), ..claim_by("lost", at(1)) };
        w.store.claim(&lost).await.unwrap();
        tokio::time::sleep(Duration::from_millis(30)).await;
        assert_eq!(w.store.recover("b", recovery(at(20))).await.unwrap(), [id]);
        assert_eq!(w.task(id).await.task.next_run_at, Some(at(777)));
    }
}
