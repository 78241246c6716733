//! Deletes old files below a folder that the settings allow.
//!
//! Everything is done relative to open folders, never by a path from the top: whoever may write there cannot lead it elsewhere by putting a
//! link where a folder was.

mod params;
mod sweep;
#[cfg(test)]
mod tests;

use super::{RunContext, TaskModule};
use async_trait::async_trait;
use domain::json::Raw;
use domain::module::ModuleSpec;
use domain::run::Outcome;
use globset::{GlobBuilder, GlobMatcher};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};
use sweep::{Event, Job};
use tokio::sync::mpsc;

/// Most rows of the table.
const TABLE_ROWS: usize = 500;
/// So many files may be found ahead of what is logged.
const AHEAD: usize = 100;

/// Deletes below these folders and nowhere else.
pub struct FileCleanup {
    roots: Vec<PathBuf>,
}

impl FileCleanup {
    /// Below these folders, full paths.
    pub fn below(roots: Vec<PathBuf>) -> FileCleanup {
        FileCleanup { roots }
    }
}

#[async_trait]
impl TaskModule for FileCleanup {
    fn spec(&self) -> ModuleSpec {
        params::spec(&self.roots)
    }

    async fn run(&self, ctx: RunContext) -> Outcome {
        match self.execute(&ctx).await {
            Ok(outcome) => outcome,
            Err(why) => Outcome::error(why),
        }
    }
}

/// What came of it.
#[derive(Default)]
struct Count {
    files: u64,
    bytes: u64,
    failed: u64,
    rows: Vec<Value>,
}

impl FileCleanup {
    async fn execute(&self, ctx: &RunContext) -> Result<Outcome, String> {
        let job = self.job(ctx)?;
        let dry = job.dry;
        let (sender, mut events) = mpsc::channel(AHEAD);
        let work = tokio::task::spawn_blocking(move || sweep::all(&job, &sender));
        let mut count = Count::default();
        while let Some(event) = events.recv().await {
            tell(ctx, event, dry, &mut count).await;
        }
        work.await.map_err(|e| e.to_string())??;
        report(ctx, &count).await;
        if ctx.cancel.is_cancelled() {
            return Ok(Outcome::canceled());
        }
        Ok(outcome(&count, dry))
    }

    fn job(&self, ctx: &RunContext) -> Result<Job, String> {
        let folder = PathBuf::from(ctx.text("folder"));
        let root = self.roots.iter().filter(|root| folder.starts_with(root)).max_by_key(|root| root.as_os_str().len());
        let Some(root) = root else {
            return Err(match self.roots.as_slice() {
                [] => "folder: deleting is not allowed anywhere; ROTA_CLEANUP_ROOTS says where it is".to_owned(),
                _ => format!("folder: {} is not below a folder of ROTA_CLEANUP_ROOTS", folder.display()),
            });
        };
        let hours = ctx.int("min_age_hours").and_then(|n| u64::try_from(n).ok()).unwrap_or(params::HOURS_DEFAULT);
        let before = SystemTime::now().checked_sub(Duration::from_secs(hours.saturating_mul(3600)));
        Ok(Job {
            below: folder.strip_prefix(root).map_err(|e| e.to_string())?.to_owned(),
            root: root.clone(),
            pattern: pattern(ctx.text("pattern"))?,
            before: before.unwrap_or(SystemTime::UNIX_EPOCH),
            recursive: ctx.flag("recursive"),
            dry: ctx.flag("dry_run"),
            cancel: ctx.cancel.clone(),
        })
    }
}

/// `*` does not reach over a `/`, `**` does.
fn pattern(text: &str) -> Result<GlobMatcher, String> {
    let glob = GlobBuilder::new(text).literal_separator(true).backslash_escape(true).build();
    glob.map(|glob| glob.compile_matcher()).map_err(|e| format!("pattern: {e}"))
}

async fn tell(ctx: &RunContext, event: Event, dry: bool, count: &mut Count) {
    match event {
        Event::File { path, bytes } => {
            let verb = if dry { "would delete" } else { "deleted" };
            ctx.info(format!("{verb} {path} ({bytes} bytes)")).await;
            count.files += 1;
            count.bytes += bytes;
            if count.rows.len() < TABLE_ROWS {
                count.rows.push(json!([path, bytes]));
            }
        }
        Event::Failed { path, why } => {
            ctx.error(format!("{path}: {why}")).await;
            count.failed += 1;
        }
    }
}

async fn report(ctx: &RunContext, count: &Count) {
    let caption = (count.files > count.rows.len() as u64).then(|| format!("{} / {}", count.rows.len(), count.files));
    let result = json!({
        "perf": { "files": count.files, "bytes": count.bytes },
        "table": { "header": ["file", "bytes"], "rows": count.rows, "caption": caption },
    });
    ctx.io.result(Raw::from_value(&result)).await;
}

fn outcome(count: &Count, dry: bool) -> Outcome {
    let verb = if dry { "would be deleted" } else { "deleted" };
    let files = if count.files == 1 { "1 file".to_owned() } else { format!("{} files", count.files) };
    let done = format!("{files} with {} bytes {verb}", count.bytes);
    if count.failed > 0 {
        return Outcome::error(format!("{done}, {} were not", count.failed));
    }
    Outcome::done_with(done)
}
