//! Instants of the contract: RFC 3339 in UTC with a `Z`, to the millisecond.

use chrono::{DateTime, SecondsFormat, TimeZone, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::time::Duration;

/// An instant, in milliseconds since 1970-01-01T00:00:00Z. Between the years 0000 and 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(i64);

/// 0000-01-01T00:00:00.000Z
const MIN_MS: i64 = -62_167_219_200_000;
/// 9999-12-31T23:59:59.999Z
const MAX_MS: i64 = 253_402_300_799_999;

impl Timestamp {
    /// The latest instant that RFC 3339 can write.
    pub const MAX: Timestamp = Timestamp(MAX_MS);

    /// From milliseconds since the epoch; values beyond the years 0000 to 9999 are moved to the nearer end.
    pub fn from_ms(ms: i64) -> Timestamp {
        Timestamp(ms.clamp(MIN_MS, MAX_MS))
    }

    /// From whole seconds since the epoch, bounded likewise.
    pub fn from_secs(secs: i64) -> Timestamp {
        Timestamp::from_ms(secs.saturating_mul(1000))
    }

    /// Milliseconds since the epoch.
    pub fn ms(self) -> i64 {
        self.0
    }

    /// Reads an RFC 3339 time with any offset; anything finer than a millisecond is cut off.
    pub fn parse(text: &str) -> Option<Timestamp> {
        let ms = DateTime::parse_from_rfc3339(text).ok()?.timestamp_millis();
        (MIN_MS..=MAX_MS).contains(&ms).then_some(Timestamp(ms))
    }

    /// This much later, bounded by the year 9999.
    pub fn plus(self, d: Duration) -> Timestamp {
        let ms = i64::try_from(d.as_millis()).unwrap_or(i64::MAX);
        Timestamp::from_ms(self.0.saturating_add(ms))
    }

    /// How long after `earlier` this is; zero if it is not after it.
    pub fn since(self, earlier: Timestamp) -> Duration {
        Duration::from_millis(u64::try_from(self.0 - earlier.0).unwrap_or(0))
    }

    /// The same instant as `chrono` has it.
    pub fn to_chrono(self) -> DateTime<Utc> {
        Utc.timestamp_millis_opt(self.0).single().unwrap_or_default()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_chrono().to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'_, str>::deserialize(d)?;
        Timestamp::parse(&text).ok_or_else(|| de::Error::custom("not an RFC 3339 time"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_any_offset_and_writes_utc_milliseconds() {
        let t = Timestamp::parse("2026-03-29T03:00:00+02:00").unwrap();
        assert_eq!(t.to_string(), "2026-03-29T01:00:00.000Z");
        assert_eq!(Timestamp::parse("2026-01-01T00:00:00.123999Z").unwrap().ms() % 1000, 123);
        assert!(Timestamp::parse("2026-01-01 00:00").is_none());
        assert!(Timestamp::parse("2026-02-30T00:00:00Z").is_none());
    }

    #[test]
    fn stays_inside_what_rfc_3339_can_write() {
        assert_eq!(Timestamp::from_ms(i64::MAX).to_string(), "9999-12-31T23:59:59.999Z");
        assert_eq!(Timestamp::from_ms(i64::MIN).to_string(), "0000-01-01T00:00:00.000Z");
        assert_eq!(Timestamp::MAX.plus(Duration::MAX), Timestamp::MAX);
    }
}
