//! Queueing, claiming, canceling what has not started.

use crate::store_world::*;

on_both!(
    what_is_due_is_claimed_in_order,
    a_claim_takes_no_more_than_it_may,
    the_ledger_starts_nothing_twice,
    what_was_missed_while_down_is_caught_up_on,
    what_is_not_caught_up_on_is_told_by_the_history,
    the_most_important_start_first,
    a_retry_whose_instant_is_taken_is_let_go,
    what_was_found_too_early_is_found_in_time,
    a_queued_run_is_claimed,
    queueing_twice_is_refused,
    a_run_can_be_claimed_as_it_is_queued,
    a_run_now_leaves_the_instant_of_the_schedule_free,
    a_queued_run_has_a_key,
    a_due_instant_can_be_canceled,
    a_queued_run_can_be_canceled,
    nothing_can_be_canceled,
    next_due_is_the_earliest,
    two_servers_never_claim_the_same,
);

use bodies::*;

mod bodies {
    use super::*;
    use domain::planner::Agenda;
    use domain::run::{Outcome, Status, Trigger};
    use domain::task::CatchUp;
    use domain::{Error, TaskId};
    use rota::store::{Canceled, ClaimBy, Once, RunEnd};
    use std::collections::HashSet;

    pub async fn what_is_due_is_claimed_in_order(w: World) {
        let due = [Some(30), Some(10), None, Some(20), Some(41)];
        let ids = w.create(5, move |i, t| t.next_run_at = due[i].map(at)).await;
        let queued = w.create_one(|_| {}).await;
        w.queue(queued, at(15)).await;
        let claims = w.claim("a", at(40)).await;
        let got: Vec<_> = claims.iter().map(|c| c.task.task.id).collect();
        assert_eq!(got, [ids[1], queued, ids[3], ids[0]]);
        for c in &claims {
            assert_eq!(
                (c.run.status, c.run.run_started_at, c.run.node.as_deref()),
                (Status::Running, Some(at(40)), Some("here"))
            );
            assert_eq!((c.task.active_run, c.task.last_run), (Some(c.run.id), Some(c.run.id)));
            assert_eq!((c.owner.id, &c.owner.system_rights[..]), (w.user.id, &["system.root".to_owned()][..]));
            assert_eq!(w.task(c.task.task.id).await, c.task);
            assert_eq!(w.run(c.run.id).await, c.run);
        }
        let t = &claims[0].task.task;
        assert_eq!((t.status, t.run_started_at, t.version), (Status::Running, Some(at(40)), 1));
        assert_eq!((claims[0].run.trigger, claims[0].run.due_at), (Trigger::Schedule, at(10)));
        assert_eq!((claims[1].run.trigger, claims[1].run.due_at), (Trigger::Api, at(15)));
        assert!(w.claim("a", at(40)).await.is_empty());
    }

    pub async fn a_claim_takes_no_more_than_it_may(w: World) {
        w.create(10, |i, t| t.next_run_at = Some(at(i as i64))).await;
        let queued = w.create(2, |_, _| {}).await;
        w.queue(queued[0], at(-5)).await;
        w.queue(queued[1], at(100)).await;
        let mut dues = vec![];
        for n in [4, 4, 4, 0] {
            let by = ClaimBy { limit: 4, ..claim_by("a", at(50)) };
            let claims = w.store.claim(&by).await.unwrap();
            assert_eq!(claims.len(), n);
            dues.extend(claims.iter().map(|c| c.run.due_at));
        }
        assert!(dues.is_sorted());
        let by = ClaimBy { limit: 0, ..claim_by("a", at(50)) };
        assert!(w.store.claim(&by).await.unwrap().is_empty());
    }

    pub async fn the_ledger_starts_nothing_twice(w: World) {
        let id = w
            .create_one(|t| {
                t.schedules = hourly(&[0]);
                t.next_run_at = Some(at(0));
            })
            .await;
        let run = w.claim("a", at(1)).await[0].run.clone();
        let mut done = update((id, run.id));
        // As a clock that was set back might have it: the same instant once more.
        done.end = then(Outcome::done(), at(2), Some(at(0)));
        assert!(w.store.record("a", &[done]).await.unwrap().is_empty());
        assert!(w.claim("a", at(3)).await.is_empty());
        let t = w.task(id).await;
        assert_eq!((t.task.next_run_at, t.task.status, t.active_run), (Some(at(3_600_000)), Status::Done, None));
        assert_eq!(w.store.runs(id, 0, 10).await.unwrap().total, 1);
    }

    pub async fn what_was_missed_while_down_is_caught_up_on(w: World) {
        let ids = w
            .create(2, |i, t| {
                t.next_run_at = Some(at(1000));
                t.updated_at = at(if i == 0 { 0 } else { 6000 });
            })
            .await;
        let by = ClaimBy { up_since: at(5000), ..claim_by("a", at(7000)) };
        let claims = w.store.claim(&by).await.unwrap();
        let trigger = |id: TaskId| claims.iter().find(|c| c.run.task_id == id).unwrap().run.trigger;
        assert_eq!((trigger(ids[0]), trigger(ids[1])), (Trigger::CatchUp, Trigger::Schedule));
    }

    pub async fn what_is_not_caught_up_on_is_told_by_the_history(w: World) {
        let id = w
            .create_one(|t| {
                t.schedules = hourly(&[0]);
                t.next_run_at = Some(at(0));
                t.options.catch_up = CatchUp::None;
            })
            .await;
        let by = ClaimBy { up_since: at(5000), ..claim_by("a", at(7000)) };
        assert_eq!(w.store.claim(&by).await.unwrap().len(), 0);
        let t = w.task(id).await;
        assert_eq!((t.task.next_run_at, t.task.status, t.active_run), (Some(at(3_600_000)), Status::New, None));
        let runs = w.store.runs(id, 0, 10).await.unwrap().items;
        assert_eq!((runs[0].due_at, runs[0].status, runs[0].trigger), (at(0), Status::Canceled, Trigger::CatchUp));
        assert!(runs[0].status_msg.as_deref().unwrap().starts_with("missed while no server was up"));
        assert_eq!(w.next_due().await, Some(at(3_600_000)));
    }

    pub async fn the_most_important_start_first(w: World) {
        let ids = w
            .create(30, |i, t| {
                t.next_run_at = Some(at(i as i64));
                t.options.priority = [0, 10, -10][i % 3];
            })
            .await;
        let queued = w.create_one(|t| t.options.priority = 5).await;
        w.queue(queued, at(20)).await;
        let first = w.store.claim(&ClaimBy { limit: 12, ..claim_by("a", at(40)) }).await.unwrap();
        let of = |rest: usize| ids.iter().copied().skip(rest).step_by(3);
        let expected: HashSet<TaskId> = of(1).chain([queued, ids[0]]).collect();
        assert_eq!(first.iter().map(|c| c.run.task_id).collect::<HashSet<_>>(), expected);
        let rest = w.claim("a", at(40)).await;
        assert_eq!(rest.iter().map(|c| c.run.task_id).collect::<HashSet<_>>(), of(0).skip(1).chain(of(2)).collect());
    }

    pub async fn a_retry_whose_instant_is_taken_is_let_go(w: World) {
        let (id, run) = w.running().await;
        let again = Agenda { retry_at: Some(at(0)), attempts: 1, wake_at: Some(at(0)), ..Agenda::default() };
        let mut u = update((id, run));
        u.end = Some(RunEnd {
            outcome: Outcome::error("x"),
            finished_at: at(6),
            agenda: again,
            if_canceled: again,
            notice: None,
        });
        w.store.record("a", &[u]).await.unwrap();
        assert_eq!(w.claim("a", at(10)).await.len(), 0);
        let t = w.task(id).await;
        assert_eq!((t.task.retry_at, t.attempts, w.next_due().await), (None, 0, None));
    }

    pub async fn what_was_found_too_early_is_found_in_time(w: World) {
        let (id, run) = w.running().await;
        let wrong = Agenda { next_run_at: Some(at(100)), wake_at: Some(at(50)), ..Agenda::default() };
        let mut u = update((id, run));
        u.end = then(Outcome::done(), at(6), None).map(|end| RunEnd { agenda: wrong, ..end });
        w.store.record("a", &[u]).await.unwrap();
        assert_eq!(w.claim("a", at(60)).await.len(), 0);
        assert_eq!(w.next_due().await, Some(at(100)));
        assert_eq!(w.claim("a", at(100)).await[0].run.due_at, at(100));
    }

    pub async fn a_queued_run_is_claimed(w: World) {
        let id = w.create_one(|t| t.next_run_at = Some(at(50_000))).await;
        let run = w.queue(id, at(7)).await;
        assert_eq!((run.status, run.due_at, run.run_started_at, run.node.clone()), (Status::New, at(7), None, None));
        let t = w.task(id).await;
        assert_eq!((t.active_run, t.last_run, t.task.status), (Some(run.id), None, Status::New));
        let claims = w.claim("a", at(8)).await;
        assert_eq!((claims.len(), claims[0].run.id, claims[0].run.task_id), (1, run.id, id));
        assert_eq!(w.task(id).await.task.next_run_at, Some(at(50_000)));
    }

    pub async fn queueing_twice_is_refused(w: World) {
        let id = w.create_one(|_| {}).await;
        w.queue(id, at(0)).await;
        let running = Error::TaskRunning { task_id: id, pointer: String::new() };
        let again = || w.store.queue_run(id, Trigger::Manual, at(0), allow(), None, None);
        assert_eq!(refused(again().await), running);
        w.claim("a", at(0)).await;
        assert_eq!(refused(again().await), running);
        let none = w.store.queue_run(TaskId(99), Trigger::Api, at(0), allow(), None, None).await;
        assert_eq!(refused(none), Error::ObjectNotFound { object: "task 99".into() });
        let guard = Box::new(|_: Option<&domain::task::StoredTask>| Err(Error::ServerStopping));
        let guarded = w.store.queue_run(id, Trigger::Api, at(0), guard, None, None).await;
        assert_eq!(refused(guarded), Error::ServerStopping);
        // The next free millisecond.
        let id = w.create_one(|_| {}).await;
        for i in 0..3 {
            assert_eq!(w.queue(id, at(5)).await.due_at, at(5 + i));
            w.store.cancel_task(id, at(5), at(0), allow()).await.unwrap();
        }
    }

    pub async fn a_run_can_be_claimed_as_it_is_queued(w: World) {
        let id = w.create_one(|_| {}).await;
        let by = claim_by("a", at(3));
        let queued = now(w.store.queue_run(id, Trigger::Api, at(3), allow(), None, Some(&by)).await);
        assert_eq!((queued.run.status, queued.run.due_at), (Status::New, at(3)));
        let claim = queued.claim.unwrap();
        assert_eq!(
            (claim.run.id, claim.run.status, claim.run.run_started_at),
            (queued.run.id, Status::Running, Some(at(3)))
        );
        assert_eq!(claim.owner.id, w.user.id);
        let task = w.task(id).await;
        assert_eq!(
            (task.active_run, task.last_run, task.task.status),
            (Some(claim.run.id), Some(claim.run.id), Status::Running)
        );
        assert_eq!(claim.task, task);
        assert!(w.claim("b", at(9)).await.is_empty());
    }

    pub async fn a_run_now_leaves_the_instant_of_the_schedule_free(w: World) {
        let id = w
            .create_one(|t| {
                t.schedules = hourly(&[0]);
                t.next_run_at = Some(at(0));
            })
            .await;
        assert_eq!(w.queue(id, at(0)).await.due_at, at(1));
    }

    pub async fn a_queued_run_has_a_key(w: World) {
        let id = w.create_one(|_| {}).await;
        let run = |request| {
            let key = key(w.user.id, "k", request, |run: &domain::run::Run| format!("run {}", run.id));
            w.store.queue_run(id, Trigger::Api, at(0), allow(), key, None)
        };
        let first = now(run(1).await);
        let again = run(1).await.unwrap();
        assert!(matches!(again, Once::Before(text) if text == format!("run {}", first.run.id)));
        assert_eq!(refused(run(2).await), Error::IdempotencyConflict { key: "k".into() });
        assert_eq!(w.store.runs(id, 0, 9).await.unwrap().total, 1);
    }

    pub async fn a_due_instant_can_be_canceled(w: World) {
        let id = w
            .create_one(|t| {
                t.schedules = hourly(&[0]);
                t.next_run_at = Some(at(0));
            })
            .await;
        let canceled = w.store.cancel_task(id, at(5), at(-9), allow()).await.unwrap();
        let Canceled::Unstarted(run) = canceled else { panic!("{canceled:?}") };
        let r = w.run(run).await;
        assert_eq!((r.status, r.trigger, r.due_at), (Status::Canceled, Trigger::Schedule, at(0)));
        assert_eq!((r.run_started_at, r.run_finished_at), (None, Some(at(5))));
        let t = w.task(id).await;
        assert_eq!((t.active_run, t.last_run, t.task.next_run_at), (None, Some(run), Some(at(3_600_000))));
        let t = t.task;
        assert_eq!((t.status, t.version, t.updated_at), (Status::Canceled, 2, at(5)));
        assert_eq!((t.run_started_at, t.run_finished_at, t.run_canceled_at), (None, Some(at(5)), Some(at(5))));
        assert_eq!(
            refused(w.store.cancel_task(id, at(6), at(-9), allow()).await),
            Error::TaskNotRunning { task_id: id }
        );
        assert!(w.claim("a", at(7)).await.is_empty());
    }

    pub async fn a_queued_run_can_be_canceled(w: World) {
        let id = w.create_one(|t| t.next_run_at = Some(at(9000))).await;
        let run = w.queue(id, at(0)).await;
        assert_eq!(w.store.cancel_task(id, at(1), at(0), allow()).await.unwrap(), Canceled::Unstarted(run.id));
        let t = w.task(id).await;
        assert_eq!((t.active_run, t.last_run, t.task.next_run_at), (None, Some(run.id), Some(at(9000))));
        assert_eq!((t.task.status, t.task.version), (Status::Canceled, 2));
        assert_eq!(w.run(run.id).await.status, Status::Canceled);
        assert!(w.claim("a", at(2)).await.is_empty());
    }

    pub async fn nothing_can_be_canceled(w: World) {
        let id = w.create_one(|t| t.next_run_at = Some(at(9000))).await;
        assert_eq!(
            refused(w.store.cancel_task(id, at(1), at(0), allow()).await),
            Error::TaskNotRunning { task_id: id }
        );
        let guard = Box::new(|t: Option<&domain::task::StoredTask>| {
            assert!(t.is_none());
            Err(Error::ServerStopping)
        });
        assert_eq!(refused(w.store.cancel_task(TaskId(99), at(1), at(0), guard).await), Error::ServerStopping);
        assert_eq!(w.task(id).await.task.version, 1);
    }

    pub async fn next_due_is_the_earliest(w: World) {
        assert_eq!(w.next_due().await, None);
        let ids = w.create(3, |i, t| t.next_run_at = (i > 0).then(|| at(i as i64 * 1000))).await;
        assert_eq!(w.next_due().await, Some(at(1000)));
        w.queue(ids[0], at(10)).await;
        assert_eq!(w.next_due().await, Some(at(10)));
        w.claim("a", at(1000)).await;
        assert_eq!(w.next_due().await, Some(at(2000)));
    }

    pub async fn two_servers_never_claim_the_same(w: World) {
        let ids = w.create(300, |i, t| t.next_run_at = (i >= 100).then(|| at(i as i64))).await;
        for id in &ids[..100] {
            w.queue(*id, at(150)).await;
        }
        let servers = (0..6).map(|i| {
            let store = if i % 2 == 0 { w.store.clone() } else { w.other.clone() };
            tokio::spawn(async move {
                let by = ClaimBy { limit: 20, ..claim_by(&format!("server {i}"), at(1000)) };
                let mut runs = vec![];
                for _ in 0..12 {
                    runs.extend(store.claim(&by).await.unwrap().into_iter().map(|c| (c.run.id, c.run.task_id)));
                }
                runs
            })
        });
        let servers: Vec<_> = servers.collect();
        let mut runs = vec![];
        for server in servers {
            runs.extend(server.await.unwrap());
        }
        assert_eq!(runs.len(), 300);
        assert_eq!(runs.iter().map(|r| r.0).collect::<HashSet<_>>().len(), 300);
        assert_eq!(runs.iter().map(|r| r.1).collect::<HashSet<_>>().len(), 300);
    }
}
