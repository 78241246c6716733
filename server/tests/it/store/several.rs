//! Several servers on one database, all at once.

use crate::store_world::*;

on_both!(others_hear_of_changes, everything_at_once);
on_postgres!(cut_connections_are_replaced);

use bodies::*;

mod bodies {
    use super::*;
    use domain::run::{Level, Outcome, Trigger};
    use futures::FutureExt;
    use rota::store::{ClaimBy, Edit, Owned, Store, StoreError};
    use sqlx::{Connection, PgConnection};
    use std::sync::Arc;
    use std::time::Duration;

    pub async fn others_hear_of_changes(w: World) {
        if !w.postgres {
            assert!(w.store.changed_elsewhere().now_or_never().is_none());
            return;
        }
        w.other.changed_elsewhere().await.unwrap();
        assert!(w.other.changed_elsewhere().now_or_never().is_none());
        // The wait that was given up has cost the place at the channel: the next one takes it anew, and says so.
        w.other.changed_elsewhere().await.unwrap();
        w.create_one(|_| {}).await;
        heard(&w).await;
    }

    /// The place at the channel is taken already, so that only a notice ends the wait.
    async fn heard(w: &World) {
        tokio::time::timeout(Duration::from_secs(30), w.other.changed_elsewhere()).await.unwrap().unwrap();
    }

    /// As after a restart of PostgreSQL.
    pub async fn cut_connections_are_replaced(w: World) {
        w.other.changed_elsewhere().await.unwrap();
        let id = w.create_one(|_| {}).await;
        heard(&w).await;
        let mut admin = PgConnection::connect(&w.url).await.unwrap();
        let sql = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()";
        let cut: i64 = sqlx::query_scalar(sql).fetch_one(&mut admin).await.unwrap();
        assert!(cut >= 2);
        // What was in use a moment ago is not asked again before it is used.
        tokio::time::sleep(Duration::from_millis(400)).await;
        for _ in 0..10 {
            assert_eq!(w.task(id).await.task.id, id);
            w.store.ready().await.unwrap();
        }
        // The loss is told once, by an error or by the end of a wait. Then it hears again.
        if w.other.changed_elsewhere().await.is_err() {
            w.other.changed_elsewhere().await.unwrap();
        }
        w.queue(id, at(0)).await;
        heard(&w).await;
    }

    /// Saves, claims, records, cancels and lease keeping on the same tasks: nobody is refused for another's sake, and no run
    /// starts twice.
    pub async fn everything_at_once(w: World) {
        let ids = w.create(40, |_, t| t.next_run_at = Some(at(0))).await;
        let mut jobs = tokio::task::JoinSet::new();
        for server in 0..if w.postgres { 3 } else { 1 } {
            let store = if server % 2 == 0 { w.store.clone() } else { w.other.clone() };
            jobs.spawn(work(store, format!("server {server}")));
        }
        for place in 0..2 {
            let (w, ids) = (w.clone(), ids.clone());
            jobs.spawn(async move {
                for round in 0..20 {
                    let mut load = ids[..20].to_vec();
                    if place == 1 {
                        load.reverse();
                    }
                    let edit = Edit {
                        load,
                        decide: Box::new(|found, _| Ok(found.iter().flatten().map(|t| t.task.clone()).collect())),
                        ..w.creating(0, |_, _| {})
                    };
                    w.store.edit_tasks(edit).await.unwrap();
                    let id = ids[(round * 7 + place) % 40];
                    quietly(w.store.queue_run(id, Trigger::Api, at(2), allow(), None, None).await);
                    quietly(w.other.cancel_task(id, at(3), at(0), allow()).await);
                }
            });
        }
        while let Some(job) = jobs.join_next().await {
            job.unwrap();
        }
        for id in ids {
            let t = w.task(id).await;
            let runs = w.store.runs(id, 0, 1000).await.unwrap();
            assert!(
                t.active_run.is_none() || runs.items.iter().any(|r| Some(r.id) == t.active_run && !r.status.is_final())
            );
        }
    }

    fn quietly<T>(answer: Result<T, StoreError>) {
        assert!(!matches!(answer, Err(StoreError::Unavailable(_) | StoreError::Corrupt(_))));
    }

    async fn work(store: Arc<dyn Store>, instance: String) {
        for _ in 0..20 {
            let by = ClaimBy { limit: 10, ..claim_by(&instance, at(1)) };
            let claims = store.claim(&by).await.unwrap();
            let here: Vec<Owned> = claims.iter().map(|c| (c.run.id, c.token)).collect();
            store.renew(&instance, &here, at(1), LEASE).await.unwrap();
            let updates: Vec<_> = claims
                .iter()
                .rev()
                .map(|c| {
                    let mut u = update((c.run.task_id, c.run.id));
                    u.lines = vec![line(Level::Info, "x")];
                    u.end = end(Outcome::done(), at(2));
                    u
                })
                .collect();
            assert!(store.record(&instance, &updates).await.unwrap().is_empty());
            assert!(store.recover(&instance, recovery(at(2))).await.unwrap().is_empty());
        }
    }
}
