//! What manifests say besides parameters: limits, and that the program describes itself.

use super::*;

/// What a shell script leads to as a module with these limits.
async fn limited(limits: &str, text: &str) -> (Outcome, Arc<Recorder>) {
    let modules = Modules::new();
    modules.add("plain", &format!("{PLAIN}[limits]\n{limits}\n"), &format!("#!/bin/sh\n{text}\n"));
    let (mut found, broken) = modules.find();
    assert_eq!(broken, []);
    run_with(&*found.remove(0), json!({}), json!({})).await
}

#[tokio::test]
async fn memory_has_the_limit_of_the_manifest() {
    // The shell keeps what a substitution prints, here 300 MB; reading first, it is under its limit by then.
    let eat = "read -r line; x=$(head -c 300000000 /dev/zero | tr '\\0' x); echo ${#x}";
    let (outcome, io) = limited("memory_mb = 100", eat).await;
    assert_eq!(outcome.status, Status::Error, "{}", io.all());
    assert!(io.texts(Level::Info).is_empty(), "{}", io.all());
    let (outcome, io) = limited("memory_mb = 4000", "read -r line; ulimit -v; (ulimit -v)").await;
    assert_eq!(outcome, Outcome::done());
    assert_eq!(io.texts(Level::Info), ["4096000", "4096000"], "children have it too");
}

#[tokio::test]
async fn lines_beyond_the_limit_are_counted_and_reports_still_count() {
    let text = "seq 5; echo oops >&2; sleep 0.1; seq 1000; echo '{\"xy\":1,\"code\":0,\"description\":\"well\"}'";
    let (outcome, io) = limited("output_lines = 6", text).await;
    assert_eq!(outcome, Outcome::done_with("well"));
    assert_eq!(io.texts(Level::Info).len() + 1, 6, "{}", io.all());
    let told = "1000 more lines are not kept: the module's limit is 6 (output_lines)";
    assert_eq!(io.texts(Level::Warning), ["oops", told]);
    let (_, io) = limited("output_lines = 6", "seq 6").await;
    assert!(io.texts(Level::Warning).is_empty());
}

#[tokio::test]
async fn a_program_that_runs_too_long_is_ended() {
    let (outcome, io) = limited("runtime_sec = 1", "echo begun; sleep 60 & wait").await;
    assert_eq!(outcome, Outcome::error("ended after 1 s, the module's limit (runtime_sec)"));
    assert_eq!(io.texts(Level::Info), ["begun"]);
    assert_eq!(limited("runtime_sec = 60", "true").await.0, Outcome::done());
}

/// Its own manifest, written by a shell script, with more in it.
fn describes(more: &str) -> String {
    format!(
        "#!/bin/sh\n[ \"$1\" = --describe ] && echo '{{\"name\":\"d\",\"displayname\":\"D\"{more}}}' && exit\necho ran\n"
    )
}

#[tokio::test]
async fn a_program_describes_itself_where_the_manifest_says_so() {
    let modules = Modules::new();
    let manifest = "command = [\"./run\"]\ndescribe = true\n[limits]\noutput_lines = 9\n";
    let param = ",\"command\":[\"./evil\"],\"params\":[{\"name\":\"n\",\"type\":\"int\",\"default\":3}]";
    modules
        .add("d", manifest, &describes(param))
        .add("odd", manifest, &describes(",\"colour\":1"))
        .add("late", manifest, "#!/bin/sh\nexec sleep 100\n")
        .add("more", &format!("name = \"x\"\n{manifest}"), &describes(""))
        .add("plain", PLAIN, "#!/bin/sh\n");
    let look = tokio::task::spawn_blocking(move || (modules.find(), modules));
    let ((found, broken), _modules) = look.await.unwrap();
    let names: Vec<String> = found.iter().map(|module| module.spec().name).collect();
    assert_eq!(names, ["d", "plain"]);
    assert_eq!(found[0].spec().params[0].parameters.default, json!(3));
    let (outcome, io) = run_with(&*found[0], json!({}), json!({})).await;
    assert_eq!((outcome, io.texts(Level::Info)), (Outcome::done(), vec!["ran".to_owned()]));
    let reasons: Vec<&str> = broken.iter().map(|one| one.reason.as_str()).collect();
    assert_eq!(reasons[0], "--describe: it did not answer within 5 s");
    assert!(reasons[1].contains("unknown field `name`"), "{}", reasons[1]);
    assert!(reasons[2].starts_with("--describe: unknown field `colour`"), "{}", reasons[2]);
}
