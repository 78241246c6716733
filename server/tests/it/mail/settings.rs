//! `/settings/mail`: read, changed, tried.

use crate::databases::Databases;
use crate::http_world::World;
use crate::mail::smtp::{Behave, Secured, Smtp};
use serde_json::{Value, json};

fn settings(smtp: &Smtp, tls: &str) -> Value {
    json!({"host": "127.0.0.1", "port": smtp.addr.port(), "tls": tls, "sender": "rota@example.org"})
}

on_both!(settings_are_kept_and_passwords_are_not_shown);
async fn settings_are_kept_and_passwords_are_not_shown(db: Databases) {
    let world = World::start(&db).await;
    let root = world.root();
    let first = root.get("/settings/mail").await.good();
    assert_eq!(
        (&first["mail"]["host"], &first["mail"]["password"], &first["fixed"]),
        (&json!(""), &json!(null), &json!([]))
    );
    let change =
        json!({"mail": {"host": "mail.example.org", "password": "swordfish", "problems_to": ["ops@example.org"]}});
    let changed = root.patch("/settings/mail", change).await;
    assert!(!changed.text.contains("swordfish") && !changed.text.contains("rota1:"));
    let changed = changed.good();
    assert_eq!(changed["mail"]["password"], json!({"_secret": true}));
    // What was answered can be sent back, and changes nothing.
    assert_eq!(root.patch("/settings/mail", changed.clone()).await.good(), changed);
    assert_eq!(root.get("/settings/mail").await.good(), changed);
    let stored = world.server.state.store.setting("mail").await.unwrap().unwrap();
    assert!(stored.contains("rota1:") && !stored.contains("swordfish"), "{stored}");
    world.stop().await;
}

on_both!(only_root_may_and_wrong_fields_are_named);
async fn only_root_may_and_wrong_fields_are_named(db: Databases) {
    let world = World::start(&db).await;
    let ada = world.user("ada").await;
    for (method, path) in [("GET", "/settings/mail"), ("GET", "/mail"), ("GET", "/mail/1"), ("POST", "/mail/1/resend")]
    {
        ada.call(method, path).await.refused(403, "SystemRightRequired");
        world.anonymous(method, path).await.refused(401, "UserRequired");
    }
    ada.patch("/settings/mail", json!({})).await.refused(403, "SystemRightRequired");
    ada.post("/settings/mail/test", json!({"to": "a@example.org"})).await.refused(403, "SystemRightRequired");
    let root = world.root();
    let wrong = root.patch("/settings/mail", json!({"mail": {"port": 0}})).await.refused(400, "FieldInvalid");
    assert_eq!(wrong["pointer"], "/mail/port");
    let wrong = root.patch("/settings/mail", json!({"sender": "nobody"})).await.refused(400, "EmailInvalid");
    assert_eq!(wrong["pointer"], "/sender");
    root.patch("/settings/mail", json!({"hots": "x"})).await.refused(400, "UnknownField");
    root.post("/settings/mail/test", json!({"to": "x"})).await.refused(400, "EmailInvalid");
    assert_eq!(root.get("/mail/7").await.refused(404, "ObjectNotFound")["object"], "mail 7");
    assert_eq!(root.get("/mail/x").await.refused(404, "ObjectNotFound")["object"], "mail x");
    root.get("/mail?status=lost").await.refused(400, "QueryInvalid");
    world.stop().await;
}

on_both!(what_the_environment_sets_is_fixed);
async fn what_the_environment_sets_is_fixed(db: Databases) {
    let world = World::with(&db, &["--smtp-host=mail.example.org", "--smtp-password=swordfish", "--smtp-port="]).await;
    let root = world.root();
    let shown = root.get("/settings/mail").await.good();
    assert_eq!((&shown["fixed"], &shown["mail"]["host"]), (&json!(["host", "password"]), &json!("mail.example.org")));
    assert_eq!(shown["mail"]["password"], json!({"_secret": true}));
    let refused = root.patch("/settings/mail", json!({"mail": {"host": "other"}})).await;
    assert!(refused.text.contains("ROTA_SMTP_HOST"));
    assert_eq!(refused.refused(400, "FieldInvalid")["pointer"], "/mail/host");
    root.patch("/settings/mail", json!({"password": "other"})).await.refused(400, "FieldInvalid");
    let changed = root.patch("/settings/mail", json!({"mail": {"host": "mail.example.org", "port": 25}})).await.good();
    assert_eq!(changed["mail"]["port"], 25);
    world.stop().await;
}

on_both!(a_test_mail_arrives_however_the_connection_is_secured);
async fn a_test_mail_arrives_however_the_connection_is_secured(db: Databases) {
    for (secured, tls) in [(Secured::No, "none"), (Secured::StartTls, "starttls"), (Secured::Tls, "tls")] {
        let smtp = Smtp::start(secured, Some(("rota", "swordfish"))).await;
        let ca = smtp.ca_file().display().to_string();
        let world = World::with(&db, &["--smtp-ca-file", &ca]).await;
        let root = world.root();
        let mut mail = settings(&smtp, tls);
        (mail["user"], mail["password"]) = (json!("rota"), json!("swordfish"));
        root.patch("/settings/mail", mail).await.good();
        let told = root.post("/settings/mail/test", json!({"to": "ada@example.org"})).await.good();
        assert_eq!((&told["ok"], &told["error"]), (&json!(true), &json!(null)), "{told}");
        let got = smtp.wait(1).await;
        assert_eq!((got[0].from.as_str(), got[0].to.as_str()), ("rota@example.org", "ada@example.org"));
        let talk = told["conversation"].to_string();
        assert_eq!(talk.contains("C: STARTTLS"), secured == Secured::StartTls);
        assert!(
            talk.contains("S: 220 mail.test")
                && talk.contains("C: AUTH PLAIN ***")
                && talk.contains("S: 250 2.0.0 taken")
        );
        world.stop().await;
    }
}

on_both!(what_goes_wrong_is_shown_without_credentials);
async fn what_goes_wrong_is_shown_without_credentials(db: Databases) {
    let smtp = Smtp::start(Secured::No, Some(("rota", "swordfish"))).await;
    let world = World::start(&db).await;
    let root = world.root();
    let mut mail = settings(&smtp, "none");
    (mail["user"], mail["password"]) = (json!("rota"), json!("catfish17"));
    root.patch("/settings/mail", mail).await.good();
    let reply = root.post("/settings/mail/test", json!({"to": "ada@example.org"})).await;
    assert!(!reply.text.contains("catfish17") && !reply.text.contains("AHJvdGEA"), "{}", reply.text);
    let told = reply.good();
    assert_eq!((&told["ok"], &told["error"]), (&json!(false), &json!("535 5.7.8 who are you?")));
    assert!(told["conversation"].to_string().contains("C: AUTH PLAIN ***"));
    // It does not fall back to the clear.
    root.patch("/settings/mail", json!({"tls": "starttls"})).await.good();
    let told = root.post("/settings/mail/test", json!({"to": "ada@example.org"})).await.good();
    assert_eq!(told["error"], "the mail server does not offer STARTTLS");
    assert!(smtp.got().is_empty());
    world.stop().await;
}

on_both!(an_unknown_certificate_is_not_trusted);
async fn an_unknown_certificate_is_not_trusted(db: Databases) {
    let smtp = Smtp::start(Secured::Tls, None).await;
    let world = World::start(&db).await;
    let root = world.root();
    root.patch("/settings/mail", settings(&smtp, "tls")).await.good();
    let told = root.post("/settings/mail/test", json!({"to": "ada@example.org"})).await.good();
    assert!(told["error"].as_str().unwrap().contains("cannot be secured"), "{told}");
    world.stop().await;
}

on_both!(a_refusal_and_a_missing_server_are_told);
async fn a_refusal_and_a_missing_server_are_told(db: Databases) {
    let smtp = Smtp::plain().await;
    let world = World::start(&db).await;
    let root = world.root();
    let german = root.request("POST", "/settings/mail/test").header("accept-language", "de");
    let told = crate::http_world::Reply::of(german.json(&json!({"to": "ada@example.org"}))).await.good();
    assert_eq!(told["error"], "Es fehlen noch Mailserver oder Absender.");
    root.patch("/settings/mail", settings(&smtp, "none")).await.good();
    smtp.next(&[Behave::Answer("550 5.1.1 nobody here")]);
    let told = root.post("/settings/mail/test", json!({"to": "ada@example.org"})).await.good();
    assert_eq!(told["error"], "550 5.1.1 nobody here");
    assert!(told["conversation"].to_string().contains("C: RCPT TO:<ada@example.org>"));
    drop(smtp);
    root.patch("/settings/mail", json!({"port": 1})).await.good();
    let told = root.post("/settings/mail/test", json!({"to": "ada@example.org"})).await.good();
    assert!(told["error"].as_str().unwrap().starts_with("cannot connect to 127.0.0.1:1"), "{told}");
    world.stop().await;
}
