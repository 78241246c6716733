//! The command line, as a program: exit codes, and one sentence on standard error that names what is wrong.
#![allow(clippy::unwrap_used)] // Helpers of tests are tests.

use rota::store::sqlite::{Access, SqliteStore};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// Exit code, standard output, standard error.
fn rota(folder: &Path, env: &[(&str, &str)], args: &[&str], input: &str) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rota"));
    command.current_dir(folder).args(args).env("ROTA_DATA_DIR", folder).envs(env.iter().copied());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A command that does not read its input may have ended already.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
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
        ("ROTA_LEASE_SEC", "31"),
        ("ROTA_BODY_LIMIT", "-1"),
        ("ROTA_LOG_LINE_LIMIT", "1"),
        ("ROTA_SESSION_DAYS", "0"),
        ("ROTA_LOGIN_ATTEMPTS", "0"),
        ("ROTA_ROOT_PASSWORD", "swordfi"),
        ("ROTA_ROOT_TOKEN", "swordfish"),
        ("ROTA_SECRET_KEY", "swordfish"),
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
