//! The example tasks of `--demo`: three that really run and need nothing but Rota itself.

use crate::config::{Config, reachable};
use crate::first_start::find_root;
use crate::state::AppState;
use crate::store::{Edit, StoreError, TaskQuery};
use domain::access::Caller;
use domain::json::Raw;
use domain::task::{Rules, create, read_batch};
use domain::{Error, TaskId};
use serde_json::{Value, json};

/// Adds the examples where there is no task at all.
///
/// # Errors
/// What the database says.
pub async fn seed(state: &AppState) -> Result<(), StoreError> {
    if state.store.tasks(&TaskQuery { limit: 1, ..TaskQuery::default() }).await?.total > 0 {
        return Ok(());
    }
    let Some(user) = find_root(&*state.store).await? else { return Ok(()) };
    let (inputs, _) = read_batch(&Raw::from_value(&Value::Array(examples(&state.config))))?;
    let (caller, now) = (Caller { user }, state.clock.now());
    let edit = Edit {
        load: vec![],
        creates: inputs.len(),
        owner: caller.id(),
        now,
        decide: Box::new({
            let (registry, secrets) = (state.registry.clone(), state.secrets.clone());
            move |_, ids: &[TaskId]| -> Result<_, Error> {
                let rules = Rules { catalog: &*registry, sealer: &*secrets, caller: &caller, now };
                inputs.into_iter().zip(ids).map(|(input, id)| create(input, *id, rules)).collect()
            }
        }),
        idempotency: None,
    };
    state.store.edit_tasks(edit).await?;
    state.scheduler.wake();
    Ok(())
}

fn examples(config: &Config) -> Vec<Value> {
    let mut tasks = vec![check(config)];
    tasks.extend(backup(config));
    tasks.push(pause());
    tasks
}

fn check(config: &Config) -> Value {
    let every_minute: Vec<u8> = (0..60).collect();
    json!({"task": {
        "description": "Check that Rota itself answers",
        "task_module": "http_request",
        "task_params": {"url": format!("http://{}/api/healthz", reachable(config.listen))},
        "task_timeout_sec": 30,
        "schedules": [{"minutes": every_minute}],
    }})
}

/// By this very program, which copies the database safely while it is written to. PostgreSQL has its own tools.
fn backup(config: &Config) -> Option<Value> {
    let database = config.database();
    let folder = std::path::absolute(&config.data_dir).ok()?;
    let rota = std::env::current_exe().ok()?;
    if !database.starts_with("sqlite:") {
        return None;
    }
    let to = folder.join("backup").join("rota.db");
    Some(json!({"task": {
        "description": "Back up Rota's database every night",
        "task_module": "shell_command",
        "task_params": {
            "program": rota.to_string_lossy(),
            "arguments": ["backup", "--to", to.to_string_lossy(), "--database-url", absolute(&database)],
        },
        "task_timeout_sec": 3600,
        "schedules": [{"hours": [2], "minutes": [30]}],
    }}))
}

/// A run's working folder is not the server's, so the path must not depend on it.
fn absolute(database: &str) -> String {
    let path = database.trim_start_matches("sqlite:").trim_start_matches("//");
    let absolute = std::path::absolute(path);
    absolute.map_or_else(|_| database.to_owned(), |path| format!("sqlite://{}", path.display()))
}

fn pause() -> Value {
    json!({"task": {
        "description": "Sleep for half a minute and show progress",
        "task_module": "sleep",
        "task_params": {"runtime": 30},
        "schedules": [{"minutes": [0, 10, 20, 30, 40, 50]}],
    }})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_can_be_read() {
        let config = Config::from_flags(["--listen=0.0.0.0:8080"]).unwrap();
        let list = examples(&config);
        assert_eq!(list[0]["task"]["task_params"]["url"], "http://127.0.0.1:8080/api/healthz");
        assert_eq!(read_batch(&Raw::from_value(&Value::Array(list))).unwrap().0.len(), 3);
    }

    #[test]
    fn a_relative_database_stays_the_same_file_elsewhere() {
        assert!(absolute("sqlite://./data/rota.db").starts_with("sqlite:///"));
        assert_eq!(absolute("sqlite:///x/rota.db"), "sqlite:///x/rota.db");
    }
}
