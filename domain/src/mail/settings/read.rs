//! Reading a change of the settings of mail, field by field.

use super::{MAX_PROBLEMS_TO, MailInput, Password, SmtpTls, TEXT_MAX};
use crate::error::Error;
use crate::l10n::{L10n, Lang};
use crate::reader::{Fields, at_most};
use crate::task::check_address;
use serde_json::{Value, json};

/// Reads all of them.
pub fn fields(mut f: Fields) -> Result<MailInput, Error> {
    let input = MailInput {
        enabled: f.get("enabled")?,
        host: read_host(&mut f)?,
        port: read_port(&mut f)?,
        tls: read_tls(&mut f)?,
        user: read_text(&mut f, "user")?,
        password: read_password(&mut f)?,
        sender: read_address(&mut f, "sender")?,
        reply_to: read_address(&mut f, "reply_to")?,
        language: read_language(&mut f)?,
        problems_to: read_problems_to(&mut f)?,
    };
    f.finish()?;
    Ok(input)
}

fn read_text(f: &mut Fields, name: &str) -> Result<Option<String>, Error> {
    let Some(text) = f.get::<String>(name)? else { return Ok(None) };
    at_most(&text, TEXT_MAX, f.at(name))?;
    if text.chars().any(char::is_control) {
        let reason = L10n::fixed("darf keine Steuerzeichen enthalten", "must not contain control characters");
        return Err(Error::field(f.at(name), reason));
    }
    Ok(Some(text))
}

fn read_host(f: &mut Fields) -> Result<Option<String>, Error> {
    let host = read_text(f, "host")?.map(|host| host.trim().to_owned());
    if host.as_ref().is_some_and(|host| host.contains(|c: char| c.is_whitespace() || c == '/' || c == '@')) {
        let reason = L10n::fixed(
            "muss ein Name oder eine Adresse sein, etwa mail.example.org",
            "must be a name or an address such as mail.example.org",
        );
        return Err(Error::field(f.at("host"), reason));
    }
    Ok(host)
}

fn read_port(f: &mut Fields) -> Result<Option<u16>, Error> {
    let Some(n) = f.get::<i64>("port")? else { return Ok(None) };
    let wrong = || Error::field(f.at("port"), L10n::fixed("muss von 1 bis 65535 sein", "must be from 1 to 65535"));
    u16::try_from(n).ok().filter(|n| *n > 0).map(Some).ok_or_else(wrong)
}

fn read_tls(f: &mut Fields) -> Result<Option<SmtpTls>, Error> {
    let Some(word) = f.get::<String>("tls")? else { return Ok(None) };
    let reason = L10n::fixed("muss eines hiervon sein: none, starttls, tls", "must be one of: none, starttls, tls");
    SmtpTls::parse(&word).map(Some).ok_or_else(|| Error::field(f.at("tls"), reason))
}

fn read_language(f: &mut Fields) -> Result<Option<Lang>, Error> {
    let Some(tag) = f.get::<String>("language")? else { return Ok(None) };
    let reason = L10n::fixed("muss de-DE oder en-US sein", "must be de-DE or en-US");
    Lang::from_tag(&tag).map(Some).ok_or_else(|| Error::field(f.at("language"), reason))
}

fn read_address(f: &mut Fields, name: &str) -> Result<Option<String>, Error> {
    let Some(address) = f.get::<String>(name)? else { return Ok(None) };
    if !address.is_empty() {
        let pointer = f.at(name);
        check_address(&address).map_err(|reason| Error::EmailInvalid { pointer, reason })?;
    }
    Ok(Some(address))
}

fn read_problems_to(f: &mut Fields) -> Result<Option<Vec<String>>, Error> {
    let Some(list) = f.get::<Vec<String>>("problems_to")? else { return Ok(None) };
    if list.len() > MAX_PROBLEMS_TO {
        let reason = L10n::fixed("darf höchstens 100 Adressen haben", "must have at most 100 addresses");
        return Err(Error::field(f.at("problems_to"), reason));
    }
    for (i, address) in list.iter().enumerate() {
        let pointer = format!("{}/{i}", f.at("problems_to"));
        check_address(address).map_err(|reason| Error::EmailInvalid { pointer, reason })?;
    }
    Ok(Some(list))
}

/// A text is a new one, `null` none; what was answered, `{"_secret": true}`, leaves it.
fn read_password(f: &mut Fields) -> Result<Option<Password>, Error> {
    let Some(raw) = f.raw("password") else { return Ok(None) };
    let wrong = || {
        let reason = L10n::fixed(
            "muss ein Text von 1 bis 1000 Zeichen, null oder {\"_secret\": true} sein",
            "must be a text of 1 to 1000 characters, null or {\"_secret\": true}",
        );
        Error::field(f.at("password"), reason)
    };
    match raw.value() {
        Value::Null => Ok(Some(Password::Remove)),
        value if value == json!({"_secret": true}) => Ok(Some(Password::Keep)),
        Value::String(text) if (1..=TEXT_MAX).contains(&text.chars().count()) => Ok(Some(Password::New(text))),
        _ => Err(wrong()),
    }
}
