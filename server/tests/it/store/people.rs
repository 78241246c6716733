//! Users, tokens, sessions.

use crate::store_world::*;

on_both!(
    users_are_made_and_found,
    a_login_is_taken_whatever_its_case,
    users_are_changed,
    prefs_are_kept_byte_for_byte,
    users_are_searched,
    the_last_root_stays,
    tokens_come_and_go,
    sessions_come_and_go,
    a_new_password_ends_other_sessions,
    a_deleted_users_tasks_stay,
    two_roots_cannot_leave_at_once,
);

use bodies::*;

mod bodies {
    use super::*;
    use domain::json::Raw;
    use domain::run::{Outcome, Status, Trigger};
    use domain::{Error, Lang, TokenId, UserId};
    use rota::store::{NewUser, TaskQuery, UserChange};

    pub async fn users_are_made_and_found(w: World) {
        let new = NewUser {
            password_generated: false,
            email: "e@x.org".into(),
            displayname: "Änne".into(),
            language: Lang::De,
            ..a_user("Anna", &["system.task"])
        };
        let user = w.store.create_user(new, at(5)).await.unwrap();
        assert_eq!((user.login.as_str(), user.generated_displayname.as_str()), ("Anna", "Änne"));
        assert_eq!((user.language, user.created_at, user.updated_at), (Lang::De, at(5), at(5)));
        assert_eq!((&user.system_rights[..], user.email.as_str()), (&["system.task".to_owned()][..], "e@x.org"));
        assert_eq!(w.store.user(user.id).await.unwrap().as_ref(), Some(&user));
        let found = w.store.user_by_login(" aNNa ").await.unwrap().unwrap();
        assert_eq!(found, (user.clone(), "hash of Anna".to_owned()));
        assert_eq!(w.store.password_hash(user.id).await.unwrap().as_deref(), Some("hash of Anna"));
        assert!(w.store.user_by_login("nobody").await.unwrap().is_none());
        assert!(w.store.user(UserId(99)).await.unwrap().is_none());
        assert!(w.store.password_hash(UserId(99)).await.unwrap().is_none());
        let page = w.store.users(None, 1, 5).await.unwrap();
        assert_eq!((page.items, page.total), (vec![user], 2));
        assert_eq!(w.store.users(None, 0, 1).await.unwrap().items, std::slice::from_ref(&w.user));
    }

    pub async fn a_login_is_taken_whatever_its_case(w: World) {
        let user = w.store.create_user(a_user("Öl", &[]), at(0)).await.unwrap();
        let again = w.store.create_user(a_user("öL", &[]), at(0)).await;
        assert_eq!(refused(again), Error::LoginTaken { login: "öL".into() });
        let change = UserChange { login: Some("ROOT".into()), ..UserChange::default() };
        assert_eq!(
            refused(w.store.change_user(user.id, change, at(1)).await),
            Error::LoginTaken { login: "ROOT".into() }
        );
        let change = UserChange { login: Some("ÖL".into()), ..UserChange::default() };
        assert_eq!(w.store.change_user(user.id, change, at(1)).await.unwrap().login, "ÖL");
    }

    pub async fn users_are_changed(w: World) {
        let change =
            UserChange { displayname: Some("Root".into()), email: Some("r@x.org".into()), ..UserChange::default() };
        let user = w.store.change_user(w.user.id, change, at(3)).await.unwrap();
        assert_eq!(
            (user.generated_displayname.as_str(), user.email.as_str(), user.updated_at),
            ("Root", "r@x.org", at(3))
        );
        assert_eq!((user.created_at, &user.system_rights), (w.user.created_at, &w.user.system_rights));
        assert_eq!(w.store.user(w.user.id).await.unwrap(), Some(user));
        let none = w.store.change_user(UserId(99), UserChange::default(), at(0)).await;
        assert_eq!(refused(none), Error::ObjectNotFound { object: "user 99".into() });
        assert_eq!(w.store.password_hash(w.user.id).await.unwrap().unwrap(), "hash of root");
    }

    pub async fn prefs_are_kept_byte_for_byte(w: World) {
        assert_eq!(w.user.frontend_prefs.get(), "{}");
        let text = r#"{"rota": {"b": 1.00,  "a":1e3}, "\u0000":"é"}"#;
        let change = UserChange { frontend_prefs: Raw::parse(text), ..UserChange::default() };
        assert_eq!(w.store.change_user(w.user.id, change, at(3)).await.unwrap().frontend_prefs.get(), text);
        let other = UserChange { email: Some("e@x.org".into()), ..UserChange::default() };
        w.store.change_user(w.user.id, other, at(4)).await.unwrap();
        assert_eq!(w.store.user(w.user.id).await.unwrap().unwrap().frontend_prefs.get(), text);
        let new = NewUser { frontend_prefs: Raw::parse(text), ..a_user("new", &[]) };
        assert_eq!(w.store.create_user(new, at(0)).await.unwrap().frontend_prefs.get(), text);
    }

    pub async fn users_are_searched(w: World) {
        let new = NewUser { displayname: "50% Änne".into(), email: "a@x.org".into(), ..a_user("Anna", &[]) };
        let anna = w.store.create_user(new, at(5)).await.unwrap();
        for q in ["ANN", "50% ", "a@X"] {
            let page = w.store.users(Some(q), 0, 5).await.unwrap();
            assert_eq!((page.items, page.total), (vec![anna.clone()], 1), "{q}");
        }
        assert_eq!(w.store.users(Some("_"), 0, 5).await.unwrap().total, 0);
        assert_eq!(w.store.users(Some("o"), 0, 0).await.unwrap().total, 2);
    }

    fn demoted() -> UserChange {
        UserChange { system_rights: Some(vec!["system.task".into()]), ..UserChange::default() }
    }

    pub async fn the_last_root_stays(w: World) {
        assert_eq!(refused(w.store.change_user(w.user.id, demoted(), at(0)).await), Error::LastRoot);
        assert_eq!(refused(w.store.delete_user(w.user.id, at(0), "gone").await), Error::LastRoot);
        let second = w.store.create_user(a_user("second", &["system.root"]), at(0)).await.unwrap();
        w.store.change_user(w.user.id, demoted(), at(0)).await.unwrap();
        assert_eq!(refused(w.store.delete_user(second.id, at(0), "gone").await), Error::LastRoot);
        w.store.delete_user(w.user.id, at(0), "gone").await.unwrap();
        let none = w.store.delete_user(w.user.id, at(0), "gone").await;
        assert_eq!(refused(none), Error::ObjectNotFound { object: format!("user {}", w.user.id) });
    }

    pub async fn two_roots_cannot_leave_at_once(w: World) {
        let second = w.store.create_user(a_user("second", &["system.root"]), at(0)).await.unwrap();
        let (one, two) = tokio::join!(
            w.store.change_user(w.user.id, demoted(), at(0)),
            w.other.delete_user(second.id, at(0), "gone")
        );
        assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
    }

    pub async fn tokens_come_and_go(w: World) {
        let make = |hash: &'static [u8], name: &'static str, expires| {
            w.store.create_token(w.user.id, name, hash, expires, at(1))
        };
        let one = make(b"one", "first", None).await.unwrap();
        let two = make(b"two", "second", Some(at(9))).await.unwrap();
        assert_eq!((one.name.as_str(), one.created_at, one.expires_at, one.last_used_at), ("first", at(1), None, None));
        assert_eq!(make(b"one", "again", Some(at(5))).await.unwrap(), one);
        assert_eq!(w.store.tokens(w.user.id).await.unwrap(), [one.clone(), two.clone()]);
        w.store.touch_tokens(&[(two.id, at(7)), (TokenId(99), at(7))]).await.unwrap();
        w.store.touch_tokens(&[]).await.unwrap();
        let found = w.store.token_user(b"two").await.unwrap().unwrap();
        assert_eq!((found.token.last_used_at, found.token.expires_at), (Some(at(7)), Some(at(9))));
        assert_eq!(found.user, w.user);
        assert!(w.store.token_user(b"three").await.unwrap().is_none());
        let other = w.store.create_user(a_user("other", &[]), at(0)).await.unwrap();
        assert!(!w.store.delete_token(other.id, one.id).await.unwrap());
        assert!(w.store.delete_token(w.user.id, one.id).await.unwrap());
        assert!(!w.store.delete_token(w.user.id, one.id).await.unwrap());
        assert!(w.store.token_user(b"one").await.unwrap().is_none());
    }

    pub async fn sessions_come_and_go(w: World) {
        w.store.create_session(w.user.id, b"s", at(0), at(10)).await.unwrap();
        let found = w.store.session_user(b"s", at(9)).await.unwrap();
        assert_eq!(found, Some((w.user.clone(), at(10))));
        assert!(w.store.session_user(b"s", at(10)).await.unwrap().is_none());
        w.store.extend_session(b"s", at(20)).await.unwrap();
        assert_eq!(w.store.session_user(b"s", at(10)).await.unwrap().unwrap().1, at(20));
        w.store.delete_session(b"s").await.unwrap();
        w.store.delete_session(b"s").await.unwrap();
        assert!(w.store.session_user(b"s", at(0)).await.unwrap().is_none());
    }

    pub async fn a_new_password_ends_other_sessions(w: World) {
        let there = |hash: &'static [u8]| async { w.store.session_user(hash, at(0)).await.unwrap().is_some() };
        for hash in [b"one", b"two"] {
            w.store.create_session(w.user.id, hash, at(0), at(10)).await.unwrap();
        }
        let change = UserChange { email: Some("e".into()), ..UserChange::default() };
        w.store.change_user(w.user.id, change, at(0)).await.unwrap();
        assert!(there(b"one").await && there(b"two").await);
        let password = UserChange { password_hash: Some("new".into()), ..UserChange::default() };
        let keep = UserChange { keep_session: Some(b"one".to_vec()), ..password.clone() };
        w.store.change_user(w.user.id, keep, at(0)).await.unwrap();
        assert!(there(b"one").await && !there(b"two").await);
        assert_eq!(w.store.password_hash(w.user.id).await.unwrap().unwrap(), "new");
        w.store.change_user(w.user.id, password, at(0)).await.unwrap();
        assert!(!there(b"one").await);
    }

    pub async fn a_deleted_users_tasks_stay(w: World) {
        let user = w.store.create_user(a_user("leaver", &["system.task"]), at(0)).await.unwrap();
        let edit = rota::store::Edit { owner: user.id, ..w.creating(3, |_, t| t.next_run_at = Some(at(5000))) };
        let ids: Vec<_> = now(w.store.edit_tasks(edit).await).iter().map(|t| t.task.id).collect();
        w.queue(ids[0], at(0)).await;
        let running = w.claim("a", at(0)).await[0].run.id;
        let queued = w.queue(ids[1], at(0)).await.id;
        w.store.create_token(user.id, "t", b"t", None, at(0)).await.unwrap();
        w.store.create_session(user.id, b"s", at(0), at(10)).await.unwrap();
        assert_eq!(w.store.delete_user(user.id, at(1), "nobody").await.unwrap(), [running]);
        assert!(w.store.user(user.id).await.unwrap().is_none());
        assert!(w.store.token_user(b"t").await.unwrap().is_none());
        assert!(w.store.session_user(b"s", at(0)).await.unwrap().is_none());
        for id in &ids {
            let t = w.task(*id).await;
            assert_eq!((t.owner, t.task.next_run_at, t.task.status_msg.as_deref()), (None, None, Some("nobody")));
        }
        assert_eq!((w.task(ids[1]).await.active_run, w.run(queued).await.status), (None, Status::Canceled));
        assert_eq!(w.renew("a", &[running]).await, [(running, true)]);
        let mut u = update((ids[0], running));
        u.end = then(Outcome::canceled(), at(2), Some(at(6000)));
        assert!(w.store.record("a", &[u]).await.unwrap().is_empty());
        let t = w.task(ids[0]).await;
        assert_eq!((t.active_run, t.task.next_run_at, t.task.status), (None, None, Status::Canceled));
        assert_eq!(t.task.status_msg.as_deref(), Some("nobody"));
        assert_eq!((w.next_due().await, w.claim("a", at(9000)).await.len()), (None, 0));
        let refusal = refused(w.store.queue_run(ids[2], Trigger::Api, at(2), allow(), None, None).await);
        assert_eq!(refusal, Error::TaskWithoutOwner { task_id: ids[2] });
        let mine = TaskQuery { owner: Some(user.id), limit: 9, ..TaskQuery::default() };
        let page = w.store.tasks(&mine).await.unwrap();
        assert_eq!((page.items.len(), page.total), (0, 0));
        w.store.delete_task(ids[2], allow()).await.unwrap();
        assert_eq!(w.store.tasks(&TaskQuery { limit: 9, ..TaskQuery::default() }).await.unwrap().total, 2);
    }
}
