//! One run: prepare, work, end. Whatever happens in a module ends that run and nothing else.

use super::recorder::Sink;
use super::{AHEAD, Control, Engine, GENTLE, Stop};
use crate::files::Files;
use crate::modules::{RunContext, TaskModule};
use crate::store::{Claim, RunEnd};
use domain::access::Caller;
use domain::module::{Catalog, open_secrets};
use domain::planner::{self, Ended};
use domain::run::{Level, Outcome, Run, Status};
use futures::FutureExt;
use std::cell::RefCell;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

/// What an interrupted run says.
pub const INTERRUPTED: &str = "interrupted by a stop of the server";

/// What a run says that was ended because its lease could not be renewed.
pub const EXPIRED: &str =
    "ended because the database could not be reached in time to keep the run; another server may have taken it over";

/// What an interrupted run says that goes on.
pub const RESUMED: &str = "interrupted by a stop of the server; going on from the state that was kept";

impl Engine {
    pub(super) async fn execute(&self, claim: Claim, control: Arc<Control>) {
        let sink = self.recorder.open(&claim);
        self.wait_for(&claim, &control).await;
        let outcome = match self.prepare(&claim, &control, &sink) {
            // Told to stop before it began: the reason overrules this outcome.
            Ok(_) if control.why().is_some() => Outcome::canceled(),
            Ok((module, context)) => self.supervise(&claim, &control, &sink, module, context).await,
            Err(message) => Outcome::error(message),
        };
        if control.why() == Some(Stop::Shutdown) && self.is_resumable(&claim) {
            // Left as it stands: whoever recovers it has it go on.
            sink.flush();
            self.parts.handle.release((claim.run.id, claim.token));
            return;
        }
        if control.why() == Some(Stop::Lost) {
            tracing::warn!(
                run = claim.run.id.0,
                "this run is not this server's any more; nothing more of it is written"
            );
            self.parts.handle.release((claim.run.id, claim.token));
            return;
        }
        let outcome = overruled(outcome, control.why(), claim.task.task.task_timeout_sec, sink.fault());
        if let (Some(message), true) = (&outcome.message, outcome.status == Status::Error) {
            sink.push(Level::Error, message.clone(), None);
        }
        metrics::counter!("rota_runs_ended_total", "status" => outcome.status.as_str()).increment(1);
        sink.end(self.end(&claim, outcome));
    }

    /// Claims come a little ahead of their instant.
    async fn wait_for(&self, claim: &Claim, control: &Control) {
        let (due, now) = (claim.run.due_at, self.parts.clock.now());
        if due > now {
            tokio::select! {
                () = tokio::time::sleep(due.since(now).min(AHEAD)) => {}
                () = control.token().cancelled() => {}
            }
        }
        let late = self.parts.clock.now().since(due);
        metrics::histogram!("rota_run_lateness_seconds").record(late.as_secs_f64());
    }

    /// Opens what the module needs. What stands in the way becomes the run's message.
    fn prepare(
        &self,
        claim: &Claim,
        control: &Control,
        sink: &Arc<Sink>,
    ) -> Result<(Arc<dyn TaskModule>, RunContext), String> {
        let task = &claim.task.task;
        let owner = Caller { user: claim.owner.clone() };
        let name = &task.task_module;
        let module = self.parts.registry.get(name);
        let spec = self.parts.registry.spec(name);
        let (Some(module), Some(spec)) = (module, spec) else {
            return Err(format!("module {name} is not installed"));
        };
        if !owner.holds(&spec.require_system_right) {
            return Err(format!("the owner lacks the system right {}", spec.require_system_right));
        }
        let opened = RefCell::new(vec![]);
        let open = |pointer: &str, sealed: &str| {
            let plain = self.parts.secrets.open(task.id, pointer, sealed)?;
            opened.borrow_mut().push(plain.clone());
            Some(plain)
        };
        let params = open_secrets(&task.task_params, &open)
            .map_err(|pointer| format!("the secret {pointer} cannot be opened with the present key; enter it again"))?;
        sink.hide(&opened.into_inner());
        let context = RunContext {
            run: claim.run.clone(),
            description: task.description.clone(),
            params,
            state: task.state.clone(),
            owner,
            cancel: control.token().clone(),
            io: sink.clone(),
            files: Files::of(&self.parts.config).run(task.id, claim.run.id),
        };
        Ok((module, context))
    }

    /// Lets the module work until it ends, or until it was told to and its time is up.
    async fn supervise(
        &self,
        claim: &Claim,
        control: &Control,
        sink: &Arc<Sink>,
        module: Arc<dyn TaskModule>,
        context: RunContext,
    ) -> Outcome {
        let work = AssertUnwindSafe(module.run(context)).catch_unwind();
        tokio::pin!(work);
        let ended = tokio::select! {
            ended = &mut work => Some(ended),
            () = control.token().cancelled() => None,
            () = time_out(claim.task.task.task_timeout_sec) => {
                control.stop(Stop::Timeout);
                None
            }
        };
        let ended = match ended {
            Some(ended) => Some(ended),
            None => tokio::select! {
                ended = &mut work => Some(ended),
                () = tokio::time::sleep(GENTLE) => None,
                () = self.out_of_time(control) => None,
            },
        };
        match ended {
            Some(Ok(outcome)) => outcome,
            Some(Err(panic)) => {
                sink.push(Level::Error, format!("the module panicked: {}", panic_text(&*panic)), None);
                Outcome::error("the module panicked")
            }
            None => Outcome::error("the module did not stop and was ended"),
        }
    }

    /// When another server may start the task soon, or already has, a run gets less time to end than usual, or none.
    async fn out_of_time(&self, control: &Control) {
        control.hurry().cancelled().await;
        if control.why() != Some(Stop::Lost) {
            tokio::time::sleep(self.lease.grace()).await;
        }
    }

    fn end(&self, claim: &Claim, outcome: Outcome) -> RunEnd {
        let now = self.parts.clock.now();
        let Run { trigger, due_at, attempt, .. } = claim.run;
        let ended = Ended { trigger, due_at, attempt, status: outcome.status };
        let agenda = planner::after_run(&claim.task.task, ended, self.parts.handle.up_since(), now);
        // A cancel changes nothing but that there is no further attempt.
        let if_canceled = agenda.without_retry(&claim.task.task);
        let notice = self.parts.post.notice(&claim.task, &claim.run);
        RunEnd { agenda, if_canceled, outcome, finished_at: now, notice }
    }

    fn is_resumable(&self, claim: &Claim) -> bool {
        self.parts.registry.get(&claim.task.task.task_module).is_some_and(|module| module.is_resumable())
    }
}

async fn time_out(seconds: i64) {
    match u64::try_from(seconds) {
        Ok(s) if s > 0 => tokio::time::sleep(Duration::from_secs(s)).await,
        _ => std::future::pending().await,
    }
}

/// Who told the run to stop decides how it ended, whatever the module says.
fn overruled(outcome: Outcome, why: Option<Stop>, timeout_sec: i64, fault: Option<&str>) -> Outcome {
    match why {
        None | Some(Stop::Lost) => outcome,
        Some(Stop::Cancel) => Outcome::canceled(),
        Some(Stop::Timeout) => Outcome::error(format!("timed out after {timeout_sec} s")),
        Some(Stop::Shutdown) => Outcome::error(INTERRUPTED),
        Some(Stop::Fault) => Outcome::error(fault.unwrap_or_default()),
        Some(Stop::Expired) => Outcome::error(EXPIRED),
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}
