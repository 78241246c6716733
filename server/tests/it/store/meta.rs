//! The database itself.

use crate::store_world::*;

on_both!(
    it_is_ready,
    purging_removes_what_is_left,
    heartbeats_tell_of_breaks,
    tasks_are_counted_by_status,
    closing_ends_it
);

use bodies::*;

mod bodies {
    use super::*;
    use domain::run::{Level, Outcome, Status};
    use rota::store::{Edit, Once, StoreError};

    pub async fn it_is_ready(w: World) {
        w.store.ready().await.unwrap();
        w.store.ready().await.unwrap();
    }

    pub async fn purging_removes_what_is_left(w: World) {
        let keep = w.running().await;
        let ids = w.running().await;
        for u in [keep, ids] {
            let mut u = update(u);
            u.lines = (0..2500).map(|i| line(Level::Info, &i.to_string())).collect();
            u.end = end(Outcome::done(), at(1));
            w.store.record("a", &[u]).await.unwrap();
        }
        w.store.delete_task(ids.0, allow()).await.unwrap();
        w.store.create_session(w.user.id, b"old", at(0), at(10)).await.unwrap();
        w.store.create_session(w.user.id, b"new", at(0), at(100_000_000)).await.unwrap();
        let edit =
            |request| Edit { idempotency: key(w.user.id, "k", request, |_| "then".into()), ..w.creating(1, |_, _| {}) };
        now(w.store.edit_tasks(edit(1)).await);
        let mut steps = 0;
        while w.store.purge_step(at(3_600_000)).await.unwrap() {
            steps += 1;
            assert!(steps < 100);
        }
        assert!(w.store.run(ids.1).await.unwrap().is_none());
        assert_eq!(w.store.log_len(ids.1).await.unwrap(), 0);
        assert_eq!((w.store.log_len(keep.1).await.unwrap(), w.run(keep.1).await.status), (2500, Status::Done));
        assert!(w.store.session_user(b"new", at(0)).await.unwrap().is_some());
        assert!(w.store.session_user(b"old", at(0)).await.unwrap().is_none());
        assert_eq!(w.store.edit_tasks(edit(1)).await.unwrap(), Once::Before("then".into()));
        // The transaction of a replay is rolled back behind its answer; until then the row is passed over.
        let mut again = w.store.edit_tasks(edit(2)).await;
        for _ in 0..500 {
            if again.is_ok() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            while w.store.purge_step(at(86_400_001)).await.unwrap() {}
            again = w.store.edit_tasks(edit(2)).await;
        }
        now(again);
    }

    pub async fn heartbeats_tell_of_breaks(w: World) {
        let beat =
            async |instance: &str, ms| w.store.heartbeat(instance, "node", at(ms), LEASE).await.unwrap().up_since;
        assert_eq!(beat("a", 0).await, at(0));
        assert_eq!(beat("a", 20_000).await, at(0));
        // Whether a pause of the only process is a break is for the process to say; a clock set back never is.
        assert!(beat("a", 10_000).await <= at(10_000));
        if w.postgres {
            assert_eq!(beat("b", 30_000).await, at(0));
            assert_eq!(beat("c", 90_001).await, at(90_001));
            assert_eq!(beat("b", 90_002).await, at(90_001));
            // A server that went away long ago is forgotten.
            assert_eq!(beat("d", 900_000_000).await, at(900_000_000));
        }
    }

    pub async fn tasks_are_counted_by_status(w: World) {
        assert!(w.store.task_counts().await.unwrap().is_empty());
        w.running().await;
        w.create(3, |_, _| {}).await;
        let mut counts = w.store.task_counts().await.unwrap();
        counts.sort_by_key(|(status, _)| status.as_str());
        assert_eq!(counts, [(Status::New, 3), (Status::Running, 1)]);
    }

    pub async fn closing_ends_it(w: World) {
        w.store.close().await;
        let answer = w.store.next_due().await;
        assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
    }
}
