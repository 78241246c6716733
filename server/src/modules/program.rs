//! Modules that are programs: a folder with a `module.toml`, and a program that takes one line of JSON and reports by lines of
//! JSON, as event plugins of xyOps and Cronicle do.

mod command;
pub mod describe;
mod found;
mod limits;
mod manifest;
mod report;
mod reports;
#[cfg(test)]
mod tests;

use super::process::folder::Folder;
use super::process::pipes::{Streams, ToLog};
use super::process::{self, Launch, Started};
use super::{RunContext, TaskModule};
use crate::minder::Minder;
use async_trait::async_trait;
use domain::json::Raw;
use domain::module::{ModuleSpec, ParamType};
use domain::run::{Level, Outcome};
pub use found::{Broken, find, look};
use limits::FewLines;
pub use manifest::Manifest;
use reports::{Reports, take_files};
use serde_json::{Map, Value, json};
use std::ffi::OsString;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// The longest line that can be a report, in bytes: a table of results may be long.
const REPORT_MAX: usize = 4 * 1024 * 1024;

/// One of them.
pub struct Program {
    manifest: Manifest,
    grace: Duration,
    minder: Minder,
}

#[async_trait]
impl TaskModule for Program {
    fn spec(&self) -> ModuleSpec {
        self.manifest.spec.clone()
    }

    fn is_resumable(&self) -> bool {
        self.manifest.resumable
    }

    async fn run(&self, ctx: RunContext) -> Outcome {
        match self.execute(&ctx).await {
            Ok(outcome) => outcome,
            Err(why) => Outcome::error(why),
        }
    }
}

impl Program {
    async fn execute(&self, ctx: &RunContext) -> Result<Outcome, String> {
        let folder = Folder::open("", ctx.run.id)?;
        let limits = self.manifest.limits;
        // After the folder, so that it is dropped first.
        let Started { mut child, mut group } = self.start(ctx, &folder).await?;
        if let Some(megabytes) = limits.memory_mb {
            process::limits::memory(&child, megabytes)?;
        }
        let lines = FewLines::of(ctx, limits.output_lines);
        // Stopped by whoever stops the run, and by the module's own limit.
        let inner = RunContext { cancel: ctx.cancel.child_token(), io: lines.clone(), ..ctx.clone() };
        let mut reports = Reports { ctx: &inner, outcome: None, kept: Map::new() };
        let mut errors = ToLog { level: Level::Warning, io: &*lines };
        let data = match ctx.io.sent_data().await {
            None => ctx.io.last_data().await,
            sent => sent,
        };
        let input = format!("{}\n", input(ctx, data));
        let streams = Streams { output: &mut reports, output_line_max: REPORT_MAX, errors: &mut errors, input: &input };
        let work = process::attend(&inner, &mut child, &mut group, self.grace, streams);
        let status = until(work, &inner.cancel, limits.over()).await;
        let (reported, kept) = (reports.outcome, reports.kept);
        lines.tell(limits.output_lines).await;
        keep(&inner, ctx, &folder, kept).await;
        if inner.cancel.is_cancelled() {
            group.stop(&mut child, self.grace).await;
            return Ok(self.stopped(ctx));
        }
        let concluded = process::concluded(&mut group, status).await;
        Ok(reported.unwrap_or(concluded))
    }

    async fn start(&self, ctx: &RunContext, folder: &Folder) -> Result<Started, String> {
        let command = &self.manifest.command;
        let program = command.first().map(String::as_str).unwrap_or_default();
        let (file, arguments) = command::resolve(command, &self.manifest.folder)?;
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let environment = self.environment(ctx);
        let launch =
            Launch { file: &file, program, arguments: &arguments, environment, folder: folder.path(), has_input: true };
        process::start(ctx, &self.minder, launch).await
    }

    /// By whoever stopped the run, or else by the module's limit.
    fn stopped(&self, ctx: &RunContext) -> Outcome {
        match self.manifest.limits.runtime_sec {
            Some(seconds) if !ctx.cancel.is_cancelled() => {
                Outcome::error(format!("ended after {seconds} s, the module's limit (runtime_sec)"))
            }
            _ => Outcome::canceled(),
        }
    }

    /// What programs inherit, and each parameter that is no secret, by its name and by its name in capitals.
    fn environment(&self, ctx: &RunContext) -> Vec<(OsString, OsString)> {
        let mut all = process::inherited();
        for spec in &self.manifest.spec.params {
            let value = ctx.params.get(&spec.name).filter(|_| spec.parameters.kind != ParamType::Secret);
            let text = match value {
                None | Some(Value::Null) => continue,
                Some(Value::String(text)) => text.clone(),
                Some(other) => other.to_string(),
            };
            if text.contains('\0') {
                continue;
            }
            let name = spec.name.replace('-', "_");
            for name in [name.to_uppercase(), name].into_iter().filter(|name| !is_reserved(name)) {
                all.push((name.into(), text.clone().into()));
            }
        }
        all.extend(process::ours(ctx));
        all
    }
}

/// Writes the result, and copies the files in it, unless the program was stopped and they may be incomplete.
async fn keep(inner: &RunContext, ctx: &RunContext, folder: &Folder, mut kept: Map<String, Value>) {
    if let Some(wanted) = kept.remove("files").filter(|_| !inner.cancel.is_cancelled()) {
        kept.extend(take_files(ctx, folder.path(), &wanted).await);
    }
    if !kept.is_empty() {
        ctx.io.result(Raw::from_value(&Value::Object(kept))).await;
    }
}

/// Waits for `work`, and tells it to end when the time is over.
async fn until<T>(work: impl Future<Output = T>, stop: &CancellationToken, over: impl Future<Output = ()>) -> T {
    tokio::pin!(work);
    tokio::select! {
        done = &mut work => return done,
        () = over => stop.cancel(),
    }
    work.await
}

/// Variables that decide how programs start, or what they load.
const RESERVED: [&str; 10] = [
    "BASH_ENV",
    "ENV",
    "IFS",
    "NODE_OPTIONS",
    "PERL5OPT",
    "PS4",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "RUBYOPT",
    "SHELLOPTS",
];

fn is_reserved(name: &str) -> bool {
    process::INHERITED.contains(&name)
        || RESERVED.contains(&name)
        || ["LD_", "ROTA_"].iter().any(|ours| name.starts_with(ours))
}

/// The line that the program gets; `data` is what the run was sent, or what the last good run left.
fn input(ctx: &RunContext, data: Option<Raw>) -> Value {
    let user = &ctx.owner.user;
    let mut input = json!({
        "xy": 1,
        "id": ctx.run.id.to_string(),
        "type": "event",
        "params": ctx.params,
        "now": ctx.run.due_at.ms() / 1000,
        "event_title": ctx.description,
        "task": {"_id": ctx.run.task_id, "description": ctx.description},
        "run": {"_id": ctx.run.id, "trigger": ctx.run.trigger, "due_at": ctx.run.due_at, "node": ctx.run.node,
            "attempt": ctx.run.attempt},
        "state": ctx.state.value(),
        "user": {"_id": user.id, "login": user.login, "email": user.email, "language": user.language},
    });
    if let Some(data) = data {
        input["input"] = json!({ "data": data.value() });
    }
    input
}
