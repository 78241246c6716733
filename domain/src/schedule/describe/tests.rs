use super::super::{Weekday, read_schedules};
use super::*;
use crate::json::Raw;

fn both(schedules: &str) -> (String, String) {
    let schedules = read_schedules(&Raw::parse(schedules).unwrap(), "").unwrap();
    let text = describe(&schedules);
    (text.en.into_owned(), text.de.into_owned())
}

#[test]
fn sentences_read_like_a_persons() {
    let cases = [
        (
            r#"[{"days_of_month":[1,15],"weekdays":["monday"],"hours":[3],"minutes":[0,30],"timezone":"Europe/Berlin"}]"#,
            "On the 1st and 15th, if a Monday, at 03:00 and 03:30, Berlin time",
            "Am 1. und 15., wenn Montag, um 03:00 und 03:30 Uhr, Ortszeit Berlin",
        ),
        ("[]", "Not by a calendar", "Nicht nach Kalender"),
        ("[{}]", "Every minute, UTC", "Jede Minute, UTC"),
        (r#"[{"minutes":[0,5,10,15,20,25,30,35,40,45,50,55]}]"#, "Every 5 minutes, UTC", "Alle 5 Minuten, UTC"),
        (r#"[{"minutes":[30]}]"#, "Every hour at :30, UTC", "Jede Stunde um :30, UTC"),
        (r#"[{"minutes":[0,20,45]}]"#, "Every hour at :00, :20 and :45, UTC", "Jede Stunde um :00, :20 und :45, UTC"),
        (r#"[{"hours":[8],"minutes":[0]}]"#, "Every day at 08:00, UTC", "Jeden Tag um 08:00 Uhr, UTC"),
        (
            r#"[{"weekdays":["monday","tuesday","wednesday","thursday","friday"],"hours":[9],"minutes":[0],"timezone":"America/New_York"}]"#,
            "Monday to Friday at 09:00, New York time",
            "Montag bis Freitag um 09:00 Uhr, Ortszeit New York",
        ),
        (
            r#"[{"weekdays":["sunday","saturday"],"hours":[9],"minutes":[0]}]"#,
            "Every Saturday and Sunday at 09:00, UTC",
            "Jeden Samstag und Sonntag um 09:00 Uhr, UTC",
        ),
        (
            r#"[{"days_of_month":[-1],"hours":[23],"minutes":[0]}]"#,
            "On the last day of the month at 23:00, UTC",
            "Am letzten Tag des Monats um 23:00 Uhr, UTC",
        ),
        (r#"[{"hours":[3]}]"#, "Every minute from 03:00 to 03:59, UTC", "Jede Minute von 03:00 bis 03:59 Uhr, UTC"),
        (
            r#"[{"hours":[8,9,10,11,12,13,14,15,16,17],"minutes":[0,15,30,45]}]"#,
            "Every 15 minutes from 08:00 to 17:45, UTC",
            "Alle 15 Minuten von 08:00 bis 17:45 Uhr, UTC",
        ),
        (
            r#"[{"hours":[8],"minutes":[30]},{"hours":[11],"minutes":[0]}]"#,
            "Every day at 08:30 and 11:00, UTC",
            "Jeden Tag um 08:30 und 11:00 Uhr, UTC",
        ),
        (
            r#"[{"hours":[8],"minutes":[30]},{"weekdays":["monday"],"hours":[9],"minutes":[0],"timezone":"Asia/Tokyo"}]"#,
            "Every day at 08:30, UTC; every Monday at 09:00, Tokyo time",
            "Jeden Tag um 08:30 Uhr, UTC; jeden Montag um 09:00 Uhr, Ortszeit Tokyo",
        ),
        (
            r#"[{"months":[1,7],"days_of_month":[1],"hours":[0],"minutes":[0]}]"#,
            "On the 1st in January and July at 00:00, UTC",
            "Am 1. im Januar und Juli um 00:00 Uhr, UTC",
        ),
        (
            r#"[{"days_of_month":[1,2,3,4,5,6,7,21],"hours":[6],"minutes":[0]}]"#,
            "On the 1st to 7th and 21st at 06:00, UTC",
            "Am 1. bis 7. und 21. um 06:00 Uhr, UTC",
        ),
    ];
    for (schedules, en, de) in cases {
        assert_eq!(both(schedules), (en.to_owned(), de.to_owned()));
    }
}

#[test]
fn no_sentence_is_a_list_without_end() {
    let s =
        Schedule { hours: (0..24).step_by(2).collect(), minutes: (1..60).step_by(3).collect(), ..Schedule::default() };
    let text = describe(&[s]);
    assert_eq!(text.en, "240 times a day from 00:01 to 22:58, UTC");
    let many: Vec<Schedule> = (1..=30)
        .map(|d| Schedule {
            days_of_month: vec![d],
            weekdays: vec![Weekday::Monday],
            hours: vec![1],
            ..Schedule::default()
        })
        .collect();
    assert!(describe(&many).en.contains("and 24 more"));
}
