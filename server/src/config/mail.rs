//! The settings of mail that the environment fixes; the others are changed in the web app.

use super::SettingError;
use clap::Args;
use domain::Error;
use domain::Lang;
use domain::json::Raw;
use domain::mail::MailInput;
use serde_json::{Map, Value, json};
use std::path::PathBuf;
use std::time::Duration;

/// How mail is sent. An empty value counts as absent: then it is changed in the web app.
#[derive(Clone, Args, Default)]
pub struct MailFlags {
    /// Whether mail is sent: true or false
    #[arg(long, env = "ROTA_MAIL_ENABLED", value_name = "BOOL")]
    pub mail_enabled: Option<String>,

    /// The mail server [default for this and all below but the last two: what is set in the web app]
    #[arg(long, env = "ROTA_SMTP_HOST", value_name = "HOST")]
    pub smtp_host: Option<String>,

    /// Its port, usually 587 with starttls, 465 with tls, 25 with none
    #[arg(long, env = "ROTA_SMTP_PORT", value_name = "PORT")]
    pub smtp_port: Option<String>,

    /// How the connection is secured: none, starttls or tls
    #[arg(long, env = "ROTA_SMTP_TLS", value_name = "HOW")]
    pub smtp_tls: Option<String>,

    /// Who logs in to the mail server
    #[arg(long, env = "ROTA_SMTP_USER", value_name = "USER")]
    pub smtp_user: Option<String>,

    /// The password for that
    #[arg(long, env = "ROTA_SMTP_PASSWORD", value_name = "PASSWORD", hide_env_values = true)]
    pub smtp_password: Option<String>,

    /// The address that mails come from
    #[arg(long, env = "ROTA_MAIL_FROM", value_name = "ADDRESS")]
    pub mail_from: Option<String>,

    /// The address that answers go to
    #[arg(long, env = "ROTA_MAIL_REPLY_TO", value_name = "ADDRESS")]
    pub mail_reply_to: Option<String>,

    /// The language of mails to addresses that belong to no user: de or en
    #[arg(long, env = "ROTA_MAIL_LANGUAGE", value_name = "LANGUAGE")]
    pub mail_language: Option<String>,

    /// Addresses that get a mail about the problems of every task, separated by commas
    #[arg(long, env = "ROTA_MAIL_PROBLEMS_TO", value_name = "ADDRESSES")]
    pub mail_problems_to: Option<String>,

    /// A file (PEM) with further certificates that the mail server's may be signed with
    #[arg(long, env = "ROTA_SMTP_CA_FILE", value_name = "FILE")]
    pub smtp_ca_file: Option<PathBuf>,

    /// How long connecting to the mail server, or handing it one mail, or a call of a webhook may take, in seconds
    #[arg(long, env = "ROTA_DELIVERY_TIMEOUT_SEC", default_value_t = 30, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=300))]
    pub delivery_timeout_sec: u64,
}

impl MailFlags {
    /// What is fixed.
    ///
    /// # Errors
    /// The variable, and what would be right.
    pub fn fixed(&self) -> Result<MailInput, SettingError> {
        let text = |value: &Option<String>| value.clone().filter(|v| !v.is_empty());
        let list = |value: String| value.split(',').map(|a| json!(a.trim())).collect::<Vec<_>>().into();
        let whole = |value: String| value.parse::<i64>().map_or(json!(value), |n| json!(n));
        let truth = |value: String| value.parse::<bool>().map_or(json!(value), |b| json!(b));
        let given: [(&str, &'static str, Option<Value>); 10] = [
            ("enabled", "ROTA_MAIL_ENABLED", text(&self.mail_enabled).map(truth)),
            ("host", "ROTA_SMTP_HOST", text(&self.smtp_host).map(Value::from)),
            ("port", "ROTA_SMTP_PORT", text(&self.smtp_port).map(whole)),
            ("tls", "ROTA_SMTP_TLS", text(&self.smtp_tls).map(Value::from)),
            ("user", "ROTA_SMTP_USER", text(&self.smtp_user).map(Value::from)),
            ("password", "ROTA_SMTP_PASSWORD", text(&self.smtp_password).map(Value::from)),
            ("sender", "ROTA_MAIL_FROM", text(&self.mail_from).map(Value::from)),
            ("reply_to", "ROTA_MAIL_REPLY_TO", text(&self.mail_reply_to).map(Value::from)),
            ("language", "ROTA_MAIL_LANGUAGE", text(&self.mail_language).map(Value::from)),
            ("problems_to", "ROTA_MAIL_PROBLEMS_TO", text(&self.mail_problems_to).map(list)),
        ];
        let mut fields = Map::new();
        for (field, variable, value) in given {
            let Some(value) = value else { continue };
            MailInput::read(&Raw::from_value(&json!({ field: value }))).map_err(|e| wrong(variable, &e))?;
            fields.insert(field.to_owned(), value);
        }
        MailInput::read(&Raw::from_value(&Value::Object(fields))).map_err(|e| wrong("ROTA_SMTP_HOST", &e))
    }

    /// How long one step of a delivery may take.
    pub fn timeout(&self) -> Duration {
        Duration::from_secs(self.delivery_timeout_sec)
    }
}

fn wrong(variable: &'static str, error: &Error) -> SettingError {
    let reason = error.parameters(Lang::En).get("reason").and_then(Value::as_str).map(str::to_owned);
    SettingError::new(variable, reason.unwrap_or_else(|| error.sentence(Lang::En)))
}

#[cfg(test)]
mod tests {
    use crate::config::Config;
    use domain::mail::{Password, SmtpTls};

    fn fixed(flags: &[&str]) -> Result<domain::mail::MailInput, String> {
        Config::from_flags(flags.iter().copied()).unwrap().mail.fixed().map_err(|e| e.to_string())
    }

    #[test]
    fn what_is_given_is_fixed() {
        let mail = fixed(&[
            "--smtp-host=mail.example.org",
            "--smtp-port=465",
            "--smtp-tls=tls",
            "--smtp-password=1234",
            "--mail-problems-to=a@example.org, b@example.org",
            "--smtp-user=",
        ])
        .unwrap();
        assert_eq!(mail.names(), ["host", "port", "tls", "problems_to", "password"]);
        assert_eq!((mail.port, mail.tls), (Some(465), Some(SmtpTls::Tls)));
        assert!(mail.password == Some(Password::New("1234".into())));
        assert_eq!(mail.problems_to.unwrap().len(), 2);
    }

    #[test]
    fn wrong_values_are_named_by_their_variable() {
        for (flag, start) in [
            ("--smtp-port=x", "ROTA_SMTP_PORT: must be a whole number"),
            ("--smtp-port=70000", "ROTA_SMTP_PORT: must be from 1"),
            ("--smtp-tls=ssl", "ROTA_SMTP_TLS: must be one of"),
            ("--mail-from=rota", "ROTA_MAIL_FROM: must be an address"),
            ("--mail-enabled=yes", "ROTA_MAIL_ENABLED: must be true"),
            ("--mail-problems-to=a@example.org,b", "ROTA_MAIL_PROBLEMS_TO: must be an address"),
        ] {
            let error = fixed(&[flag]).err().unwrap_or_else(|| panic!("{flag} was taken"));
            assert!(error.starts_with(start), "{error}");
        }
    }
}
