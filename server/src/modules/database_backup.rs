//! Backs up Rota's own database into a folder of the server, and lets the oldest backups go.

mod dump;
mod folder;
mod params;
#[cfg(test)]
mod tests;

use super::{RunContext, TaskModule};
use crate::backup;
use crate::clock::Clock;
use crate::config::Config;
use crate::minder::Minder;
use crate::store::open::sqlite_path;
use async_trait::async_trait;
use domain::json::Raw;
use domain::module::ModuleSpec;
use domain::run::{Outcome, Status};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Knows which database it is.
pub struct DatabaseBackup {
    /// Its address, as the settings have it.
    database: String,
    /// Where backups go if a task does not say.
    folder: PathBuf,
    minder: Minder,
}

/// What a run is about to do.
struct Plan {
    folder: PathBuf,
    file: PathBuf,
    /// Those that are one too many once the new one is there.
    old: Vec<PathBuf>,
}

impl DatabaseBackup {
    /// Of the database in the settings.
    pub fn of(config: &Config, minder: &Minder) -> DatabaseBackup {
        let folder = config.data_dir.join("backups");
        DatabaseBackup { database: config.database(), folder, minder: minder.clone() }
    }

    /// What the names of backups end with.
    fn ending(&self) -> &'static str {
        if sqlite_path(&self.database).is_some() { "db" } else { "dump" }
    }

    fn plan(&self, ctx: &RunContext) -> Result<Plan, String> {
        let folder = match ctx.text("folder") {
            "" => self.folder.clone(),
            given => PathBuf::from(given),
        };
        let keep = ctx.int("keep").and_then(|n| usize::try_from(n).ok()).unwrap_or(params::KEEP_DEFAULT);
        let file = folder.join(folder::name(Clock::default().now(), self.ending()));
        // The new one counts.
        let old = folder::oldest(&folder, self.ending(), keep.saturating_sub(1));
        Ok(Plan { old: old.map_err(|e| format!("folder: {}: {e}", folder.display()))?, folder, file })
    }

    async fn execute(&self, ctx: &RunContext) -> Result<Outcome, String> {
        let plan = self.plan(ctx)?;
        if ctx.flag("dry_run") {
            return Ok(tell_plan(ctx, &plan).await);
        }
        let part = backup::part_of(&plan.file);
        folder::open(&plan.folder)
            .and_then(|()| backup::prepare(&part))
            .map_err(|e| format!("writing {}: {e}", part.display()))?;
        let written = self.write(ctx, &part).await;
        if !matches!(&written, Ok(outcome) if outcome.status == Status::Done) {
            _ = std::fs::remove_file(&part);
            return written;
        }
        let bytes = backup::finish(&part, &plan.file).map_err(|e| format!("writing {}: {e}", plan.file.display()))?;
        ctx.info(format!("{} written ({bytes} bytes)", plan.file.display())).await;
        let failed = remove(ctx, &plan.old).await;
        report(ctx, &plan.file, bytes).await;
        Ok(match failed {
            0 => Outcome::done_with(format!("{bytes} bytes written")),
            n => Outcome::error(format!("{bytes} bytes written, but {n} old backups could not be deleted")),
        })
    }

    /// Into a file that is complete if the outcome is good.
    async fn write(&self, ctx: &RunContext, part: &Path) -> Result<Outcome, String> {
        let Some(database) = sqlite_path(&self.database) else {
            return dump::dump(ctx, &self.minder, &self.database, part).await;
        };
        let copied = backup::copy(&database, part, &ctx.cancel).await;
        match copied {
            _ if ctx.cancel.is_cancelled() => Ok(Outcome::canceled()),
            Ok(()) => Ok(Outcome::done()),
            Err(e) => Err(format!("copying the database: {e}")),
        }
    }
}

#[async_trait]
impl TaskModule for DatabaseBackup {
    fn spec(&self) -> ModuleSpec {
        params::spec(&self.folder)
    }

    async fn run(&self, ctx: RunContext) -> Outcome {
        match self.execute(&ctx).await {
            Ok(outcome) => outcome,
            Err(why) => Outcome::error(why),
        }
    }
}

async fn tell_plan(ctx: &RunContext, plan: &Plan) -> Outcome {
    ctx.info(format!("would write {}", plan.file.display())).await;
    for file in &plan.old {
        ctx.info(format!("would delete {}", file.display())).await;
    }
    Outcome::done_with(format!("would write a backup and delete {}", plan.old.len()))
}

/// How many are there still.
async fn remove(ctx: &RunContext, old: &[PathBuf]) -> usize {
    let mut failed = 0;
    for file in old {
        match std::fs::remove_file(file) {
            Ok(()) => ctx.info(format!("{} deleted", file.display())).await,
            Err(e) => {
                ctx.error(format!("{}: {e}", file.display())).await;
                failed += 1;
            }
        }
    }
    failed
}

async fn report(ctx: &RunContext, file: &Path, bytes: u64) {
    let result = json!({ "label": file.display().to_string(), "perf": { "bytes": bytes } });
    ctx.io.result(Raw::from_value(&result)).await;
}
