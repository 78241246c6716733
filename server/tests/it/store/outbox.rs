//! What outcomes owe is written with them, taken by one, and settled once.

use crate::store_world::*;

on_both!(
    an_end_owes_what_its_rules_say,
    a_cancel_that_was_acknowledged_is_what_is_told,
    a_run_that_is_tried_again_owes_nothing,
    a_lost_run_owes_nothing_to_those_who_lost_it,
    an_interrupted_run_is_told,
    a_digest_collects_for_an_hour,
    what_is_taken_is_one_process_s,
    what_is_kept_is_not_taken_by_others,
    a_delivery_is_sent_again,
    what_ended_long_ago_is_removed,
    a_run_that_tries_again_gets_what_the_first_was_sent,
    settings_are_kept,
    languages_are_those_of_users,
);

use bodies::*;

mod bodies {
    use super::*;
    use domain::mail::{Channel, Delivery, DeliveryStatus, Kind, Tally};
    use domain::notify::Rules;
    use domain::planner::Agenda;
    use domain::run::{Outcome, Status, Trigger};
    use domain::task::{Recipient, StoredTask};
    use domain::{Lang, RunId, TaskId};
    use rota::store::owed::{Notice, Snapshot};
    use rota::store::post::{DeliveryQuery, Settled, Take};
    use rota::store::{Recovery, RunUpdate};
    use std::time::Duration;

    fn rules(digest: bool) -> Rules {
        let to = |email: &str, problems_only| Recipient { email: email.into(), problems_only };
        let recipients = vec![to("all@example.org", false), to("bad@example.org", true)];
        Rules { recipients, after: 1, recovery: true, digest, ..Rules::default() }
    }

    fn notice(task: &StoredTask, run: &domain::run::Run, digest: bool) -> Option<Box<Notice>> {
        let snapshot = Snapshot {
            description: task.task.description.clone(),
            module: "sleep".into(),
            owner: None,
            next_run_at: None,
            run: run.clone(),
            task: None,
            secret: serde_json::Value::Null,
        };
        let mail_domain = "example.org".into();
        Some(Box::new(Notice { state: task.notify, rules: rules(digest), snapshot, mail_domain }))
    }

    /// The end of a running run, with who is told.
    async fn ending(w: &World, ids: (TaskId, RunId), outcome: Outcome, digest: bool) -> RunUpdate {
        let mut u = update(ids);
        let mut e = end(outcome, at(9)).unwrap();
        e.notice = notice(&w.task(ids.0).await, &w.run(ids.1).await, digest);
        u.end = Some(e);
        u
    }

    async fn list(w: &World) -> Vec<Delivery> {
        let query = DeliveryQuery { limit: 100, ..DeliveryQuery::default() };
        w.store.deliveries(&query).await.unwrap().items
    }

    async fn told(w: &World) -> Vec<String> {
        let mut told: Vec<_> = list(w).await.iter().map(|d| format!("{} {}", d.recipient, d.kind.as_str())).collect();
        told.sort();
        told
    }

    fn take(instance: &str, ms: i64, limit: usize) -> Take {
        Take { instance: instance.into(), channel: Channel::Mail, now: at(ms), lease: LEASE, limit }
    }

    pub async fn an_end_owes_what_its_rules_say(w: World) {
        let (one, two) = (w.running().await, w.running().await);
        let updates =
            [ending(&w, one, Outcome::error("no\0pe"), false).await, ending(&w, two, Outcome::done(), false).await];
        w.store.record("a", &updates).await.unwrap();
        assert_eq!(told(&w).await, ["all@example.org ok", "all@example.org problem", "bad@example.org problem"]);
        let all = list(&w).await;
        let problem = all.iter().find(|d| d.kind == Kind::Problem).unwrap();
        assert_eq!((problem.status, problem.attempts, problem.created_at), (DeliveryStatus::Waiting, 0, at(9)));
        assert_eq!((problem.run.status, problem.run.run_finished_at), (Status::Error, Some(at(9))));
        assert!(problem.run.status_msg.as_deref().is_some_and(|m| m.starts_with("no")));
        assert_eq!(
            (problem.task_id, problem.run_id, problem.tally),
            (one.0, one.1, Tally { outcomes: 1, problems: 1 })
        );
        let ids: std::collections::HashSet<_> = all.iter().map(|d| &d.message_id).collect();
        assert_eq!(ids.len(), 3);
        let state = w.task(one.0).await.notify;
        assert_eq!((state.failures, state.told), (1, true));
    }

    pub async fn a_cancel_that_was_acknowledged_is_what_is_told(w: World) {
        let ids = w.running().await;
        let u = ending(&w, ids, Outcome::done(), false).await;
        w.store.cancel_task(ids.0, at(5), at(0), allow()).await.unwrap();
        w.store.record("a", &[u]).await.unwrap();
        assert_eq!(told(&w).await, ["all@example.org problem", "bad@example.org problem"]);
        assert_eq!(list(&w).await[0].run.status, Status::Canceled);
    }

    pub async fn a_run_that_is_tried_again_owes_nothing(w: World) {
        let ids = w.running().await;
        let mut u = ending(&w, ids, Outcome::error("x"), false).await;
        u.end.as_mut().unwrap().agenda = Agenda { retry_at: Some(at(60_000)), ..Agenda::default() };
        w.store.record("a", &[u]).await.unwrap();
        assert!(list(&w).await.is_empty());
        assert_eq!(w.task(ids.0).await.notify.failures, 0);
    }

    pub async fn a_lost_run_owes_nothing_to_those_who_lost_it(w: World) {
        let ids = w.running().await;
        let u = ending(&w, ids, Outcome::error("x"), false).await;
        assert_eq!(w.store.record("another", &[u]).await.unwrap(), [(ids.1, TOKEN)]);
        assert!(list(&w).await.is_empty());
    }

    pub async fn an_interrupted_run_is_told(w: World) {
        let ids = w.running().await;
        let late = at(90_000_000);
        if w.postgres {
            let sql = "UPDATE run SET lease_until = 0";
            let mut conn = <sqlx::PgConnection as sqlx::Connection>::connect(&w.url).await.unwrap();
            sqlx::query(sql).execute(&mut conn).await.unwrap();
        }
        let who = |task: &StoredTask, run: &domain::run::Run| notice(task, run, false);
        let gone = Recovery { notice: &who, ..recovery(late) };
        assert_eq!(w.store.recover("b", gone).await.unwrap(), [ids.0]);
        assert_eq!(told(&w).await, ["all@example.org problem", "bad@example.org problem"]);
        let d = &list(&w).await[0];
        assert_eq!((d.run.status, d.run.status_msg.as_deref()), (Status::Error, Some("interrupted")));
        assert!(w.task(ids.0).await.notify.told);
        assert!(w.store.recover("b", gone).await.unwrap().is_empty());
        assert_eq!(list(&w).await.len(), 2);
    }

    pub async fn a_digest_collects_for_an_hour(w: World) {
        let id = w.create_one(|t| t.next_run_at = Some(at(0))).await;
        let mut last = None;
        for outcome in [Outcome::done(), Outcome::error("a"), Outcome::error("b")] {
            let run = w.queue(id, at(0)).await.id;
            assert!(w.claim("a", at(0)).await.iter().any(|c| c.run.id == run));
            let u = ending(&w, (id, run), outcome, true).await;
            w.store.record("a", &[u]).await.unwrap();
            last = Some(run);
        }
        let all = list(&w).await;
        let tally = |to: &str| all.iter().find(|d| d.recipient == to).map(|d| (d.tally.outcomes, d.tally.problems));
        assert_eq!((all.len(), tally("all@example.org"), tally("bad@example.org")), (2, Some((3, 2)), Some((2, 2))));
        assert!(all.iter().all(|d| Some(d.run_id) == last && d.not_before == at(9 + 3_600_000)));
        assert!(w.store.take_deliveries(&take("s", 3_600_000, 10)).await.unwrap().is_empty());
        let taken = w.store.take_deliveries(&take("s", 3_600_009, 10)).await.unwrap();
        assert_eq!(taken.len(), 2);
        // What comes now is the next hour's, also when those under way are put back.
        let run = w.queue(id, at(0)).await.id;
        w.claim("a", at(0)).await;
        let u = ending(&w, (id, run), Outcome::error("c"), true).await;
        w.store.record("a", &[u]).await.unwrap();
        for t in taken {
            assert!(w.store.settle_delivery("s", t.delivery.id, &Settled::Untried).await.unwrap());
        }
        assert_eq!(list(&w).await.len(), 4);
    }

    pub async fn what_is_kept_is_not_taken_by_others(w: World) {
        let ids = w.running().await;
        let u = ending(&w, ids, Outcome::error("x"), false).await;
        w.store.record("a", &[u]).await.unwrap();
        let short = Take { lease: Duration::from_millis(1), ..take("s", 10, 10) };
        let taken: Vec<_> = w.store.take_deliveries(&short).await.unwrap().iter().map(|t| t.delivery.id).collect();
        assert_eq!(taken.len(), 2);
        w.store.keep_deliveries("s", &taken[..1], LEASE).await.unwrap();
        w.store.keep_deliveries("t", &taken[1..], LEASE).await.unwrap();
        if w.postgres {
            let mut others = vec![];
            while others.is_empty() {
                others = w.other.take_deliveries(&take("t", 10, 10)).await.unwrap();
            }
            let ids: Vec<_> = others.iter().map(|t| t.delivery.id).collect();
            assert_eq!(ids, taken[1..], "kept by its own process alone");
        }
        assert!(w.store.settle_delivery("s", taken[0], &Settled::Sent(at(11))).await.unwrap());
    }

    pub async fn what_is_taken_is_one_process_s(w: World) {
        let ids = w.running().await;
        let u = ending(&w, ids, Outcome::error("x"), false).await;
        w.store.record("a", &[u]).await.unwrap();
        assert_eq!(w.store.next_delivery(Channel::Mail).await.unwrap(), Some(at(9)));
        assert_eq!(w.store.next_delivery(Channel::Webhook).await.unwrap(), None);
        assert!(w.store.take_deliveries(&take("s", 8, 10)).await.unwrap().is_empty());
        let taken = w.store.take_deliveries(&take("s", 10, 1)).await.unwrap();
        assert_eq!((taken.len(), taken[0].delivery.status), (1, DeliveryStatus::Sending));
        let id = taken[0].delivery.id;
        if w.postgres {
            let others = w.other.take_deliveries(&take("t", 10, 10)).await.unwrap();
            assert!(others.len() == 1 && others[0].delivery.id != id);
        }
        assert!(!w.store.settle_delivery("t", id, &Settled::Sent(at(11))).await.unwrap());
        let later = Settled::Later(at(70), "451 lat\0er".into());
        assert!(w.store.settle_delivery("s", id, &later).await.unwrap());
        assert!(!w.store.settle_delivery("s", id, &later).await.unwrap(), "once");
        let d = w.store.delivery(id).await.unwrap().unwrap();
        assert_eq!((d.status, d.attempts, d.not_before), (DeliveryStatus::Waiting, 1, at(70)));
        assert!(d.last_error.unwrap().starts_with("451 lat"));
        let again = w.store.take_deliveries(&take("s", 80, 10)).await.unwrap();
        assert!(again.iter().any(|t| t.delivery.id == id && t.delivery.message_id == d.message_id));
        // The process is gone: on its own with SQLite, by its lease with PostgreSQL.
        let short = Take { lease: Duration::ZERO, ..take("u", 80, 10) };
        if !w.postgres {
            assert!(w.store.take_deliveries(&short).await.unwrap().iter().any(|t| t.delivery.id == id));
        }
    }

    pub async fn a_delivery_is_sent_again(w: World) {
        let ids = w.running().await;
        let u = ending(&w, ids, Outcome::error("x"), false).await;
        w.store.record("a", &[u]).await.unwrap();
        let id = w.store.take_deliveries(&take("s", 10, 1)).await.unwrap()[0].delivery.id;
        let under_way = w.store.resend(id, at(11)).await.unwrap().unwrap();
        assert_eq!(under_way.status, DeliveryStatus::Sending, "it is being sent as it is");
        w.store.settle_delivery("s", id, &Settled::Failed("550 no".into())).await.unwrap();
        let failed = DeliveryQuery { status: Some(DeliveryStatus::Failed), limit: 10, offset: 0 };
        let page = w.store.deliveries(&failed).await.unwrap();
        assert_eq!((page.total, page.items[0].id), (1, id));
        let again = w.store.resend(id, at(12)).await.unwrap().unwrap();
        assert_eq!((again.status, again.attempts, again.not_before), (DeliveryStatus::Waiting, 0, at(12)));
        assert_eq!(w.store.resend(domain::DeliveryId(999), at(12)).await.unwrap(), None);
    }

    pub async fn what_ended_long_ago_is_removed(w: World) {
        let ids = w.running().await;
        let u = ending(&w, ids, Outcome::error("x"), false).await;
        w.store.record("a", &[u]).await.unwrap();
        let id = w.store.take_deliveries(&take("s", 10, 1)).await.unwrap()[0].delivery.id;
        w.store.settle_delivery("s", id, &Settled::Sent(at(11))).await.unwrap();
        let ninety_days = 90 * 86_400_000;
        for (ms, left) in [(ninety_days, 2), (ninety_days + 10, 1)] {
            while w.store.purge_step(at(ms)).await.unwrap() {}
            assert_eq!(list(&w).await.len(), left, "what waits stays, however old");
        }
        assert_eq!(w.store.delivery(id).await.unwrap(), None);
    }

    pub async fn a_run_that_tries_again_gets_what_the_first_was_sent(w: World) {
        let id = w.create_one(|_| {}).await;
        w.store.set_hook(id, &[7; 32], at(0), allow()).await.unwrap();
        assert_eq!(w.store.run_by_hook(&[8; 32], at(1), None).await.unwrap(), None);
        let sent = domain::json::Raw::parse(r#"{"n": 1.0}"#).unwrap();
        let run = w.store.run_by_hook(&[7; 32], at(1), Some(&sent)).await.unwrap().unwrap().id;
        for again in 2..=3 {
            let claims = w.claim("a", at(again * 1000)).await;
            let run = claims.iter().find(|c| c.task.task.id == id).unwrap().run.id;
            assert_eq!(w.store.run_input(run).await.unwrap(), Some(sent.clone()));
            let mut u = update((id, run));
            let due = Some(at(again * 1000 + 500));
            let agenda = Agenda { retry_at: due, attempts: again - 1, wake_at: due, ..Agenda::default() };
            let failed = end(Outcome::error("x"), at(again * 1000)).unwrap();
            u.end = Some(rota::store::RunEnd { agenda, ..failed });
            w.store.record("a", &[u]).await.unwrap();
        }
        assert_eq!(w.store.runs(id, 0, 10).await.unwrap().total, 2);
        // Any other run has nothing of it.
        let by_hand = w.queue(id, at(9000)).await.id;
        assert_eq!((w.store.run_input(by_hand).await.unwrap(), w.run(run).await.trigger), (None, Trigger::Api));
    }

    pub async fn settings_are_kept(w: World) {
        assert_eq!(w.store.setting("x").await.unwrap(), None);
        let add = |text: &'static str| -> rota::store::post::Change {
            Box::new(move |before| Ok(format!("{}{text}", before.unwrap_or_default())))
        };
        w.store.change_setting("x", at(0), add("1")).await.unwrap();
        assert_eq!(w.other.change_setting("x", at(1), add("2")).await.unwrap(), "12");
        let no = w.store.change_setting("x", at(2), Box::new(|_| Err(domain::Error::LastRoot))).await;
        assert_eq!(refused(no), domain::Error::LastRoot);
        assert_eq!(w.store.setting("x").await.unwrap().as_deref(), Some("12"));
    }

    pub async fn languages_are_those_of_users(w: World) {
        let mut ada = a_user("ada", &[]);
        (ada.email, ada.language) = ("Ada@Example.org".into(), Lang::De);
        w.store.create_user(ada, at(0)).await.unwrap();
        let asked = ["ada@example.org".to_owned(), "bob@example.org".to_owned()];
        assert_eq!(w.store.languages(&asked).await.unwrap(), [("ada@example.org".to_owned(), Lang::De)]);
    }
}
