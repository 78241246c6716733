//! Reading untrusted JSON field by field, so that every error names its field by JSON pointer (RFC 6901)
//! and says what would be right. Values that are kept as sent are never re-written.

use crate::error::Error;
use crate::json::{Raw, RawMap};
use crate::l10n::L10n;
use crate::time::Timestamp;
use serde::de::DeserializeOwned;

/// The fields of one JSON object, taken out one by one.
#[derive(Debug)]
pub struct Fields {
    pointer: String,
    map: RawMap,
}

/// A value that can be read from JSON, with the words for what it must be.
pub trait Readable: DeserializeOwned {
    /// "must be …", in both languages.
    const EXPECTED: L10n;
}

impl Readable for String {
    const EXPECTED: L10n = L10n::fixed("muss ein Text sein", "must be a string");
}
impl Readable for bool {
    const EXPECTED: L10n = L10n::fixed("muss true oder false sein", "must be true or false");
}
impl Readable for i64 {
    const EXPECTED: L10n = L10n::fixed("muss eine ganze Zahl sein", "must be a whole number");
}
impl Readable for Timestamp {
    const EXPECTED: L10n = L10n::fixed(
        "muss ein Zeitpunkt nach RFC 3339 sein, etwa 2026-03-29T03:00:00Z",
        "must be an RFC 3339 time such as 2026-03-29T03:00:00Z",
    );
}
impl Readable for Vec<Raw> {
    const EXPECTED: L10n = L10n::fixed("muss eine Liste sein", "must be an array");
}
impl Readable for Vec<String> {
    const EXPECTED: L10n = L10n::fixed("muss eine Liste von Texten sein", "must be an array of strings");
}
impl Readable for RawMap {
    const EXPECTED: L10n = L10n::fixed("muss ein Objekt sein", "must be an object");
}

/// A step of a JSON pointer, escaped as RFC 6901 wants it.
pub fn step(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// Reads one value; `pointer` names it in the error.
pub fn read<T: Readable>(raw: &Raw, pointer: &str) -> Result<T, Error> {
    serde_json::from_str(raw.get()).map_err(|_| Error::field(pointer, T::EXPECTED))
}

impl Fields {
    /// Opens an object.
    ///
    /// # Errors
    /// `FieldInvalid` if `raw` is anything else.
    pub fn open(raw: &Raw, pointer: &str) -> Result<Fields, Error> {
        Ok(Fields { map: read(raw, pointer)?, pointer: pointer.to_owned() })
    }

    /// The pointer to a field of this object.
    pub fn at(&self, name: &str) -> String {
        step(&self.pointer, name)
    }

    /// Takes a field out as it is.
    pub fn raw(&mut self, name: &str) -> Option<Raw> {
        self.map.swap_remove(name)
    }

    /// Takes a field that must not be `null`.
    pub fn get<T: Readable>(&mut self, name: &str) -> Result<Option<T>, Error> {
        self.raw(name).map(|raw| read(&raw, &self.at(name))).transpose()
    }

    /// Takes a field that may be `null`: absent, `null` and a value are three different answers.
    pub fn nullable<T: Readable>(&mut self, name: &str) -> Result<Option<Option<T>>, Error> {
        match self.raw(name) {
            None => Ok(None),
            Some(raw) if raw.is_null() => Ok(Some(None)),
            Some(raw) => read(&raw, &self.at(name)).map(|value| Some(Some(value))),
        }
    }

    /// Takes a field that must be there.
    pub fn required<T: Readable>(&mut self, name: &str) -> Result<T, Error> {
        self.get(name)?.ok_or_else(|| Error::field(self.at(name), L10n::fixed("fehlt", "is missing")))
    }

    /// Drops fields that the server writes and a client may send back.
    pub fn ignore(&mut self, names: &[&str]) {
        for name in names {
            self.map.swap_remove(*name);
        }
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// `UnknownField` if anything is left.
    pub fn finish(self) -> Result<(), Error> {
        // `swap_remove` above may have changed the order; which unknown field is named does not matter.
        match self.map.keys().next() {
            Some(name) => Err(Error::UnknownField { pointer: self.at(name) }),
            None => Ok(()),
        }
    }
}

/// Checks a text's length in characters.
///
/// # Errors
/// `FieldInvalid` beyond `max`.
pub fn at_most(text: &str, max: usize, pointer: String) -> Result<(), Error> {
    if text.chars().count() > max {
        let reason =
            L10n::new(format!("darf höchstens {max} Zeichen haben"), format!("must have at most {max} characters"));
        return Err(Error::field(pointer, reason));
    }
    Ok(())
}
