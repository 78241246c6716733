//! The example tasks of `--demo`: three that really run and need nothing but Rota itself.

use crate::config::{Config, reachable};
use crate::first_start::find_root;
use crate::state::AppState;
use crate::store::open::sqlite_path;
use crate::store::{Edit, StoreError, TaskQuery};
use domain::access::Caller;
use domain::json::Raw;
use domain::task::{Rules, create, read_batch};
use domain::{Error, TaskId};
use serde_json::{Value, json};
use std::net::SocketAddr;

/// Adds the examples where there is no task at all. `addr` is where the server listens.
///
/// # Errors
/// What the database says.
pub async fn seed(state: &AppState, addr: SocketAddr) -> Result<(), StoreError> {
    if state.store.tasks(&TaskQuery { limit: 1, ..TaskQuery::default() }).await?.total > 0 {
        return Ok(());
    }
    let Some(user) = find_root(&*state.store).await? else { return Ok(()) };
    let (inputs, _) = read_batch(&Raw::from_value(&Value::Array(examples(&state.config, addr))))?;
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

fn examples(config: &Config, addr: SocketAddr) -> Vec<Value> {
    let mut tasks = vec![check(addr)];
    tasks.extend(backup(config));
    tasks.push(pause());
    tasks
}

fn check(addr: SocketAddr) -> Value {
    let every_minute: Vec<u8> = (0..60).collect();
    json!({"task": {
        "description": "Check that Rota itself answers",
        "task_module": "http_request",
        "task_params": {"url": format!("http://{}/api/healthz", reachable(addr))},
        "task_timeout_sec": 30,
        "schedules": [{"minutes": every_minute}],
    }})
}

/// PostgreSQL would need its tools on this machine.
fn backup(config: &Config) -> Option<Value> {
    sqlite_path(&config.database())?;
    Some(json!({"task": {
        "description": "Back up Rota's database every night",
        "task_module": "database_backup",
        "task_params": {"keep": 7},
        "task_timeout_sec": 3600,
        "schedules": [{"hours": [2], "minutes": [30]}],
        "retry": {"max_attempts": 3, "backoff_sec": 600},
        "tags": ["maintenance"],
    }}))
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
        let config = Config::from_flags([]).unwrap();
        let list = examples(&config, "0.0.0.0:8080".parse().unwrap());
        assert_eq!(list[0]["task"]["task_params"]["url"], "http://127.0.0.1:8080/api/healthz");
        assert_eq!(read_batch(&Raw::from_value(&Value::Array(list.clone()))).unwrap().0.len(), 3);
        assert_eq!(list[1]["task"]["task_module"], "database_backup");
    }
}
