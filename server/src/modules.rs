//! What can be run: the trait that every module implements, what a run gets to work with, and the registry.

mod database_backup;
mod file_cleanup;
mod housekeeping;
mod http_request;
mod process;
mod program;
mod script;
mod shell_command;
mod sleep;
mod sql_query;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use crate::config::Config;
use crate::files::RunFiles;
use crate::minder::Minder;
use async_trait::async_trait;
use domain::access::Caller;
use domain::json::Raw;
use domain::module::{Catalog, ModuleSpec};
use domain::run::{Level, Outcome, Run};
use indexmap::IndexMap;
use serde_json::{Map, Value};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use tokio_util::sync::CancellationToken;

/// A kind of work. One instance serves all runs.
#[async_trait]
pub trait TaskModule: Send + Sync {
    /// What it is called and takes.
    fn spec(&self) -> ModuleSpec;
    /// Whether a run that the server's end interrupted goes on afterwards, from the state that it kept.
    fn is_resumable(&self) -> bool {
        false
    }
    /// Does the work. When `ctx.cancel` fires it should end soon (it has five seconds to be gentle); the outcome it then
    /// answers does not matter. A panic ends this run only.
    async fn run(&self, ctx: RunContext) -> Outcome;
}

/// Where a run's lines, progress and state go. Calls wait when the run is far ahead of the database.
#[async_trait]
pub trait RunIo: Send + Sync {
    /// A log line, stamped now. NUL characters are replaced, lines over the limit are split.
    async fn log(&self, level: Level, msg: String, percent: Option<u8>);
    /// Progress (0 to 100) and a message, where given.
    async fn progress(&self, percent: Option<u8>, message: Option<String>);
    /// The module's state, an object, kept between runs.
    async fn state(&self, state: Raw);
    /// What is kept with the run beside its log, an object; takes the place of what was there.
    async fn result(&self, result: Raw);
    /// How many bytes at the end of a piece of a line may be the beginning of a secret, which must not be cut in two.
    fn begun(&self, _piece: &[u8]) -> usize {
        0
    }
    /// The `data` that the task's last good run has kept.
    async fn last_data(&self) -> Option<Raw> {
        None
    }
    /// What the run was sent by whoever started it.
    async fn sent_data(&self) -> Option<Raw> {
        None
    }
}

/// What a run has to work with.
#[derive(Clone)]
pub struct RunContext {
    /// The run.
    pub run: Run,
    /// What the task is called.
    pub description: String,
    /// Checked parameters, defaults filled in, secrets open.
    pub params: Map<String, Value>,
    /// What the module left last time.
    pub state: Raw,
    /// The task's owner, with today's rights.
    pub owner: Caller,
    /// Fires on cancel, time-out and stop of the server.
    pub cancel: CancellationToken,
    /// Where lines, progress and state go.
    pub io: Arc<dyn RunIo>,
    /// Where files for people go.
    pub files: RunFiles,
}

impl RunContext {
    /// Logs at `info`.
    pub async fn info(&self, msg: impl Into<String> + Send) {
        self.io.log(Level::Info, msg.into(), None).await;
    }

    /// Logs at `warning`.
    pub async fn warning(&self, msg: impl Into<String> + Send) {
        self.io.log(Level::Warning, msg.into(), None).await;
    }

    /// Logs at `error`.
    pub async fn error(&self, msg: impl Into<String> + Send) {
        self.io.log(Level::Error, msg.into(), None).await;
    }

    /// A text parameter; empty if there is none.
    pub fn text(&self, name: &str) -> &str {
        self.params.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// A whole-number parameter.
    pub fn int(&self, name: &str) -> Option<i64> {
        self.params.get(name).and_then(Value::as_i64)
    }

    /// A yes-or-no parameter; no if there is none.
    pub fn flag(&self, name: &str) -> bool {
        self.params.get(name).and_then(Value::as_bool).unwrap_or_default()
    }

    /// A parameter that is a list of texts.
    pub fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        self.items(name).filter_map(Value::as_str)
    }

    /// A table with the columns `name` and `value`.
    pub fn pairs(&self, name: &str) -> impl Iterator<Item = (&str, &str)> {
        fn column<'a>(row: &'a Value, key: &str) -> &'a str {
            row.get(key).and_then(Value::as_str).unwrap_or_default()
        }
        self.items(name).map(|row| (column(row, "name"), column(row, "value")))
    }

    fn items(&self, name: &str) -> impl Iterator<Item = &Value> {
        self.params.get(name).and_then(Value::as_array).into_iter().flatten()
    }
}

type Named = IndexMap<String, (Arc<ModuleSpec>, Arc<dyn TaskModule>)>;

/// The modules there are, in the order in which they are shown: those that are fixed, then programs, which may change.
pub struct Registry {
    fixed: Named,
    programs: RwLock<Named>,
}

fn named(modules: Vec<Arc<dyn TaskModule>>) -> Named {
    let named = modules.into_iter().map(|m| {
        let spec = Arc::new(m.spec());
        (spec.name.clone(), (spec, m))
    });
    named.collect()
}

impl Registry {
    /// The modules that come with Rota. `http` is what the settings say of networks, already read. `minder` ends their
    /// programs with the server.
    pub fn built_in(http: http_request::Allow, config: &Config, minder: &Minder) -> Registry {
        Registry::of(vec![
            Arc::new(http_request::HttpRequest::new(http)),
            Arc::new(shell_command::ShellCommand::minded(minder)),
            Arc::new(script::Script::minded(minder)),
            Arc::new(sql_query::SqlQuery),
            Arc::new(file_cleanup::FileCleanup::below(config.cleanup_roots.0.clone())),
            Arc::new(database_backup::DatabaseBackup::of(config, minder)),
            Arc::new(sleep::Sleep::default()),
        ])
    }

    /// Exactly these.
    pub fn of(modules: Vec<Arc<dyn TaskModule>>) -> Registry {
        Registry { fixed: named(modules), programs: RwLock::default() }
    }

    /// These as well; one of the same name takes the place of the former.
    #[must_use]
    pub fn and(mut self, modules: Vec<Arc<dyn TaskModule>>) -> Registry {
        self.fixed.extend(named(modules));
        self
    }

    /// These programs in place of the former ones. A program takes the place of a fixed module of its name. Runs under way go on with
    /// what they began with.
    pub fn set_programs(&self, programs: Vec<Arc<dyn TaskModule>>) {
        *self.programs.write().unwrap_or_else(PoisonError::into_inner) = named(programs);
    }

    fn programs(&self) -> RwLockReadGuard<'_, Named> {
        self.programs.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The module of that name.
    pub fn get(&self, name: &str) -> Option<Arc<dyn TaskModule>> {
        let programs = self.programs();
        programs.get(name).or_else(|| self.fixed.get(name)).map(|(_, m)| m.clone())
    }

    /// The names of those whose runs go on after an interruption.
    pub fn resumable(&self) -> Vec<String> {
        let programs = self.programs();
        let all = self.fixed.iter().chain(programs.iter());
        all.filter(|(_, (_, module))| module.is_resumable()).map(|(name, _)| name.clone()).collect()
    }

    /// What the modules tell of themselves.
    pub fn specs(&self) -> Vec<Arc<ModuleSpec>> {
        let programs = self.programs();
        let fixed = self.fixed.iter().filter(|(name, _)| !programs.contains_key(*name));
        fixed.chain(programs.iter()).map(|(_, (spec, _))| spec.clone()).collect()
    }
}

impl Catalog for Registry {
    fn spec(&self, name: &str) -> Option<Arc<ModuleSpec>> {
        let programs = self.programs();
        programs.get(name).or_else(|| self.fixed.get(name)).map(|(spec, _)| spec.clone())
    }
}

pub use housekeeping::Housekeeping;
pub use http_request::Allow as HttpAllow;
pub use http_request::Clients as HttpClients;
pub use program::{Broken, Manifest, describe, find as find_programs, look as look_for_programs};
