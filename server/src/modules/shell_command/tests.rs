//! The module as tasks use it, with real programs.

use super::super::process::lines::LINE_MAX;
use super::super::testing::{Recorder, as_root, context};
use super::*;
use domain::run::{Level, Status};
use domain::user::ROOT;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Instant;

async fn run(params: Value) -> (Outcome, Arc<Recorder>) {
    let module = ShellCommand::default();
    let (ctx, io) = as_root(&module, params);
    (module.run(ctx).await, io)
}

fn sh(line: &str) -> Value {
    json!({"program": "sh", "arguments": ["-c", line]})
}

fn info(io: &Recorder) -> Vec<String> {
    io.texts(Level::Info)
}

/// Whether a process works on; one that has ended and was not waited for does not.
fn lives(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(") ").next().is_some_and(|s| !s.is_empty() && !s.starts_with(['Z', 'X']))
}

async fn gone(pid: &str) {
    for _ in 0..3000 {
        if !lives(pid) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("process {pid} still lives");
}

#[tokio::test]
async fn lines_come_in_order_at_their_levels() {
    let (outcome, io) = run(sh("echo one; echo two >&2; echo three; printf four")).await;
    assert_eq!(outcome, Outcome::done());
    assert_eq!(info(&io), ["one", "three", "four"]);
    assert_eq!(io.texts(Level::Warning), ["two"]);
}

#[tokio::test]
async fn lines_come_while_it_runs() {
    let module = ShellCommand { grace: Duration::from_secs(300), ..ShellCommand::default() };
    let (ctx, io) = as_root(&module, sh("echo early; sleep 600"));
    let cancel = ctx.cancel.clone();
    let start = Instant::now();
    let look = async {
        io.wait_for("early").await;
        cancel.cancel();
    };
    let (outcome, ()) = tokio::join!(module.run(ctx), look);
    assert_eq!(outcome.status, Status::Canceled);
    assert!(start.elapsed() < Duration::from_secs(60), "SIGTERM was enough");
}

#[tokio::test]
async fn how_it_ended_is_told() {
    assert_eq!(run(sh("exit 3")).await.0, Outcome::error("exit code 3"));
    assert_eq!(run(sh("kill -9 $$")).await.0, Outcome::error("killed by signal 9 (SIGKILL)"));
    assert_eq!(run(json!({"program": "true"})).await.0, Outcome::done());
}

#[tokio::test]
async fn what_cannot_be_started_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, mode: u32, text: &str| {
        use std::os::unix::fs::PermissionsExt;
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        path.display().to_string()
    };
    let (plain, bare, lost) = (file("plain", 0o644, ""), file("bare", 0o755, "x"), file("lost", 0o755, "#!/no/such\n"));
    for (params, reason) in [
        (json!({"program": "no-such-program"}), "no-such-program was not found in PATH".to_owned()),
        (json!({"program": "/no/such"}), "/no/such was not found".to_owned()),
        (json!({"program": plain}), format!("{plain} is not an executable file")),
        (json!({"program": bare}), format!("{bare} is not a program: a script needs a first line such as #!/bin/sh")),
        (
            json!({"program": lost}),
            format!("{lost} could not be started: what its first line or its format needs was not found"),
        ),
        (
            json!({"program": "true", "working_folder": "/no/such"}),
            "working_folder: /no/such is not a folder".to_owned(),
        ),
        (json!({"program": "true", "working_folder": "tmp"}), "working_folder: tmp must start with /".to_owned()),
    ] {
        assert_eq!(run(params).await.0, Outcome::error(reason));
    }
    let (outcome, _) = run(json!({"program": "true", "environment": [{"name": "A=B", "value": ""}]})).await;
    assert!(outcome.message.unwrap_or_default().starts_with("environment: \"A=B\" cannot be a variable"));
    let (outcome, _) = run(json!({"program": "echo", "arguments": ["a\u{0}b"]})).await;
    assert_eq!(outcome.status, Status::Error);
}

#[tokio::test]
async fn arguments_mean_nothing_but_themselves() {
    let arguments = ["%s\n", "a  b", "$(id)", "`id`", "$HOME", "*", "'\"", "; exit 1", "-x", ""];
    let (outcome, io) = run(json!({"program": "printf", "arguments": arguments})).await;
    assert_eq!(outcome, Outcome::done());
    assert_eq!(info(&io), arguments[1..]);
}

#[tokio::test]
async fn the_environment_holds_what_is_said_and_nothing_else() {
    // cargo sets many variables for its tests; none of them may arrive.
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
    let rows = json!([{"name": "GREETING", "value": "a b=c"}, {"name": "LANG", "value": "de_DE.UTF-8"},
                      {"name": "ROTA_TASK_ID", "value": "99"}]);
    let (_, io) = run(json!({"program": "env", "environment": rows})).await;
    let lines = info(&io);
    let has = |line: &str| lines.iter().any(|l| l == line);
    assert!(has("GREETING=a b=c") && has("LANG=de_DE.UTF-8"), "{lines:?}");
    assert!(has("ROTA_TASK_ID=7") && has("ROTA_RUN_ID=12") && has("ROTA_DUE_AT=2027-01-15T08:00:00.000Z"), "{lines:?}");
    let known = [
        "PATH",
        "HOME",
        "LANG",
        "LC_ALL",
        "TZ",
        "USER",
        "TMPDIR",
        "GREETING",
        "ROTA_TASK_ID",
        "ROTA_RUN_ID",
        "ROTA_DUE_AT",
        "ROTA_RUN",
    ];
    let unknown = lines.iter().find(|l| !known.contains(&l.split('=').next().unwrap_or_default()));
    assert_eq!(unknown, None);
}

#[tokio::test]
async fn path_of_the_task_is_searched() {
    let (outcome, _) = run(json!({"program": "sh", "environment": [{"name": "PATH", "value": "/no/such"}]})).await;
    assert_eq!(outcome, Outcome::error("sh was not found in PATH"));
    let (outcome, io) =
        run(json!({"program": "./sh", "arguments": ["-c", "pwd; echo $0"], "working_folder": "/bin"})).await;
    assert_eq!(outcome, Outcome::done());
    assert_eq!(info(&io)[1], "./sh");
}

#[tokio::test]
async fn it_works_in_a_folder_of_its_own_that_goes_away() {
    let (_, io) = run(sh("pwd; ls -A; mkdir -p a/b; echo x > a/b/c; stat -c %a .")).await;
    let lines = info(&io);
    let folder = std::path::Path::new(&lines[0]);
    assert!(lines[0].contains("/rota-12-") && lines[1] == "700" && lines.len() == 2, "{lines:?}");
    for _ in 0..3000 {
        if !folder.exists() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{folder:?} is still there");
}

#[tokio::test]
async fn input_arrives_and_need_not_be_read() {
    let text = "grüße\n".repeat(50_000);
    let (_, io) = run(json!({"program": "wc", "arguments": ["-l"], "stdin": text})).await;
    assert_eq!(info(&io)[0].trim(), "50000");
    assert_eq!(run(json!({"program": "true", "stdin": text})).await.0, Outcome::done());
    let (_, io) = run(json!({"program": "cat"})).await;
    assert!(io.lines().is_empty());
}

#[tokio::test]
async fn long_lines_and_much_output_arrive_whole() {
    let (_, io) = run(sh("head -c 1000000 /dev/zero | tr '\\0' x; echo; seq 20000")).await;
    let lines = info(&io);
    assert!(lines.iter().all(|l| l.len() <= LINE_MAX));
    assert_eq!(lines.iter().filter(|l| l.starts_with('x')).map(String::len).sum::<usize>(), 1_000_000);
    assert_eq!(lines.last().unwrap(), "20000");
    let (_, io) = run(sh("printf '\\377\\n'; printf '10%%\\r20%%\\r30%%\\n'")).await;
    assert_eq!(info(&io), ["\u{fffd}", "10%", "30%"]);
}

#[tokio::test]
async fn a_slow_log_loses_nothing() {
    let module = ShellCommand::default();
    let (ctx, io) = context(&module, sh("seq 2000"), ROOT, Recorder::slow(Duration::from_millis(1)));
    assert_eq!(module.run(ctx).await, Outcome::done());
    assert_eq!(info(&io).len(), 2000);
    assert!(io.texts(Level::Warning).is_empty());
}

#[tokio::test]
async fn cancel_ends_the_whole_tree_even_where_it_does_not_listen() {
    let module = ShellCommand { grace: Duration::from_millis(300), ..ShellCommand::default() };
    let line = "sh -c 'trap \"\" TERM; echo pid $$; while :; do sleep 1; done' & echo pid $$; wait";
    let (ctx, io) = as_root(&module, sh(line));
    let cancel = ctx.cancel.clone();
    let start = Instant::now();
    let stop = async {
        while io.all().matches("pid ").count() < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        cancel.cancel();
        Instant::now()
    };
    let (outcome, canceled) = tokio::join!(module.run(ctx), stop);
    assert_eq!(outcome.status, Status::Canceled);
    assert!(canceled.elapsed() >= module.grace && start.elapsed() < Duration::from_secs(60));
    for line in info(&io) {
        gone(line.trim_start_matches("pid ")).await;
    }
}

#[tokio::test]
async fn last_words_after_a_cancel_are_logged() {
    let module = ShellCommand::default();
    let (ctx, io) = as_root(&module, sh("trap 'echo tidied; exit 0' TERM; echo up; while :; do sleep 0.05; done"));
    let cancel = ctx.cancel.clone();
    let stop = async {
        io.wait_for("up").await;
        cancel.cancel();
    };
    let (outcome, ()) = tokio::join!(module.run(ctx), stop);
    assert_eq!(outcome.status, Status::Canceled);
    assert_eq!(info(&io), ["up", "tidied"]);
}

#[tokio::test]
async fn a_dropped_run_leaves_nothing_behind() {
    let module = ShellCommand::default();
    let (ctx, io) = as_root(&module, sh("sleep 60 & echo pid $!; echo pid $$; wait"));
    let both = async {
        while io.lines().len() < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::select! {
        _ = module.run(ctx) => panic!("it should go on"),
        () = both => {}
    }
    for line in info(&io) {
        gone(line.trim_start_matches("pid ")).await;
    }
}

#[tokio::test]
async fn a_child_that_keeps_the_output_open_is_not_waited_for() {
    let start = Instant::now();
    let (outcome, io) = run(sh("(setsid sleep 600 & echo pid $!)")).await;
    assert_eq!(outcome, Outcome::done());
    assert!((2..60).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
    assert!(io.texts(Level::Warning)[0].contains("still holds its output"));
    let pid = info(&io)[0].trim_start_matches("pid ").to_owned();
    assert!(lives(&pid));
    run(json!({"program": "kill", "arguments": [pid]})).await;

    let start = Instant::now();
    let (outcome, io) = run(sh("(while echo spam; do :; done) & exit 4")).await;
    assert_eq!(outcome, Outcome::error("exit code 4"));
    assert!(start.elapsed() < Duration::from_secs(60));
    assert!(io.texts(Level::Warning)[0].contains("still holds its output"));
}
