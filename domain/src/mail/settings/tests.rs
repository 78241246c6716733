use super::*;

fn read(text: &str) -> Result<MailInput, Error> {
    MailInput::read(&Raw::parse(text).unwrap())
}

fn pointer(error: &Error) -> String {
    error.parameters(Lang::En)["pointer"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn an_answer_can_be_sent_back_whole_and_changes_nothing() {
    let stored = MailSettings {
        host: "mail.example.org".into(),
        password: Some(Raw::parse(r#"{"_secret":"rota1:x"}"#).unwrap()),
        problems_to: vec!["ops@example.org".into()],
        ..MailSettings::default()
    };
    let answer = MailObject { mail: stored.clone().masked(), fixed: vec!["host".into()] };
    let text = serde_json::to_string(&answer).unwrap();
    assert!(!text.contains("rota1:"));
    let input = read(&text).unwrap();
    assert_eq!(input.applied(&stored, |_| panic!("nothing new to seal")), stored);
    let fixed = MailInput { host: Some("mail.example.org".into()), ..MailInput::default() };
    assert!(input.allowed_beside(&fixed, "/mail").is_ok());
}

#[test]
fn a_password_is_kept_replaced_or_removed() {
    let stored = read(r#"{"password":"a"}"#).unwrap().applied(&MailSettings::default(), |p| format!("sealed {p}"));
    assert_eq!(stored.password.as_ref().unwrap().get(), r#"{"_secret":"sealed a"}"#);
    assert_eq!(read(r#"{"user":"u"}"#).unwrap().applied(&stored, |_| String::new()).password, stored.password);
    assert_eq!(read(r#"{"password":null}"#).unwrap().applied(&stored, |_| String::new()).password, None);
}

#[test]
fn wrong_fields_are_named() {
    for (text, at) in [
        (r#"{"mail":{"port":0}}"#, "/mail/port"),
        (r#"{"port":65536}"#, "/port"),
        (r#"{"tls":"ssl"}"#, "/tls"),
        (r#"{"host":"a b"}"#, "/host"),
        (r#"{"host":"a\r\nb"}"#, "/host"),
        (r#"{"user":"a\nb"}"#, "/user"),
        (r#"{"sender":"x"}"#, "/sender"),
        (r#"{"reply_to":"a@b\r\nc"}"#, "/reply_to"),
        (r#"{"language":"fr"}"#, "/language"),
        (r#"{"problems_to":["a@example.org","b"]}"#, "/problems_to/1"),
        (r#"{"password":""}"#, "/password"),
        (r#"{"password":{"_secret":"x"}}"#, "/password"),
        (r#"{"mail":{"hots":"x"}}"#, "/mail/hots"),
    ] {
        let error = read(text).err().unwrap_or_else(|| panic!("{text} was taken"));
        assert_eq!(pointer(&error), at, "{text}");
    }
}

#[test]
fn what_the_environment_fixes_stays() {
    let fixed = MailInput {
        host: Some("a.example.org".into()),
        password: Some(Password::New("swordfish".into())),
        ..MailInput::default()
    };
    assert_eq!(fixed.names(), ["host", "password"]);
    let error = read(r#"{"host":"b.example.org"}"#).unwrap().allowed_beside(&fixed, "/mail").unwrap_err();
    assert_eq!(pointer(&error), "/mail/host");
    assert!(error.sentence(Lang::En).contains("ROTA_SMTP_HOST"));
    assert!(read(r#"{"password":null}"#).unwrap().allowed_beside(&fixed, "").is_err());
    assert!(read(r#"{"port":25,"password":{"_secret":true}}"#).unwrap().allowed_beside(&fixed, "").is_ok());
}

#[test]
fn it_takes_a_host_and_a_sender_to_send() {
    let mut settings = MailSettings::default();
    assert!(!settings.active());
    (settings.host, settings.sender) = ("mail".into(), "rota@example.org".into());
    assert!(settings.active());
    settings.enabled = false;
    assert!(!settings.active());
}
