//! What networks and servers do to connections: the store gives up in time, works again, and says truly what became of a change.

use super::faults::{MANY, tasks, unavailable};
use crate::proxy::{Proxy, Then, Way};
use crate::store_world::*;
use domain::TaskId;
use rota::store::postgres::{Limits, PostgresStore};
use rota::store::{Store, StoreError, Stored};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::sync::Arc;
use std::time::Duration;

on_postgres!(
    frozen_connections_are_given_up,
    a_frozen_store_can_be_closed,
    cut_connections_change_nothing,
    a_lost_answer_leaves_a_commit_in_doubt,
    a_server_that_ends_leaves_a_commit_in_doubt,
    short_silences_harm_nothing,
    long_requests_do_not_starve_the_scheduler,
    a_listener_that_died_is_replaced,
);

/// Short, as these tests wait for them.
const LIMITS: Limits =
    Limits { api: Duration::from_secs(3), engine: Duration::from_secs(2), record: Duration::from_secs(3) };

fn in_doubt<T: std::fmt::Debug>(answer: &Stored<T>) -> bool {
    matches!(answer, Err(StoreError::InDoubt(_)))
}

/// What the administrator of the world's PostgreSQL database does.
async fn admin(w: &World) -> PgConnection {
    PgConnection::connect(&w.url).await.unwrap()
}

async fn run(conn: &mut PgConnection, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(conn).await.unwrap();
}

/// Until this many connections wait for a lock.
async fn until_waiting(w: &World, n: i64) {
    let mut conn = admin(w).await;
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while sqlx::query_scalar::<_, i64>(sql).fetch_one(&mut conn).await.unwrap() < n {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

use bodies::*;

mod bodies {
    use super::*;

    /// A store whose connections go through a proxy.
    async fn behind(w: &World) -> (Proxy, Arc<dyn Store>) {
        let proxy = Proxy::to(&w.url).await;
        let store = PostgresStore::open(&proxy.url(&w.url), 6, LIMITS).await.unwrap();
        (proxy, Arc::new(store))
    }

    /// Calls that wait for answers on connections that die without a word.
    async fn frozen(w: &World, id: TaskId, proxy: &Proxy, store: &Arc<dyn Store>) -> Vec<Stored<()>> {
        let mut lock = admin(w).await;
        run(&mut lock, "BEGIN; LOCK TABLE task IN ACCESS EXCLUSIVE MODE").await;
        let calls: Vec<_> = (0..4)
            .map(|i| {
                let store = store.clone();
                tokio::spawn(async move {
                    match i {
                        0 => store.next_due().await.map(drop),
                        1 => store.claim(&claim_by("a", at(0))).await.map(drop),
                        _ => store.task(id).await.map(drop),
                    }
                })
            })
            .collect();
        until_waiting(w, 4).await;
        proxy.freeze(Way::Both);
        run(&mut lock, "ROLLBACK").await;
        let mut answers = vec![];
        for call in calls {
            answers.push(call.await.unwrap());
        }
        answers
    }

    pub async fn frozen_connections_are_given_up(w: World) {
        let id = w.create_one(|_| {}).await;
        let (proxy, store) = behind(&w).await;
        for _ in 0..2 {
            let answers = frozen(&w, id, &proxy, &store).await;
            assert!(answers.iter().all(unavailable), "{answers:?}");
            // Over new connections, as many as there were.
            let reads = (0..MANY).map(|_| store.task(id));
            assert!(futures::future::join_all(reads).await.iter().all(Result::is_ok));
            store.claim(&claim_by("a", at(0))).await.unwrap();
        }
        // Connections that rest when the network goes are found out before they are used.
        proxy.freeze(Way::ToClient);
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert!(store.task(id).await.is_ok());
        store.close().await;
    }

    pub async fn a_frozen_store_can_be_closed(w: World) {
        let (proxy, store) = behind(&w).await;
        store.ready().await.unwrap();
        let waiting = store.clone();
        store.changed_elsewhere().await.unwrap();
        let listening = tokio::spawn(async move { waiting.changed_elsewhere().await });
        proxy.unplug();
        store.close().await;
        let _ = listening.await.unwrap();
        assert!(unavailable(&store.next_due().await));
    }

    pub async fn cut_connections_change_nothing(w: World) {
        let (proxy, store) = behind(&w).await;
        let mut lock = admin(&w).await;
        run(&mut lock, "BEGIN; LOCK TABLE task IN ACCESS EXCLUSIVE MODE").await;
        let (saving, edit) = (store.clone(), w.creating(1, |_, _| {}));
        let saved = tokio::spawn(async move { saving.edit_tasks(edit).await });
        until_waiting(&w, 1).await;
        proxy.cut();
        let saved = saved.await.unwrap();
        assert!(unavailable(&saved), "{saved:?}");
        run(&mut lock, "ROLLBACK").await;
        store.edit_tasks(w.creating(1, |_, _| {})).await.unwrap();
        assert_eq!(tasks(&w).await, 1);
        store.close().await;
    }

    pub async fn a_lost_answer_leaves_a_commit_in_doubt(w: World) {
        let (proxy, store) = behind(&w).await;
        for (n, then) in [Then::Cut, Then::Silence].into_iter().enumerate() {
            proxy.swallow_next_commit(then);
            let saved = store.edit_tasks(w.creating(1, |_, _| {})).await;
            assert!(in_doubt(&saved), "{then:?}: {saved:?}");
            assert!(proxy.swallowed());
            assert_eq!(tasks(&w).await, n as u64 + 1, "{then:?}");
        }
        store.edit_tasks(w.creating(1, |_, _| {})).await.unwrap();
        store.close().await;
    }

    /// At the COMMIT the trigger runs: first one that refuses, then one that ends the connection's process.
    pub async fn a_server_that_ends_leaves_a_commit_in_doubt(w: World) {
        let mut conn = admin(&w).await;
        let trigger = |body: &str| {
            format!(
                "CREATE OR REPLACE FUNCTION at_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body}; RETURN NULL; END $$;
                DROP TRIGGER IF EXISTS at_commit ON setting;
                CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON setting DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW EXECUTE FUNCTION at_commit()"
            )
        };
        let change = || w.store.change_setting("s", at(0), Box::new(|_| Ok("{}".into())));
        run(&mut conn, &trigger("RAISE EXCEPTION 'no'")).await;
        let refused = change().await;
        assert!(unavailable(&refused), "{refused:?}");
        run(&mut conn, &trigger("PERFORM pg_terminate_backend(pg_backend_pid())")).await;
        let ended = change().await;
        assert!(in_doubt(&ended), "{ended:?}");
        run(&mut conn, "DROP TRIGGER at_commit ON setting").await;
        change().await.unwrap();
    }

    pub async fn short_silences_harm_nothing(w: World) {
        let (proxy, store) = behind(&w).await;
        proxy.unplug();
        let (saving, edit) = (store.clone(), w.creating(1, |_, _| {}));
        let saved = tokio::spawn(async move { saving.edit_tasks(edit).await });
        tokio::task::yield_now().await;
        proxy.thaw();
        saved.await.unwrap().unwrap();
        assert_eq!(tasks(&w).await, 1);
        store.close().await;
    }

    /// Requests wait for a lock on all connections that they have; renewal has its own.
    pub async fn long_requests_do_not_starve_the_scheduler(w: World) {
        let (task, run_id) = w.running().await;
        let mut lock = admin(&w).await;
        run(&mut lock, "BEGIN; LOCK TABLE users IN ACCESS EXCLUSIVE MODE").await;
        let requests: Vec<_> = (0..MANY)
            .map(|_| {
                let (store, id) = (w.store.clone(), w.user.id);
                tokio::spawn(async move { store.user(id).await })
            })
            .collect();
        until_waiting(&w, 3).await;
        for _ in 0..5 {
            assert_eq!(w.renew("a", &[run_id]).await, [(run_id, false)]);
            w.store.heartbeat("a", "node", at(1), LEASE).await.unwrap();
            w.store.next_due().await.unwrap();
            assert!(w.store.record("a", &[update((task, run_id))]).await.unwrap().is_empty());
        }
        run(&mut lock, "ROLLBACK").await;
        for request in requests {
            let _ = request.await.unwrap();
        }
    }

    /// Its connection goes silent. The wait ends, as something may have been missed, and the next one hears again.
    pub async fn a_listener_that_died_is_replaced(w: World) {
        let (proxy, store) = behind(&w).await;
        store.changed_elsewhere().await.unwrap();
        let waiting = store.clone();
        let waiting = tokio::spawn(async move { waiting.changed_elsewhere().await });
        tokio::task::yield_now().await;
        proxy.freeze(Way::Both);
        waiting.await.unwrap().unwrap();
        store.changed_elsewhere().await.unwrap();
        w.create_one(|_| {}).await;
        store.changed_elsewhere().await.unwrap();
        store.close().await;
    }
}
