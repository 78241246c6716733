//! Lists: orders, filters, pages.

use crate::store_world::*;

on_both!(
    every_order,
    every_filter,
    tags_are_found,
    what_is_not_kept_is_removed,
    pages_and_totals,
    search_takes_text_as_it_is,
    history_is_newest_first,
    runs_of_a_span,
    outcomes_of_many
);

use bodies::*;

mod bodies {
    use super::*;
    use domain::run::{Outcome, Status};
    use domain::{RunId, TaskId, Timestamp, UserId};
    use rota::retention::{count, sweep};
    use rota::store::{Keep, RunQuery, RunUpdate, TaskQuery, TaskSort};

    fn all(sort: TaskSort, ascending: bool) -> TaskQuery {
        TaskQuery { sort, ascending, limit: 100, ..TaskQuery::default() }
    }

    /// A run of a new task of this owner that started then and has ended.
    async fn ended(w: &World, start: i64, outcome: Outcome) -> (TaskId, RunId) {
        let id = w.create_one(move |t| t.next_run_at = Some(at(start))).await;
        let run = w.claim("a", at(start)).await.into_iter().find(|c| c.task.task.id == id).unwrap().run.id;
        let last = RunUpdate { end: end(outcome, at(start + 5)), ..update((id, run)) };
        assert_eq!(w.store.record("a", &[last]).await.unwrap(), []);
        (id, run)
    }

    pub async fn tags_are_found(w: World) {
        let tags: [&[&str]; 4] = [&["ops"], &["nightly", "ops"], &[], &["Nightly"]];
        let ids = w.create(4, move |i, t| t.options.tags = tags[i].iter().map(|tag| (*tag).to_owned()).collect()).await;
        let with = |tags: &[&str]| TaskQuery {
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            ..all(TaskSort::Id, true)
        };
        let raw = |picked: &[usize]| picked.iter().map(|i| ids[*i].0).collect::<Vec<_>>();
        assert_eq!(w.list(with(&["ops"])).await, raw(&[0, 1]));
        assert_eq!(w.list(with(&["nightly", "ops"])).await, raw(&[0, 1]), "once each");
        assert_eq!(w.list(with(&["Nightly"])).await, raw(&[3]));
        assert_eq!(w.store.tasks(&with(&["ops"])).await.unwrap().total, 2);
        let mut edit = w.creating(0, |_, _| {});
        edit.load = vec![ids[0]];
        edit.decide = Box::new(|found, _| {
            let mut task = found[0].clone().unwrap().task;
            task.options.tags = vec!["weekly".to_owned()];
            Ok(vec![task])
        });
        now(w.store.edit_tasks(edit).await);
        assert_eq!(w.list(with(&["ops"])).await, raw(&[1]));
        assert_eq!(w.list(with(&["weekly"])).await, raw(&[0]));
        w.store.delete_task(ids[0], allow()).await.unwrap();
        assert_eq!(w.list(with(&["weekly"])).await, raw(&[]));
    }

    pub async fn what_is_not_kept_is_removed(w: World) {
        let own = w.create_one(|t| t.options.keep_runs = Some(2)).await;
        let other = w.create_one(|_| {}).await;
        for id in [own, other] {
            for i in 0..5 {
                w.queue(id, at(i * 10)).await;
                let run = w.claim("a", at(i * 10)).await[0].run.id;
                let lines = vec![line(domain::run::Level::Info, "x")];
                let last = RunUpdate { lines, end: end(Outcome::done(), at(i * 10 + 5)), ..update((id, run)) };
                assert_eq!(w.store.record("a", &[last]).await.unwrap(), []);
            }
        }
        w.queue(own, at(100)).await;
        let left = async |id| {
            let runs = w.store.runs(id, 0, 10).await.unwrap();
            runs.items.iter().map(|r| r.due_at).collect::<Vec<_>>()
        };
        assert_eq!(count(&*w.store, Keep::default(), at(200)).await.unwrap(), 3);
        assert_eq!(sweep(&*w.store, Keep::default(), at(200)).await.unwrap(), 3);
        assert_eq!(left(own).await, [at(100), at(40), at(30)], "what is queued stays");
        assert_eq!(left(other).await.len(), 5);
        let days = Keep { runs: None, days: Some(1) };
        let later = at(86_400_000 + 26);
        assert_eq!(sweep(&*w.store, days, later).await.unwrap(), 3);
        assert_eq!(left(other).await, [at(40), at(30)], "those that ended less than a day ago");
        let much_later = at(86_400_000 * 9);
        assert_eq!(sweep(&*w.store, days, much_later).await.unwrap(), 2);
        assert_eq!(
            (left(own).await, left(other).await),
            (vec![at(100), at(40)], vec![at(40)]),
            "the latest always stays"
        );
    }

    pub async fn runs_of_a_span(w: World) {
        let (_, first) = ended(&w, 0, Outcome::done()).await;
        let (task, second) = ended(&w, 100_000, Outcome::error("no")).await;
        let (_, third) = ended(&w, 200_000, Outcome::done()).await;
        let span = |from, to| RunQuery { owner: None, from: at(from), to: at(to), status: vec![], offset: 0, limit: 9 };
        let ids = async |q: RunQuery| {
            let page = w.store.runs_between(&q).await.unwrap();
            (page.items.iter().map(|r| r.run.id).collect::<Vec<_>>(), page.total)
        };
        // PostgreSQL starts runs by its own clock, so there the span is all of time.
        let all = if w.postgres { RunQuery { to: Timestamp::MAX, ..span(0, 0) } } else { span(0, 200_001) };
        assert_eq!(ids(all.clone()).await, (vec![third, second, first], 3));
        assert_eq!(ids(RunQuery { offset: 1, limit: 1, ..all.clone() }).await, (vec![second], 3));
        assert_eq!(ids(RunQuery { status: vec![Status::Error], ..all.clone() }).await, (vec![second], 1));
        assert_eq!(ids(RunQuery { owner: Some(w.user.id), ..all.clone() }).await.1, 3);
        assert_eq!(ids(RunQuery { owner: Some(UserId(99)), ..all.clone() }).await, (vec![], 0));
        assert_eq!(w.store.runs_between(&all).await.unwrap().items[1].description, "a task");
        assert_eq!(w.store.runs_between(&all).await.unwrap().items[1].run.task_id, task);
        if !w.postgres {
            assert_eq!(ids(span(0, 200_000)).await, (vec![second, first], 2));
            assert_eq!(ids(span(1, 100_001)).await, (vec![second], 1));
        }
    }

    pub async fn outcomes_of_many(w: World) {
        let (one, first) = ended(&w, 0, Outcome::done()).await;
        let (two, second) = ended(&w, 1000, Outcome::error("no")).await;
        let active = w.queue(one, at(5000)).await.id;
        let runs = w.store.outcomes(&[one, two, TaskId(99)], 20).await.unwrap();
        assert_eq!(runs.iter().map(|r| r.id).collect::<Vec<_>>(), [second, first]);
        assert!(runs.iter().all(|run| run.id != active));
        assert_eq!(w.store.outcomes(&[one], 0).await.unwrap(), []);
    }

    pub async fn every_order(w: World) {
        // By place: updated 3 1 2 0 5 4; next run none 2 0 none 1 1; description by code point.
        let words = ["b", "B", "ä", "a", "", "aa"];
        let updated = [3, 1, 2, 0, 5, 4];
        let next = [None, Some(20_002), Some(20_000), None, Some(20_001), Some(20_001)];
        let ids = w
            .create(6, move |i, t| {
                t.description = words[i].into();
                t.updated_at = at(updated[i]);
                t.next_run_at = next[i].map(at);
            })
            .await;
        w.queue(ids[4], at(0)).await;
        w.queue(ids[1], at(1)).await;
        w.claim("a", at(0)).await;
        w.store.cancel_task(ids[0], at(1), at(0), allow()).await.unwrap_err();
        let place = |id: &i64| ids.iter().position(|t| t.0 == *id).unwrap();
        let expected: [(TaskSort, [usize; 6], [usize; 6]); 4] = [
            (TaskSort::Id, [0, 1, 2, 3, 4, 5], [5, 4, 3, 2, 1, 0]),
            (TaskSort::UpdatedAt, [3, 1, 2, 0, 5, 4], [4, 5, 0, 2, 1, 3]),
            (TaskSort::NextRunAt, [2, 4, 5, 1, 0, 3], [1, 5, 4, 2, 3, 0]),
            (TaskSort::Description, [4, 1, 3, 5, 0, 2], [2, 0, 5, 3, 1, 4]),
        ];
        for (sort, up, down) in expected {
            for (ascending, order) in [(true, up), (false, down)] {
                let got: Vec<_> = w.list(all(sort, ascending)).await.iter().map(place).collect();
                assert_eq!(got, order, "{sort:?} {ascending}");
                for offset in 0..=6 {
                    let page = TaskQuery { offset, limit: 2, ..all(sort, ascending) };
                    let got: Vec<_> = w.list(page).await.iter().map(place).collect();
                    assert_eq!(got, order.iter().skip(offset as usize).take(2).copied().collect::<Vec<_>>());
                }
            }
        }
        let got: Vec<_> = w.list(all(TaskSort::RunStartedAt, true)).await.iter().map(place).collect();
        assert_eq!(got, [1, 4, 0, 2, 3, 5]);
        let got: Vec<_> = w.list(all(TaskSort::RunStartedAt, false)).await.iter().map(place).collect();
        assert_eq!(got, [4, 1, 5, 3, 2, 0]);
    }

    pub async fn every_filter(w: World) {
        let other = w.store.create_user(a_user("other", &["system.task"]), at(0)).await.unwrap();
        let mine = w
            .create(4, |i, t| {
                t.task_module = ["sleep", "http_request"][i % 2].into();
                t.description = ["Backup of Ümlaut", "back up", "report", "BACKUP"][i].into();
            })
            .await;
        let edit = rota::store::Edit { owner: other.id, ..w.creating(1, |_, t| t.description = "backup".into()) };
        let theirs = now(w.store.edit_tasks(edit).await)[0].task.id;
        w.queue(mine[3], at(0)).await;
        w.claim("a", at(0)).await;
        let cases: Vec<(TaskQuery, Vec<TaskId>)> = vec![
            (TaskQuery { owner: Some(w.user.id), ..up() }, mine.clone()),
            (TaskQuery { owner: Some(other.id), ..up() }, vec![theirs]),
            (TaskQuery { owner: Some(UserId(999)), ..up() }, vec![]),
            (TaskQuery { status: vec![Status::Running], ..up() }, vec![mine[3]]),
            (TaskQuery { status: vec![Status::Running, Status::New], ..up() }, [&mine[..], &[theirs]].concat()),
            (TaskQuery { module: Some("http_request".into()), ..up() }, vec![mine[1], mine[3]]),
            (TaskQuery { q: Some("backup".into()), ..up() }, vec![mine[0], mine[3], theirs]),
            (TaskQuery { q: Some("BackUp".into()), owner: Some(w.user.id), ..up() }, vec![mine[0], mine[3]]),
            (TaskQuery { q: Some("ümlaut".into()), ..up() }, vec![mine[0]]),
            (TaskQuery { q: Some("ÜMLAUT".into()), ..up() }, vec![mine[0]]),
            (TaskQuery { q: Some(mine[2].to_string()), ..up() }, vec![mine[2]]),
            (TaskQuery { q: Some("up".into()), module: Some("sleep".into()), ..up() }, vec![mine[0], theirs]),
            (TaskQuery { q: Some("nothing of it".into()), ..up() }, vec![]),
        ];
        for (query, ids) in cases {
            for sort in [TaskSort::Id, TaskSort::NextRunAt, TaskSort::UpdatedAt] {
                let query = TaskQuery { sort, ..query.clone() };
                let page = w.store.tasks(&query).await.unwrap();
                let got: Vec<_> = page.items.iter().map(|t| t.task.id).collect();
                assert_eq!((got, page.total), (ids.clone(), ids.len() as u64), "{query:?}");
            }
        }
    }

    fn up() -> TaskQuery {
        all(TaskSort::Id, true)
    }

    pub async fn pages_and_totals(w: World) {
        let ids = w.create(25, |i, t| t.next_run_at = (i % 3 == 0).then(|| at(i as i64 + 60_000))).await;
        let newest = TaskQuery { limit: 10, ..TaskQuery::default() };
        let page = w.store.tasks(&newest).await.unwrap();
        assert_eq!((page.items[0].task.id, page.items.len(), page.total), (ids[24], 10, 25));
        for (offset, n) in [(20, 5), (24, 1), (25, 0), (10_000, 0)] {
            let page = w.store.tasks(&TaskQuery { offset, ..newest.clone() }).await.unwrap();
            assert_eq!((page.items.len(), page.total), (n, 25), "{offset}");
        }
        let none = w.store.tasks(&TaskQuery { limit: 0, ..newest.clone() }).await.unwrap();
        assert_eq!((none.items.len(), none.total), (0, 25));
        let far = TaskQuery { offset: u64::MAX, sort: TaskSort::NextRunAt, ..newest };
        assert!(w.list(far).await.is_empty());
    }

    pub async fn search_takes_text_as_it_is(w: World) {
        let words = ["100% sure", "100 sure", "a_b_c", "aXbXc", "back\\slash", "say \"hi\" now", "AND OR NOT *"];
        let ids = w.create(words.len(), move |i, t| t.description = words[i].into()).await;
        for (q, place) in [
            ("100%", 0),
            ("0%", 0),
            ("a_b", 2),
            ("_b", 2),
            ("k\\s", 4),
            ("\\", 4),
            ("\"hi\"", 5),
            ("\"", 5),
            ("OR NOT", 6),
            ("*", 6),
            ("NOT *", 6),
        ] {
            assert_eq!(w.list(TaskQuery { q: Some(q.into()), ..up() }).await, [ids[place].0], "{q}");
        }
        for q in ["'", "';--", "%%%", "___", "\"\"\"", "\u{202e}"] {
            assert!(w.list(TaskQuery { q: Some(q.into()), ..up() }).await.is_empty(), "{q}");
        }
        assert_eq!(w.list(TaskQuery { q: Some(String::new()), ..up() }).await.len(), words.len());
    }

    pub async fn history_is_newest_first(w: World) {
        let id = w.create_one(|_| {}).await;
        let mut runs = vec![];
        for i in 0..5 {
            runs.insert(0, w.queue(id, at(i)).await.id);
            w.store.cancel_task(id, at(i), at(0), allow()).await.unwrap();
        }
        let page = w.store.runs(id, 1, 2).await.unwrap();
        assert_eq!((page.items.iter().map(|r| r.id).collect::<Vec<_>>(), page.total), (runs[1..3].to_vec(), 5));
        assert!(w.store.runs(id, 5, 10).await.unwrap().items.is_empty());
        assert_eq!(w.store.runs(TaskId(999), 0, 10).await.unwrap().total, 0);
    }
}
