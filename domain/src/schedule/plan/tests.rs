use super::super::read_schedules;
use super::*;
use crate::json::Raw;

fn t(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn runs(schedule: &str, from: &str, count: usize) -> Vec<String> {
    let schedules = read_schedules(&Raw::parse(&format!("[{schedule}]")).unwrap(), "").unwrap();
    let plan = Plan::compile(&schedules);
    plan.upcoming(t(from), count).iter().map(|t| t.to_string().replace(":00.000Z", "Z")).collect()
}

#[test]
fn wall_time_in_a_gap_fires_once_right_after_it() {
    let at = r#"{"hours":[2],"minutes":[0,30],"timezone":"Europe/Berlin"}"#;
    assert_eq!(
        runs(at, "2026-03-28T01:30:00Z", 3),
        ["2026-03-29T01:00Z", "2026-03-30T00:00Z", "2026-03-30T00:30Z"],
        "both times are in the gap, and it ends at 01:00 UTC, once"
    );
    let both = r#"{"hours":[2,3],"minutes":[0],"timezone":"Europe/Berlin"}"#;
    assert_eq!(runs(both, "2026-03-28T02:00:00Z", 2), ["2026-03-29T01:00Z", "2026-03-30T00:00Z"]);
}

#[test]
fn wall_time_in_a_fold_fires_the_first_time_only() {
    let at = r#"{"hours":[2],"minutes":[30],"timezone":"Europe/Berlin"}"#;
    assert_eq!(runs(at, "2026-10-24T12:00:00Z", 2), ["2026-10-25T00:30Z", "2026-10-26T01:30Z"]);
    let between = r#"{"hours":[2],"minutes":[59],"timezone":"Europe/Berlin"}"#;
    assert_eq!(runs(between, "2026-10-25T00:59:00Z", 1), ["2026-10-26T01:59Z"]);
}

#[test]
fn rhythm_keeps_its_distance() {
    let half_hourly = r#"{"minutes":[0,30],"timezone":"Europe/Berlin"}"#;
    assert_eq!(
        runs(half_hourly, "2026-10-24T23:45:00Z", 5),
        ["2026-10-25T00:00Z", "2026-10-25T00:30Z", "2026-10-25T01:00Z", "2026-10-25T01:30Z", "2026-10-25T02:00Z"]
    );
    assert_eq!(
        runs(half_hourly, "2026-03-29T00:15:00Z", 3),
        ["2026-03-29T00:30Z", "2026-03-29T01:00Z", "2026-03-29T01:30Z"]
    );
}

#[test]
fn half_hour_shifts_midnight_gaps_and_a_day_that_never_was() {
    let howe = r#"{"hours":[2],"minutes":[10],"timezone":"Australia/Lord_Howe"}"#;
    assert_eq!(runs(howe, "2026-10-03T12:00:00Z", 1), ["2026-10-03T15:30Z"], "02:00 to 02:30 is left out");
    let midnight = r#"{"hours":[0],"minutes":[0],"timezone":"America/Sao_Paulo"}"#;
    assert_eq!(runs(midnight, "2018-11-03T12:00:00Z", 2), ["2018-11-04T03:00Z", "2018-11-05T02:00Z"]);
    let apia = r#"{"hours":[12],"minutes":[0],"timezone":"Pacific/Apia"}"#;
    assert_eq!(
        runs(apia, "2011-12-29T23:00:00Z", 2),
        ["2011-12-30T10:00Z", "2011-12-30T22:00Z"],
        "30 December was left out"
    );
}

#[test]
fn dates_in_a_gap_are_those_of_the_time_that_does_not_exist() {
    let sunday = r#"{"weekdays":["saturday"],"hours":[23],"minutes":[30],"timezone":"Europe/Berlin"}"#;
    assert_eq!(runs(sunday, "2026-03-28T12:00:00Z", 1), ["2026-03-28T22:30Z"]);
    let first_only = r#"{"days_of_month":[4],"months":[11],"hours":[0],"minutes":[15],"timezone":"America/Sao_Paulo"}"#;
    assert_eq!(runs(first_only, "2018-11-01T00:00:00Z", 1), ["2018-11-04T03:00Z"]);
}

#[test]
fn days_from_the_end_and_rare_days() {
    let last = r#"{"days_of_month":[-1],"hours":[0],"minutes":[0]}"#;
    assert_eq!(runs(last, "2027-12-31T12:00:00Z", 3), ["2028-01-31T00:00Z", "2028-02-29T00:00Z", "2028-03-31T00:00Z"]);
    let rare = r#"{"days_of_month":[29],"months":[2],"weekdays":["monday"],"hours":[0],"minutes":[0]}"#;
    assert_eq!(runs(rare, "2026-01-01T00:00:00Z", 2), ["2044-02-29T00:00Z", "2072-02-29T00:00Z"]);
    assert_eq!(runs(rare, "9990-01-01T00:00:00Z", 1), Vec::<String>::new());
}

#[test]
fn an_hour_without_minutes_is_each_of_its_minutes_and_after_is_strict() {
    let hour = r#"{"hours":[3]}"#;
    assert_eq!(runs(hour, "2026-01-01T03:58:00Z", 2), ["2026-01-01T03:59Z", "2026-01-02T03:00Z"]);
    assert_eq!(runs(hour, "2026-01-01T03:58:59.999Z", 1), ["2026-01-01T03:59Z"]);
    assert_eq!(runs(hour, "2026-01-01T02:59:59.999Z", 1), ["2026-01-01T03:00Z"]);
}

#[test]
fn several_schedules_are_their_union() {
    let schedules = r#"[{"hours":[8],"minutes":[30]},{"hours":[11],"minutes":[0]},{"hours":[8],"minutes":[30]}]"#;
    let plan = Plan::compile(&read_schedules(&Raw::parse(schedules).unwrap(), "").unwrap());
    let got: Vec<String> = plan.upcoming(t("2026-01-01T00:00:00Z"), 3).iter().map(Timestamp::to_string).collect();
    assert_eq!(got, ["2026-01-01T08:30:00.000Z", "2026-01-01T11:00:00.000Z", "2026-01-02T08:30:00.000Z"]);
}
