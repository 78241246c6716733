//! What a program reports on a line of its output: the line protocol of xyOps event plugins (`xy`), and Cronicle's own
//! lines without it.

use domain::json::Raw;
use domain::run::{Level, Outcome, Status};
use serde_json::{Map, Value};

/// What is kept with the run, the last of each.
const KEPT: [&str; 8] = ["table", "text", "markdown", "html", "perf", "data", "label", "files"];
/// Words that `code` may say instead of a number.
const GOOD: [&str; 2] = ["success", "warning"];

/// One report.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Report {
    /// 0 to 100.
    pub percent: Option<u8>,
    /// What it is doing.
    pub status: Option<String>,
    /// A log line.
    pub log: Option<(Level, String, Option<u8>)>,
    /// The module's new state, an object.
    pub state: Option<Raw>,
    /// What is kept with the run.
    pub kept: Map<String, Value>,
    /// How it ended, by its own account.
    pub outcome: Option<Outcome>,
}

/// Reads a line; `None` if it is none of the protocol's.
pub fn read(line: &str) -> Option<Report> {
    let line = line.trim();
    if !line.starts_with('{') {
        return None;
    }
    let mut keys: Map<String, Value> = serde_json::from_str(line).ok()?;
    let ours = keys.get("xy").is_some_and(|xy| *xy == 1 || *xy == true);
    let complete = keys.get("complete").is_some_and(is_set);
    if !ours && !complete && !keys.contains_key("progress") {
        return None;
    }
    let outcome = (complete || (ours && keys.contains_key("code"))).then(|| outcome(&keys));
    let mut kept = Map::new();
    for name in KEPT {
        if let Some(value) = keys.remove(name).filter(|value| !value.is_null()) {
            kept.insert(name.to_owned(), value);
        }
    }
    Some(Report {
        percent: keys.get("progress").and_then(Value::as_f64).map(percent),
        status: keys.get("status").and_then(Value::as_str).map(str::to_owned),
        log: keys.get("log").and_then(log),
        state: keys.get("state").filter(|state| state.is_object()).map(Raw::from_value),
        kept,
        outcome,
    })
}

fn is_set(value: &Value) -> bool {
    match value {
        Value::Bool(set) => *set,
        Value::Number(n) => n.as_f64() != Some(0.0),
        _ => false,
    }
}

/// Of a share of 1. What is beyond counts as none or all.
fn percent(share: f64) -> u8 {
    // Inside 0 to 100, so the cast loses only the fraction.
    (share.clamp(0.0, 1.0) * 100.0).round() as u8
}

fn log(value: &Value) -> Option<(Level, String, Option<u8>)> {
    let msg = value.get("msg")?.as_str()?.to_owned();
    let level = value.get("level").and_then(Value::as_str).and_then(Level::parse);
    let percent = value.get("percent").and_then(Value::as_u64).map(|n| n.min(100) as u8);
    Some((level.unwrap_or(Level::Info), msg, percent))
}

/// `code` 0, `false`, `"success"` and none at all are good, and so is `"warning"`, which has something to say. Everything else is
/// an error.
fn outcome(keys: &Map<String, Value>) -> Outcome {
    let said = keys.get("description").and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
    let (good, code) = match keys.get("code") {
        None | Some(Value::Null | Value::Bool(false)) => (true, String::new()),
        Some(Value::Number(n)) if n.as_f64() == Some(0.0) => (true, String::new()),
        Some(Value::String(word)) if word.is_empty() || word == "0" => (true, String::new()),
        Some(Value::String(word)) => (GOOD.contains(&word.as_str()), word.clone()),
        Some(Value::Bool(true)) => (false, "1".to_owned()),
        Some(other) => (false, other.to_string()),
    };
    match (good, said) {
        (true, said) if code == "warning" => Outcome { status: Status::Done, message: Some(said.unwrap_or(code)) },
        (true, message) => Outcome { status: Status::Done, message },
        (false, said) => Outcome::error(said.unwrap_or_else(|| format!("code {code}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(line: &str) -> (Status, Option<String>) {
        let outcome = read(line).unwrap().outcome.unwrap();
        (outcome.status, outcome.message)
    }

    #[test]
    fn what_is_no_report_is_a_line_of_the_log() {
        for line in [
            "",
            "hello",
            "{",
            "{}",
            r#"{"a":1}"#,
            r#"[{"xy":1}]"#,
            r#"{"xy":2,"code":0}"#,
            r#"{"code":0}"#,
            r#"{"complete":0}"#,
        ] {
            assert_eq!(read(line), None, "{line}");
        }
    }

    #[test]
    fn progress_is_a_share_of_one() {
        let percent = |line| read(line).unwrap().percent;
        assert_eq!(percent(r#"{"xy":1,"progress":0.5}"#), Some(50));
        assert_eq!(percent(r#" {"progress":0.256} "#), Some(26), "Cronicle has no mark");
        assert_eq!(percent(r#"{"xy":1,"progress":7}"#), Some(100));
        assert_eq!(percent(r#"{"xy":1,"progress":-1}"#), Some(0));
        assert_eq!(percent(r#"{"xy":1,"progress":"half"}"#), None);
    }

    #[test]
    fn the_outcome_is_a_code_and_a_description() {
        assert_eq!(ended(r#"{"xy":1,"code":0}"#), (Status::Done, None));
        assert_eq!(
            ended(r#"{"xy":1,"code":"success","description":"12 rows"}"#),
            (Status::Done, Some("12 rows".into()))
        );
        assert_eq!(ended(r#"{"xy":1,"code":"warning"}"#), (Status::Done, Some("warning".into())));
        assert_eq!(ended(r#"{"xy":1,"code":"warning","description":"slow"}"#), (Status::Done, Some("slow".into())));
        assert_eq!(
            ended(r#"{"xy":1,"code":"critical","description":"no disk"}"#),
            (Status::Error, Some("no disk".into()))
        );
        assert_eq!(ended(r#"{"xy":1,"code":999}"#), (Status::Error, Some("code 999".into())));
        assert_eq!(ended(r#"{"complete":1}"#), (Status::Done, None));
        assert_eq!(
            ended(r#"{"complete":true,"code":1,"description":"Failed!"}"#),
            (Status::Error, Some("Failed!".into()))
        );
        assert_eq!(ended(r#"{"complete":1,"code":false}"#), (Status::Done, None));
        assert_eq!(read(r#"{"progress":1,"code":0}"#).unwrap().outcome, None, "Cronicle ends with complete");
    }

    #[test]
    fn lines_state_and_results_are_taken_as_they_are() {
        let report = read(r#"{"xy":1,"status":"counting","log":{"level":"error","msg":"<b>","percent":300},"state":{"n":1.0},"table":{"rows":[[1]]},"perf":null}"#).unwrap();
        assert_eq!(report.status.as_deref(), Some("counting"));
        assert_eq!(report.log, Some((Level::Error, "<b>".into(), Some(100))));
        assert_eq!(report.state.unwrap().get(), r#"{"n":1.0}"#);
        assert_eq!(Value::Object(report.kept), serde_json::json!({"table": {"rows": [[1]]}}));
        let odd = read(r#"{"xy":1,"status":7,"log":"x","state":[1]}"#).unwrap();
        assert_eq!(odd, Report::default());
    }
}
