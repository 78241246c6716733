//! The command line, as a program: exit codes, and one sentence on standard error that names what is wrong.

use crate::store_world::{a_user, new_task};
use domain::module::Sealer;
use domain::task::Task;
use domain::{TaskId, Timestamp};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rota::clock::Clock;
use rota::config::Config;
use rota::secrets::Secrets;
use rota::store::sqlite::{Access, SqliteStore};
use rota::store::{Edit, MetaStore, Once, PostStore, TaskStore, UserStore};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// How long a command may take: a server that starts where it should not is ended then.
const PATIENCE: Duration = Duration::from_secs(60);

/// Exit code, standard output, standard error.
fn rota(folder: &Path, env: &[(&str, &str)], args: &[&str], input: &str) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rota"));
    command.current_dir(folder).args(args).env("ROTA_DATA_DIR", folder).envs(env.iter().copied());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A command that does not read its input may have ended already.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let (pid, (ended, still_runs)) = (child.id(), mpsc::channel::<()>());
    let watch = thread::spawn(move || {
        if still_runs.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
            kill(Pid::from_raw(pid.cast_signed()), Signal::SIGKILL).unwrap();
        }
    });
    let output = child.wait_with_output().unwrap();
    drop(ended);
    watch.join().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let code = output.status.code().expect("the command ends by itself");
    (code, text(output.stdout), text(output.stderr))
}

#[test]
fn a_wrong_setting_ends_the_start_with_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    for (name, value) in [
        ("ROTA_LISTEN", "here"),
        ("ROTA_DATABASE_URL", "mysql://u:swordfish@h/d"),
        ("ROTA_PUBLIC_URL", "rota.example.org"),
        ("ROTA_RUN_SLOTS", "0"),
        ("ROTA_STOP_GRACE_SEC", "soon"),
        ("ROTA_LEASE_SEC", "601"),
        ("ROTA_BODY_LIMIT", "-1"),
        ("ROTA_LOG_LINE_LIMIT", "1"),
        ("ROTA_SESSION_DAYS", "0"),
        ("ROTA_LOGIN_ATTEMPTS", "0"),
        ("ROTA_ROOT_PASSWORD", "swordfi"),
        ("ROTA_ROOT_TOKEN", "swordfish"),
        ("ROTA_SECRET_KEY", "swordfish"),
        ("ROTA_SECRET_KEY_PREVIOUS", "swordfish"),
        ("ROTA_LOG_FORMAT", "xml"),
        ("ROTA_LOG", "rota=swordfish"),
        ("ROTA_DATABASE_CONNECTIONS", "1"),
    ] {
        for args in [&[][..], &["serve"]] {
            let (code, out, err) = rota(folder.path(), &[(name, value)], args, "");
            assert_eq!((code, out.as_str(), err.lines().count()), (2, "", 1), "{name}: {err}");
            assert!(err.starts_with(&format!("{name} (--")), "{err}");
            assert!(!err.contains("swordfi") || name == "ROTA_LOG", "{err}");
        }
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was made");
}

#[test]
fn help_and_version_are_no_errors() {
    let folder = tempfile::tempdir().unwrap();
    let (code, out, _) = rota(folder.path(), &[], &["--version"], "");
    assert_eq!((code, out), (0, format!("rota {}\n", env!("CARGO_PKG_VERSION"))));
    let (code, out, _) = rota(folder.path(), &[("ROTA_SECRET_KEY", "swordfish")], &["serve", "--help"], "");
    assert!(code == 0 && out.contains("ROTA_LISTEN") && !out.contains("swordfish"));
    for args in [&["serve", "--lisen", "x"][..], &["sevre"], &["user", "passwd"]] {
        let (code, _, err) = rota(folder.path(), &[], args, "");
        assert_eq!((code, err.lines().count()), (2, 1), "{err}");
    }
}

#[tokio::test]
async fn people_can_be_seen_and_changed() {
    let folder = tempfile::tempdir().unwrap();
    let run = |args: &[&str], input: &str| rota(folder.path(), &[], args, input);
    let (code, _, err) = run(&["user", "list"], "");
    assert!(code == 1 && err.starts_with("there is no database"), "{err}");
    // A server has it open all the while.
    let _server = SqliteStore::open(&folder.path().join("rota.db"), 2, Access::Server).await.unwrap();

    let password = "correct horse\n";
    let add = ["user", "add", "ada", "--right", "system.root", "--displayname", "A\u{202e}", "--password-stdin"];
    assert_eq!(run(&add, password).0, 0);
    assert_eq!(run(&add, password).2, "Someone already has the login \"ada\".\n");
    assert_eq!(run(&["user", "add", "bob", "--password-stdin"], "short\n").0, 2);
    assert_eq!(
        run(&["user", "add", "bob"], password).2,
        "there is no terminal to ask for the password; use --password-stdin\n"
    );
    assert_eq!(run(&["user", "add", "bob", "--email", "nowhere", "--password-stdin"], password).0, 2);
    assert_eq!(run(&["user", "add", "bob", "--password-stdin"], password).0, 0);
    let (_, list, _) = run(&["user", "list"], "");
    assert!(list.contains("ada") && list.contains("bob") && list.contains("system.task"), "{list}");
    assert_eq!(run(&["user", "passwd", "bob", "--password-stdin"], "another horse\n").0, 0);
    assert_eq!(run(&["user", "rights", "ada"], "").2, "The last user with system.root must stay.\n");
    assert_eq!(run(&["user", "delete", "ada"], "").0, 1);
    assert_eq!(run(&["user", "rights", "bob", "system.root", "system.task"], "").0, 0);
    assert_eq!(run(&["user", "delete", "ada"], "").0, 0);
    assert_eq!(run(&["user", "delete", "ada"], "").2, "there is no user \"ada\"\n");

    let (code, token, _) = run(&["token", "add", "bob", "--name", "CI"], "");
    assert!(code == 0 && token.starts_with("rota_") && token.trim_end().len() == 48, "{token}");
    let (_, list, _) = run(&["token", "list", "bob"], "");
    assert!(list.contains("CI") && !list.contains("rota_"), "{list}");
    assert_eq!(run(&["token", "delete", "bob", "1"], "").0, 0);
    assert_eq!(run(&["token", "delete", "bob", "1"], "").0, 1);
}

#[tokio::test]
async fn a_backup_is_a_whole_database() {
    let folder = tempfile::tempdir().unwrap();
    let server = SqliteStore::open(&folder.path().join("rota.db"), 2, Access::Server).await.unwrap();
    let to = folder.path().join("backup").join("rota.db");
    let args = ["backup", "--to", to.to_str().unwrap()];
    for _ in 0..2 {
        assert_eq!(rota(folder.path(), &[], &args, "").0, 0);
    }
    drop(server);
    let names: Vec<_> = std::fs::read_dir(to.parent().unwrap()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names, ["rota.db"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&to).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert!(SqliteStore::open(&to, 2, Access::Command).await.is_ok());
    let (code, _, err) = rota(folder.path(), &[], &["backup", "--to", "x", "--database-url", "postgres://h/d"], "");
    assert!(code == 1 && err.contains("pg_dump"), "{err}");
}

/// The secrets of a data folder, as a server with these settings has them.
fn secrets(folder: &Path, keys: [Option<&str>; 2]) -> Secrets {
    let mut config = Config::from_flags([]).unwrap();
    config.data_dir = folder.to_owned();
    [config.secret_key, config.secret_key_previous] = keys.map(|key| key.map(str::to_owned));
    Secrets::load(&config).unwrap()
}

/// Puts a task there whose parameter `key` is this sealed text.
async fn task_with(store: &SqliteStore, owner: &str, seal: impl Fn(TaskId) -> String + Send + 'static) -> TaskId {
    let at = Timestamp::from_ms(0);
    let owner = store.create_user(a_user(owner, &["system.task"]), at).await.unwrap().id;
    let make = move |_: &[_], ids: &[TaskId]| {
        let given = serde_json::json!({ "key": { "_secret": seal(ids[0]) } }).to_string();
        Ok(vec![Task { task_params: serde_json::from_str(&given).unwrap(), ..new_task(ids[0]) }])
    };
    let edit = Edit { load: vec![], creates: 1, owner, now: at, decide: Box::new(make), idempotency: None };
    let Once::Now(made) = store.edit_tasks(edit).await.unwrap() else { panic!("made before") };
    made[0].task.id
}

async fn sealed(store: &SqliteStore, id: TaskId) -> String {
    let task = store.task(id).await.unwrap().unwrap().task;
    task.task_params["key"].value()["_secret"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn secrets_are_sealed_with_a_new_key_in_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rota.db");
    let old = secrets(folder.path(), [None; 2]);
    let store = SqliteStore::open(&path, 2, Access::Server).await.unwrap();
    let mail = format!(r#"{{"password":{{"_secret":"{}"}},"port":25}}"#, old.seal_at("mail:/password", "swordfish"));
    store.change_setting("mail", Clock::default().now(), Box::new(move |_| Ok(mail))).await.unwrap();
    let id = task_with(&store, "ada", move |id| old.seal(id, "/key", "very secret")).await;
    let lost = task_with(&store, "bob", |_| "rota1:lost".into()).await;
    let before = sealed(&store, id).await;

    let rotate = || rota(folder.path(), &[], &["secrets", "rotate"], "");
    let (code, _, err) = rotate();
    assert!(code == 1 && err.contains("another rota server"), "{err}");
    store.close().await;
    let (code, _, err) =
        rota(folder.path(), &[("ROTA_SECRET_KEY_PREVIOUS", &"1".repeat(64))], &["secrets", "rotate"], "");
    assert!(code == 2 && err.contains("be unset without it"), "{err}");
    let (code, out, err) = rotate();
    assert_eq!(code, 0, "{err}");
    assert!(out.starts_with("2 secrets sealed anew, 0 were already\n"), "{out}");
    assert!(out.contains(&format!("enter them again: {lost}")), "{out}");

    let store = SqliteStore::open(&path, 2, Access::Command).await.unwrap();
    let after = sealed(&store, id).await;
    let now = secrets(folder.path(), [None; 2]);
    assert_eq!(now.open(id, "/key", &after).as_deref(), Some("very secret"));
    assert_eq!(now.open(id, "/key", &before), None, "the old key is gone");
    let mail: serde_json::Value = serde_json::from_str(&store.setting("mail").await.unwrap().unwrap()).unwrap();
    let password = mail["password"]["_secret"].as_str().unwrap();
    assert_eq!((now.open_at("mail:/password", password).as_deref(), &mail["port"]), (Some("swordfish"), &25.into()));
    assert_eq!(store.task(id).await.unwrap().unwrap().task.version, 1);
    assert_eq!(sealed(&store, lost).await, "rota1:lost");
}

#[tokio::test]
async fn secrets_are_sealed_with_a_new_key_by_setting_beside_a_server() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = ("1".repeat(64), "2".repeat(64));
    let store = SqliteStore::open(&folder.path().join("rota.db"), 2, Access::Server).await.unwrap();
    let old = secrets(folder.path(), [Some(&first), None]);
    let id = task_with(&store, "ada", move |id| old.seal(id, "/key", "very secret")).await;
    let rotate = |env: &[(&str, &str)]| rota(folder.path(), env, &["secrets", "rotate"], "");
    let (code, _, err) = rotate(&[("ROTA_SECRET_KEY", &second)]);
    assert!(code == 2 && err.starts_with("ROTA_SECRET_KEY_PREVIOUS must hold"), "{err}");
    for (anew, already) in [(1, 0), (0, 1)] {
        let (code, out, _) = rotate(&[("ROTA_SECRET_KEY", &second), ("ROTA_SECRET_KEY_PREVIOUS", &first)]);
        assert_eq!((code, out), (0, format!("{anew} secrets sealed anew, {already} were already\n")));
    }
    let now = secrets(folder.path(), [Some(&second), None]);
    assert_eq!(now.open(id, "/key", &sealed(&store, id).await).as_deref(), Some("very secret"));
}

/// A program below `folder`.
fn program(folder: &Path, name: &str, text: &str) {
    use std::os::unix::fs::PermissionsExt;
    let file = folder.join(name);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, text).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn what_a_program_says_of_itself_becomes_a_module() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let describe = r#"#!/bin/sh
[ "$1" = --describe ] || exit 9
echo '{"params":[{"name":"who","type":"select","default":"a","min":null,"options":["a",{"value":"b","displayname":{"de-DE":"B","en-US":"Bee"}}]}],
"limits":{"memory_mb":64},"name":"greet","displayname":"Grüße","debug":false}'
"#;
    program(at, "modules/greet/greet", describe);
    for path in ["modules/greet", "modules/greet/greet"] {
        let (code, out, err) = rota(at, &[], &["module", "describe", path], "");
        assert_eq!((code, err.as_str()), (0, ""), "{out}");
        assert!(out.contains("command = [\"./greet\"]") && out.contains("[[params]]"), "{out}");
        std::fs::write(at.join("modules/greet/module.toml"), out).unwrap();
        let (code, out, err) = rota(at, &[], &["module", "list"], "");
        assert_eq!((code, err.as_str(), out.lines().count()), (0, "", 2), "{out}");
        assert!(out.lines().any(|line| line.starts_with("greet ") && line.ends_with(" good")), "{out}");
    }
    let (_, out, _) = rota(at, &[], &["module", "describe", "--json", "modules/greet"], "");
    let said: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&said["name"], &said["params"][0]["options"][1]["value"]), (&"greet".into(), &"b".into()));

    program(at, "modules/loud/loud", "#!/bin/sh\necho '{\"name\":\"a b\",\"displayname\":\"\"}'\n");
    let (code, out, err) = rota(at, &[], &["module", "describe", "modules/loud"], "");
    assert_eq!(
        (code, out.as_str(), err.trim_end()),
        (1, "", "--describe: \"a b\" is no name: 1 to 64 letters, digits, _ or -")
    );
    std::fs::write(at.join("modules/loud/module.toml"), "command = [\"./loud\"]\ndescribe = true\n").unwrap();
    let (code, out, err) = rota(at, &[], &["module", "list"], "");
    assert_eq!((code, err.trim_end()), (1, "1 of 2 modules cannot be used"));
    assert!(
        out.lines().any(|line| line.contains("modules/loud ") && line.contains(" --describe: \"a b\" is no name")),
        "{out}"
    );
    let (code, _, err) = rota(at, &[], &["module", "describe", "nowhere"], "");
    assert_eq!((code, err.lines().count()), (1, 1), "{err}");
}
