//! Modules that are programs: a folder with a `module.toml`, and a program that takes one line of JSON and reports by lines of
//! JSON, as event plugins of xyOps and Cronicle do.

mod command;
pub mod describe;
mod limits;
mod manifest;
mod report;
#[cfg(test)]
mod tests;

use super::process::folder::Folder;
use super::process::group::Group;
use super::process::pipes::{Listen, Streams, ToLog};
use super::process::{self, GRACE, memory};
use super::{RunContext, TaskModule};
use async_trait::async_trait;
use domain::json::Raw;
use domain::module::{ModuleSpec, ParamType};
use domain::run::{Level, Outcome};
use limits::FewLines;
pub use manifest::Manifest;
use serde_json::{Map, Value, json};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// The longest line that can be a report, in bytes: a table of results may be long.
const REPORT_MAX: usize = 4 * 1024 * 1024;

/// Why a folder is no module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The manifest.
    pub file: PathBuf,
    /// What is wrong, with the line where that helps.
    pub reason: String,
}

/// How many folders are looked at side by side: programs that are asked take their time.
const AT_ONCE: usize = 8;

/// The modules in the folders below `dir`, by name, and what could not be read. A `dir` that does not exist has none.
pub fn find(dir: &Path) -> (Vec<Arc<dyn TaskModule>>, Vec<Broken>) {
    let (mut modules, mut broken): (Vec<Arc<dyn TaskModule>>, _) = (vec![], vec![]);
    for (folder, found) in look(dir) {
        match found {
            Ok(manifest) => modules.push(Arc::new(Program { manifest, grace: GRACE })),
            Err(reason) => broken.push(Broken { file: folder.join(manifest::FILE), reason }),
        }
    }
    (modules, broken)
}

/// Every folder below `dir` that has a manifest, and its module, or why it is none.
pub fn look(dir: &Path) -> Vec<(PathBuf, Result<Manifest, String>)> {
    let mut folders: Vec<PathBuf> = match std::fs::read_dir(dir) {
        Ok(entries) => {
            entries.flatten().map(|entry| entry.path()).filter(|path| path.join(manifest::FILE).is_file()).collect()
        }
        Err(_) => vec![],
    };
    folders.sort();
    let mut names = std::collections::HashSet::new();
    let all = folders.chunks(AT_ONCE).flat_map(open_all).collect::<Vec<_>>().into_iter();
    let unique = all.map(|found| match found {
        Ok(Manifest { spec, .. }) if !names.insert(spec.name.clone()) => {
            Err(format!("name: there is another module {}", spec.name))
        }
        found => found,
    });
    let found: Vec<_> = unique.collect();
    folders.into_iter().zip(found).collect()
}

fn open_all(folders: &[PathBuf]) -> Vec<Result<Manifest, String>> {
    let open = |folder: &PathBuf| Manifest::open(&folder.canonicalize().map_err(|e| e.to_string())?);
    std::thread::scope(|scope| {
        let opened: Vec<_> = folders.iter().map(|folder| scope.spawn(move || open(folder))).collect();
        let gone = |_| Err("the manifest could not be read".to_owned());
        opened.into_iter().map(|opened| opened.join().unwrap_or_else(gone)).collect()
    })
}

/// One of them.
pub struct Program {
    manifest: Manifest,
    grace: Duration,
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
        let program = self.manifest.command.first().map(String::as_str).unwrap_or_default();
        let (file, arguments) = command::resolve(&self.manifest.command, &self.manifest.folder)?;
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let environment = self.environment(ctx);
        let limits = self.manifest.limits;
        let mut child = process::start(&file, program, &arguments, environment, folder.path(), true)?;
        // After the folder, so that it is dropped first.
        let mut group = Group::of(&child);
        if let Some(megabytes) = limits.memory_mb {
            memory::limit(&child, megabytes)?;
        }
        let lines = FewLines::of(ctx, limits.output_lines);
        // Stopped by whoever stops the run, and by the module's own limit.
        let inner = RunContext { cancel: ctx.cancel.child_token(), io: lines.clone(), ..ctx.clone() };
        let mut reports = Reports { ctx: &inner, outcome: None, kept: Map::new() };
        let mut errors = ToLog { level: Level::Warning, io: &*lines };
        let input = format!("{}\n", input(ctx, ctx.io.last_data().await));
        let streams = Streams { output: &mut reports, output_line_max: REPORT_MAX, errors: &mut errors, input: &input };
        let work = process::attend(&inner, &mut child, &mut group, self.grace, streams);
        let status = until(work, &inner.cancel, limits.over()).await;
        let (reported, mut kept) = (reports.outcome, reports.kept);
        lines.tell(limits.output_lines).await;
        if let Some(wanted) = kept.remove("files").filter(|_| !inner.cancel.is_cancelled()) {
            kept.extend(take_files(ctx, folder.path(), &wanted).await);
        }
        if !kept.is_empty() {
            ctx.io.result(Raw::from_value(&Value::Object(kept))).await;
        }
        if inner.cancel.is_cancelled() {
            group.stop(&mut child, self.grace).await;
            return Ok(self.stopped(ctx));
        }
        group.let_go();
        Ok(match (reported, status) {
            (Some(outcome), _) => outcome,
            (None, Ok(status)) => process::outcome(status),
            (None, Err(e)) => Outcome::error(format!("the program was lost: {e}")),
        })
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

/// Copies what the program wants to be kept, and tells of what is not. Answers the entry in the result, if there is something in it.
async fn take_files(ctx: &RunContext, folder: &Path, wanted: &Value) -> Option<(String, Value)> {
    let kept = ctx.files.keep(folder, wanted).await;
    for problem in kept.problems {
        ctx.warning(problem).await;
    }
    (!kept.files.is_empty()).then(|| ("files".to_owned(), json!(kept.files)))
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

/// The line that the program gets; `data` is what the last good run left.
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

/// Most bytes that are kept with a run, as JSON.
const KEPT_MAX: usize = 4 * 1024 * 1024;

/// Takes the program's output: reports are acted on, everything else is the log.
struct Reports<'a> {
    ctx: &'a RunContext,
    outcome: Option<Outcome>,
    kept: Map<String, Value>,
}

impl Reports<'_> {
    /// The last of each; what would be too much is left out, and that is told.
    async fn keep(&mut self, kept: Map<String, Value>) {
        for (name, value) in kept {
            let size = |value: &Value| value.to_string().len();
            let others: usize =
                self.kept.iter().filter(|(other, _)| **other != name).map(|(_, value)| size(value)).sum();
            if others + size(&value) > KEPT_MAX {
                self.ctx.warning(format!("{name} is not kept: results have 4 MiB at most")).await;
            } else {
                self.kept.insert(name, value);
            }
        }
    }
}

#[async_trait]
impl Listen for Reports<'_> {
    async fn line(&mut self, line: String) {
        let io = &self.ctx.io;
        let Some(report) = report::read(&line) else {
            io.log(Level::Info, line, None).await;
            return;
        };
        // After the outcome a program has nothing more to say of itself.
        if self.outcome.is_some() {
            return;
        }
        if let Some((level, msg, percent)) = report.log {
            io.log(level, msg, percent).await;
        }
        if report.percent.is_some() || report.status.is_some() {
            io.progress(report.percent, report.status).await;
        }
        if let Some(state) = report.state {
            io.state(state).await;
        }
        self.keep(report.kept).await;
        self.outcome = report.outcome;
    }
}
