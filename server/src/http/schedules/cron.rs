//! `POST /api/schedule/cron`: what a cron line says, as schedules. The line is read by the crate croner.

use super::super::answer::json;
use super::super::error::Answer;
use super::super::extract::{JsonBody, Tasker};
use crate::http::openapi::shapes;
use axum::response::Response;
use croner::parser::{CronParser, Seconds, Year};
use croner::{Cron, CronComponent, CronPattern};
use domain::json::Raw;
use domain::reader::Fields;
use domain::schedule::{Schedule, Weekday, read_schedules};
use domain::{Error, L10n};
use serde_json::json;

/// Longer lines are no cron lines.
const MAX_LINE: usize = 1000;
/// The bits of croner's components, which it keeps to itself: `L`, `W`.
const LAST_BIT: u8 = 1 << 6;
const CLOSEST_WEEKDAY_BIT: u8 = 1 << 7;
/// First to fifth of a weekday in its month (`MON#1`).
const NTH: [u8; 5] = [1 << 1, 1 << 2, 1 << 3, 1 << 4, 1 << 5];

/// What a cron line says, as schedules.
///
/// Five fields, or a nickname such as `@daily`. Where both days of the month and weekdays are named, cron means either, which
/// are two schedules. What schedules cannot say (seconds, years, the weekday nearest to a date) is refused with the reason.
#[utoipa::path(post, path = "/schedule/cron", tag = "schedule", request_body = shapes::CronQuestion, responses((status = 200, description = "The same as schedules.", body = shapes::CronAnswer)))]
pub async fn cron(_: Tasker, body: JsonBody) -> Answer<Response> {
    let (line, timezone) = read(&body.raw)?;
    let schedules = schedules(&line, &timezone).map_err(|reason| Error::field("/line", reason))?;
    // The same checks as in a task: a line may name a day that never comes.
    let raw = Raw::from_value(&json!(schedules));
    json(&json!({ "schedules": read_schedules(&raw, "/schedules")? }))
}

fn read(raw: &Raw) -> Result<(String, String), Error> {
    let mut f = Fields::open(raw, "")?;
    let line: String = f.required("line")?;
    let timezone = f.nullable::<String>("timezone")?.flatten().unwrap_or_else(|| "UTC".to_owned());
    f.finish()?;
    let zone = Raw::from_value(&json!([{ "timezone": timezone }]));
    if read_schedules(&zone, "").is_err() {
        return Err(Error::field("/timezone", L10n::fixed("muss ein IANA-Name sein", "must be an IANA name")));
    }
    if line.len() > MAX_LINE {
        let reason = L10n::fixed("darf höchstens 1000 Zeichen haben", "must have at most 1000 characters");
        return Err(Error::field("/line", reason));
    }
    Ok((line, timezone))
}

fn schedules(line: &str, timezone: &str) -> Result<Vec<Schedule>, L10n> {
    let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
    let Cron { pattern, .. } = parser.parse(line).map_err(|e| {
        L10n::new(
            format!("ist keine Cron-Zeile aus fünf Feldern: {e}"),
            format!("is not a cron line of five fields: {e}"),
        )
    })?;
    if !pattern.days.get_set_values(CLOSEST_WEEKDAY_BIT).is_empty() {
        return Err(L10n::fixed(
            "nennt mit W den Werktag neben einem Datum; das lässt sich als Zeitplan nicht sagen",
            "names the working day nearest to a date (W), which schedules cannot say",
        ));
    }
    let plain = Schedule {
        months: bytes(&pattern.months, 12),
        hours: bytes(&pattern.hours, 24),
        minutes: bytes(&pattern.minutes, 60),
        timezone: timezone.to_owned(),
        ..Schedule::default()
    };
    Ok(days(&pattern)
        .into_iter()
        .map(|(days_of_month, weekdays)| Schedule { days_of_month, weekdays, ..plain.clone() })
        .collect())
}

/// The values that are named; none where all are.
fn bytes(component: &CronComponent, all: usize) -> Vec<u8> {
    let values = component.values();
    if values.len() == all { vec![] } else { values.into_iter().filter_map(|value| u8::try_from(value).ok()).collect() }
}

type Days = (Vec<i8>, Vec<Weekday>);

/// Which days: each pair is one schedule.
fn days(pattern: &CronPattern) -> Vec<Days> {
    let dates = dates(&pattern.days);
    let weekdays = weekdays(&pattern.days_of_week);
    let any_date = pattern.is_dom_wildcard() || dates.is_empty();
    let any_weekday = pattern.is_dow_wildcard() || weekdays.is_empty();
    match (any_date, any_weekday) {
        (true, true) => vec![(vec![], vec![])],
        (false, true) => vec![(dates, vec![])],
        (true, false) => weekdays,
        (false, false) if pattern.matches_dom_and_dow() => weekdays
            .into_iter()
            .map(|(nth, days)| (if nth.is_empty() { dates.clone() } else { both(&dates, &nth) }, days))
            .collect(),
        (false, false) => std::iter::once((dates, vec![])).chain(weekdays).collect(),
    }
}

fn both(one: &[i8], other: &[i8]) -> Vec<i8> {
    one.iter().filter(|day| other.contains(day)).copied().collect()
}

/// Days of the month; empty where all are named. `L` is the last.
fn dates(component: &CronComponent) -> Vec<i8> {
    let mut days: Vec<i8> = component.values().into_iter().filter_map(|day| i8::try_from(day).ok()).collect();
    if days.len() == 31 {
        return vec![];
    }
    if component.is_feature_enabled(LAST_BIT) {
        days.push(-1);
    }
    days
}

/// Weekdays, and for those that are counted within the month (`MON#2`, `5L`) the days of the month that this means.
fn weekdays(component: &CronComponent) -> Vec<Days> {
    let named = |bit: u8| -> Vec<Weekday> {
        component
            .get_set_values(bit)
            .into_iter()
            .filter_map(|day| Weekday::ALL.get(usize::from(day) % 7).copied())
            .collect()
    };
    let mut all: Vec<Days> = vec![];
    let plain = component.values();
    if plain.len() < 7 && !plain.is_empty() {
        all.push((vec![], named(1)));
    }
    for (n, bit) in (0i8..).zip(NTH) {
        all.push(((n * 7 + 1..=(n * 7 + 7).min(31)).collect(), named(bit)));
    }
    all.push(((-7..=-1).collect(), named(LAST_BIT)));
    all.retain(|(_, weekdays)| !weekdays.is_empty());
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Timestamp;
    use domain::schedule::Plan;

    /// What the line says is what croner itself says of it.
    fn same(line: &str) {
        let parser = CronParser::builder().seconds(Seconds::Disallowed).build();
        let cron = parser.parse(line).unwrap();
        let plan = Plan::compile(&schedules(line, "UTC").unwrap());
        let mut at = chrono::DateTime::from_timestamp(1_772_323_230, 0).unwrap();
        for _ in 0..200 {
            let want = cron.find_next_occurrence(&at, false).unwrap();
            let got = plan.next_after(Timestamp::from_ms(at.timestamp_millis())).unwrap();
            assert_eq!(got.ms(), want.timestamp_millis(), "{line} after {at}");
            at = want;
        }
    }

    #[test]
    fn lines_mean_what_they_mean_to_cron() {
        for line in [
            "* * * * *",
            "*/5 * * * *",
            "30 8 * * 1-5",
            "0 0 1 * *",
            "0 0 1,15 * MON",
            "0 12 L * *",
            "15 10 * * 5L",
            "0 9 * * MON#2",
            "0 9 * * 1#1,3#1",
            "@daily",
            "@hourly",
            "0 */4 * 2,6-8 *",
            "5,35 0-3 29 2 *",
            "0 0 * * 7",
            "0 3 31 * *",
        ] {
            same(line);
        }
    }

    #[test]
    fn what_cannot_be_said_is_told() {
        for (line, word) in [
            ("0 0 15W * *", "nearest"),
            ("0 0 0 1 1 * 2027", "five fields"),
            ("hello", "five fields"),
            ("61 * * * *", "five fields"),
        ] {
            let reason = schedules(line, "UTC").unwrap_err();
            assert!(reason.en.contains(word), "{line}: {}", reason.en);
        }
    }
}
