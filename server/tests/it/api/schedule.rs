//! `POST /schedule/preview`.

use crate::databases::Databases;
use crate::http_world::World;
use domain::Timestamp;
use serde_json::json;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

on_both!(shows_the_next_runs_in_order);
async fn shows_the_next_runs_in_order(db: Databases) {
    let world = World::start(&db).await;
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

/// In seconds since 1970.
fn in_minutes(minutes: u64) -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() + 60 * minutes
}

fn in_hours(hours: u64) -> String {
    Timestamp::from_ms(0).plus(Duration::from_secs(in_minutes(60 * hours))).to_string()
}

on_both!(tells_what_will_run);
async fn tells_what_will_run(db: Databases) {
    let world = World::start(&db).await;
    let (root, ada) = (world.root(), world.user("ada").await);
    // Five minutes away from now, and every ten minutes from there.
    let minute = |n: u64| (in_minutes(5 + 10 * n) / 60) % 60;
    let every = json!([{"minutes": (0..6).map(minute).collect::<Vec<_>>()}]);
    let rhythm = ada.task(json!({"task_module": "talk", "description": "rhythm", "schedules": every})).await;
    let later = in_hours(3);
    let once = ada.task(json!({"task_module": "talk", "next_run_at": later})).await;
    ada.task(json!({"task_module": "talk"})).await;
    let answer = ada.get("/schedule/upcoming").await.good();
    let tasks = answer["tasks"].as_array().unwrap();
    assert_eq!((&tasks[0]["task_id"], &tasks[1]["task_id"], tasks.len()), (&json!(rhythm), &json!(once), 2));
    assert_eq!((&tasks[0]["description"], &tasks[0]["status"]), (&json!("rhythm"), &json!("new")));
    assert_eq!((tasks[0]["runs"].as_array().map(Vec::len), &tasks[0]["more"]), (Some(50), &json!(true)));
    assert_eq!((tasks[1]["runs"].as_array().map(Vec::len), &tasks[1]["more"]), (Some(1), &json!(false)));
    assert_eq!(root.get("/schedule/upcoming").await.good()["tasks"].as_array().map(Vec::len), Some(2));
    let cut = ada.get("/schedule/upcoming?limit=1").await.good();
    assert_eq!((cut["tasks"].as_array().map(Vec::len), &cut["more"]), (Some(1), &json!(true)));
    // What a pause holds back comes at its end, and does not hide what comes after it.
    for until in [in_hours(2), "9999-12-31T00:00:00Z".to_owned()] {
        ada.task(json!({"task_module": "talk", "next_run_at": in_hours(0), "paused_until": until})).await;
    }
    let soon = in_hours(1);
    let hour = ada.get(&format!("/schedule/upcoming?to={soon}")).await.good();
    assert_eq!(
        (hour["tasks"][0]["runs"].as_array().map(Vec::len), hour["tasks"].as_array().map(Vec::len)),
        (Some(6), Some(1))
    );
    let eve = world.user("eve").await;
    assert_eq!(eve.get("/schedule/upcoming").await.good()["tasks"], json!([]));
    for query in ["to=2999-01-01T00:00:00Z", "to=soon", "limit=201", "x=1"] {
        ada.get(&format!("/schedule/upcoming?{query}")).await.refused(400, "QueryInvalid");
    }
}

on_both!(wrong_questions_are_refused);
async fn wrong_questions_are_refused(db: Databases) {
    let world = World::start(&db).await;
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
