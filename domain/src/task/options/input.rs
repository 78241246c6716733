//! Reading options, and applying what was read.

use super::{
    CatchUp, MAX_ATTEMPTS, MAX_KEEP, MAX_NOTIFY_AFTER, MAX_PRIORITY, MAX_TAG, MAX_TAGS, MAX_URL, MAX_WAIT_SEC,
    MAX_WEBHOOKS, Overlap, Retry, Webhook, WebhookEvent,
};
use crate::error::Error;
use crate::json::Raw;
use crate::l10n::L10n;
use crate::reader::{Fields, at_most, read};
use crate::time::Timestamp;
use serde_json::Value;

/// What a client sent of the options. `None` is a field left out; `null` stands for the default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OptionsInput {
    retry: Option<Option<Retry>>,
    overlap: Option<Overlap>,
    catch_up: Option<CatchUp>,
    catch_up_window_sec: Option<i64>,
    jitter_sec: Option<i64>,
    paused_until: Option<Option<Timestamp>>,
    tags: Option<Vec<String>>,
    priority: Option<i64>,
    keep_runs: Option<Option<i64>>,
    keep_days: Option<Option<i64>>,
    notify_after: Option<i64>,
    notify_recovery: Option<bool>,
    digest: Option<bool>,
    webhooks: Option<Vec<Webhook>>,
}

impl OptionsInput {
    /// Takes the options out of a task's fields.
    ///
    /// # Errors
    /// `FieldInvalid`, `UnknownField`.
    pub(in crate::task) fn take(f: &mut Fields) -> Result<OptionsInput, Error> {
        Ok(OptionsInput {
            retry: object(f, "retry", read_retry)?,
            overlap: word(f, "overlap", &[("skip", Overlap::Skip), ("queue", Overlap::Queue)])?,
            catch_up: word(f, "catch_up", &[("none", CatchUp::None), ("one", CatchUp::One), ("all", CatchUp::All)])?,
            catch_up_window_sec: number(f, "catch_up_window_sec", 0, MAX_WAIT_SEC)?.map(|n| n.unwrap_or(0)),
            jitter_sec: number(f, "jitter_sec", 0, 86_400)?.map(|n| n.unwrap_or(0)),
            paused_until: f.nullable("paused_until")?,
            tags: list(f, "tags", MAX_TAGS, read_tag)?.map(sorted),
            priority: number(f, "priority", -MAX_PRIORITY, MAX_PRIORITY)?.map(|n| n.unwrap_or(0)),
            keep_runs: number(f, "keep_runs", 1, MAX_KEEP)?,
            keep_days: number(f, "keep_days", 1, MAX_KEEP)?,
            notify_after: number(f, "notify_after", 1, MAX_NOTIFY_AFTER)?.map(|n| n.unwrap_or(1)),
            notify_recovery: f.nullable("notify_recovery")?.map(|set| set.unwrap_or(true)),
            digest: f.nullable("digest")?.map(|set| set.unwrap_or(false)),
            webhooks: list(f, "webhooks", MAX_WEBHOOKS, read_webhook)?,
        })
    }
}

fn sorted(mut tags: Vec<String>) -> Vec<String> {
    tags.sort();
    tags.dedup();
    tags
}

/// A whole number in a range; `Some(None)` is `null`.
fn number(f: &mut Fields, name: &str, least: i64, most: i64) -> Result<Option<Option<i64>>, Error> {
    let given = f.nullable::<i64>(name)?;
    if given.flatten().is_some_and(|n| !(least..=most).contains(&n)) {
        let de = format!("muss eine ganze Zahl von {least} bis {most} sein");
        return Err(Error::field(f.at(name), L10n::new(de, format!("must be a whole number from {least} to {most}"))));
    }
    Ok(given)
}

/// One of some words; `null` is the default.
fn word<T: Copy + Default>(f: &mut Fields, name: &str, words: &[(&str, T)]) -> Result<Option<T>, Error> {
    let Some(given) = f.nullable::<String>(name)? else { return Ok(None) };
    let Some(given) = given else { return Ok(Some(T::default())) };
    let found = words.iter().find(|(word, _)| *word == given).map(|(_, value)| *value);
    found.map(Some).ok_or_else(|| none_of(f.at(name), &words.iter().map(|(word, _)| *word).collect::<Vec<_>>()))
}

fn none_of(pointer: String, words: &[&str]) -> Error {
    let words = words.join(", ");
    Error::field(pointer, L10n::new(format!("muss eines davon sein: {words}"), format!("must be one of {words}")))
}

fn object<T>(
    f: &mut Fields,
    name: &str,
    read: impl Fn(&Raw, &str) -> Result<T, Error>,
) -> Result<Option<Option<T>>, Error> {
    match f.raw(name) {
        None => Ok(None),
        Some(raw) if raw.is_null() => Ok(Some(None)),
        Some(raw) => read(&raw, &f.at(name)).map(|value| Some(Some(value))),
    }
}

fn list<T>(
    f: &mut Fields,
    name: &str,
    most: usize,
    read: impl Fn(&Raw, &str) -> Result<T, Error>,
) -> Result<Option<Vec<T>>, Error> {
    let Some(items) = f.nullable::<Vec<Raw>>(name)? else { return Ok(None) };
    let (items, at) = (items.unwrap_or_default(), f.at(name));
    if items.len() > most {
        let reason =
            L10n::new(format!("darf höchstens {most} Einträge haben"), format!("must have at most {most} entries"));
        return Err(Error::field(at, reason));
    }
    items.iter().enumerate().map(|(i, item)| read(item, &format!("{at}/{i}"))).collect::<Result<_, _>>().map(Some)
}

fn read_retry(raw: &Raw, pointer: &str) -> Result<Retry, Error> {
    let mut f = Fields::open(raw, pointer)?;
    let default = Retry::default();
    let mut value = |name: &str, least, most, default| {
        number(&mut f, name, least, most).map(|given| given.flatten().unwrap_or(default))
    };
    let backoff_sec = value("backoff_sec", 0, MAX_WAIT_SEC, default.backoff_sec)?;
    let retry = Retry {
        max_attempts: value("max_attempts", 2, MAX_ATTEMPTS, default.max_attempts)?,
        backoff_sec,
        factor: value("factor", 1, 10, default.factor)?,
        max_backoff_sec: value("max_backoff_sec", 0, MAX_WAIT_SEC, default.max_backoff_sec.max(backoff_sec))?,
    };
    f.finish()?;
    Ok(retry)
}

fn read_tag(raw: &Raw, pointer: &str) -> Result<String, Error> {
    let tag: String = read(raw, pointer)?;
    let tag = tag.trim();
    at_most(tag, MAX_TAG, pointer.to_owned())?;
    if tag.is_empty() || tag.chars().any(|c| c.is_control() || c == ',') {
        let reason = L10n::fixed(
            "muss ein Wort oder mehrere sein, ohne Komma und Steuerzeichen",
            "must be a word or several, without commas and control characters",
        );
        return Err(Error::field(pointer, reason));
    }
    Ok(tag.to_owned())
}

fn read_webhook(raw: &Raw, pointer: &str) -> Result<Webhook, Error> {
    let mut f = Fields::open(raw, pointer)?;
    let url: String = f.required("url")?;
    at_most(&url, MAX_URL, f.at("url"))?;
    if !is_web_address(&url) {
        let reason = L10n::fixed(
            "muss eine Adresse wie https://example.org/hook sein",
            "must be an address such as https://example.org/hook",
        );
        return Err(Error::field(f.at("url"), reason));
    }
    let secret = f.raw("secret").map_or(Value::Null, |raw| raw.value());
    let mut events = list(&mut f, "events", 10, read_event)?.unwrap_or_default();
    f.finish()?;
    events.sort();
    events.dedup();
    Ok(Webhook { url, secret, events })
}

/// Whether it looks like an address for the web; the rest is seen when it is called.
fn is_web_address(url: &str) -> bool {
    let rest = ["http://", "https://"].iter().find_map(|scheme| {
        let (start, rest) = url.split_at_checked(scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then_some(rest)
    });
    let plain = !url.chars().any(|c| c.is_whitespace() || c.is_control());
    plain && rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['/', '?', '#', ':']))
}

fn read_event(raw: &Raw, pointer: &str) -> Result<WebhookEvent, Error> {
    let word: String = read(raw, pointer)?;
    serde_json::from_value(Value::String(word))
        .map_err(|_| none_of(pointer.to_owned(), &["done", "canceled", "error", "recovery"]))
}

#[cfg(feature = "zones")]
pub use apply::SecretRules;

#[cfg(feature = "zones")]
mod apply {
    use super::*;
    use crate::ids::TaskId;
    use crate::module::{Sealer, is_kept, is_sealed, sealed};
    use crate::task::options::{Options, SECRET_POINTER};

    /// How secrets of options are sealed.
    #[derive(Clone, Copy)]
    pub struct SecretRules<'a> {
        /// Whose they are.
        pub task: TaskId,
        /// Encrypts them.
        pub sealer: &'a dyn Sealer,
        /// Where the task stands in the body.
        pub pointer: &'a str,
    }

    impl OptionsInput {
        /// The options after a save: what was left out keeps its value.
        ///
        /// # Errors
        /// `FieldInvalid` for a secret that is neither a text nor there to be kept.
        pub fn apply(self, stored: &Options, rules: SecretRules<'_>) -> Result<Options, Error> {
            let old = stored.clone();
            let webhooks = match self.webhooks {
                None => old.webhooks,
                Some(new) => seal_all(new, &old.webhooks, rules)?,
            };
            Ok(Options {
                retry: self.retry.unwrap_or(old.retry),
                overlap: self.overlap.unwrap_or(old.overlap),
                catch_up: self.catch_up.unwrap_or(old.catch_up),
                catch_up_window_sec: self.catch_up_window_sec.unwrap_or(old.catch_up_window_sec),
                jitter_sec: self.jitter_sec.unwrap_or(old.jitter_sec),
                paused_until: self.paused_until.unwrap_or(old.paused_until),
                tags: self.tags.unwrap_or(old.tags),
                priority: self.priority.unwrap_or(old.priority),
                keep_runs: self.keep_runs.unwrap_or(old.keep_runs),
                keep_days: self.keep_days.unwrap_or(old.keep_days),
                notify_after: self.notify_after.unwrap_or(old.notify_after),
                notify_recovery: self.notify_recovery.unwrap_or(old.notify_recovery),
                digest: self.digest.unwrap_or(old.digest),
                webhooks,
            })
        }
    }

    fn seal_all(new: Vec<Webhook>, old: &[Webhook], rules: SecretRules<'_>) -> Result<Vec<Webhook>, Error> {
        let sealed = new.into_iter().enumerate().map(|(i, hook)| {
            let pointer = format!("{}/webhooks/{i}/secret", rules.pointer);
            // An address that stays keeps its secret wherever it stands now; one that changed keeps that of its place.
            let before = old.iter().find(|o| o.url == hook.url).or_else(|| old.get(i));
            let secret = seal(&hook.secret, before.map(|b| &b.secret), &pointer, rules)?;
            Ok(Webhook { secret, ..hook })
        });
        sealed.collect()
    }

    fn seal(given: &Value, old: Option<&Value>, pointer: &str, rules: SecretRules<'_>) -> Result<Value, Error> {
        if is_kept(given) {
            return old.filter(|o| is_sealed(o)).cloned().ok_or_else(|| {
                let reason = L10n::fixed("hat noch keinen Wert, der bleiben könnte", "has no stored value to keep");
                Error::field(pointer, reason)
            });
        }
        match given {
            Value::Null => Ok(Value::Null),
            Value::String(plain) if plain.is_empty() => Ok(Value::Null),
            Value::String(plain) => Ok(sealed(rules.sealer.seal(rules.task, SECRET_POINTER, plain))),
            _ => Err(Error::field(
                pointer,
                L10n::fixed(
                    "muss ein Text sein, oder {\"_secret\": true}, damit er bleibt",
                    "must be a string, or {\"_secret\": true} to keep the stored one",
                ),
            )),
        }
    }
}
