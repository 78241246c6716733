//! What runs keep, for the next run and for people.

use crate::store_world::*;

on_both!(the_next_run_gets_the_data_of_the_last_good_one, runs_are_told_from_those_that_are_gone);

use bodies::*;

mod bodies {
    use super::*;
    use domain::json::Raw;
    use domain::run::Outcome;
    use domain::{RunId, TaskId};

    /// A run of the task that ends like this and keeps this.
    async fn ended(w: &World, id: TaskId, outcome: Outcome, result: Option<&str>) -> RunId {
        let due = 1000 * i64::try_from(w.store.runs(id, 0, 0).await.unwrap().total).unwrap();
        let run = w.queue(id, at(due)).await.id;
        w.claim("a", at(due + 1)).await;
        let mut update = update((id, run));
        update.result = result.map(|text| Raw::parse(text).unwrap());
        update.end = end(outcome, at(due + 2));
        assert_eq!(w.store.record("a", &[update]).await.unwrap(), []);
        run
    }

    pub async fn the_next_run_gets_the_data_of_the_last_good_one(w: World) {
        let (id, other) = (w.create_one(|_| {}).await, w.create_one(|_| {}).await);
        let data = async || w.store.last_data(id).await.unwrap().map(|data| data.get().to_owned());
        assert_eq!(data().await, None);
        ended(&w, id, Outcome::done(), Some(r#"{"text":"x","data":{"b":1.0,"a":[2]}}"#)).await;
        assert_eq!(data().await.as_deref(), Some(r#"{"b":1.0,"a":[2]}"#), "as it was written");
        ended(&w, id, Outcome::error("no"), Some(r#"{"data":3}"#)).await;
        ended(&w, id, Outcome::canceled(), Some(r#"{"data":4}"#)).await;
        ended(&w, other, Outcome::done(), Some(r#"{"data":5}"#)).await;
        assert_eq!(data().await.as_deref(), Some(r#"{"b":1.0,"a":[2]}"#));
        ended(&w, id, Outcome::done(), Some(r#"{"text":"x","data":null}"#)).await;
        assert_eq!(data().await, None, "the last good one has none");
        ended(&w, id, Outcome::done(), Some(r#"{"data":6}"#)).await;
        assert_eq!(data().await.as_deref(), Some("6"));
        ended(&w, id, Outcome::done(), None).await;
        assert_eq!(data().await, None);
    }

    pub async fn runs_are_told_from_those_that_are_gone(w: World) {
        let id = w.create_one(|_| {}).await;
        let (a, b) = (ended(&w, id, Outcome::done(), None).await, ended(&w, id, Outcome::done(), None).await);
        let mut there = w.store.runs_that_exist(&[b, RunId(999_999), a, a]).await.unwrap();
        there.sort();
        assert_eq!(there, [a, b]);
        assert_eq!(w.store.runs_that_exist(&[]).await.unwrap(), []);
    }
}
