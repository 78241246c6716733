use super::*;
use crate::module::{Param, ParamType};
use crate::task::read_one;
use crate::user::{TASK, User};
use crate::{Lang, UserId};

struct Modules(ModuleSpec);
impl Catalog for Modules {
    fn spec(&self, name: &str) -> Option<Arc<ModuleSpec>> {
        (name == self.0.name).then(|| Arc::new(self.0.clone()))
    }
}
impl Sealer for Modules {
    fn seal(&self, _: TaskId, _: &str, _: &str) -> String {
        unreachable!("no secrets here")
    }
}

fn t(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

struct World {
    modules: Modules,
    caller: Caller,
    now: Timestamp,
}

impl World {
    fn new() -> World {
        let n = Param::new("n", 1, ParamType::Int, L10n::default(), L10n::default()).default(1);
        let spec = ModuleSpec {
            name: "m".into(),
            displayname: L10n::default(),
            description: L10n::default(),
            debug: false,
            require_system_right: String::new(),
            params: vec![n.in_group("g")],
        };
        let at = Timestamp::from_ms(0);
        let user = User {
            id: UserId(1),
            generated_displayname: "u".into(),
            login: "u".into(),
            email: String::new(),
            displayname: String::new(),
            language: Lang::En,
            system_rights: vec![TASK.into()],
            frontend_prefs: Raw::empty_object(),
            created_at: at,
            updated_at: at,
        };
        World { modules: Modules(spec), caller: Caller { user }, now: t("2026-01-01T10:30:00Z") }
    }

    fn rules(&self) -> Rules<'_> {
        Rules { catalog: &self.modules, sealer: &self.modules, caller: &self.caller, now: self.now }
    }

    fn create(&self, task: &str) -> Result<Task, Error> {
        create(input(task)?, TaskId(7), self.rules())
    }

    fn update(&self, stored: &Task, task: &str) -> Result<Task, Error> {
        update(stored, input(task)?, self.rules())
    }
}

fn input(task: &str) -> Result<TaskInput, Error> {
    read_one(&Raw::parse(&format!(r#"{{"task":{task}}}"#)).unwrap(), "")
}

const HOURLY: &str = r#"[{"minutes":[0]}]"#;

#[test]
fn next_run_is_computed_given_or_none() {
    let w = World::new();
    let next = |rest: &str| w.create(&format!(r#"{{"task_module":"m"{rest}}}"#)).unwrap().next_run_at;
    assert_eq!(next(""), None);
    assert_eq!(next(&format!(r#","schedules":{HOURLY}"#)), Some(t("2026-01-01T11:00:00Z")));
    assert_eq!(next(&format!(r#","schedules":{HOURLY},"next_run_at":null"#)), None);
    assert_eq!(next(r#","next_run_at":"2020-01-01T00:00:00Z""#), Some(w.now));
    assert_eq!(next(r#","next_run_at":"2030-01-01T00:00:00Z""#), Some(t("2030-01-01T00:00:00Z")));
}

#[test]
fn changed_schedules_compute_anew_and_unchanged_ones_do_not() {
    let w = World::new();
    let paused = w.create(&format!(r#"{{"task_module":"m","schedules":{HOURLY},"next_run_at":null}}"#)).unwrap();
    let same = w.update(&paused, &format!(r#"{{"version":2,"schedules":{HOURLY},"next_run_at":null}}"#)).unwrap();
    assert_eq!(same.next_run_at, None);
    let changed = w.update(&paused, r#"{"version":2,"schedules":[{"minutes":[45]}],"next_run_at":null}"#).unwrap();
    assert_eq!(changed.next_run_at, Some(t("2026-01-01T10:45:00Z")));
    let emptied = w.update(&changed_version(changed, 2), r#"{"version":3,"schedules":[]}"#).unwrap();
    assert_eq!(emptied.next_run_at, None);
}

fn changed_version(task: Task, version: i64) -> Task {
    Task { version, ..task }
}

#[test]
fn the_version_must_be_one_more() {
    let w = World::new();
    let stored = w.create(r#"{"task_module":"m","description":"a"}"#).unwrap();
    for body in [r#"{"description":"b"}"#, r#"{"version":1}"#, r#"{"version":3}"#] {
        assert!(matches!(w.update(&stored, body), Err(Error::VersionMismatch { expected: 2, .. })), "{body}");
    }
    let saved = w.update(&stored, r#"{"version":2,"task_timeout_sec":5}"#).unwrap();
    assert_eq!((saved.version, saved.description.as_str(), saved.task_timeout_sec), (2, "a", 5));
}

#[test]
fn while_running_only_preferences_may_change() {
    let w = World::new();
    let mut stored = w.create(&format!(r#"{{"task_module":"m","schedules":{HOURLY}}}"#)).unwrap();
    stored.status = Status::Running;
    let whole = serde_json::to_string(&stored).unwrap().replace(r#""version":1"#, r#""version":2"#);
    let sent = whole.replace(r#""frontend_prefs":{}"#, r#""frontend_prefs":{"x": 1.50}"#);
    assert_eq!(w.update(&stored, &sent).unwrap().frontend_prefs.get(), r#"{"x": 1.50}"#);
    let renamed = sent.replace(r#""description":"""#, r#""description":"x""#);
    assert!(matches!(w.update(&stored, &renamed), Err(Error::TaskRunning { .. })));
}

#[test]
fn the_module_is_known_and_fixed() {
    let w = World::new();
    assert!(matches!(w.create(r#"{"task_module":"x"}"#), Err(Error::ModuleUnknown { .. })));
    assert!(matches!(w.create("{}"), Err(Error::FieldInvalid { .. })));
    let stored = w.create(r#"{"task_module":"m"}"#).unwrap();
    assert!(matches!(w.update(&stored, r#"{"version":2,"task_module":"x"}"#), Err(Error::ModuleFixed { .. })));
    let gone = Task { task_module: "gone".into(), ..stored };
    assert_eq!(w.update(&gone, r#"{"version":2,"task_params":{"n":1},"description":"x"}"#).unwrap().description, "x");
}

#[test]
fn a_pause_moves_the_next_run_and_its_end_brings_it_back() {
    let world = World::new();
    let stored =
        world.create(r#"{"task_module":"m","schedules":[{"weekdays":["monday"],"hours":[3],"minutes":[0]}]}"#).unwrap();
    let first = stored.next_run_at;
    let change = |stored: &Task, fields: &str| {
        let body = format!(r#"{{"task":{{"version":{},{fields}}}}}"#, stored.version + 1);
        update(stored, read_one(&Raw::parse(&body).unwrap(), "").unwrap(), world.rules()).unwrap()
    };
    for until in ["9999-12-31T00:00:00Z", "2026-02-01T00:00:00Z"] {
        let paused = change(&stored, &format!(r#""paused_until":"{until}""#));
        assert!(paused.next_run_at != first && paused.next_run_at.is_none_or(|next| next >= t(until)), "{until}");
        assert_eq!(change(&paused, r#""description":"x""#).next_run_at, paused.next_run_at);
        assert_eq!(change(&paused, r#""paused_until":null"#).next_run_at, first, "{until}");
    }
    // An instant that somebody set is theirs.
    let set = change(&stored, r#""next_run_at":"2026-03-03T00:00:00Z""#);
    let paused = change(&set, r#""paused_until":"2026-02-01T00:00:00Z""#);
    assert_eq!(paused.next_run_at, set.next_run_at);
    assert_eq!(change(&paused, r#""paused_until":null"#).next_run_at, set.next_run_at);
}
