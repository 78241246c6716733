//! `POST /schedule/preview` and `POST /schedule/cron`.

use crate::support::World;
use serde_json::json;

#[tokio::test]
async fn shows_the_next_runs_in_order() {
    let world = World::start().await;
    let ada = world.user("ada").await;
    let question = json!({"schedules": [{"hours": [3], "minutes": [0, 30], "timezone": "Europe/Berlin"}], "from": "2026-03-28T02:00:00Z", "count": 3});
    let answer = ada.post("/schedule/preview", question).await.good();
    // On 29 March 2026 three o'clock is summer time already.
    let runs = json!(["2026-03-28T02:30:00.000Z", "2026-03-29T01:00:00.000Z", "2026-03-29T01:30:00.000Z"]);
    assert_eq!(answer["runs"], runs, "strictly after `from`");
    assert!(!answer["summary"]["de-DE"].as_str().unwrap().is_empty());
    assert!(!answer["summary"]["en-US"].as_str().unwrap().is_empty());
    assert!(answer["warnings"].is_array());
    let plain = ada.post("/schedule/preview", json!({"schedules": [{"minutes": [0]}]})).await.good();
    assert_eq!(plain["runs"].as_array().map(Vec::len), Some(10));
    let none = ada.post("/schedule/preview", json!({"schedules": [], "count": 1000})).await.good();
    assert_eq!(none["runs"], json!([]));
}

#[tokio::test]
async fn wrong_questions_are_refused() {
    let world = World::start().await;
    let ada = world.user("ada").await;
    let every = json!([{"minutes": [0]}]);
    let pointer = async |body, code| ada.post("/schedule/preview", body).await.refused(400, code)["pointer"].clone();
    assert_eq!(pointer(json!({}), "FieldInvalid").await, "/schedules");
    for count in [json!(-1), json!(1001), json!("1"), json!(1.5)] {
        assert_eq!(pointer(json!({"schedules": every, "count": count}), "FieldInvalid").await, "/count");
    }
    assert_eq!(pointer(json!({"schedules": every, "from": "now"}), "FieldInvalid").await, "/from");
    assert_eq!(pointer(json!({"schedules": every, "x": 1}), "UnknownField").await, "/x");
    assert_eq!(pointer(json!({"schedules": [{"hours": [24]}]}), "ScheduleInvalid").await, "/schedules/0/hours/0");
    let never = json!({"schedules": [{"minutes": [0]}, {"months": [2], "days_of_month": [30]}]});
    assert_eq!(pointer(never, "ScheduleNeverRuns").await, "/schedules/1");
}

#[tokio::test]
async fn a_cron_line_becomes_schedules() {
    let world = World::start().await;
    let ada = world.user("ada").await;
    let ask = |line: &str| ada.post("/schedule/cron", json!({"line": line, "timezone": "Europe/Berlin"}));
    let answer = ask("30 8 1 * MON-FRI").await.good();
    let weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday"];
    let want = json!([
        {"days_of_month": [1], "hours": [8], "minutes": [30], "timezone": "Europe/Berlin"},
        {"weekdays": weekdays, "hours": [8], "minutes": [30], "timezone": "Europe/Berlin"},
    ]);
    assert_eq!(answer["schedules"], want, "cron means either");
    assert_eq!(ask("0 0 15W * *").await.refused(400, "FieldInvalid")["pointer"], "/line");
    assert_eq!(ask("0 0 0 * * *").await.refused(400, "FieldInvalid")["pointer"], "/line");
    ask("0 0 30 2 *").await.refused(400, "ScheduleNeverRuns");
    let odd = ada.post("/schedule/cron", json!({"line": "* * * * *", "timezone": "Moon/Base"})).await;
    assert_eq!(odd.refused(400, "FieldInvalid")["pointer"], "/timezone");
    ada.post("/schedule/cron", json!({"timezone": "UTC"})).await.refused(400, "FieldInvalid");
}
