//! Whose a run is: by which claim, what of it may be written, and what becomes of it when nobody executes it.

use crate::store_world::*;

on_both!(
    a_claim_can_be_read_back,
    what_was_not_begun_is_handed_back,
    only_what_is_here_is_renewed,
    a_process_ends_its_own_orphans,
    what_is_held_is_not_recovered,
    an_end_written_twice_counts_once,
    an_overtaken_claim_writes_nothing,
);

use bodies::*;

mod bodies {
    use super::*;
    use domain::run::{Level, Outcome, Status, Trigger};
    use rota::store::{ClaimBy, ClaimToken, Owned, Recovery};
    use std::time::Duration;

    const OLD: ClaimToken = ClaimToken(1);
    const NEW: ClaimToken = ClaimToken(2);

    fn with_token(instance: &str, ms: i64, token: ClaimToken) -> ClaimBy {
        ClaimBy { token, ..claim_by(instance, at(ms)) }
    }

    pub async fn a_claim_can_be_read_back(w: World) {
        let ids = w.create(3, |i, t| t.next_run_at = Some(at(i as i64))).await;
        let claims = w.store.claim(&with_token("a", 1, OLD)).await.unwrap();
        w.store.claim(&with_token("a", 2, NEW)).await.unwrap();
        let back = w.store.claimed("a", OLD).await.unwrap();
        let runs = |claims: &[rota::store::Claim]| claims.iter().map(|c| (c.run.clone(), c.token)).collect::<Vec<_>>();
        assert_eq!(runs(&back), runs(&claims));
        assert_eq!(back.iter().map(|c| c.task.task.id).collect::<Vec<_>>(), ids[..2]);
        assert_eq!((back[0].owner.id, back[0].task.task.status), (w.user.id, Status::Running));
        assert!(w.store.claimed("b", OLD).await.unwrap().is_empty(), "another process");
        let mut u = update((ids[0], claims[0].run.id));
        (u.token, u.end) = (OLD, end(Outcome::done(), at(3)));
        w.store.record("a", &[u]).await.unwrap();
        assert_eq!(w.store.claimed("a", OLD).await.unwrap().len(), 1, "what has ended is not begun");
    }

    pub async fn what_was_not_begun_is_handed_back(w: World) {
        let (id, run) = w.running().await;
        assert_eq!(w.store.hand_back("a", &[(run, OLD)]).await.unwrap(), []);
        assert_eq!(w.store.hand_back("b", &[(run, TOKEN)]).await.unwrap(), []);
        assert_eq!(w.run(run).await.status, Status::Running, "only its own process, by its own claim");
        assert_eq!(w.store.hand_back("a", &[(run, TOKEN)]).await.unwrap(), [id]);
        let queued = w.run(run).await;
        assert_eq!((queued.status, queued.run_started_at, queued.node), (Status::New, None, None));
        assert_eq!(w.next_due().await, Some(at(0)));
        let claims = w.other.claim(&with_token("b", 5, NEW)).await.unwrap();
        let again = &claims[0].run;
        assert_eq!((again.id, again.due_at, again.trigger, again.attempt), (run, at(0), Trigger::Schedule, 1));
        assert_eq!(again.run_started_at, Some(at(5)));
    }

    pub async fn only_what_is_here_is_renewed(w: World) {
        let (one, two) = (w.running().await, w.running().await);
        let found = w.store.renew("a", &[(one.1, TOKEN), (two.1, OLD)], at(0), LEASE).await.unwrap();
        assert_eq!(found.own, [(one.1, false)]);
        assert_eq!(found.stray, [(two.1, TOKEN)], "held by another claim is not held");
        let none = w.store.renew("a", &[], at(0), LEASE).await.unwrap();
        let mut stray = none.stray;
        stray.sort_by_key(|(run, _)| *run);
        assert_eq!((none.own, stray), (vec![], vec![(one.1, TOKEN), (two.1, TOKEN)]));
        assert_eq!(w.store.renew("b", &[], at(0), LEASE).await.unwrap().stray, []);
    }

    fn orphaned(runs: &[Owned]) -> Recovery<'_> {
        Recovery { expired: false, orphaned: runs, ..recovery(at(20)) }
    }

    pub async fn a_process_ends_its_own_orphans(w: World) {
        let (one, two) = (w.running().await, w.running().await);
        let nothing: &[domain::TaskId] = &[];
        assert_eq!(w.store.recover("a", orphaned(&[(one.1, OLD)])).await.unwrap(), nothing, "not by that claim");
        assert_eq!(w.store.recover("a", orphaned(&[(one.1, TOKEN)])).await.unwrap(), [one.0]);
        let ended = w.run(one.1).await;
        assert_eq!((ended.status, ended.status_msg.as_deref()), (Status::Error, Some("interrupted")));
        let t = w.task(one.0).await;
        assert_eq!((t.active_run, t.task.status), (None, Status::Error));
        assert_eq!(w.run(two.1).await.status, Status::Running);
        let mut late = update(one);
        late.end = end(Outcome::done(), at(30));
        assert_eq!(w.store.record("a", &[late]).await.unwrap(), [(one.1, TOKEN)], "its end was not this one");
    }

    pub async fn what_is_held_is_not_recovered(w: World) {
        w.create(2, |_, t| t.next_run_at = Some(at(0))).await;
        let short = ClaimBy { lease: Duration::from_millis(1), ..claim_by("a", at(0)) };
        let claims = w.store.claim(&short).await.unwrap();
        let runs: Vec<Owned> = claims.iter().map(|c| (c.run.id, c.token)).collect();
        if !w.postgres {
            // There the only process that can have the file is the one that holds them.
            assert_eq!(w.store.recover("a", recovery(at(20))).await.unwrap(), []);
            return;
        }
        let held = Recovery { here: &runs[..1], ..recovery(at(20)) };
        let mut ended = vec![];
        while ended.is_empty() {
            ended = w.store.recover("a", held).await.unwrap();
        }
        assert_eq!(ended, [claims[1].task.task.id], "its own, whose lease ran out, and which it does not hold");
        assert_eq!(w.run(runs[0].0).await.status, Status::Running);
        let mut u = update((claims[0].task.task.id, runs[0].0));
        u.end = end(Outcome::done(), at(30));
        assert_eq!(w.store.record("a", &[u]).await.unwrap(), [], "nobody has taken it over");
        assert_eq!(w.other.recover("b", recovery(at(40))).await.unwrap(), []);
    }

    pub async fn an_end_written_twice_counts_once(w: World) {
        let ids = w.running().await;
        let mut u = update(ids);
        u.lines = vec![line(Level::Info, "one"), line(Level::Info, "two")];
        w.store.record("a", std::slice::from_ref(&u)).await.unwrap();
        w.store.record("a", std::slice::from_ref(&u)).await.unwrap();
        assert_eq!(w.store.log_len(ids.1).await.unwrap(), 2);
        let mut last = update(ids);
        (last.first_idx, last.lines) = (2, vec![line(Level::Info, "three")]);
        last.end = then(Outcome::done(), at(9), Some(at(5000)));
        for _ in 0..2 {
            assert_eq!(w.store.record("a", std::slice::from_ref(&last)).await.unwrap(), []);
        }
        let t = w.task(ids.0).await.task;
        assert_eq!((t.status, t.next_run_at, w.store.log_len(ids.1).await.unwrap()), (Status::Done, Some(at(5000)), 3));
    }

    pub async fn an_overtaken_claim_writes_nothing(w: World) {
        let (id, run) = w.running().await;
        w.store.hand_back("a", &[(run, TOKEN)]).await.unwrap();
        // The same process again, by another claim.
        w.store.claim(&with_token("a", 5, NEW)).await.unwrap();
        let mut old = update((id, run));
        (old.lines, old.end) = (vec![line(Level::Info, "late")], end(Outcome::error("late"), at(6)));
        assert_eq!(w.store.record("a", &[old]).await.unwrap(), [(run, TOKEN)]);
        assert_eq!((w.run(run).await.status, w.store.log_len(run).await.unwrap()), (Status::Running, 0));
        assert_eq!(w.store.renew("a", &[(run, TOKEN)], at(6), LEASE).await.unwrap().own, []);
        let mut new = update((id, run));
        (new.token, new.end) = (NEW, end(Outcome::done(), at(7)));
        assert_eq!(w.store.record("a", &[new]).await.unwrap(), []);
        assert_eq!(w.run(run).await.status, Status::Done);
    }
}
