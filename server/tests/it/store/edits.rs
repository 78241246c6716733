//! Saving and deleting tasks; idempotency.

use crate::store_world::*;

on_both!(
    a_task_comes_back_as_it_was_saved,
    json_is_kept_byte_for_byte,
    a_save_is_all_or_nothing,
    an_update_leaves_the_runners_fields_alone,
    tasks_are_loaded_in_order_and_twice,
    a_key_is_answered_once,
    a_key_is_forgotten_after_a_day,
    the_same_key_at_the_same_time,
    a_deleted_task_is_gone,
    nul_and_odd_text_can_be_written,
    secrets_are_resealed_task_by_task,
);

use bodies::*;

mod bodies {
    use super::*;
    use domain::json::{Raw, RawMap};
    use domain::module::reseal_secrets;
    use domain::task::{Options, Recipient, Task, Webhook};
    use domain::{Error, TaskId, Timestamp};
    use rota::store::{Edit, Once, TaskQuery};
    use std::sync::Mutex;

    pub async fn secrets_are_resealed_task_by_task(w: World) {
        let params = |text: &str| serde_json::from_str::<RawMap>(text).unwrap();
        let make = move |i, task: &mut Task| {
            task.task_params =
                params(if i % 2 == 0 { r#"{"n": 1.0}"# } else { r#"{"k":{"_secret":"rota1:a"},"n": 1.0}"# });
            if i % 2 == 1 {
                let secret = serde_json::json!({"_secret": "rota1:w"});
                task.options.webhooks = vec![Webhook { url: "https://example.org".into(), secret, events: vec![] }];
            }
        };
        let ids = w.create(1201, make).await;
        let seen = Mutex::new(vec![]);
        let reseal = |id: TaskId, old: &RawMap, options: &Options| {
            seen.lock().unwrap().push(id);
            // Every fourth stays.
            let mut options = options.clone();
            options.reseal(&mut |_, text| Some(format!("{text}+")));
            let anew = || (reseal_secrets(old, &mut |_, text| Some(format!("{text}+"))), options);
            (id.0 % 4 == ids[1].0 % 4).then(anew)
        };
        let mut steps = vec![TaskId(0)];
        while let Some(last) = w.store.reseal_step(steps[steps.len() - 1], &reseal).await.unwrap() {
            steps.push(last);
        }
        assert_eq!(steps.len(), 4, "500 at a time");
        let secret: Vec<TaskId> = ids.iter().copied().skip(1).step_by(2).collect();
        assert_eq!(*seen.lock().unwrap(), secret, "only what holds secrets, in order");
        for (i, id) in ids.iter().enumerate() {
            let task = w.task(*id).await.task;
            let expected = match i % 4 {
                0 | 2 => r#"{"n":1.0}"#,
                1 => r#"{"k":{"_secret":"rota1:a+"},"n":1.0}"#,
                _ => r#"{"k":{"_secret":"rota1:a"},"n":1.0}"#,
            };
            assert_eq!(
                (serde_json::to_string(&task.task_params).unwrap().as_str(), task.version),
                (expected, 1),
                "{i}"
            );
            let webhook = task.options.webhooks.first().map(|hook| hook.secret["_secret"].as_str());
            let expected = [None, Some("rota1:w+"), None, Some("rota1:w")][i % 4];
            assert_eq!(webhook.flatten(), expected, "{i}");
        }
    }

    pub async fn a_task_comes_back_as_it_was_saved(w: World) {
        let ids = w
            .create(2, |i, t| {
                t.description = format!("Nächtlicher Export {i} \"'%_\\");
                t.schedules = hourly(&[0, 30]);
                t.next_run_at = Some(at(1234));
                t.task_timeout_sec = 600;
                t.email.recipients = vec![Recipient { email: "ops@example.org".into(), problems_only: true }];
            })
            .await;
        assert!(ids[0] < ids[1]);
        let stored = w.task(ids[1]).await;
        let mut expected = new_task(ids[1]);
        expected.description = "Nächtlicher Export 1 \"'%_\\".into();
        expected.schedules = hourly(&[0, 30]);
        expected.next_run_at = Some(at(1234));
        expected.task_timeout_sec = 600;
        expected.email.recipients = vec![Recipient { email: "ops@example.org".into(), problems_only: true }];
        assert_eq!(stored.task, expected);
        assert_eq!((stored.owner_id(), stored.active_run, stored.last_run), (Some(w.user.id), None, None));
        assert_eq!(stored.owner.unwrap().displayname, "root");
        assert!(w.store.task(TaskId(i64::MAX)).await.unwrap().is_none());
        assert_eq!(w.store.tasks(&TaskQuery { limit: 10, ..TaskQuery::default() }).await.unwrap().total, 2);
    }

    pub async fn json_is_kept_byte_for_byte(w: World) {
        let text = r#"{"z":1.0,"a":1e3, "rota":{ "k":[12345678901234567890123,-0.10]},"é":"\u00e9\u0000\ud83d\ude00"}"#;
        let id = w
            .create_one(move |t| {
                t.frontend_prefs = Raw::parse(text).unwrap();
                t.task_params = serde_json::from_str(r#"{"b":1.00,"a":"\u0041\u0000"}"#).unwrap();
            })
            .await;
        let task = w.task(id).await.task;
        assert_eq!(task.frontend_prefs.get(), text);
        assert_eq!(task.task_params.keys().collect::<Vec<_>>(), ["b", "a"]);
        assert_eq!((task.task_params["b"].get(), task.task_params["a"].get()), ("1.00", r#""\u0041\u0000""#));
    }

    pub async fn a_save_is_all_or_nothing(w: World) {
        let id = w.create_one(|_| {}).await;
        let edit = Edit {
            load: vec![id, TaskId(999)],
            decide: Box::new(|found, ids| {
                assert_eq!((found.len(), ids.len()), (2, 1));
                assert!(found[0].is_some() && found[1].is_none());
                Err(Error::ObjectNotFound { object: "task 999".into() })
            }),
            ..w.creating(1, |_, _| {})
        };
        assert_eq!(refused(w.store.edit_tasks(edit).await), Error::ObjectNotFound { object: "task 999".into() });
        assert_eq!(w.list(TaskQuery { limit: 10, ..TaskQuery::default() }).await, [id.0]);
        let next = w.create_one(|_| {}).await;
        assert!(next > id);
    }

    pub async fn an_update_leaves_the_runners_fields_alone(w: World) {
        let (id, run) = w.running().await;
        let edit = Edit {
            load: vec![id],
            decide: Box::new(move |found, ids| {
                let old = found[0].clone().unwrap();
                assert_eq!(old.active_run, Some(run));
                let mut new = new_task(ids[0]);
                new.description = "new".into();
                let changed = Task {
                    version: 2,
                    updated_at: at(5),
                    description: "changed".into(),
                    status: domain::run::Status::Done,
                    state: Raw::parse("{\"x\":1}").unwrap(),
                    next_run_at: Some(at(99)),
                    frontend_prefs: Raw::parse("{\"rota\":{}}").unwrap(),
                    ..old.task
                };
                Ok(vec![new, changed])
            }),
            ..w.creating(1, |_, _| {})
        };
        let saved = now(w.store.edit_tasks(edit).await);
        assert_eq!(saved.iter().map(|t| t.task.description.as_str()).collect::<Vec<_>>(), ["new", "changed"]);
        let t = w.task(id).await;
        assert_eq!(t, saved[1]);
        assert_eq!((t.task.version, t.task.updated_at, t.task.next_run_at), (2, at(5), Some(at(99))));
        assert_eq!((t.task.status, t.task.state.get()), (domain::run::Status::Running, "{}"));
        assert_eq!((t.active_run, t.task.frontend_prefs.get()), (Some(run), "{\"rota\":{}}"));
    }

    pub async fn tasks_are_loaded_in_order_and_twice(w: World) {
        let ids = w.create(3, |_, _| {}).await;
        let wanted = [ids[2], TaskId(999), ids[0], ids[2]];
        let edit = Edit {
            load: wanted.to_vec(),
            decide: Box::new(move |found, _| {
                let found: Vec<_> = found.iter().map(|t| t.as_ref().map(|t| t.task.id)).collect();
                assert_eq!(found, [Some(wanted[0]), None, Some(wanted[2]), Some(wanted[0])]);
                Ok(vec![])
            }),
            ..w.creating(0, |_, _| {})
        };
        assert!(now(w.store.edit_tasks(edit).await).is_empty());
        let found = w.store.tasks_by_id(&[ids[2], TaskId(999), ids[0]]).await.unwrap();
        assert_eq!(found.iter().map(|t| t.task.id).collect::<Vec<_>>(), [ids[2], ids[0]]);
        assert!(w.store.tasks_by_id(&[]).await.unwrap().is_empty());
    }

    fn keyed(w: &World, request: u8, when: Timestamp) -> Edit {
        let answer = |tasks: &[domain::task::StoredTask]| format!("made {}", tasks[0].task.id);
        Edit { idempotency: key(w.user.id, "k", request, answer), now: when, ..w.creating(1, |_, _| {}) }
    }

    pub async fn a_key_is_answered_once(w: World) {
        let id = now(w.store.edit_tasks(keyed(&w, 1, at(0))).await)[0].task.id;
        let before = Once::Before(format!("made {id}"));
        assert_eq!(w.store.edit_tasks(keyed(&w, 1, at(1))).await.unwrap(), before);
        let error = refused(w.store.edit_tasks(keyed(&w, 2, at(1))).await);
        assert_eq!(error, Error::IdempotencyConflict { key: "k".into() });
        // A save that is refused leaves nothing under its key.
        let refusing = |request| Edit {
            idempotency: key(w.user.id, "r", request, |_| String::new()),
            decide: Box::new(|_, _| Err(Error::ServerStopping)),
            ..w.creating(1, |_, _| {})
        };
        assert_eq!(refused(w.store.edit_tasks(refusing(1)).await), Error::ServerStopping);
        assert_eq!(refused(w.store.edit_tasks(refusing(2)).await), Error::ServerStopping);
        // Another caller's key of the same name is another key.
        let other = w.store.create_user(a_user("b", &[]), at(0)).await.unwrap();
        let edit = Edit { idempotency: key(other.id, "k", 9, |_| String::new()), ..w.creating(1, |_, _| {}) };
        now(w.store.edit_tasks(edit).await);
        assert_eq!(w.list(TaskQuery { limit: 9, ..TaskQuery::default() }).await.len(), 2);
    }

    pub async fn a_key_is_forgotten_after_a_day(w: World) {
        const DAY: i64 = 86_400_000;
        let first = now(w.store.edit_tasks(keyed(&w, 1, at(0))).await)[0].task.id;
        let before = Once::Before(format!("made {first}"));
        assert_eq!(w.store.edit_tasks(keyed(&w, 1, at(DAY - 1))).await.unwrap(), before);
        let second = now(w.store.edit_tasks(keyed(&w, 2, at(DAY))).await)[0].task.id;
        let before = Once::Before(format!("made {second}"));
        assert_eq!(w.store.edit_tasks(keyed(&w, 2, at(DAY + 1))).await.unwrap(), before);
    }

    pub async fn the_same_key_at_the_same_time(w: World) {
        let tries: Vec<_> = (0..8)
            .map(|i| {
                let store = if i % 2 == 0 { w.store.clone() } else { w.other.clone() };
                let edit = keyed(&w, 1, at(0));
                tokio::spawn(async move { store.edit_tasks(edit).await.unwrap() })
            })
            .collect();
        let mut answers = vec![];
        for one in tries {
            answers.push(one.await.unwrap());
        }
        let made: Vec<_> = answers.iter().filter(|a| matches!(a, Once::Now(_))).collect();
        assert_eq!(made.len(), 1);
        let Once::Now(tasks) = made[0] else { unreachable!() };
        let before = Once::Before(format!("made {}", tasks[0].task.id));
        assert_eq!(answers.iter().filter(|a| **a == before).count(), 7);
        assert_eq!(w.list(TaskQuery { limit: 9, ..TaskQuery::default() }).await.len(), 1);
    }

    pub async fn a_deleted_task_is_gone(w: World) {
        let (running, _) = w.running().await;
        let idle = w.create_one(|_| {}).await;
        let error = refused(w.store.delete_task(running, allow()).await);
        assert_eq!(error, Error::TaskRunning { task_id: running, pointer: String::new() });
        let error = refused(
            w.store
                .delete_task(
                    idle,
                    Box::new(|t| {
                        assert!(t.is_some());
                        Err(Error::InsufficientRights { task_id: TaskId(1) })
                    }),
                )
                .await,
        );
        assert_eq!(error, Error::InsufficientRights { task_id: TaskId(1) });
        w.store.delete_task(idle, allow()).await.unwrap();
        assert!(w.store.task(idle).await.unwrap().is_none());
        let guard = Box::new(|t: Option<&domain::task::StoredTask>| {
            assert!(t.is_none());
            Err(Error::ServerStopping)
        });
        assert_eq!(refused(w.store.delete_task(idle, guard).await), Error::ServerStopping);
        let page = w.store.tasks(&TaskQuery { limit: 9, ..TaskQuery::default() }).await.unwrap();
        assert_eq!((page.items.len(), page.total), (1, 1));
    }

    pub async fn nul_and_odd_text_can_be_written(w: World) {
        let id = w.create_one(|t| t.description = "a\0b\u{202e}\u{ffff}😀".into()).await;
        assert!(w.task(id).await.task.description.ends_with("b\u{202e}\u{ffff}😀"));
        let query = TaskQuery { q: Some("a\0".into()), limit: 5, ..TaskQuery::default() };
        w.store.tasks(&query).await.unwrap();
        let long = "ü".repeat(10_000);
        let id = w.create_one(move |t| t.description = long.clone()).await;
        assert_eq!(w.task(id).await.task.description.chars().count(), 10_000);
        w.store.user_by_login("a\0b").await.unwrap();
    }
}
