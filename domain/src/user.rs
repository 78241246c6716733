//! Users, their rights, and what is known of an API token.

use crate::error::Error;
use crate::ids::{TokenId, UserId};
use crate::json::Raw;
use crate::l10n::{L10n, Lang};
use crate::reader::{Fields, at_most, step};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// The right to everything, everyone's tasks included.
pub const ROOT: &str = "system.root";
/// The right to have tasks of one's own.
pub const TASK: &str = "system.task";
/// Fewest characters of a password.
pub const PASSWORD_MIN: usize = 8;
/// Most characters of a password; argon2 reads all of them.
pub const PASSWORD_MAX: usize = 1000;
/// Most bytes of what apps keep for a person.
pub const PREFS_MAX: usize = 64 * 1024;
const NAME_MAX: usize = 200;

/// A user, without the password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct User {
    /// From 1.
    #[serde(rename = "_id")]
    pub id: UserId,
    /// What people see: the display name, or else the login.
    #[serde(rename = "_generated_displayname")]
    pub generated_displayname: String,
    /// Unique whatever its case.
    pub login: String,
    /// Empty if unknown.
    pub email: String,
    /// Empty if none was given.
    pub displayname: String,
    /// The language of mails and pages.
    pub language: Lang,
    /// Sorted; known rights only.
    pub system_rights: Vec<String>,
    /// What apps keep for this person: a map by app name, byte for byte as sent.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub frontend_prefs: Raw,
    /// When the user was made.
    pub created_at: Timestamp,
    /// When the user was last changed.
    pub updated_at: Timestamp,
}

impl User {
    /// Whether everything is allowed.
    pub fn is_root(&self) -> bool {
        self.system_rights.iter().any(|right| right == ROOT)
    }
}

/// A user as the API answers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UserObject {
    /// Always `user`.
    #[serde(rename = "_basetype")]
    pub basetype: String,
    /// The user.
    pub user: User,
}

impl From<User> for UserObject {
    fn from(user: User) -> UserObject {
        UserObject { basetype: "user".to_owned(), user }
    }
}

/// Who is logged in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionObject {
    /// Always `user`.
    #[serde(rename = "_basetype")]
    pub basetype: String,
    /// Who.
    pub user: User,
    /// Whether the password was made up by the program, so that pages ask for another one first; left out if not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub must_change_password: bool,
}

/// The name that people see.
pub fn generated_displayname(login: &str, displayname: &str) -> String {
    if displayname.is_empty() { login.to_owned() } else { displayname.to_owned() }
}

/// What a client sends of a user. Absent fields keep their value, or get the default on creation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UserInput {
    /// Required on creation.
    pub login: Option<String>,
    /// Required on creation. Never answered, never logged.
    pub password: Option<String>,
    /// May be empty.
    pub email: Option<String>,
    /// May be empty.
    pub displayname: Option<String>,
    /// Default English.
    pub language: Option<Lang>,
    /// Default `["system.task"]`.
    pub system_rights: Option<Vec<String>>,
    /// A map by app name, as sent. Default `{}`.
    pub frontend_prefs: Option<Raw>,
}

impl UserInput {
    /// Reads `{login, password, …}`, bare or inside `{"user": {…}}`, as answers have it.
    ///
    /// # Errors
    /// The contract's field errors.
    pub fn read(raw: &Raw) -> Result<UserInput, Error> {
        let mut outer = Fields::open(raw, "")?;
        if let Some(inner) = outer.raw("user") {
            outer.ignore(&["_basetype"]);
            outer.finish()?;
            return UserInput::fields(Fields::open(&inner, "/user")?);
        }
        UserInput::fields(outer)
    }

    fn fields(mut f: Fields) -> Result<UserInput, Error> {
        f.ignore(&["_id", "_generated_displayname", "_basetype", "created_at", "updated_at"]);
        let input = UserInput {
            login: read_login(&mut f)?,
            password: read_password(&mut f)?,
            email: read_email(&mut f)?,
            displayname: read_displayname(&mut f)?,
            language: read_language(&mut f)?,
            system_rights: read_rights(&mut f)?,
            frontend_prefs: read_prefs(&mut f)?,
        };
        f.finish()?;
        Ok(input)
    }
}

fn read_login(f: &mut Fields) -> Result<Option<String>, Error> {
    let Some(login) = f.get::<String>("login")? else { return Ok(None) };
    let login = login.trim().to_owned();
    if login.is_empty() || login.chars().count() > NAME_MAX || login.chars().any(char::is_control) {
        return Err(Error::field(
            f.at("login"),
            L10n::fixed("muss 1 bis 200 Zeichen haben", "must have 1 to 200 characters"),
        ));
    }
    Ok(Some(login))
}

fn read_password(f: &mut Fields) -> Result<Option<String>, Error> {
    let Some(password) = f.get::<String>("password")? else { return Ok(None) };
    let pointer = f.at("password");
    check_password(&password).map_err(|reason| Error::field(pointer, reason))?;
    Ok(Some(password))
}

/// Whether a new password will do; the reason if not.
///
/// # Errors
/// The reason, in both languages.
pub fn check_password(password: &str) -> Result<(), L10n> {
    let n = password.chars().count();
    if (PASSWORD_MIN..=PASSWORD_MAX).contains(&n) {
        return Ok(());
    }
    Err(L10n::fixed("muss 8 bis 1000 Zeichen haben", "must have 8 to 1000 characters"))
}

fn read_email(f: &mut Fields) -> Result<Option<String>, Error> {
    let Some(email) = f.get::<String>("email")? else { return Ok(None) };
    if !email.is_empty() {
        let pointer = f.at("email");
        crate::task::check_address(&email).map_err(|reason| Error::EmailInvalid { pointer, reason })?;
    }
    Ok(Some(email))
}

fn read_displayname(f: &mut Fields) -> Result<Option<String>, Error> {
    let name = f.get::<String>("displayname")?;
    if let Some(name) = &name {
        check_name(name, f.at("displayname"))?;
    }
    Ok(name)
}

/// Names stand in one line; and PostgreSQL keeps no NUL.
fn check_name(name: &str, pointer: String) -> Result<(), Error> {
    if name.chars().any(char::is_control) {
        let reason = L10n::fixed("darf keine Steuerzeichen enthalten", "must not contain control characters");
        return Err(Error::field(pointer, reason));
    }
    at_most(name, NAME_MAX, pointer)
}

fn read_language(f: &mut Fields) -> Result<Option<Lang>, Error> {
    let Some(tag) = f.get::<String>("language")? else { return Ok(None) };
    let wrong = || Error::field(f.at("language"), L10n::fixed("muss de-DE oder en-US sein", "must be de-DE or en-US"));
    Lang::from_tag(&tag).map(Some).ok_or_else(wrong)
}

fn read_rights(f: &mut Fields) -> Result<Option<Vec<String>>, Error> {
    let Some(mut rights) = f.get::<Vec<String>>("system_rights")? else { return Ok(None) };
    for (i, right) in rights.iter().enumerate() {
        if right != ROOT && right != TASK {
            let reason = L10n::fixed("muss system.root oder system.task sein", "must be system.root or system.task");
            return Err(Error::field(step(&f.at("system_rights"), &i.to_string()), reason));
        }
    }
    rights.sort();
    rights.dedup();
    Ok(Some(rights))
}

fn read_prefs(f: &mut Fields) -> Result<Option<Raw>, Error> {
    let Some(raw) = f.raw("frontend_prefs") else { return Ok(None) };
    if raw.is_null() {
        return Ok(Some(Raw::empty_object()));
    }
    let wrong = |de, en| Err(Error::field(f.at("frontend_prefs"), L10n::fixed(de, en)));
    match raw {
        raw if !raw.is_object() => wrong("muss ein Objekt sein", "must be an object"),
        raw if raw.get().len() > PREFS_MAX => wrong("darf höchstens 64 KiB haben", "must have at most 64 KiB"),
        raw => Ok(Some(raw)),
    }
}

/// An API token, without its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Token {
    /// From 1.
    #[serde(rename = "_id")]
    pub id: TokenId,
    /// What the user calls it.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it is refused; `None`: never.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
}

/// What a client sends to get an API token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenInput {
    /// 1 to 200 characters.
    pub name: String,
    /// `None`: never expires.
    pub expires_at: Option<Timestamp>,
}

impl TokenInput {
    /// Reads `{name, expires_at?}`.
    ///
    /// # Errors
    /// The contract's field errors; an expiry that is not after `now` is one.
    pub fn read(raw: &Raw, now: Timestamp) -> Result<TokenInput, Error> {
        let mut f = Fields::open(raw, "")?;
        f.ignore(&["_id", "created_at", "last_used_at"]);
        let name: String = f.required("name")?;
        let expires_at = f.nullable("expires_at")?.flatten();
        if name.trim().is_empty() {
            return Err(Error::field("/name", L10n::fixed("darf nicht leer sein", "must not be empty")));
        }
        check_name(&name, f.at("name"))?;
        if expires_at.is_some_and(|t| t <= now) {
            return Err(Error::field(
                "/expires_at",
                L10n::fixed("muss in der Zukunft liegen", "must be in the future"),
            ));
        }
        f.finish()?;
        Ok(TokenInput { name, expires_at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pointer(error: Error) -> serde_json::Value {
        error.parameters(Lang::En)["pointer"].clone()
    }

    #[test]
    fn an_answer_can_be_sent_back_whole() {
        let body = json!({"_basetype": "user", "user": {"_id": 1, "_generated_displayname": "A", "login": "a", "email": "",
            "displayname": "A", "language": "de-DE", "system_rights": ["system.task", "system.root", "system.task"],
            "frontend_prefs": {"other": {"x": 1}}, "created_at": "x", "updated_at": 1}});
        let input = UserInput::read(&Raw::from_value(&body)).unwrap();
        assert_eq!(input.system_rights.unwrap(), [ROOT, TASK]);
        assert_eq!((input.language, input.password), (Some(Lang::De), None));
        assert_eq!(input.frontend_prefs.unwrap().get(), r#"{"other":{"x":1}}"#);
        let token = json!({"_id": 1, "name": "n", "created_at": "x", "expires_at": null, "last_used_at": null});
        assert!(TokenInput::read(&Raw::from_value(&token), Timestamp::from_ms(0)).is_ok());
    }

    #[test]
    fn wrong_fields_are_named() {
        let user = |body| pointer(UserInput::read(&Raw::from_value(&body)).unwrap_err());
        assert_eq!(user(json!({"login": " "})), "/login");
        assert_eq!(user(json!({"displayname": "a\u{0}b"})), "/displayname");
        assert_eq!(user(json!({"password": "short"})), "/password");
        assert_eq!(user(json!({"user": {"system_rights": ["system.task", "x"]}})), "/user/system_rights/1");
        assert_eq!(user(json!({"user": {"language": "fr"}})), "/user/language");
        assert_eq!(user(json!({"passwort": "x"})), "/passwort");
        assert_eq!(user(json!({"user": {"frontend_prefs": []}})), "/user/frontend_prefs");
        assert_eq!(user(json!({"frontend_prefs": {"rota": "x".repeat(PREFS_MAX)}})), "/frontend_prefs");
        let token = |body| pointer(TokenInput::read(&Raw::from_value(&body), Timestamp::from_ms(1)).unwrap_err());
        assert_eq!(token(json!({})), "/name");
        assert_eq!(token(json!({"name": "a\u{7}"})), "/name");
        assert_eq!(token(json!({"name": "a", "expires_at": "1970-01-01T00:00:00Z"})), "/expires_at");
    }
}
