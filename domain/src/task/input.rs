//! Reading what clients send of a task.

use super::{Email, MAX_BATCH, MAX_DESCRIPTION, MAX_RECIPIENTS, MAX_TIMEOUT_SEC, OptionsInput, Recipient};
use crate::error::Error;
use crate::ids::TaskId;
use crate::json::{Raw, RawMap};
use crate::l10n::L10n;
use crate::reader::{Fields, at_most, read};
use crate::schedule::{Schedule, read_schedules};
use crate::time::Timestamp;

/// What a client sent. `None` is a field left out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TaskInput {
    /// With an id it is an update.
    pub id: Option<TaskId>,
    /// Stored + 1 on an update.
    pub version: Option<i64>,
    /// See [`super::Task`], as for all below.
    pub description: Option<String>,
    /// Required on creation.
    pub task_module: Option<String>,
    /// Not checked against the module yet.
    pub task_params: Option<RawMap>,
    /// In seconds.
    pub task_timeout_sec: Option<i64>,
    /// Normalised.
    pub schedules: Option<Vec<Schedule>>,
    /// `Some(None)` is an explicit `null`.
    pub next_run_at: Option<Option<Timestamp>>,
    /// Addresses checked.
    pub email: Option<Email>,
    /// As sent.
    pub frontend_prefs: Option<Raw>,
    /// Beyond the reference API.
    pub options: OptionsInput,
    /// Where the object stood in the body, for later errors.
    pub pointer: String,
}

/// What the server or the runner writes: known, and ignored.
const SERVER_FIELDS: [&str; 12] = [
    "_user",
    "_basetype",
    "created_at",
    "updated_at",
    "state",
    "status",
    "status_msg",
    "status_percent",
    "run_started_at",
    "run_finished_at",
    "run_canceled_at",
    "retry_at",
];

/// Reads the body of `POST /task`: an array of task objects, or one. The flag says whether it was an array.
///
/// # Errors
/// The contract's field errors, their pointers starting with the array index.
pub fn read_batch(body: &Raw) -> Result<(Vec<TaskInput>, bool), Error> {
    if body.is_object() {
        return Ok((vec![read_one(body, "")?], false));
    }
    let items: Vec<Raw> = read(body, "").map_err(|_| {
        Error::field("", L10n::fixed("muss eine Liste von Aufgaben sein", "must be an array of task objects"))
    })?;
    if items.len() > MAX_BATCH {
        return Err(Error::field(
            "",
            L10n::fixed("darf höchstens 1000 Aufgaben haben", "must have at most 1000 tasks"),
        ));
    }
    let inputs = items.iter().enumerate().map(|(i, item)| read_one(item, &format!("/{i}")));
    Ok((inputs.collect::<Result<_, _>>()?, true))
}

/// Reads one `{"task": {…}}`.
///
/// # Errors
/// The contract's field errors.
pub fn read_one(body: &Raw, pointer: &str) -> Result<TaskInput, Error> {
    let mut outer = Fields::open(body, pointer)?;
    let inner: Raw =
        outer.raw("task").ok_or_else(|| Error::field(outer.at("task"), L10n::fixed("fehlt", "is missing")))?;
    outer.ignore(&["_user", "_basetype"]);
    let at = outer.at("task");
    outer.finish()?;
    let mut f = Fields::open(&inner, &at)?;
    f.ignore(&SERVER_FIELDS);
    let input = TaskInput {
        id: read_id(&mut f)?,
        version: read_version(&mut f)?,
        description: read_description(&mut f)?,
        task_module: f.get("task_module")?,
        task_params: f.nullable("task_params")?.map(Option::unwrap_or_default),
        task_timeout_sec: read_timeout(&mut f)?,
        schedules: read_schedule_list(&mut f)?,
        next_run_at: f.nullable("next_run_at")?,
        email: read_email(&mut f)?,
        frontend_prefs: read_prefs(&mut f)?,
        options: OptionsInput::take(&mut f)?,
        pointer: pointer.to_owned(),
    };
    f.finish()?;
    Ok(input)
}

fn read_id(f: &mut Fields) -> Result<Option<TaskId>, Error> {
    match f.nullable::<i64>("_id")?.flatten() {
        Some(n) if n < 1 => Err(Error::field(f.at("_id"), L10n::fixed("muss mindestens 1 sein", "must be at least 1"))),
        id => Ok(id.map(TaskId)),
    }
}

/// Newer clients of the reference API call it `_version`.
fn read_version(f: &mut Fields) -> Result<Option<i64>, Error> {
    let newer = f.nullable("_version")?.flatten();
    Ok(f.nullable("version")?.flatten().or(newer))
}

fn read_description(f: &mut Fields) -> Result<Option<String>, Error> {
    let text = f.get::<String>("description")?;
    if let Some(text) = &text {
        at_most(text, MAX_DESCRIPTION, f.at("description"))?;
        // PostgreSQL text cannot hold it, and nobody means it.
        if text.contains('\0') {
            return Err(Error::field(
                f.at("description"),
                L10n::fixed("darf kein NUL-Zeichen enthalten", "must not contain a NUL character"),
            ));
        }
    }
    Ok(text)
}

fn read_timeout(f: &mut Fields) -> Result<Option<i64>, Error> {
    match f.get::<i64>("task_timeout_sec")? {
        Some(n) if !(0..=MAX_TIMEOUT_SEC).contains(&n) => Err(Error::field(
            f.at("task_timeout_sec"),
            L10n::fixed("muss von 0 bis 3153600000 sein (Sekunden)", "must be from 0 to 3153600000 (seconds)"),
        )),
        n => Ok(n),
    }
}

fn read_schedule_list(f: &mut Fields) -> Result<Option<Vec<Schedule>>, Error> {
    match f.raw("schedules") {
        None => Ok(None),
        Some(raw) if raw.is_null() => Ok(Some(vec![])),
        Some(raw) => read_schedules(&raw, &f.at("schedules")).map(Some),
    }
}

fn read_prefs(f: &mut Fields) -> Result<Option<Raw>, Error> {
    match f.raw("frontend_prefs") {
        None => Ok(None),
        Some(raw) if raw.is_null() => Ok(Some(Raw::empty_object())),
        Some(raw) if raw.is_object() => Ok(Some(raw)),
        Some(_) => Err(Error::field(f.at("frontend_prefs"), L10n::fixed("muss ein Objekt sein", "must be an object"))),
    }
}

fn read_email(f: &mut Fields) -> Result<Option<Email>, Error> {
    let Some(raw) = f.raw("email") else { return Ok(None) };
    if raw.is_null() {
        return Ok(Some(Email::default()));
    }
    let mut e = Fields::open(&raw, &f.at("email"))?;
    let at = e.at("recipients");
    let list: Vec<Raw> = e.nullable("recipients")?.flatten().unwrap_or_default();
    e.finish()?;
    if list.len() > MAX_RECIPIENTS {
        return Err(Error::field(
            at,
            L10n::fixed("darf höchstens 100 Empfänger haben", "must have at most 100 recipients"),
        ));
    }
    let recipients = list.iter().enumerate().map(|(i, raw)| read_recipient(raw, &format!("{at}/{i}")));
    Ok(Some(Email { recipients: recipients.collect::<Result<_, _>>()? }))
}

fn read_recipient(raw: &Raw, pointer: &str) -> Result<Recipient, Error> {
    let mut f = Fields::open(raw, pointer)?;
    let email: String = f.required("email")?;
    let problems_only = f.nullable("problems_only")?.flatten().unwrap_or(false);
    let at = f.at("email");
    f.finish()?;
    check_address(&email).map_err(|reason| Error::EmailInvalid { pointer: at, reason })?;
    Ok(Recipient { email, problems_only })
}

/// Checks a mail address by RFC 5321, 4.1.2 and 4.5.3.1: a dot-string or quoted local part of at most 64 bytes, a domain
/// of letters, digits, hyphens and dots or an address literal. UTF-8 is taken as RFC 6531 has it.
///
/// # Errors
/// What is wrong, in both languages.
pub fn check_address(address: &str) -> Result<(), L10n> {
    if address.chars().any(char::is_control) {
        return Err(L10n::fixed("darf keine Steuerzeichen enthalten", "must not contain control characters"));
    }
    if address.len() > 254 {
        return Err(L10n::fixed("darf höchstens 254 Byte haben", "must have at most 254 bytes"));
    }
    let Some((local, domain)) = address.rsplit_once('@') else {
        return Err(L10n::fixed(
            "muss eine Adresse wie name@example.org sein",
            "must be an address such as name@example.org",
        ));
    };
    if local.len() > 64 || !(is_dot_string(local) || is_quoted(local)) {
        return Err(L10n::fixed("hat vor dem @ keinen gültigen Namen", "has no valid name before the @"));
    }
    if !(is_domain(domain) || is_literal(domain)) {
        return Err(L10n::fixed("hat hinter dem @ keine gültige Domain", "has no valid domain after the @"));
    }
    Ok(())
}

fn is_dot_string(s: &str) -> bool {
    let atext = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c) || !c.is_ascii();
    s.split('.').all(|atom| !atom.is_empty() && atom.chars().all(atext)) && !s.chars().any(char::is_whitespace)
}

fn is_quoted(s: &str) -> bool {
    let Some(inner) = s.strip_prefix('"').and_then(|s| s.strip_suffix('"')) else { return false };
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.next().is_none() => return false,
            '"' => return false,
            _ => {}
        }
    }
    s.len() >= 2
}

fn is_domain(s: &str) -> bool {
    let label = |l: &str| {
        (1..=63).contains(&l.len())
            && !l.starts_with('-')
            && !l.ends_with('-')
            && l.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || (!c.is_ascii() && c.is_alphanumeric()))
    };
    s.split('.').all(label)
}

fn is_literal(s: &str) -> bool {
    let Some(inner) = s.strip_prefix('[').and_then(|s| s.strip_suffix(']')) else { return false };
    match inner.strip_prefix("IPv6:") {
        Some(v6) => v6.parse::<std::net::Ipv6Addr>().is_ok(),
        None => inner.parse::<std::net::Ipv4Addr>().is_ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Result<TaskInput, Error> {
        read_one(&Raw::parse(text).unwrap(), "/2")
    }

    #[test]
    fn an_answer_can_be_sent_back_whole() {
        let input = one(
            r#"{"_user":{"x":1},"task":{"_id":1,"version":2,"created_at":5,"updated_at":[],"description":"d","task_module":"sleep",
            "task_params":{},"task_timeout_sec":0,"schedules":[],"next_run_at":null,"email":{"recipients":[]},"frontend_prefs":{"a": 1.0},
            "state":7,"status":"x","status_msg":null,"status_percent":null,"run_started_at":null,"run_finished_at":null,"run_canceled_at":null}}"#,
        )
        .unwrap();
        assert_eq!((input.id, input.version, input.next_run_at), (Some(TaskId(1)), Some(2), Some(None)));
        assert_eq!(input.frontend_prefs.unwrap().get(), r#"{"a": 1.0}"#);
    }

    #[test]
    fn unknown_and_wrong_fields_are_named() {
        let pointer = |text| one(text).unwrap_err().parameters(crate::Lang::En)["pointer"].clone();
        assert_eq!(pointer(r#"{"task":{"descripton":"x"}}"#), "/2/task/descripton");
        assert_eq!(pointer(r#"{"tsk":{}}"#), "/2/task");
        assert_eq!(pointer(r#"{"task":{"task_timeout_sec":-1}}"#), "/2/task/task_timeout_sec");
        assert_eq!(pointer(r#"{"task":{"task_timeout_sec":1.5}}"#), "/2/task/task_timeout_sec");
        assert_eq!(pointer(r#"{"task":{"next_run_at":"tomorrow"}}"#), "/2/task/next_run_at");
        assert_eq!(
            pointer(r#"{"task":{"email":{"recipients":[{"email":"a@b"},{"email":"a\r\nBcc: c@d"}]}}}"#),
            "/2/task/email/recipients/1/email"
        );
        assert_eq!(pointer(r#"{"task":{"frontend_prefs":[]}}"#), "/2/task/frontend_prefs");
    }

    #[test]
    fn the_older_name_of_the_version_wins() {
        assert_eq!(one(r#"{"task":{"_version":3}}"#).unwrap().version, Some(3));
        assert_eq!(one(r#"{"task":{"_version":3,"version":4}}"#).unwrap().version, Some(4));
    }

    #[test]
    fn addresses_follow_rfc_5321() {
        for good in [
            "a@b",
            "ops+x@example.org",
            "\"a b\"@example.org",
            "x@[127.0.0.1]",
            "x@[IPv6:::1]",
            "jörg@münchen.de",
            "a.b@c-d.e",
        ] {
            assert!(check_address(good).is_ok(), "{good}");
        }
        for bad in [
            "", "a", "@b", "a@", "a b@c", ".a@b", "a.@b", "a..b@c", "a@-b", "a@b-", "a@b..c", "a@b\n", "a\r\n@b",
            "<a@b>", "a@[x]", "\"a@b", "a@b c",
        ] {
            assert!(check_address(bad).is_err(), "{bad}");
        }
        assert!(check_address(&format!("{}@b", "a".repeat(65))).is_err());
    }
}
