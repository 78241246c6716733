//! Listens to what a program reports.

use super::report;
use crate::modules::RunContext;
use crate::modules::process::pipes::Listen;
use async_trait::async_trait;
use domain::run::{Level, Outcome};
use serde_json::{Map, Value, json};
use std::path::Path;

/// Most bytes that are kept with a run, as JSON.
const KEPT_MAX: usize = 4 * 1024 * 1024;

/// Takes the program's output: reports are acted on, everything else is the log.
pub struct Reports<'a> {
    /// The run.
    pub ctx: &'a RunContext,
    /// How it ended, by its own account.
    pub outcome: Option<Outcome>,
    /// What is kept with the run.
    pub kept: Map<String, Value>,
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
    fn begun(&self, piece: &[u8]) -> usize {
        self.ctx.io.begun(piece)
    }

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

/// Copies what the program wants to be kept, and tells of what is not. Answers the entry in the result, if there is something in it.
pub async fn take_files(ctx: &RunContext, folder: &Path, wanted: &Value) -> Option<(String, Value)> {
    let kept = ctx.files.keep(folder, wanted).await;
    for problem in kept.problems {
        ctx.warning(problem).await;
    }
    (!kept.files.is_empty()).then(|| ("files".to_owned(), json!(kept.files)))
}
