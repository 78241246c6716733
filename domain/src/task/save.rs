//! What a save makes of a task: creation, update, and the next run that follows from it.

use super::{Email, Options, SecretRules, Task, TaskInput};
use crate::access::Caller;
use crate::error::Error;
use crate::ids::TaskId;
use crate::json::{Raw, RawMap};
use crate::l10n::L10n;
use crate::module::{Catalog, ModuleSpec, Sealer, check_params};
use crate::planner;
use crate::run::Status;
use crate::schedule::Schedule;
use crate::time::Timestamp;
use std::sync::Arc;

/// What a save needs to know beside the input.
#[derive(Clone, Copy)]
pub struct Rules<'a> {
    /// The modules there are.
    pub catalog: &'a dyn Catalog,
    /// Encrypts secrets.
    pub sealer: &'a dyn Sealer,
    /// Who saves.
    pub caller: &'a Caller,
    /// What time it is.
    pub now: Timestamp,
}

/// Makes a new task of `input`.
///
/// # Errors
/// The contract's field errors; `FieldInvalid` without a module.
pub fn create(input: TaskInput, id: TaskId, rules: Rules<'_>) -> Result<Task, Error> {
    let base = &input.pointer;
    let name = input.task_module.as_deref().unwrap_or_default();
    if name.is_empty() {
        return Err(Error::field(format!("{base}/task/task_module"), L10n::fixed("fehlt", "is missing")));
    }
    let spec = module(name, base, rules)?;
    let given = input.task_params.unwrap_or_default();
    let params =
        check_params(&spec, &given, None, rules.caller, id, rules.sealer, &format!("{base}/task/task_params"))?;
    let schedules = input.schedules.unwrap_or_default();
    let task_at = format!("{base}/task");
    let options = input.options.apply(&Options::default(), secret_rules(id, &task_at, rules))?;
    let next_run_at = match input.next_run_at {
        None => planner::next_unpaused(&schedules, options.paused_until, rules.now),
        Some(given) => given.map(|t| t.max(rules.now)),
    };
    Ok(Task {
        id,
        version: 1,
        created_at: rules.now,
        updated_at: rules.now,
        description: input.description.unwrap_or_default(),
        task_module: name.to_owned(),
        task_params: params,
        task_timeout_sec: input.task_timeout_sec.unwrap_or(0),
        schedules,
        next_run_at,
        email: input.email.unwrap_or_default(),
        frontend_prefs: input.frontend_prefs.unwrap_or_else(Raw::empty_object),
        state: Raw::empty_object(),
        status: Status::New,
        status_msg: None,
        status_percent: None,
        run_started_at: None,
        run_finished_at: None,
        run_canceled_at: None,
        retry_at: None,
        options,
    })
}

fn secret_rules<'a>(task: TaskId, pointer: &'a str, rules: Rules<'a>) -> SecretRules<'a> {
    SecretRules { task, sealer: rules.sealer, pointer }
}

/// Makes the new form of `stored`. Fields left out keep their value.
///
/// # Errors
/// `VersionMismatch`, `ModuleFixed`, `TaskRunning` (unless only `frontend_prefs` changes) and the field errors.
pub fn update(stored: &Task, input: TaskInput, rules: Rules<'_>) -> Result<Task, Error> {
    let base = input.pointer.clone();
    check_version(stored, input.version, &base)?;
    if input.task_module.as_ref().is_some_and(|name| *name != stored.task_module) {
        let (name, pointer) = (stored.task_module.clone(), format!("{base}/task/task_module"));
        return Err(Error::ModuleFixed { name, pointer });
    }
    let given = Given { next_run_at: input.next_run_at, schedules: input.schedules.as_deref() };
    let task_at = format!("{base}/task");
    let options = input.options.clone().apply(&stored.options, secret_rules(stored.id, &task_at, rules))?;
    let next_run_at = next_run(stored, given, &options, rules.now);
    let task = Task {
        version: stored.version + 1,
        updated_at: rules.now,
        description: input.description.unwrap_or_else(|| stored.description.clone()),
        task_params: params(stored, input.task_params, &base, rules)?,
        task_timeout_sec: input.task_timeout_sec.unwrap_or(stored.task_timeout_sec),
        schedules: input.schedules.unwrap_or_else(|| stored.schedules.clone()),
        next_run_at,
        email: input.email.unwrap_or_else(|| Email::clone(&stored.email)),
        frontend_prefs: input.frontend_prefs.unwrap_or_else(|| stored.frontend_prefs.clone()),
        // Whoever takes the retries away means those under way, too.
        retry_at: stored.retry_at.filter(|_| options.retry.is_some()),
        options,
        ..stored.clone()
    };
    if stored.status == Status::Running && !only_prefs_differ(stored, &task) {
        return Err(Error::TaskRunning { task_id: stored.id, pointer: base });
    }
    Ok(task)
}

fn module(name: &str, base: &str, rules: Rules<'_>) -> Result<Arc<ModuleSpec>, Error> {
    let Some(spec) = rules.catalog.spec(name) else {
        return Err(Error::ModuleUnknown { name: name.to_owned(), pointer: format!("{base}/task/task_module") });
    };
    if !rules.caller.holds(&spec.require_system_right) {
        return Err(Error::rights(&[&spec.require_system_right]));
    }
    Ok(spec)
}

fn check_version(stored: &Task, got: Option<i64>, base: &str) -> Result<(), Error> {
    let expected = stored.version + 1;
    if got == Some(expected) {
        return Ok(());
    }
    // The contract's example has no pointer for a single task; in an array the element must be named.
    let pointer = if base.is_empty() { String::new() } else { format!("{base}/task/version") };
    Err(Error::VersionMismatch { task_id: stored.id, expected, got, pointer })
}

/// Parameters that come back as they were answered are not checked again, so that a task whose module is gone can
/// still be renamed, paused or get other recipients.
fn params(stored: &Task, given: Option<RawMap>, base: &str, rules: Rules<'_>) -> Result<RawMap, Error> {
    let Some(given) = given else { return Ok(stored.task_params.clone()) };
    if given == crate::module::mask_secrets(&stored.task_params) {
        return Ok(stored.task_params.clone());
    }
    let spec = module(&stored.task_module, base, rules)?;
    let pointer = format!("{base}/task/task_params");
    check_params(&spec, &given, Some(&stored.task_params), rules.caller, stored.id, rules.sealer, &pointer)
}

/// What of an input decides on the next run.
struct Given<'a> {
    next_run_at: Option<Option<Timestamp>>,
    schedules: Option<&'a [Schedule]>,
}

fn next_run(stored: &Task, given: Given<'_>, options: &Options, now: Timestamp) -> Option<Timestamp> {
    if let Some(next) = given.next_run_at
        && next != stored.next_run_at
    {
        return next.map(|t| t.max(now));
    }
    let schedules = given.schedules.unwrap_or(&stored.schedules);
    if schedules != stored.schedules || pause_moves_it(stored, options, now) {
        return planner::next_unpaused(schedules, options.paused_until, now);
    }
    stored.next_run_at
}

/// Whether the next run by schedule is another one for a pause that was set, moved or lifted.
fn pause_moves_it(stored: &Task, options: &Options, now: Timestamp) -> bool {
    let (old, new) = (stored.options.paused_until, options.paused_until);
    if stored.schedules.is_empty() || old == new {
        return false;
    }
    let next = stored.next_run_at;
    // After a pause without end there is no next run.
    let held_back = old.is_some() && planner::next_unpaused(&stored.schedules, old, now) == next;
    held_back || next.is_some_and(|next| new.is_some_and(|until| next < until))
}

fn only_prefs_differ(stored: &Task, new: &Task) -> bool {
    let same = Task {
        version: stored.version,
        updated_at: stored.updated_at,
        frontend_prefs: stored.frontend_prefs.clone(),
        ..new.clone()
    };
    same == *stored
}

#[cfg(test)]
mod tests;
