//! For the tests of modules: a run whose parameters went through the same checks as a task's, and whose lines are kept.

use super::{RunContext, RunIo, TaskModule};
use crate::files::RunFiles;
use async_trait::async_trait;
use domain::access::Caller;
use domain::ids::{RunId, TaskId, UserId};
use domain::json::{Raw, RawMap};
use domain::l10n::Lang;
use domain::module::{SEALED, Sealer, check_params, open_secrets};
use domain::run::{Level, Run, Status, Trigger};
use domain::time::Timestamp;
use domain::user::{ROOT, TASK, User};
use serde_json::{Map, Value};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// A log line: level, text, percent.
pub type Line = (Level, String, Option<u8>);

/// Keeps what a run says.
#[derive(Default)]
pub struct Recorder {
    lines: Mutex<Vec<Line>>,
    progress: Mutex<Vec<Option<u8>>>,
    states: Mutex<Vec<Raw>>,
    results: Mutex<Vec<Raw>>,
    delay: Duration,
    data: Mutex<Option<Raw>>,
    files: OnceLock<tempfile::TempDir>,
}

#[async_trait]
impl RunIo for Recorder {
    async fn log(&self, level: Level, msg: String, percent: Option<u8>) {
        if !self.delay.is_zero() {
            tokio::time::sleep(self.delay).await;
        }
        self.lines.lock().unwrap().push((level, msg, percent));
    }

    async fn progress(&self, percent: Option<u8>, _: Option<String>) {
        self.progress.lock().unwrap().push(percent);
    }

    async fn state(&self, state: Raw) {
        self.states.lock().unwrap().push(state);
    }

    async fn result(&self, result: Raw) {
        self.results.lock().unwrap().push(result);
    }

    async fn last_data(&self) -> Option<Raw> {
        self.data.lock().unwrap().clone()
    }
}

impl Recorder {
    /// One that keeps the module waiting for so long at each log line.
    pub fn slow(delay: Duration) -> Recorder {
        Recorder { delay, ..Recorder::default() }
    }

    /// The `data` of the last run.
    pub fn set_last_data(&self, data: &Value) {
        *self.data.lock().unwrap() = Some(Raw::from_value(data));
    }

    /// Where files are kept, as long as this is there.
    pub fn files(&self) -> RunFiles {
        let folder = self.files.get_or_init(|| tempfile::tempdir().unwrap());
        RunFiles::at(folder.path().join("7/12"), 10_000_000)
    }

    /// All lines so far.
    pub fn lines(&self) -> Vec<Line> {
        self.lines.lock().unwrap().clone()
    }

    /// The texts of all lines of that level.
    pub fn texts(&self, level: Level) -> Vec<String> {
        self.lines().into_iter().filter(|l| l.0 == level).map(|l| l.1).collect()
    }

    /// All lines in one text.
    pub fn all(&self) -> String {
        self.lines().into_iter().map(|l| l.1 + "\n").collect()
    }

    /// The percentages reported so far.
    pub fn progress(&self) -> Vec<Option<u8>> {
        self.progress.lock().unwrap().clone()
    }

    /// The states and the results written so far.
    pub fn written(&self) -> (Vec<Value>, Vec<Value>) {
        let read = |all: &Mutex<Vec<Raw>>| all.lock().unwrap().iter().map(Raw::value).collect();
        (read(&self.states), read(&self.results))
    }

    /// Waits for a line that holds `text`.
    pub async fn wait_for(&self, text: &str) {
        let seen = async {
            while !self.all().contains(text) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let late = tokio::time::timeout(Duration::from_secs(20), seen).await.is_err();
        assert!(!late, "no line with {text:?} in:\n{}", self.all());
    }
}

struct Open;

impl Sealer for Open {
    fn seal(&self, _: TaskId, _: &str, plain: &str) -> String {
        format!("{SEALED}{plain}")
    }
}

/// A run of root's.
pub fn as_root(module: &dyn TaskModule, params: Value) -> (RunContext, Arc<Recorder>) {
    context(module, params, ROOT, Recorder::default())
}

/// A run of a user's who is not root.
pub fn as_user(module: &dyn TaskModule, params: Value) -> (RunContext, Arc<Recorder>) {
    context(module, params, TASK, Recorder::default())
}

/// A run of a user's who holds `right`.
pub fn context(module: &dyn TaskModule, params: Value, right: &str, recorder: Recorder) -> (RunContext, Arc<Recorder>) {
    let io = Arc::new(recorder);
    let owner = caller(right);
    let ctx = RunContext {
        run: run(),
        description: "a test".to_owned(),
        params: checked(module, &params),
        state: Raw::empty_object(),
        owner,
        cancel: CancellationToken::new(),
        io: io.clone(),
        files: io.files(),
    };
    (ctx, io)
}

fn checked(module: &dyn TaskModule, params: &Value) -> Map<String, Value> {
    let given: RawMap = serde_json::from_str(&params.to_string()).unwrap();
    let stored = check_params(&module.spec(), &given, None, &caller(ROOT), TaskId(7), &Open, "").unwrap();
    open_secrets(&stored, &|_, sealed| sealed.strip_prefix(SEALED).map(str::to_owned)).unwrap()
}

fn caller(right: &str) -> Caller {
    Caller {
        user: User {
            id: UserId(1),
            generated_displayname: "Kim".to_owned(),
            login: "kim".to_owned(),
            email: String::new(),
            displayname: "Kim".to_owned(),
            language: Lang::En,
            system_rights: vec![right.to_owned()],
            frontend_prefs: Raw::empty_object(),
            created_at: Timestamp::from_secs(0),
            updated_at: Timestamp::from_secs(0),
        },
    }
}

fn run() -> Run {
    Run {
        id: RunId(12),
        task_id: TaskId(7),
        trigger: Trigger::Schedule,
        due_at: Timestamp::from_secs(1_800_000_000),
        run_started_at: None,
        run_finished_at: None,
        status: Status::Running,
        status_msg: None,
        status_percent: None,
        node: None,
        attempt: 1,
    }
}
