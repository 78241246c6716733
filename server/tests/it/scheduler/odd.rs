//! Modules that do odd things, and what is seen of them from outside the database.

use async_trait::async_trait;
use domain::json::Raw;
use domain::module::ModuleSpec;
use domain::run::{Level, Outcome};
use domain::{L10n, RunId, TaskId, Timestamp};
use rota::modules::{RunContext, TaskModule};
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::sync::watch;

/// What a module does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Two lines, done.
    Quick,
    /// Panics.
    Panics,
    /// Waits without end, and listens to nothing but a cancel.
    Waits,
    /// Waits for the test to open the gate.
    Gated,
    /// 120,000 lines.
    Chatters,
    /// Fails twice, then succeeds; counts in its state.
    Fails,
    /// Counts in its state and waits for its end, the third time not; goes on after an interruption.
    Resumes,
}

/// An execution that began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    pub node: String,
    pub task: TaskId,
    pub run: RunId,
    pub due_at: Timestamp,
}

/// What the modules of all servers of a test do, whatever the database says of it.
pub struct Witness {
    gate: watch::Sender<bool>,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    starts: Vec<Start>,
    running: Vec<TaskId>,
    most: usize,
    overlaps: Vec<Start>,
}

impl Witness {
    pub fn new() -> Arc<Witness> {
        Arc::new(Witness { gate: watch::Sender::new(false), seen: Mutex::default() })
    }

    /// Lets `Gated` runs end, those to come too.
    pub fn open_gate(&self) {
        self.gate.send_replace(true);
    }

    /// Every execution so far, in the order of their beginnings.
    pub fn starts(&self) -> Vec<Start> {
        self.seen().starts.clone()
    }

    /// Executions that began while another of the same task went on.
    pub fn overlaps(&self) -> Vec<Start> {
        self.seen().overlaps.clone()
    }

    /// How many executions go on.
    pub fn running(&self) -> usize {
        self.seen().running.len()
    }

    /// How many went on at once at most.
    pub fn most_at_once(&self) -> usize {
        self.seen().most
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap()
    }

    fn enter(&self, start: Start) -> Execution<'_> {
        let (mut seen, task) = (self.seen(), start.task);
        if seen.running.contains(&task) {
            seen.overlaps.push(start.clone());
        }
        seen.starts.push(start);
        seen.running.push(task);
        seen.most = seen.most.max(seen.running.len());
        drop(seen);
        Execution { witness: self, task }
    }
}

/// Goes on until it is dropped, however the module ends.
struct Execution<'a> {
    witness: &'a Witness,
    task: TaskId,
}

impl Drop for Execution<'_> {
    fn drop(&mut self) {
        let mut seen = self.witness.seen();
        let place = seen.running.iter().position(|task| *task == self.task);
        place.map(|place| seen.running.swap_remove(place));
    }
}

/// A module of a server.
pub struct Odd {
    pub kind: Kind,
    pub node: String,
    pub witness: Arc<Witness>,
}

#[async_trait]
impl TaskModule for Odd {
    fn spec(&self) -> ModuleSpec {
        ModuleSpec {
            name: format!("{:?}", self.kind).to_lowercase(),
            displayname: L10n::default(),
            description: L10n::default(),
            debug: true,
            require_system_right: String::new(),
            params: vec![],
        }
    }

    fn is_resumable(&self) -> bool {
        self.kind == Kind::Resumes
    }

    async fn run(&self, ctx: RunContext) -> Outcome {
        let run = &ctx.run;
        let start = Start { node: self.node.clone(), task: run.task_id, run: run.id, due_at: run.due_at };
        let _execution = self.witness.enter(start);
        self.work(&ctx).await
    }
}

impl Odd {
    async fn work(&self, ctx: &RunContext) -> Outcome {
        match self.kind {
            Kind::Quick => {
                ctx.info("one").await;
                ctx.info("two").await;
            }
            Kind::Panics => panic!("on purpose"),
            Kind::Waits => ctx.cancel.cancelled().await,
            Kind::Gated => self.pass_the_gate(ctx).await,
            Kind::Fails if count(ctx).await < 3 => return Outcome::error("not yet"),
            Kind::Resumes if count(ctx).await < 3 => ctx.cancel.cancelled().await,
            Kind::Fails | Kind::Resumes => {}
            Kind::Chatters => {
                for i in 0..120_000 {
                    ctx.io.log(Level::Info, format!("line {i}"), None).await;
                }
            }
        }
        Outcome::done()
    }

    async fn pass_the_gate(&self, ctx: &RunContext) {
        let mut gate = self.witness.gate.subscribe();
        tokio::select! {
            _ = gate.wait_for(|open| *open) => {}
            () = ctx.cancel.cancelled() => {}
        }
    }
}

/// One more than the state says, which says so from now on.
async fn count(ctx: &RunContext) -> i64 {
    let n = ctx.state.value()["n"].as_i64().unwrap_or(0) + 1;
    ctx.info(format!("the {n}. time")).await;
    ctx.io.state(Raw::from_value(&serde_json::json!({ "n": n }))).await;
    n
}
