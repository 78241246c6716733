//! Does nothing for a while: for trying out schedules, progress, cancel and mail.

use super::{RunContext, TaskModule};
use async_trait::async_trait;
use domain::l10n::L10n;
use domain::module::{ModuleSpec, Param, ParamType};
use domain::run::{Level, Outcome};
use std::time::Duration;
use tokio::time::Instant;

/// The longest sleep, in seconds: 31 days.
const RUNTIME_MAX: i64 = 31 * 86_400;
/// About how many log lines a long sleep writes.
const LINES_MAX: u64 = 600;

/// Waits, and says how far it is each second.
pub struct Sleep {
    /// How long a second takes; tests have no time.
    second: Duration,
}

impl Default for Sleep {
    fn default() -> Sleep {
        Sleep { second: Duration::from_secs(1) }
    }
}

#[async_trait]
impl TaskModule for Sleep {
    fn spec(&self) -> ModuleSpec {
        ModuleSpec {
            name: "sleep".to_owned(),
            displayname: L10n::fixed("Warten", "Sleep"),
            description: L10n::fixed(
                "Wartet und meldet jede Sekunde den Fortschritt. Zum Ausprobieren.",
                "Waits and reports its progress each second. For trying things out.",
            ),
            debug: true,
            require_system_right: String::new(),
            params: vec![runtime().in_group("sleep"), fail().in_group("sleep")],
        }
    }

    async fn run(&self, ctx: RunContext) -> Outcome {
        let total = ctx.int("runtime").and_then(|n| u64::try_from(n).ok()).unwrap_or_default();
        tokio::select! {
            biased;
            () = ctx.cancel.cancelled() => Outcome::canceled(),
            () = self.wait(&ctx, total) => end(ctx.flag("fail"), total),
        }
    }
}

impl Sleep {
    async fn wait(&self, ctx: &RunContext, total: u64) {
        ctx.info(format!("Sleeping for {total} s")).await;
        let start = Instant::now();
        let every = (total / LINES_MAX).max(1);
        let mut told = 0;
        let mut seconds = 0;
        while seconds < total {
            tokio::time::sleep_until(start + self.seconds(seconds + 1)).await;
            // Not the next second but the one it is: a slow log must not make the sleep longer.
            seconds = self.whole(start.elapsed()).clamp(seconds + 1, total);
            let percent = percent(seconds, total);
            ctx.io.progress(Some(percent), None).await;
            if seconds >= told + every || seconds == total {
                told = seconds;
                ctx.io.log(Level::Info, format!("{seconds} of {total} s"), Some(percent)).await;
            }
        }
    }

    fn seconds(&self, n: u64) -> Duration {
        self.second.saturating_mul(u32::try_from(n).unwrap_or(u32::MAX))
    }

    fn whole(&self, time: Duration) -> u64 {
        u64::try_from(time.as_nanos() / self.second.as_nanos().max(1)).unwrap_or(u64::MAX)
    }
}

fn runtime() -> Param {
    Param::new(
        "runtime",
        1,
        ParamType::Int,
        L10n::fixed("Dauer in Sekunden", "Seconds"),
        L10n::fixed("Wie lange gewartet wird, höchstens 31 Tage.", "How long to wait, at most 31 days."),
    )
    .required()
    .default(10)
    .range(0, RUNTIME_MAX)
}

fn fail() -> Param {
    Param::new(
        "fail",
        2,
        ParamType::Bool,
        L10n::fixed("Am Ende scheitern", "Fail at the end"),
        L10n::fixed(
            "Der Lauf endet mit einem Fehler, etwa um eine E-Mail auszuprobieren.",
            "The run ends with an error, for example to try out an e-mail.",
        ),
    )
    .default(false)
}

fn percent(seconds: u64, total: u64) -> u8 {
    u8::try_from(seconds * 100 / total.max(1)).unwrap_or(100)
}

fn end(fail: bool, total: u64) -> Outcome {
    if fail { Outcome::error(format!("failed after {total} s, as asked")) } else { Outcome::done() }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Recorder, as_user, context};
    use super::*;
    use domain::run::Status;
    use domain::user::TASK;
    use serde_json::json;

    fn quick(millis: u64) -> Sleep {
        Sleep { second: Duration::from_millis(millis) }
    }

    #[tokio::test]
    async fn tells_how_far_it_is_each_second() {
        let module = quick(500);
        let (ctx, io) = as_user(&module, json!({"runtime": 3}));
        let start = Instant::now();
        assert_eq!(module.run(ctx).await, Outcome::done());
        assert!(start.elapsed() >= module.seconds(3));
        let lines = io.lines();
        assert_eq!(lines[0].1, "Sleeping for 3 s");
        assert_eq!(lines[1], (Level::Info, "1 of 3 s".to_owned(), Some(33)));
        assert_eq!(lines[3], (Level::Info, "3 of 3 s".to_owned(), Some(100)));
        assert_eq!(io.progress(), [Some(33), Some(66), Some(100)]);
    }

    #[tokio::test]
    async fn a_long_sleep_writes_few_lines_and_a_slow_log_does_not_make_it_longer() {
        let module = Sleep { second: Duration::from_micros(100) };
        let slow = Recorder::slow(Duration::from_millis(50));
        let (ctx, io) = context(&module, json!({"runtime": 6000}), TASK, slow);
        module.run(ctx).await;
        assert!(io.progress().len() < 1000, "seconds that pass while it logs are not slept once more");
        assert!(io.lines().len() < 20, "{}", io.lines().len());
        assert_eq!(io.progress().last(), Some(&Some(100)));
    }

    #[tokio::test]
    async fn cancel_ends_it_at_once() {
        let module = Sleep::default();
        let (ctx, io) = as_user(&module, json!({"runtime": RUNTIME_MAX}));
        let cancel = ctx.cancel.clone();
        let stop = async {
            while io.progress().is_empty() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            cancel.cancel();
        };
        let both = async { tokio::join!(module.run(ctx), stop) };
        let (outcome, ()) = tokio::time::timeout(Duration::from_secs(60), both).await.unwrap();
        assert_eq!(outcome.status, Status::Canceled);
    }

    #[tokio::test]
    async fn no_time_is_a_time_and_failing_can_be_asked_for() {
        let (ctx, _) = as_user(&quick(1), json!({"runtime": 0}));
        assert_eq!(quick(1).run(ctx).await, Outcome::done());
        let (ctx, _) = as_user(&quick(1), json!({"runtime": 1, "fail": true}));
        assert_eq!(quick(1).run(ctx).await, Outcome::error("failed after 1 s, as asked"));
    }
}
