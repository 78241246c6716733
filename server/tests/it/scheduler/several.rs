//! Several servers on one PostgreSQL database.

use super::odd::Kind;
use super::world::{Setup, World};
use crate::databases::Databases;
use domain::run::Status;
use domain::{TaskId, Timestamp};
use std::collections::HashSet;

/// A server with two slots, so that more than two runs at once need another.
async fn two_slots(db: &Databases) -> World {
    Setup { slots: 2, ..Setup::new(db, vec![Kind::Gated, Kind::Quick]).await }.start().await
}

/// Tasks that are due now, one millisecond after the other.
async fn due(w: &World, module: &str, n: i64) -> Vec<TaskId> {
    let (now, mut ids) = (w.clock.now().ms(), vec![]);
    for i in 0..n {
        ids.push(w.task(module, Some(Timestamp::from_ms(now + i)), "[]").await);
    }
    ids
}

on_postgres!(every_due_instant_runs_once_whoever_claims_it);
async fn every_due_instant_runs_once_whoever_claims_it(db: Databases) {
    let first = two_slots(&db).await;
    let (second, third) = (first.another("second").await, first.another("third").await);
    let held = due(&first, "gated", 6).await;
    // Each has two slots, so that six at once are all of all three.
    first.until_running(6).await;
    let rest = [due(&first, "gated", 20).await, due(&second, "quick", 20).await].concat();
    first.witness.open_gate();
    for id in held.iter().chain(&rest) {
        first.until(*id, |t| t.task.status == Status::Done).await;
    }
    let starts = first.witness.starts();
    let instants: HashSet<_> = starts.iter().map(|start| (start.task, start.due_at)).collect();
    assert_eq!((starts.len(), instants.len()), (46, 46), "{starts:?}");
    for node in ["first", "second", "third"] {
        assert_eq!(starts[..6].iter().filter(|start| start.node == node).count(), 2, "{starts:?}");
    }
    for start in &starts {
        let runs = first.runs(start.task).await;
        assert_eq!((runs.len(), runs[0].id, runs[0].node.as_deref()), (1, start.run, Some(start.node.as_str())));
    }
    for world in [first, second, third] {
        world.stop().await;
    }
}

on_postgres!(the_runs_of_a_server_that_is_gone_are_ended_by_another);
async fn the_runs_of_a_server_that_is_gone_are_ended_by_another(db: Databases) {
    let first = two_slots(&db).await;
    let second = first.another("second").await;
    due(&first, "gated", 4).await;
    first.until_running(4).await;
    second.crash().await;
    let starts = first.witness.starts();
    let (own, lost): (Vec<_>, Vec<_>) = starts.iter().partition(|start| start.node == "first");
    assert_eq!((own.len(), lost.len()), (2, 2));
    for start in lost {
        let task = first.until(start.task, |t| t.task.status.is_final()).await.task;
        let message = task.status_msg.as_deref();
        assert_eq!((task.status, message), (Status::Error, Some(rota::scheduler::INTERRUPTED)));
        assert_eq!(first.runs(start.task).await.len(), 1);
    }
    for start in &own {
        assert_eq!(first.stored(start.task).await.task.status, Status::Running, "its own go on");
    }
    first.witness.open_gate();
    for start in own {
        first.until(start.task, |t| t.task.status == Status::Done).await;
    }
    first.has_looked().await;
    assert_eq!(first.witness.starts().len(), 5, "nothing starts again: four, and the one that was looked for last");
    assert!(first.witness.overlaps().is_empty());
    first.stop().await;
}

on_postgres!(viewers_hear_what_happens_on_another_server);
async fn viewers_hear_what_happens_on_another_server(db: Databases) {
    let first = two_slots(&db).await;
    let second = first.another("second").await;
    let (mut here, mut there) = (first.hub.tasks_since(None).2, second.hub.tasks_since(None).2);
    let id = due(&first, "quick", 1).await[0];
    first.until(id, |t| t.task.status == Status::Done).await;
    let other = if first.witness.starts()[0].node == "first" { &mut there } else { &mut here };
    let notice = other.recv().await.unwrap();
    assert_eq!((notice.task, notice.owner, notice.elsewhere), (id, first.stored(id).await.owner_id(), true));
    second.stop().await;
    first.stop().await;
}
