//! Programs that are hard to end, and checks whether they are alive.

use crate::server_process::Process;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// So often something is looked at before a test gives up.
const LOOKS: usize = 3000;
const PAUSE: Duration = Duration::from_millis(10);

/// A data directory, and files to which programs write their process ids.
pub struct Programs {
    folder: tempfile::TempDir,
    data: PathBuf,
}

impl Programs {
    pub fn new() -> Programs {
        let folder = tempfile::tempdir().unwrap();
        Programs { data: folder.path().join("data"), folder }
    }

    pub fn data(&self) -> &Path {
        &self.data
    }

    pub fn file(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// Waits for the process id in this file.
    pub async fn pid(&self, name: &str) -> i32 {
        for _ in 0..LOOKS {
            let text = std::fs::read_to_string(self.file(name)).unwrap_or_default();
            if let Some(pid) = text.strip_suffix('\n').and_then(|pid| pid.parse().ok()) {
                return pid;
            }
            tokio::time::sleep(PAUSE).await;
        }
        panic!("{name} does not start");
    }

    /// Runs a script that does not end by itself. Returns its process id, once `trap` is set.
    pub async fn run(&self, server: &Process, name: &str, trap: &str, script: &str) -> i32 {
        let script = format!("{trap} echo $$ > {}; {script}", self.file(name));
        let params = json!({"program": "sh", "arguments": ["-c", script]});
        server.run(json!({"task_module": "shell_command", "task_params": params})).await;
        self.pid(name).await
    }

    /// Starts one program that ends on SIGTERM, one that ignores it, and one with children that are in another session, have a cleared
    /// environment, or have lost their parent.
    pub async fn run_all(&self, server: &Process) -> Vec<i32> {
        let child = |name: &str, how: &str| format!("{how} sh -c 'echo $$ > {}; exec sleep 600'", self.file(name));
        let away = format!(
            "{} & {} & ({} &); wait",
            child("session", "setsid"),
            child("bare", "env -i setsid"),
            child("orphan", "setsid")
        );
        let mut pids = vec![
            self.run(server, "plain", "", "exec sleep 600").await,
            self.run(server, "deaf", "trap '' TERM;", "while :; do sleep 1; done").await,
            self.run(server, "parent", "", &away).await,
        ];
        for name in ["session", "bare", "orphan"] {
            pids.push(self.pid(name).await);
        }
        assert!(pids.iter().all(|pid| lives(*pid)));
        pids
    }

    /// How many servers have notes in the data directory.
    pub fn notes(&self) -> usize {
        std::fs::read_dir(self.data.join("running")).unwrap().count()
    }

    pub async fn until_no_notes(&self) {
        for _ in 0..LOOKS {
            if self.notes() == 0 {
                return;
            }
            tokio::time::sleep(PAUSE).await;
        }
        panic!("the minder leaves its notes");
    }
}

/// The fields of a process after its name: state, parent, …
fn stat(pid: i32) -> Option<Vec<String>> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    Some(stat.rsplit_once(") ")?.1.split(' ').map(str::to_owned).collect())
}

/// Whether a process has not ended; a zombie has.
pub fn lives(pid: i32) -> bool {
    stat(pid).is_some_and(|fields| !["Z", "X"].contains(&fields[0].as_str()))
}

pub async fn gone(pids: &[i32]) {
    for _ in 0..LOOKS {
        if !pids.iter().any(|pid| lives(*pid)) {
            return;
        }
        tokio::time::sleep(PAUSE).await;
    }
    panic!("of {pids:?} there still live {:?}", pids.iter().filter(|pid| lives(**pid)).collect::<Vec<_>>());
}

/// The living children of a process, by their name.
pub fn children(parent: i32) -> Vec<(i32, String)> {
    let pids =
        std::fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let theirs =
        pids.filter(|pid| stat(*pid).is_some_and(|fields| fields[0] != "Z" && fields[1] == parent.to_string()));
    let name = |pid: i32| std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default().trim().to_owned();
    theirs.map(|pid| (pid, name(pid))).collect()
}

/// The minder of a server.
pub async fn minder_of(server: i32) -> i32 {
    for _ in 0..LOOKS {
        if let Some((pid, _)) = children(server).into_iter().find(|(_, name)| name == "rota-mind") {
            return pid;
        }
        tokio::time::sleep(PAUSE).await;
    }
    panic!("the server has no minder");
}
