//! Scripts as tasks have them.

use super::super::testing::{Recorder, as_root};
use super::*;
use domain::run::{Level, Status};
use serde_json::{Value, json};
use std::sync::Arc;

async fn run(params: Value) -> (Outcome, Arc<Recorder>) {
    let module = Script::default();
    let (ctx, io) = as_root(&module, params);
    (module.run(ctx).await, io)
}

#[tokio::test]
async fn the_first_line_says_what_runs_it() {
    let (outcome, io) = run(json!({"script": "#!/bin/sh\necho one\necho two >&2\nexit 3\n"})).await;
    assert_eq!(outcome, Outcome::error("exit code 3"));
    assert_eq!((io.texts(Level::Info), io.texts(Level::Warning)), (vec!["one".into()], vec!["two".into()]));
    let python = "#! /usr/bin/env python3\r\nimport sys\r\nprint('py', sys.argv[1:], sys.stdin.read())\r\n";
    let (outcome, io) = run(json!({"script": python, "arguments": ["a  b", "$x"], "stdin": "in"})).await;
    assert_eq!(outcome, Outcome::done(), "{}", io.all());
    assert_eq!(io.texts(Level::Info), ["py ['a  b', '$x'] in"]);
    let (outcome, io) = run(json!({"script": "#!/bin/sh -e\nfalse\necho no\n"})).await;
    assert_eq!((outcome, io.all().as_str()), (Outcome::error("exit code 1"), ""));
}

#[tokio::test]
async fn it_lies_in_a_folder_of_its_own_for_its_owner_only() {
    let text = "#!/bin/sh\nls; stat -c %a script .; echo $GREETING $ROTA_TASK_ID; pwd; echo $0\n";
    let environment = json!([{"name": "GREETING", "value": "hi"}]);
    let (_, io) = run(json!({"script": text, "environment": environment})).await;
    let lines = io.texts(Level::Info);
    assert_eq!(lines[..4], ["script", "700", "700", "hi 7"]);
    assert_eq!(lines[5], format!("{}/script", lines[4]));
    let (_, io) = run(json!({"script": "#!/bin/sh\npwd; echo $0\n", "working_folder": "/"})).await;
    assert!(io.texts(Level::Info)[0] == "/" && io.texts(Level::Info)[1].contains("/rota-12-"), "{}", io.all());
    for _ in 0..3000 {
        if !Path::new(&lines[4]).exists() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{} is still there", lines[4]);
}

#[tokio::test]
async fn what_cannot_run_it_is_named() {
    let (outcome, _) = run(json!({"script": "#!/no/such\necho"})).await;
    assert_eq!(outcome, Outcome::error("script: /no/such was not found"));
    assert!(first_line("echo hi").is_err() && first_line("#!sh").is_err() && first_line("").is_err());
}

#[tokio::test]
async fn a_cancel_ends_it() {
    let module = Script { grace: Duration::from_millis(300), ..Script::default() };
    let (ctx, io) =
        as_root(&module, json!({"script": "#!/bin/sh\ntrap '' TERM\necho begun\nsleep 60 & wait; sleep 60"}));
    let cancel = ctx.cancel.clone();
    let look = async {
        io.wait_for("begun").await;
        cancel.cancel();
    };
    let (outcome, ()) = tokio::join!(module.run(ctx), look);
    assert_eq!(outcome.status, Status::Canceled);
}
