//! What a manifest says is enough: memory, lines, time.

use crate::modules::{RunContext, RunIo};
use async_trait::async_trait;
use domain::json::Raw;
use domain::run::Level;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The `[limits]` of a manifest; what is not said is not limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// The most memory that the program, and each process that it starts, may map, in MB of 1024 × 1024 bytes.
    pub memory_mb: Option<u64>,
    /// The most lines that a run's program may log.
    pub output_lines: Option<u64>,
    /// The longest that the program may run, in seconds; a task's own time-out holds besides.
    pub runtime_sec: Option<u64>,
}

impl Limits {
    /// # Errors
    /// A sentence that names the limit.
    pub fn check(&self) -> Result<(), String> {
        let all = [
            ("memory_mb", self.memory_mb, 1..=1024 * 1024),
            ("output_lines", self.output_lines, 1..=1_000_000_000),
            ("runtime_sec", self.runtime_sec, 1..=31 * 86_400),
        ];
        for (name, value, range) in all {
            if value.is_some_and(|n| !range.contains(&n)) {
                return Err(format!("limits.{name} must be from {} to {}", range.start(), range.end()));
            }
        }
        Ok(())
    }

    /// Fires when the time is over; waits for ever where there is no limit.
    pub async fn over(&self) {
        match self.runtime_sec {
            Some(seconds) => tokio::time::sleep(Duration::from_secs(seconds)).await,
            None => std::future::pending().await,
        }
    }
}

/// Passes on so many lines and counts the rest.
pub struct FewLines {
    io: Arc<dyn RunIo>,
    left: AtomicU64,
    dropped: AtomicU64,
}

impl FewLines {
    /// What the run says goes to its log, as far as there is room.
    pub fn of(ctx: &RunContext, most: Option<u64>) -> Arc<FewLines> {
        let left = AtomicU64::new(most.unwrap_or(u64::MAX));
        Arc::new(FewLines { io: ctx.io.clone(), left, dropped: AtomicU64::new(0) })
    }

    /// Tells, once, how many lines there were too many.
    pub async fn tell(&self, most: Option<u64>) {
        let dropped = self.dropped.load(Ordering::Relaxed);
        if let (Some(most), 1..) = (most, dropped) {
            let text = format!("{dropped} more lines are not kept: the module's limit is {most} (output_lines)");
            self.io.log(Level::Warning, text, None).await;
        }
    }
}

#[async_trait]
impl RunIo for FewLines {
    async fn log(&self, level: Level, msg: String, percent: Option<u8>) {
        let one_less = |left: u64| left.checked_sub(1);
        if self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less).is_ok() {
            self.io.log(level, msg, percent).await;
            return;
        }
        self.dropped.fetch_add(1, Ordering::Relaxed);
        if percent.is_some() {
            self.io.progress(percent, None).await;
        }
    }

    fn begun(&self, piece: &[u8]) -> usize {
        self.io.begun(piece)
    }

    async fn progress(&self, percent: Option<u8>, message: Option<String>) {
        self.io.progress(percent, message).await;
    }

    async fn state(&self, state: Raw) {
        self.io.state(state).await;
    }

    async fn result(&self, result: Raw) {
        self.io.result(result).await;
    }

    async fn last_data(&self) -> Option<Raw> {
        self.io.last_data().await
    }
}
