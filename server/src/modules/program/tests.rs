//! Real programs, in three languages, as tasks run them.

mod more;

use super::super::testing::{Recorder, as_root};
use super::*;
use domain::json::Raw;
use domain::run::Status;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use tempfile::TempDir;

/// A folder of modules: `module.toml` and the program `run`.
struct Modules(TempDir);

impl Modules {
    fn new() -> Modules {
        Modules(tempfile::tempdir().unwrap())
    }

    fn add(&self, folder: &str, manifest: &str, script: &str) -> &Modules {
        let path = self.0.path().join(folder);
        std::fs::create_dir(&path).unwrap();
        std::fs::write(path.join("module.toml"), manifest).unwrap();
        std::fs::write(path.join("run"), script).unwrap();
        std::fs::set_permissions(path.join("run"), std::fs::Permissions::from_mode(0o755)).unwrap();
        self
    }

    fn find(&self) -> (Vec<Arc<dyn TaskModule>>, Vec<Broken>) {
        find(self.0.path(), &Minder::default())
    }
}

const PLAIN: &str = "name = \"plain\"\ndisplayname = \"Plain\"\ncommand = [\"./run\"]\n";

fn example(name: &str) -> Arc<dyn TaskModule> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/modules");
    let (modules, broken) = find(&folder, &Minder::default());
    assert_eq!(broken, []);
    modules.into_iter().find(|module| module.spec().name == name).unwrap()
}

async fn run_with(module: &dyn TaskModule, params: Value, state: Value) -> (Outcome, Arc<Recorder>) {
    let (mut ctx, io) = as_root(module, params);
    ctx.state = Raw::from_value(&state);
    (module.run(ctx).await, io)
}

/// What a shell script as a module leads to.
async fn script(text: &str) -> (Outcome, Arc<Recorder>) {
    let modules = Modules::new();
    modules.add("plain", PLAIN, &format!("#!/bin/sh\n{text}\n"));
    let module = modules.find().0.remove(0);
    run_with(&*module, json!({}), json!({})).await
}

#[tokio::test]
async fn the_example_in_shell() {
    let module = example("disk-space");
    let (outcome, io) = run_with(&*module, json!({"path": "/", "limit": 100}), json!({})).await;
    assert_eq!(outcome, Outcome::done());
    let careless = json!({"path": "/", "limit": 0, "enforce": false});
    assert_eq!(run_with(&*module, careless, json!({})).await.0, Outcome::done());
    assert!(io.texts(Level::Info)[0].starts_with("/: "), "{}", io.all());
    let result = io.written().1.remove(0);
    assert_eq!(result["table"]["rows"][0][0], "/");
    assert_eq!(io.progress(), [Some(100)]);
}

#[tokio::test]
async fn the_example_in_python() {
    let module = example("page-titles");
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("a.html");
    std::fs::write(&page, "<title>A & B</title>").unwrap();
    let page = page.to_str().unwrap();
    let params = json!({"files": [page], "password": "very secret"});
    let (outcome, io) = run_with(&*module, params, json!({})).await;
    assert_eq!(outcome.status, Status::Done, "{}", io.all());
    assert_eq!(io.written().1[0]["data"]["titles"], json!([[page, "A & B"]]));
    let (outcome, io) = run_with(&*module, json!({"files": ["/nowhere/at all"]}), json!({})).await;
    assert_eq!(outcome, Outcome::error("not every file could be read"));
    assert_eq!(io.texts(Level::Error), ["/nowhere/at all: No such file or directory"]);
}

#[tokio::test]
async fn the_example_in_javascript() {
    let module = example("countdown");
    let (outcome, io) = run_with(&*module, json!({"from": 4}), json!({"times": 6})).await;
    assert_eq!(outcome, Outcome { status: Status::Done, message: Some("counted down for the 7. time".into()) });
    assert_eq!(io.progress(), [0, 25, 50, 75].map(Some));
    assert_eq!(io.texts(Level::Info), ["4 …", "3 …", "2 …", "1 …"]);
    assert_eq!(io.written().0, [json!({"times": 7})]);
}

#[tokio::test]
async fn a_plugin_of_cronicle_needs_no_mark() {
    let text = r#"read -r line; case "$line" in *'"params":{'*) ;; *) exit 9;; esac
echo "working"
echo '{"progress":0.5}'
echo '{"progress":1,"perf":{"db":1.5}}'
echo '{"complete":1,"code":0,"description":"all well"}'"#;
    let (outcome, io) = script(text).await;
    assert_eq!(outcome, Outcome::done_with("all well"));
    assert_eq!((io.texts(Level::Info), io.progress()), (vec!["working".to_owned()], vec![Some(50), Some(100)]));
    assert_eq!(io.written().1, [json!({"perf": {"db": 1.5}})]);
}

#[tokio::test]
async fn without_an_outcome_the_exit_decides() {
    assert_eq!(script("cat > /dev/null; echo hi").await.0, Outcome::done());
    assert_eq!(script("exit 3").await.0, Outcome::error("exit code 3"));
    assert_eq!(script("kill -9 $$").await.0, Outcome::error("killed by signal 9 (SIGKILL)"));
    assert_eq!(script("echo '{\"xy\":1,\"code\":0}'; exit 3").await.0, Outcome::done(), "what it reports counts");
    let late = script("echo '{\"xy\":1,\"code\":5}'; echo '{\"xy\":1,\"code\":0,\"status\":\"no\"}'").await.0;
    assert_eq!(late, Outcome::error("code 5"), "later reports are ignored");
}

#[tokio::test]
async fn it_works_in_a_folder_of_its_own_that_goes() {
    let (outcome, io) = script("pwd; echo x > left-behind; env | grep ^ROTA_RUN_ID").await;
    assert_eq!(outcome, Outcome::done());
    let lines = io.texts(Level::Info);
    assert!(lines[0].contains("rota-") && lines[1].starts_with("ROTA_RUN_ID="), "{lines:?}");
    for _ in 0..3000 {
        if !Path::new(&lines[0]).exists() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{} is still there", lines[0]);
}

#[tokio::test]
async fn parameters_are_variables_but_not_those_that_decide_how_programs_start() {
    let manifest = format!(
        "{PLAIN}{}",
        r#"
[[params]]
name = "greeting"
type = "text"
default = "hello; rm -rf /"
[[params]]
name = "path"
type = "text"
default = "/nowhere"
[[params]]
name = "ld_preload"
type = "text"
default = "evil.so"
[[params]]
name = "token"
type = "secret"
"#
    );
    let modules = Modules::new();
    let text = "#!/bin/sh\necho \"$greeting|$GREETING|${LD_PRELOAD:-none}|${token:-none}|${TOKEN:-none}\"; cat\n";
    modules.add("plain", &manifest, text);
    let module = modules.find().0.remove(0);
    let (outcome, io) = run_with(&*module, json!({"token": "very secret"}), json!({})).await;
    assert_eq!(outcome, Outcome::done(), "{}", io.all());
    let lines = io.texts(Level::Info);
    assert_eq!(lines[0], "hello; rm -rf /|hello; rm -rf /|none|none|none");
    // Its own input, read and written back, is no report: it says neither code nor progress.
    assert_eq!(lines.len(), 1);
}

#[tokio::test]
async fn a_cancel_ends_all_that_it_started() {
    let modules = Modules::new();
    modules.add("plain", PLAIN, "#!/bin/sh\ntrap '' TERM\necho started\nsleep 600 & wait; sleep 600\n");
    let module = Program {
        manifest: Manifest::open(&modules.0.path().join("plain")).unwrap(),
        grace: Duration::from_millis(300),
        minder: Minder::default(),
    };
    let (ctx, io) = as_root(&module, json!({}));
    let cancel = ctx.cancel.clone();
    let start = Instant::now();
    let look = async {
        io.wait_for("started").await;
        cancel.cancel();
    };
    let (outcome, ()) = tokio::join!(module.run(ctx), look);
    assert_eq!(outcome.status, Status::Canceled);
    assert!(start.elapsed() < Duration::from_secs(60));
}

#[tokio::test]
async fn endless_lines_and_wrong_reports_harm_nothing() {
    let (outcome, io) = script(
        "head -c 9000000 /dev/zero | tr '\\0' 'x'; echo; echo '{\"xy\":1,'; echo '{\"xy\":1,\"state\":7,\"code\":0}'",
    )
    .await;
    assert_eq!(outcome, Outcome::done());
    let lines = io.texts(Level::Info);
    assert_eq!(lines.iter().map(String::len).sum::<usize>(), 9_000_000 + "{\"xy\":1,".len());
    assert_eq!(io.written().0, Vec::<Value>::new());
}

#[tokio::test]
async fn what_is_kept_has_a_limit() {
    let text = "printf '{\"xy\":1,\"text\":\"'; head -c 3000000 /dev/zero | tr '\\0' 'x'; echo '\"}'\n\
                printf '{\"xy\":1,\"html\":\"'; head -c 3000000 /dev/zero | tr '\\0' 'y'; echo '\"}'; echo '{\"xy\":1,\"label\":\"small\"}'";
    let (outcome, io) = script(text).await;
    assert_eq!(outcome, Outcome::done());
    let kept = io.written().1.remove(0);
    assert_eq!(
        (kept["text"].as_str().map(str::len), &kept["html"], &kept["label"]),
        (Some(3_000_000), &Value::Null, &json!("small"))
    );
    assert_eq!(io.texts(Level::Warning), ["html is not kept: results have 4 MiB at most"]);
}

#[tokio::test]
async fn files_are_kept_and_what_is_none_is_told() {
    let text = "echo 'a;b' > out.csv; ln -s /etc/passwd stolen\n\
                echo '{\"xy\":1,\"files\":[{\"path\":\"out.csv\",\"filename\":\"Bericht ü.csv\"},\"stolen\"],\"code\":0}'";
    let (outcome, io) = script(text).await;
    assert_eq!(outcome, Outcome::done());
    let kept = json!({"files": [{"n": 1, "name": "Bericht ü.csv", "size": 4, "type": "text/csv; charset=utf-8"}]});
    assert_eq!(io.written().1, [kept]);
    assert_eq!(std::fs::read_to_string(io.files().path(1)).unwrap(), "a;b\n");
    let told = io.texts(Level::Warning);
    assert!(told.len() == 1 && told[0].starts_with("the file stolen is not kept: "), "{told:?}");
}

#[tokio::test]
async fn what_the_last_good_run_left_is_in_the_input() {
    let modules = Modules::new();
    modules.add("plain", PLAIN, "#!/bin/sh\nread -r line; echo \"got $line\"\n");
    let module = modules.find().0.remove(0);
    let input = async |data: Option<Value>| {
        let (ctx, io) = as_root(&*module, json!({}));
        data.iter().for_each(|data| io.set_last_data(data));
        module.run(ctx).await;
        let line = io.texts(Level::Info).remove(0);
        serde_json::from_str::<Value>(line.strip_prefix("got ").unwrap()).unwrap()
    };
    assert_eq!(input(Some(json!({"n": 2}))).await["input"], json!({"data": {"n": 2}}));
    assert_eq!(input(None).await.get("input"), None);
}

#[test]
fn a_broken_manifest_is_told_and_the_others_are_there() {
    let modules = Modules::new();
    modules
        .add("good", PLAIN, "")
        .add("grammar", "name = \"a\"\nname = ", "")
        .add("unknown", &format!("{PLAIN}colour = 1\n"), "")
        .add("twice", PLAIN, "")
        .add("no-command", "name = \"b\"\ndisplayname = \"B\"\ncommand = []\n", "")
        .add("bad-name", "name = \"b c\"\ndisplayname = \"B\"\ncommand = [\"x\"]\n", "")
        .add(
            "no-options",
            &format!("{}[[params]]\nname = \"s\"\ntype = \"select\"\n", PLAIN.replace("plain", "sel")),
            "",
        );
    let with = |name: &str, params: &str| format!("{}{params}", PLAIN.replace("plain", name));
    let text = |name: &str, more: &str| format!("[[params]]\nname = \"{name}\"\ntype = \"text\"\n{more}\n");
    modules
        .add("no-pattern", &with("np", &text("a", "pattern = \"(\"")), "")
        .add("no-limit", &with("nl", "[limits]\nmemory_mb = 0\n"), "")
        .add("odd-limit", &with("ol", "[limits]\nmemory = 1\n"), "")
        .add("no-text", &with("nt", "[[params]]\nname = \"a\"\ntype = \"int\"\npattern = \"1\"\n"), "")
        .add("ahead", &with("ah", &(text("a", "depends_on = { param = \"b\", equals = 1 }") + &text("b", ""))), "");
    let (found, broken) = modules.find();
    assert_eq!(found.len(), 1);
    let reason = |folder: &str| {
        let one = broken.iter().find(|one| one.file.parent().unwrap().ends_with(folder)).unwrap();
        one.reason.clone()
    };
    assert!(reason("grammar").contains("line 2"), "{}", reason("grammar"));
    assert!(reason("unknown").contains("colour") && reason("unknown").contains("line 4"), "{}", reason("unknown"));
    assert_eq!(reason("twice"), "name: there is another module plain");
    assert_eq!(reason("no-command"), "command: the program is missing");
    assert!(reason("bad-name").contains("letters, digits"));
    assert_eq!(reason("no-options"), "s: the type Select needs options");
    assert!(reason("no-pattern").starts_with("a: pattern: "), "{}", reason("no-pattern"));
    assert_eq!(reason("no-text"), "a: pattern is only for the types [Text, TextMultiline, Secret, StringList]");
    assert_eq!(reason("ahead"), "a: depends_on: \"b\" is no parameter listed before this one");
    assert_eq!(reason("no-limit"), "limits.memory_mb must be from 1 to 1048576");
    assert!(reason("odd-limit").contains("unknown field `memory`"), "{}", reason("odd-limit"));
    assert_eq!(broken.len(), 11);
}

#[tokio::test]
async fn a_program_that_is_missing_is_named() {
    let modules = Modules::new();
    modules.add("plain", &PLAIN.replace("./run", "./walk"), "");
    let module = modules.find().0.remove(0);
    let (outcome, _) = run_with(&*module, json!({}), json!({})).await;
    assert_eq!(outcome, Outcome::error("./walk was not found"));
}
