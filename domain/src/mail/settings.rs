//! The server-wide settings of mail: what they are, and what a change makes of them.

mod read;

use crate::error::Error;
use crate::json::Raw;
use crate::l10n::{L10n, Lang};
use crate::reader::Fields;
use crate::task::check_address;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Most addresses that hear of the problems of every task.
pub const MAX_PROBLEMS_TO: usize = 100;
/// Most characters of a host, a user and a password.
const TEXT_MAX: usize = 1000;

/// How the connection to the mail server is secured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum SmtpTls {
    /// Not at all.
    None,
    /// It begins in the clear and must become secure (usually port 587).
    #[default]
    StartTls,
    /// From its first byte (usually port 465).
    Tls,
}

impl SmtpTls {
    /// All.
    pub const ALL: [SmtpTls; 3] = [SmtpTls::None, SmtpTls::StartTls, SmtpTls::Tls];

    /// As the contract writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            SmtpTls::None => "none",
            SmtpTls::StartTls => "starttls",
            SmtpTls::Tls => "tls",
        }
    }

    /// From the contract's word.
    pub fn parse(text: &str) -> Option<SmtpTls> {
        SmtpTls::ALL.into_iter().find(|tls| tls.as_str() == text)
    }
}

/// How mail is sent, and who hears of every problem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MailSettings {
    /// Whether mail is sent at all; it also needs a host and a sender.
    pub enabled: bool,
    /// The mail server's name or address.
    pub host: String,
    /// The mail server's port, from 1.
    pub port: u16,
    /// How the connection is secured.
    pub tls: SmtpTls,
    /// Who logs in to the mail server; empty: nobody.
    pub user: String,
    /// The password for that: `{"_secret": true}` where there is one.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub password: Option<Raw>,
    /// The address that mails come from.
    pub sender: String,
    /// The address that answers go to; empty: the sender.
    pub reply_to: String,
    /// The language of mails to addresses that belong to no user.
    pub language: Lang,
    /// Addresses that get a mail about the problems of every task.
    pub problems_to: Vec<String>,
}

impl Default for MailSettings {
    fn default() -> MailSettings {
        MailSettings {
            enabled: true,
            host: String::new(),
            port: 587,
            tls: SmtpTls::StartTls,
            user: String::new(),
            password: None,
            sender: String::new(),
            reply_to: String::new(),
            language: Lang::En,
            problems_to: vec![],
        }
    }
}

/// The settings as the API answers them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MailObject {
    /// In force.
    pub mail: MailSettings,
    /// The fields that the server's environment sets, which therefore cannot be changed here.
    pub fixed: Vec<String>,
}

/// What becomes of the password.
#[derive(Clone, PartialEq, Eq)]
pub enum Password {
    /// It stays as it is.
    Keep,
    /// There is none any more.
    Remove,
    /// This one, in plain text.
    New(String),
}

/// A change, or what the environment fixes: the fields that are `Some`.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct MailInput {
    /// See [`MailSettings`], as for all below.
    pub enabled: Option<bool>,
    /// Without spaces.
    pub host: Option<String>,
    /// From 1.
    pub port: Option<u16>,
    /// One of three.
    pub tls: Option<SmtpTls>,
    /// May be empty.
    pub user: Option<String>,
    /// Never shown.
    pub password: Option<Password>,
    /// Checked, or empty.
    pub sender: Option<String>,
    /// Checked, or empty.
    pub reply_to: Option<String>,
    /// One of two.
    pub language: Option<Lang>,
    /// Checked.
    pub problems_to: Option<Vec<String>>,
}

/// Each field that is compared and copied alike, with the environment variable that may fix it.
macro_rules! each_field {
    ($do:ident) => {
        $do!(enabled, "ROTA_MAIL_ENABLED");
        $do!(host, "ROTA_SMTP_HOST");
        $do!(port, "ROTA_SMTP_PORT");
        $do!(tls, "ROTA_SMTP_TLS");
        $do!(user, "ROTA_SMTP_USER");
        $do!(sender, "ROTA_MAIL_FROM");
        $do!(reply_to, "ROTA_MAIL_REPLY_TO");
        $do!(language, "ROTA_MAIL_LANGUAGE");
        $do!(problems_to, "ROTA_MAIL_PROBLEMS_TO");
    };
}

impl MailInput {
    /// Reads a change: `{"mail": {…}}` as it is answered, or the fields alone.
    ///
    /// # Errors
    /// The contract's field errors.
    pub fn read(raw: &Raw) -> Result<MailInput, Error> {
        let mut outer = Fields::open(raw, "")?;
        if let Some(inner) = outer.raw("mail") {
            outer.ignore(&["fixed"]);
            outer.finish()?;
            return read::fields(Fields::open(&inner, "/mail")?);
        }
        read::fields(outer)
    }

    /// The names of the fields that are set.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<&str> = vec![];
        macro_rules! name {
            ($field:ident, $variable:literal) => {
                if self.$field.is_some() {
                    names.push(stringify!($field));
                }
            };
        }
        each_field!(name);
        if self.password.is_some() {
            names.push("password");
        }
        names.into_iter().map(str::to_owned).collect()
    }

    /// The settings with this change; `seal` makes of a password what is kept.
    #[must_use]
    pub fn applied(&self, to: &MailSettings, seal: impl FnOnce(&str) -> String) -> MailSettings {
        let mut settings = to.clone();
        macro_rules! copy {
            ($field:ident, $variable:literal) => {
                if let Some(value) = &self.$field {
                    settings.$field = value.clone();
                }
            };
        }
        each_field!(copy);
        match &self.password {
            None | Some(Password::Keep) => {}
            Some(Password::Remove) => settings.password = None,
            Some(Password::New(plain)) => settings.password = Some(secret(json!(seal(plain)))),
        }
        settings
    }

    /// Refuses a change of what the environment fixes. `pointer` is where the fields stand in the body.
    ///
    /// # Errors
    /// `FieldInvalid` at the field, which names the variable.
    pub fn allowed_beside(&self, fixed: &MailInput, pointer: &str) -> Result<(), Error> {
        macro_rules! check {
            ($field:ident, $variable:literal) => {
                if let (Some(wanted), Some(fixed)) = (&self.$field, &fixed.$field)
                    && wanted != fixed
                {
                    return Err(is_fixed(pointer, stringify!($field), $variable));
                }
            };
        }
        each_field!(check);
        let changes = self.password.as_ref().is_some_and(|p| *p != Password::Keep);
        if changes && fixed.password.is_some() && self.password != fixed.password {
            return Err(is_fixed(pointer, "password", "ROTA_SMTP_PASSWORD"));
        }
        Ok(())
    }
}

impl MailSettings {
    /// Whether mail is sent.
    pub fn active(&self) -> bool {
        self.enabled && !self.host.is_empty() && !self.sender.is_empty()
    }

    /// As they may leave the server.
    #[must_use]
    pub fn masked(mut self) -> MailSettings {
        self.password = self.password.map(|_| secret(json!(true)));
        self
    }
}

fn secret(value: serde_json::Value) -> Raw {
    Raw::from_value(&json!({ "_secret": value }))
}

fn is_fixed(pointer: &str, field: &str, variable: &str) -> Error {
    Error::field(
        format!("{pointer}/{field}"),
        L10n::new(
            format!("ist durch {variable} am Server festgelegt und kann hier nicht geändert werden"),
            format!("is set by {variable} on the server and cannot be changed here"),
        ),
    )
}

/// Who gets a mail now, for trying the settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MailTest {
    /// An address.
    pub to: String,
}

impl MailTest {
    /// Reads the body.
    ///
    /// # Errors
    /// The contract's field errors.
    pub fn read(raw: &Raw) -> Result<MailTest, Error> {
        let mut f = Fields::open(raw, "")?;
        let to: String = f.required("to")?;
        let pointer = f.at("to");
        f.finish()?;
        check_address(&to).map_err(|reason| Error::EmailInvalid { pointer, reason })?;
        Ok(MailTest { to })
    }
}

/// How the test went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MailTested {
    /// Whether the mail server took the mail.
    pub ok: bool,
    /// What was said, a line each: `C: ` is Rota, `S: ` the mail server; no credentials.
    pub conversation: Vec<String>,
    /// What went wrong, in the caller's language.
    pub error: Option<String>,
}

#[cfg(test)]
mod tests;
