//! Reading schedules from untrusted JSON: checked, folded, sorted.

use super::{Schedule, Weekday};
use crate::error::Error;
use crate::json::Raw;
use crate::l10n::L10n;
use crate::reader::{Fields, read};
use serde_json::Value;

/// Most schedules of one task.
pub const MAX_SCHEDULES: usize = 1000;
/// Most items of one criterion before duplicates are folded; a bound on work, not on meaning.
const MAX_ITEMS: usize = 1000;

/// Reads an array of schedules. `pointer` is where it stands in the body.
///
/// # Errors
/// `ScheduleInvalid`, `ScheduleNeverRuns`, `UnknownField`, and `FieldInvalid` for what is not an array of objects.
pub fn read_schedules(raw: &Raw, pointer: &str) -> Result<Vec<Schedule>, Error> {
    let items: Vec<Raw> = read(raw, pointer)?;
    if items.len() > MAX_SCHEDULES {
        let reason = L10n::fixed("darf höchstens 1000 Zeitpläne haben", "must have at most 1000 schedules");
        return Err(Error::field(pointer, reason));
    }
    items.iter().enumerate().map(|(i, item)| read_one(item, &format!("{pointer}/{i}"))).collect()
}

fn read_one(raw: &Raw, pointer: &str) -> Result<Schedule, Error> {
    let mut f = Fields::open(raw, pointer)?;
    let schedule = Schedule {
        days_of_month: days(&mut f)?,
        weekdays: weekdays(&mut f)?,
        months: numbers(&mut f, "months", 1, 12)?,
        hours: numbers(&mut f, "hours", 0, 23)?,
        minutes: numbers(&mut f, "minutes", 0, 59)?,
        timezone: timezone(&mut f)?,
    };
    f.finish()?;
    #[cfg(feature = "zones")]
    if !super::calendar::Days::of(&schedule).ever_match() {
        return Err(Error::ScheduleNeverRuns { pointer: pointer.to_owned() });
    }
    Ok(schedule)
}

fn invalid(pointer: String, reason: L10n) -> Error {
    Error::ScheduleInvalid { pointer, reason }
}

/// The items of a criterion; absent and `null` are empty.
fn items(f: &mut Fields, name: &str) -> Result<Vec<Value>, Error> {
    let Some(raw) = f.raw(name) else { return Ok(vec![]) };
    match raw.value() {
        Value::Null => Ok(vec![]),
        Value::Array(items) if items.len() <= MAX_ITEMS => Ok(items),
        Value::Array(_) => {
            Err(invalid(f.at(name), L10n::fixed("darf höchstens 1000 Einträge haben", "must have at most 1000 items")))
        }
        _ => Err(invalid(f.at(name), L10n::fixed("muss eine Liste sein", "must be an array"))),
    }
}

fn numbers(f: &mut Fields, name: &str, min: u8, max: u8) -> Result<Vec<u8>, Error> {
    let mut out = vec![];
    for (i, item) in items(f, name)?.iter().enumerate() {
        let n = item.as_u64().and_then(|n| u8::try_from(n).ok()).filter(|n| (min..=max).contains(n));
        out.push(n.ok_or_else(|| {
            let de = format!("muss eine ganze Zahl von {min} bis {max} sein");
            invalid(format!("{}/{i}", f.at(name)), L10n::new(de, format!("must be a whole number from {min} to {max}")))
        })?);
    }
    out.sort_unstable();
    out.dedup();
    Ok(out)
}

fn days(f: &mut Fields) -> Result<Vec<i8>, Error> {
    const NAME: &str = "days_of_month";
    let mut out = vec![];
    for (i, item) in items(f, NAME)?.iter().enumerate() {
        let n = item.as_i64().and_then(|n| i8::try_from(n).ok()).filter(|n| (1..=31).contains(&n.abs()));
        out.push(n.ok_or_else(|| {
            let reason = L10n::fixed(
                "muss von 1 bis 31 sein, oder von -1 (dem letzten Tag) bis -31",
                "must be from 1 to 31, or from -1 (the last day) to -31",
            );
            invalid(format!("{}/{i}", f.at(NAME)), reason)
        })?);
    }
    // 1 … 31, then -31 … -1: in the order in which the days come.
    out.sort_unstable_by_key(|d| (*d < 0, *d));
    out.dedup();
    Ok(out)
}

fn weekdays(f: &mut Fields) -> Result<Vec<Weekday>, Error> {
    let mut out = vec![];
    for (i, item) in items(f, "weekdays")?.iter().enumerate() {
        out.push(item.as_str().and_then(Weekday::parse).ok_or_else(|| {
            let reason =
                L10n::fixed("muss ein Wochentag sein: sunday bis saturday", "must be a weekday: sunday to saturday");
            invalid(format!("{}/{i}", f.at("weekdays")), reason)
        })?);
    }
    out.sort_unstable();
    out.dedup();
    Ok(out)
}

fn timezone(f: &mut Fields) -> Result<String, Error> {
    let wrong = |f: &Fields| {
        let reason = L10n::fixed(
            "muss ein IANA-Name einer Zeitzone sein, etwa Europe/Berlin",
            "must be an IANA time-zone name such as Europe/Berlin",
        );
        invalid(f.at("timezone"), reason)
    };
    match f.raw("timezone").map(|raw| raw.value()) {
        None | Some(Value::Null) => Ok("UTC".to_owned()),
        Some(Value::String(name)) if is_zone(&name) => Ok(name),
        Some(_) => Err(wrong(f)),
    }
}

#[cfg(feature = "zones")]
fn is_zone(name: &str) -> bool {
    name.parse::<chrono_tz::Tz>().is_ok()
}

/// Without the tables only the form can be checked.
#[cfg(not(feature = "zones"))]
fn is_zone(name: &str) -> bool {
    !name.is_empty() && name.len() <= 64 && name.chars().all(|c| c.is_ascii_alphanumeric() || "/_+-".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Result<Schedule, Error> {
        read_schedules(&Raw::parse(&format!("[{text}]")).unwrap(), "/task/schedules").map(|mut s| s.remove(0))
    }

    #[test]
    fn criteria_are_folded_and_sorted() {
        let s = one(
            r#"{"days_of_month":[-1,5,1,5,-31],"weekdays":["saturday","monday","sunday"],"hours":[3,0,3],"minutes":null}"#,
        );
        let s = s.unwrap();
        assert_eq!(s.days_of_month, [1, 5, -31, -1]);
        assert_eq!(s.weekdays, [Weekday::Sunday, Weekday::Monday, Weekday::Saturday]);
        assert_eq!((s.hours, s.minutes, s.timezone.as_str()), (vec![0, 3], vec![], "UTC"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let pointer = |text| match one(text).unwrap_err() {
            Error::ScheduleInvalid { pointer, .. } => pointer,
            other => panic!("{other:?}"),
        };
        assert_eq!(pointer(r#"{"hours":[1,24]}"#), "/task/schedules/0/hours/1");
        assert_eq!(pointer(r#"{"minutes":[-1]}"#), "/task/schedules/0/minutes/0");
        assert_eq!(pointer(r#"{"minutes":[1.5]}"#), "/task/schedules/0/minutes/0");
        assert_eq!(pointer(r#"{"minutes":"1"}"#), "/task/schedules/0/minutes");
        assert_eq!(pointer(r#"{"days_of_month":[0]}"#), "/task/schedules/0/days_of_month/0");
        assert_eq!(pointer(r#"{"days_of_month":[-32]}"#), "/task/schedules/0/days_of_month/0");
        assert_eq!(pointer(r#"{"months":[13]}"#), "/task/schedules/0/months/0");
        assert_eq!(pointer(r#"{"weekdays":["Monday"]}"#), "/task/schedules/0/weekdays/0");
        assert_eq!(pointer(r#"{"timezone":"Europe/Bonn"}"#), "/task/schedules/0/timezone");
        assert_eq!(pointer(r#"{"timezone":1}"#), "/task/schedules/0/timezone");
        assert!(
            matches!(one(r#"{"hour":[1]}"#), Err(Error::UnknownField { pointer }) if pointer == "/task/schedules/0/hour")
        );
        assert!(matches!(one("1"), Err(Error::FieldInvalid { .. })));
    }

    #[test]
    #[cfg(feature = "zones")]
    fn what_can_never_match_is_refused() {
        for never in [
            r#"{"months":[2],"days_of_month":[30]}"#,
            r#"{"months":[4,6,9,11],"days_of_month":[31]}"#,
            r#"{"months":[2],"days_of_month":[-30,31]}"#,
            r#"{"months":[4],"days_of_month":[-31]}"#,
        ] {
            assert!(matches!(one(never), Err(Error::ScheduleNeverRuns { .. })), "{never}");
        }
        for rare in [
            r#"{"months":[2],"days_of_month":[29],"weekdays":["monday"]}"#,
            r#"{"months":[2],"days_of_month":[-29]}"#,
            r#"{"days_of_month":[-31]}"#,
        ] {
            assert!(one(rare).is_ok(), "{rare}");
        }
    }
}
