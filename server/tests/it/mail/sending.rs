//! What outcomes owe, and how it gets to people.

use crate::databases::Databases;
use crate::http_world::{Person, World};
use crate::mail::smtp::{Behave, Got, Smtp};
use mail_parser::{MessageParser, MimeHeaders};
use serde_json::{Value, json};
use std::time::Duration;

/// A server that sends by this one.
async fn world(db: &Databases, smtp: &Smtp, flags: &[&str]) -> (World, Person) {
    let world = World::with(db, flags).await;
    let root = world.root();
    let mail = json!({"host": "127.0.0.1", "port": smtp.addr.port(), "tls": "none", "sender": "rota@example.org",
        "reply_to": "help@example.org"});
    root.patch("/settings/mail", mail).await.good();
    (world, root)
}

/// A task that fails, or does not.
fn failing(text: &str, fails: bool, recipients: &[(&str, bool)]) -> Value {
    let recipients: Vec<Value> =
        recipients.iter().map(|(email, only)| json!({"email": email, "problems_only": only})).collect();
    json!({"task_module": "fail", "description": "Nightly export", "task_params": {"text": text, "fails": fails},
        "email": {"recipients": recipients}})
}

async fn set_fails(root: &Person, id: i64, fails: bool) {
    let task = root.get(&format!("/task/{id}")).await.good();
    let version = task["task"]["version"].as_i64().unwrap() + 1;
    let change = json!({"task": {"version": version, "task_params": {"text": "x", "fails": fails}}});
    root.patch(&format!("/task/{id}"), change).await.good();
}

/// The deliveries, the latest first, once each stands where the test wants it.
pub async fn until(root: &Person, wanted: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    for _ in 0..2000 {
        let list = root.get("/mail").await.good();
        let list = list.as_array().unwrap().clone();
        if wanted(&list) {
            return list;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{}", root.get("/mail").await.text);
}

pub fn all(status: &str) -> impl Fn(&[Value]) -> bool {
    move |list| !list.is_empty() && list.iter().all(|d| d["status"] == status)
}

/// What is written of a mail's failed attempts lets the next one come an hour later; then something wakes the sender.
pub async fn an_hour_later(world: &World, root: &Person) {
    world.server.state.clock.shift(3600 * 1000);
    root.patch("/settings/mail", json!({})).await.good();
}

on_both!(a_problem_is_told_to_each_recipient_alone);
async fn a_problem_is_told_to_each_recipient_alone(db: Databases) {
    let smtp = Smtp::plain().await;
    let (world, root) = world(&db, &smtp, &["--public-url=https://rota.example.org"]).await;
    root.patch("/settings/mail", json!({"problems_to": ["ops@example.org"]})).await.good();
    let id = root.task(failing("disk full", true, &[("ada@example.org", false), ("bob@example.org", true)])).await;
    let run = root.run(id).await;
    let got = smtp.wait(3).await;
    let to: Vec<&str> = got.iter().map(|g| g.to.as_str()).collect();
    assert_eq!(to, ["ada@example.org", "bob@example.org", "ops@example.org"]);
    for Got { from, to, raw } in &got {
        assert_eq!(from, "rota@example.org");
        let mail = MessageParser::default().parse(raw).unwrap();
        assert_eq!(mail.to().unwrap().first().unwrap().address(), Some(to.as_str()));
        assert!(raw.matches("@example.org>").count() >= 2);
        let others = ["ada@", "bob@", "ops@"].iter().filter(|name| raw.contains(**name)).count();
        assert_eq!(others, 1, "nobody sees who else gets it");
        assert_eq!(mail.subject(), Some("Problem: Nightly export"));
        assert_eq!(mail.header_raw("Auto-Submitted").map(str::trim), Some("auto-generated"));
        assert_eq!(mail.header_raw("List-Id").map(str::trim), Some(format!("<task-{id}.example.org>").as_str()));
        assert_eq!(mail.in_reply_to().as_text(), Some(format!("task-{id}@example.org").as_str()));
        assert_eq!(mail.reply_to().unwrap().first().unwrap().address(), Some("help@example.org"));
        assert!(mail.date().is_some() && mail.message_id().is_some());
        let html = mail.body_html(0).unwrap().replace("&#x2f;", "/");
        for part in [mail.body_text(0).unwrap().as_ref(), &html] {
            assert!(
                part.contains("disk full") && part.contains("error: disk full") && part.contains("warning: disk full")
            );
            assert!(!part.contains("info: disk full"), "only warnings and worse");
            assert!(part.contains(&format!("https://rota.example.org/task/{id}/log?run={run}")), "{part}");
        }
    }
    let list = until(&root, all("sent")).await;
    assert_eq!(list.len(), 3);
    assert_eq!(
        (&list[0]["kind"], &list[0]["attempts"], &list[0]["run_id"]),
        (&json!("problem"), &json!(1), &json!(run))
    );
    assert_eq!(root.get(&format!("/mail/{}", list[0]["_id"])).await.good(), list[0]);
    assert_eq!(smtp.connections(), 1, "one connection serves a batch");
    assert_eq!(root.get("/mail?status=failed").await.header("x-total-count"), "0");
    assert_eq!(root.get("/mail?status=sent&limit=2").await.header("x-total-count"), "3");
    world.stop().await;
}

on_both!(each_outcome_goes_to_who_wants_it);
async fn each_outcome_goes_to_who_wants_it(db: Databases) {
    let smtp = Smtp::plain().await;
    let (world, root) = world(&db, &smtp, &[]).await;
    let id = root.task(failing("x", false, &[("all@example.org", false), ("bad@example.org", true)])).await;
    root.run(id).await;
    assert_eq!(smtp.wait(1).await[0].to, "all@example.org");
    set_fails(&root, id, true).await;
    root.run(id).await;
    smtp.wait(3).await;
    set_fails(&root, id, false).await;
    root.run(id).await;
    smtp.wait(5).await;
    root.run(id).await;
    smtp.wait(6).await;
    let list = until(&root, all("sent")).await;
    let mut told: Vec<String> = list
        .iter()
        .map(|d| format!("{} {} {}", d["run_id"], d["recipient"].as_str().unwrap(), d["kind"].as_str().unwrap()))
        .collect();
    told.sort();
    let kinds: Vec<&str> = told.iter().map(|t| t.split_once(' ').unwrap().1).collect();
    assert_eq!(
        kinds,
        [
            "all@example.org ok",
            "all@example.org problem",
            "bad@example.org problem",
            "all@example.org recovery",
            "bad@example.org recovery",
            "all@example.org ok"
        ]
    );
    world.stop().await;
}

on_both!(a_canceled_run_is_a_problem_and_the_language_is_the_readers);
async fn a_canceled_run_is_a_problem_and_the_language_is_the_readers(db: Databases) {
    let smtp = Smtp::plain().await;
    let (world, root) = world(&db, &smtp, &[]).await;
    let user = json!({"login": "ada", "password": "correct horse", "email": "Ada@example.org", "language": "de-DE"});
    root.post("/user", user).await.good();
    let recipients = json!({"recipients": [{"email": "ada@example.org"}, {"email": "bob@example.org"}]});
    let id = root.task(json!({"task_module": "hold", "description": "Läuft ewig 🦀", "email": recipients})).await;
    root.call("POST", &format!("/task/{id}/run")).await.good();
    root.until(id, "running").await;
    root.call("POST", &format!("/task/{id}/cancel")).await.good();
    let got = smtp.wait(2).await;
    let mails: Vec<_> = got.iter().map(|g| MessageParser::default().parse(&g.raw).unwrap()).collect();
    assert_eq!(mails[0].subject(), Some("Problem: Läuft ewig 🦀"));
    assert!(mails[0].body_text(0).unwrap().contains("Ergebnis: abgebrochen"));
    assert!(mails[1].body_text(0).unwrap().contains("Outcome: canceled"));
    assert!(mails[0].text_part(0).unwrap().content_type().unwrap().attribute("charset").is_some());
    world.stop().await;
}

on_both!(hostile_texts_stay_texts);
async fn hostile_texts_stay_texts(db: Databases) {
    let smtp = Smtp::plain().await;
    let (world, root) = world(&db, &smtp, &[]).await;
    let evil = "x\r\n.\r\nMAIL FROM:<evil@example.org>\r\n<script>alert(1)</script> {{ 7*6 }} \u{202e}\u{1b}[31m";
    let mut task = failing(evil, true, &[("ada@example.org", false), ("\"a.b\"@example.org", false)]);
    task["description"] = json!("a\r\nBcc: evil@example.org\r\n\r\n<img src=x onerror=alert(1)> =?utf-8?q?x?=");
    let id = root.task(task).await;
    root.run(id).await;
    let got = smtp.wait(2).await;
    for got in got {
        let mail = MessageParser::default().parse(&got.raw).unwrap();
        assert!(mail.bcc().is_none() && !got.to.contains("evil") && got.from == "rota@example.org");
        let subject = mail.subject().unwrap();
        assert!(subject.starts_with("Problem: a Bcc: evil@example.org <img"), "{subject}");
        let html = mail.body_html(0).unwrap();
        assert!(!html.contains("<script") && !html.contains("<img") && html.contains("&lt;script"), "{html}");
        assert!(html.contains("{{ 7*6 }}"));
        let text = mail.body_text(0).unwrap();
        assert!(text.contains("MAIL FROM:<evil@example.org>") && !text.contains('\u{1b}'), "{text}");
    }
    world.stop().await;
}

on_both!(a_refusal_for_now_is_tried_again_with_the_same_id);
async fn a_refusal_for_now_is_tried_again_with_the_same_id(db: Databases) {
    let smtp = Smtp::plain().await;
    let (world, root) = world(&db, &smtp, &[]).await;
    smtp.next(&[Behave::Answer("451 4.7.1 try again later")]);
    let id = root.task(failing("x", true, &[("ada@example.org", false), ("bob@example.org", false)])).await;
    root.run(id).await;
    assert_eq!(smtp.wait(1).await[0].to, "bob@example.org", "the others do not wait for it");
    let list = until(&root, |l| l.iter().any(|d| d["attempts"] == 1 && d["status"] == "waiting")).await;
    let waiting = list.iter().find(|d| d["status"] == "waiting").unwrap();
    assert_eq!(waiting["last_error"], "451 4.7.1 try again later");
    assert!(waiting["not_before"].as_str() > waiting["created_at"].as_str());
    an_hour_later(&world, &root).await;
    let got = smtp.wait(2).await;
    let list = until(&root, all("sent")).await;
    assert!(
        got[0].raw.contains(
            list.iter().find(|d| d["recipient"] == "ada@example.org").unwrap()["message_id"].as_str().unwrap()
        )
    );
    world.stop().await;
}

on_both!(a_refusal_for_good_is_shown_and_can_be_sent_again);
async fn a_refusal_for_good_is_shown_and_can_be_sent_again(db: Databases) {
    let smtp = Smtp::plain().await;
    let (world, root) = world(&db, &smtp, &[]).await;
    smtp.next(&[Behave::Answer("550 5.1.1 no such user")]);
    let id = root.task(failing("x", true, &[("ada@example.org", false)])).await;
    root.run(id).await;
    let list = until(&root, all("failed")).await;
    assert_eq!(list[0]["last_error"], "550 5.1.1 no such user");
    let again = root.call("POST", &format!("/mail/{}/resend", list[0]["_id"])).await.good();
    assert_eq!((&again["status"], &again["attempts"]), (&json!("waiting"), &json!(0)));
    smtp.wait(1).await;
    until(&root, all("sent")).await;
    world.stop().await;
}

on_both!(a_server_that_hangs_or_dies_costs_an_attempt_and_no_mail);
async fn a_server_that_hangs_or_dies_costs_an_attempt_and_no_mail(db: Databases) {
    let smtp = Smtp::plain().await;
    let (world, root) = world(&db, &smtp, &["--delivery-timeout-sec=1"]).await;
    smtp.next(&[Behave::Hang, Behave::Die]);
    let id = root.task(failing("x", true, &[("ada@example.org", false)])).await;
    root.run(id).await;
    let list = until(&root, |l| l.iter().any(|d| d["attempts"] == 1 && d["status"] == "waiting")).await;
    assert_eq!(list[0]["last_error"], "the mail server did not answer within 1 s");
    an_hour_later(&world, &root).await;
    let list = until(&root, |l| l[0]["attempts"] == 2 && l[0]["status"] == "waiting").await;
    assert!(list[0]["last_error"].as_str().unwrap().contains("connection"), "{list:?}");
    an_hour_later(&world, &root).await;
    let got = smtp.wait(1).await;
    assert!(got[0].raw.contains(list[0]["message_id"].as_str().unwrap()));
    until(&root, all("sent")).await;
    assert_eq!(smtp.got().len(), 1);
    world.stop().await;
}

on_both!(what_cannot_be_delivered_for_days_is_given_up);
async fn what_cannot_be_delivered_for_days_is_given_up(db: Databases) {
    let smtp = Smtp::plain().await;
    let (world, root) = world(&db, &smtp, &[]).await;
    smtp.next(&[Behave::Answer("451 busy"), Behave::Answer("451 still busy")]);
    let id = root.task(failing("x", true, &[("ada@example.org", false)])).await;
    root.run(id).await;
    until(&root, |l| l.iter().any(|d| d["attempts"] == 1 && d["status"] == "waiting")).await;
    world.server.state.clock.shift(3 * 24 * 3600 * 1000);
    root.patch("/settings/mail", json!({})).await.good();
    let list = until(&root, all("failed")).await;
    assert_eq!(list[0]["last_error"], "451 still busy");
    world.stop().await;
}

on_both!(without_a_mail_server_nothing_is_owed_and_a_deleted_task_still_is_told);
async fn without_a_mail_server_nothing_is_owed_and_a_deleted_task_still_is_told(db: Databases) {
    let smtp = Smtp::plain().await;
    let (world, root) = world(&db, &smtp, &[]).await;
    root.patch("/settings/mail", json!({"enabled": false})).await.good();
    let id = root.task(failing("x", true, &[("ada@example.org", false)])).await;
    root.run(id).await;
    assert_eq!(root.get("/mail").await.good(), json!([]));
    root.patch("/settings/mail", json!({"enabled": true})).await.good();
    smtp.next(&[Behave::Answer("451 later")]);
    root.run(id).await;
    until(&root, |l| l.iter().any(|d| d["attempts"] == 1 && d["status"] == "waiting")).await;
    root.call("DELETE", &format!("/task/{id}")).await.good();
    an_hour_later(&world, &root).await;
    let got = smtp.wait(1).await;
    assert_eq!(MessageParser::default().parse(&got[0].raw).unwrap().subject(), Some("Problem: Nightly export"));
    world.stop().await;
}
