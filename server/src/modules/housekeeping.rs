//! Removes runs that are no longer kept, and gives the room back.

use super::{RunContext, TaskModule};
use crate::clock::Clock;
use crate::retention;
use crate::store::{Keep, Store, StoreError};
use async_trait::async_trait;
use domain::l10n::L10n;
use domain::module::{ModuleSpec, Param, ParamType};
use domain::run::Outcome;
use domain::task::MAX_KEEP;
use domain::user::ROOT;
use std::sync::Arc;
use std::time::Duration;

const GROUP: &str = "housekeeping";
/// Between two steps of giving room back.
const PAUSE: Duration = Duration::from_millis(20);

/// Keeps the database small.
pub struct Housekeeping {
    store: Arc<dyn Store>,
    clock: Clock,
}

impl Housekeeping {
    /// For this database.
    pub fn new(store: Arc<dyn Store>, clock: Clock) -> Housekeeping {
        Housekeeping { store, clock }
    }

    async fn work(&self, ctx: &RunContext) -> Result<String, StoreError> {
        let some = |name| ctx.int(name).filter(|n| *n > 0);
        let keep = Keep { runs: some("keep_runs"), days: some("keep_days") };
        let now = self.clock.now();
        if ctx.flag("dry_run") {
            let n = retention::count(&*self.store, keep, now).await?;
            return Ok(format!("{n} runs would be removed"));
        }
        let n = retention::sweep(&*self.store, keep, now).await?;
        ctx.info(format!("{n} runs removed")).await;
        if ctx.flag("vacuum") {
            let pages = self.shrink().await?;
            ctx.info(format!("{pages} pages given back to the disk")).await;
        }
        Ok(format!("{n} runs removed"))
    }

    async fn shrink(&self) -> Result<u64, StoreError> {
        let mut pages = 0;
        loop {
            let step = self.store.shrink_step().await?;
            if step == 0 {
                return Ok(pages);
            }
            pages += step;
            tokio::time::sleep(PAUSE).await;
        }
    }
}

#[async_trait]
impl TaskModule for Housekeeping {
    fn spec(&self) -> ModuleSpec {
        let params = [keep_runs(), keep_days(), vacuum(), dry_run()];
        ModuleSpec {
            name: "housekeeping".to_owned(),
            displayname: L10n::fixed("Aufräumen", "Housekeeping"),
            description: L10n::fixed(
                "Entfernt alte Läufe aller Aufgaben mit ihren Protokollen. Was eine Aufgabe selbst dazu sagt, geht vor; der letzte \
                 Lauf bleibt immer.",
                "Removes old runs of all tasks, with their logs. What a task says of this itself comes first; the latest run \
                 always stays.",
            ),
            debug: false,
            require_system_right: ROOT.to_owned(),
            params: params.into_iter().map(|p| p.in_group(GROUP)).collect(),
        }
    }

    async fn run(&self, ctx: RunContext) -> Outcome {
        tokio::select! {
            biased;
            () = ctx.cancel.cancelled() => Outcome::canceled(),
            done = self.work(&ctx) => match done {
                Ok(said) => Outcome::done_with(said),
                Err(error) => Outcome::error(error.to_string()),
            },
        }
    }
}

fn keep_runs() -> Param {
    Param::new(
        "keep_runs",
        1,
        ParamType::Int,
        L10n::fixed("Läufe je Aufgabe", "Runs of each task"),
        L10n::fixed("So viele beendete Läufe bleiben. 0: alle.", "So many ended runs stay. 0: all of them."),
    )
    .default(0)
    .range(0, MAX_KEEP)
}

fn keep_days() -> Param {
    Param::new(
        "keep_days",
        2,
        ParamType::Int,
        L10n::fixed("Tage", "Days"),
        L10n::fixed("So lange bleiben beendete Läufe. 0: für immer.", "For so long ended runs stay. 0: for ever."),
    )
    .default(90)
    .range(0, MAX_KEEP)
}

fn vacuum() -> Param {
    Param::new(
        "vacuum",
        3,
        ParamType::Bool,
        L10n::fixed("Platz zurückgeben", "Give room back"),
        L10n::fixed(
            "Gibt frei gewordenen Platz in kleinen Schritten an das Dateisystem zurück (SQLite; PostgreSQL tut das selbst).",
            "Gives freed room back to the file system in small steps (SQLite; PostgreSQL does so by itself).",
        ),
    )
    .default(true)
}

fn dry_run() -> Param {
    Param::new(
        "dry_run",
        4,
        ParamType::Bool,
        L10n::fixed("Nur zeigen", "Only tell"),
        L10n::fixed(
            "Zählt, was entfernt würde, und entfernt nichts.",
            "Counts what would be removed, and removes nothing.",
        ),
    )
    .default(false)
}

#[cfg(test)]
mod tests {
    use super::super::testing::as_root;
    use super::*;
    use crate::store::sqlite::{Access, SqliteStore};
    use domain::run::Status;
    use serde_json::{Value, json};

    const SEED: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30)
        INSERT INTO run (task_id, trigger, due_at, started_at, finished_at, status) SELECT 1, 'api', i, i, i * 86400000, 'done' FROM n;
        INSERT INTO log_chunk (run_id, first_idx, n, n_debug, n_info, n_warning, n_error, lines) SELECT id, 0, 0, 0, 0, 0, 0, printf('%.*c', 9000, 'x') FROM run;
        INSERT INTO task (id, version, created_at, updated_at, description, module, params, timeout_sec, schedules, email, prefs, state, status, last_run)
        VALUES (1, 1, 0, 0, '', 'sleep', '{}', 0, '[]', '{}', '{}', '{}', 'done', 30);";

    async fn tidy(params: Value) -> (Option<String>, u64, Vec<i64>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.db");
        let store = SqliteStore::open(&path, 2, Access::Server).await.unwrap();
        let conn = sqlx::SqlitePool::connect(&format!("sqlite://{}", path.display())).await.unwrap();
        sqlx::raw_sql(SEED).execute(&conn).await.unwrap();
        let module = Housekeeping::new(Arc::new(store), Clock::default());
        let (ctx, _) = as_root(&module, params);
        let outcome = module.run(ctx).await;
        assert_eq!(outcome.status, Status::Done);
        let left: Vec<i64> = sqlx::query_scalar("SELECT id FROM run ORDER BY id").fetch_all(&conn).await.unwrap();
        let chunks: i64 = sqlx::query_scalar("SELECT count(*) FROM log_chunk").fetch_one(&conn).await.unwrap();
        assert_eq!(chunks as usize, left.len(), "lines go with their runs, and no others");
        let free: i64 = sqlx::query_scalar("PRAGMA freelist_count").fetch_one(&conn).await.unwrap();
        conn.close().await;
        (outcome.message, free.unsigned_abs(), left)
    }

    #[tokio::test]
    async fn runs_go_by_number_and_by_age_and_the_room_comes_back() {
        let (said, free, left) = tidy(json!({"keep_runs": 7, "keep_days": 0})).await;
        assert_eq!((said.as_deref(), free, left), (Some("23 runs removed"), 0, (24..=30).collect()));
        let (said, free, left) = tidy(json!({"keep_runs": 0, "keep_days": 90, "vacuum": false})).await;
        assert_eq!((said.as_deref(), left), (Some("29 runs removed"), vec![30]));
        assert!(free > 0, "as it was said");
    }

    #[tokio::test]
    async fn a_dry_run_only_counts() {
        let (said, _, left) = tidy(json!({"keep_runs": 7, "dry_run": true})).await;
        assert_eq!((said.as_deref(), left.len()), (Some("29 runs would be removed"), 30));
    }
}
