//! What clients send, and answers that are no type of their own: for the document only. The server reads bodies field by
//! field, so that its errors can name them.

use domain::json::RawMap;
use domain::module::ModuleSpec;
use domain::run::{Run, Status};
use domain::schedule::Schedule;
use domain::task::{Email, Options, TaskObject};
use domain::user::Token;
use domain::{L10n, Lang, TaskId, Timestamp};
use utoipa::{IntoParams, ToSchema};

/// A task to save. Fields that the server writes may be sent along and are ignored.
#[derive(ToSchema)]
pub struct TaskSave {
    /// The fields to save; those left out keep their value, or get the default.
    pub task: TaskFields,
}

/// What clients write of a task.
#[derive(ToSchema)]
pub struct TaskFields {
    /// With an id it is an update.
    #[schema(rename = "_id")]
    pub id: Option<TaskId>,
    /// On an update the stored version + 1.
    pub version: Option<i64>,
    /// What people call it.
    pub description: Option<String>,
    /// Required on creation, fixed after that.
    pub task_module: Option<String>,
    /// As the module's `params` say.
    #[schema(value_type = Option<Object>)]
    pub task_params: Option<RawMap>,
    /// Seconds; 0 for none.
    #[schema(minimum = 0)]
    pub task_timeout_sec: Option<i64>,
    /// Empty: not scheduled.
    pub schedules: Option<Vec<Schedule>>,
    /// Not before this instant; `null`: not by itself.
    pub next_run_at: Option<Timestamp>,
    /// Who gets mail.
    pub email: Option<Email>,
    /// A map by app name, kept as sent.
    #[schema(value_type = Option<Object>)]
    pub frontend_prefs: Option<RawMap>,
    /// Beyond the reference API; `null` stands for the default.
    #[serde(flatten)]
    pub options: Options,
}

/// Tasks to save, or one.
#[derive(ToSchema)]
#[serde(untagged)]
#[allow(clippy::large_enum_variant, reason = "never made: only its schema is asked for")]
pub enum TaskSaves {
    /// All or nothing.
    Many(Vec<TaskSave>),
    /// One.
    One(Box<TaskSave>),
}

/// The saved objects in order; one alone where one alone was sent.
#[derive(ToSchema)]
#[serde(untagged)]
#[allow(clippy::large_enum_variant, reason = "never made: only its schema is asked for")]
pub enum TaskAnswers {
    /// In the order of the request.
    Many(Vec<TaskObject>),
    /// One.
    One(Box<TaskObject>),
}

/// It was done.
#[derive(ToSchema)]
pub struct Acknowledged {
    /// Always `ok`.
    pub acknowledged: String,
}

/// A run that was started.
#[derive(ToSchema)]
pub struct RunStarted {
    /// Always `ok`.
    pub acknowledged: String,
    /// The run.
    pub run: Run,
}

/// The modules that the caller may use.
#[derive(ToSchema)]
pub struct Modules {
    /// In the order in which they are shown.
    pub modules: Vec<ModuleSpec>,
}

/// The programs that were found.
#[derive(ToSchema)]
pub struct Reloaded {
    /// Their names.
    pub modules: Vec<String>,
    /// What cannot be used.
    pub broken: Vec<BrokenModule>,
}

/// A module that cannot be used.
#[derive(ToSchema)]
pub struct BrokenModule {
    /// Its `module.toml`.
    pub file: String,
    /// Why not, with the line where it is about the file's grammar.
    pub reason: String,
}

/// Schedules to look at.
#[derive(ToSchema)]
pub struct PreviewQuestion {
    /// As in a task.
    pub schedules: Vec<Schedule>,
    /// The runs after this instant; now, where there is none.
    pub from: Option<Timestamp>,
    /// How many runs.
    #[schema(minimum = 0, maximum = 1000, default = 10)]
    pub count: Option<i64>,
}

/// A cron line.
#[derive(ToSchema)]
pub struct CronQuestion {
    /// Five fields: minute, hour, day of the month, month, weekday.
    pub line: String,
    /// An IANA name; `UTC`, where there is none.
    pub timezone: Option<String>,
}

/// What a cron line says.
#[derive(ToSchema)]
pub struct CronAnswer {
    /// As in a task.
    pub schedules: Vec<Schedule>,
}

/// What schedules mean.
#[derive(ToSchema)]
pub struct PreviewAnswer {
    /// The next runs.
    pub runs: Vec<Timestamp>,
    /// In words.
    pub summary: L10n,
    /// What may surprise.
    pub warnings: Vec<PreviewWarning>,
}

/// A run, with what its task is called.
#[derive(ToSchema)]
pub struct ListedRun {
    /// The run.
    #[schema(inline)]
    #[serde(flatten)]
    pub run: Run,
    /// The description of its task.
    pub task_description: String,
}

/// How tasks ended lately.
#[derive(ToSchema)]
pub struct Outcomes {
    /// By task id, the newest first.
    pub outcomes: std::collections::HashMap<String, Vec<OutcomeShape>>,
}

/// How one run ended.
#[derive(ToSchema)]
#[schema(as = Outcome)]
pub struct OutcomeShape {
    /// `done`, `canceled` or `error`.
    pub status: Status,
    /// `null` where it was canceled before it started.
    pub run_started_at: Option<Timestamp>,
    /// From start to end.
    #[schema(minimum = 0)]
    pub duration_ms: Option<i64>,
}

/// What will run.
#[derive(ToSchema)]
pub struct UpcomingAnswer {
    /// Now, by the server's clock.
    pub from: Timestamp,
    /// Up to here.
    pub to: Timestamp,
    /// The task that is due first comes first.
    pub tasks: Vec<UpcomingTask>,
    /// Whether tasks were left out.
    pub more: bool,
}

/// What will run of one task.
#[derive(ToSchema)]
pub struct UpcomingTask {
    /// The task.
    pub task_id: TaskId,
    /// What it is called.
    pub description: String,
    /// Where it stands.
    pub status: Status,
    /// At most 50; the first may lie in the past where the task is late.
    pub runs: Vec<Timestamp>,
    /// Whether instants were left out.
    pub more: bool,
}

/// What may surprise.
#[derive(ToSchema)]
pub struct PreviewWarning {
    /// Stable, for programs.
    pub code: String,
    /// For people.
    pub message: L10n,
    /// The index of the schedule.
    pub schedule: u64,
}

/// Who logs in.
#[derive(ToSchema)]
pub struct Login {
    /// The name, whatever its case.
    pub login: String,
    /// The password.
    #[schema(format = Password)]
    pub password: String,
}

/// A user to save.
#[derive(ToSchema)]
pub struct UserSave {
    /// Unique whatever its case. Required on creation.
    pub login: Option<String>,
    /// 8 to 1000 characters. Required on creation.
    #[schema(format = Password)]
    pub password: Option<String>,
    /// May be empty.
    pub email: Option<String>,
    /// What people see.
    pub displayname: Option<String>,
    /// Of mails and pages.
    pub language: Option<Lang>,
    /// `system.root`, `system.task`.
    pub system_rights: Option<Vec<String>>,
    /// A map by app name, kept byte for byte; at most 64 KiB.
    #[schema(value_type = Option<Object>)]
    pub frontend_prefs: Option<RawMap>,
}

/// An API token to make.
#[derive(ToSchema)]
pub struct TokenSave {
    /// What the user calls it.
    pub name: String,
    /// `null`: never expires.
    pub expires_at: Option<Timestamp>,
}

/// An API token with its value, which is told this once.
#[derive(ToSchema)]
pub struct TokenMade {
    /// The token.
    #[schema(inline)]
    #[serde(flatten)]
    pub made: Token,
    /// Its value.
    pub token: String,
}

/// `{"status": "ok"}`.
#[derive(ToSchema)]
pub struct Health {
    /// `ok` or `ready`.
    pub status: String,
}

/// A page of a list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// How many to pass over.
    #[param(minimum = 0, default = 0)]
    pub offset: Option<i64>,
    /// How many at most.
    #[param(minimum = 0, maximum = 1000, default = 100)]
    pub limit: Option<i64>,
}

/// Which users.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct UserListQuery {
    /// Only those with this text in login, display name or e-mail address.
    pub q: Option<String>,
}

/// Which tasks.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TaskListQuery {
    /// `me`: only the caller's own, for root.
    #[param(pattern = "^(me|all)$")]
    pub user: Option<String>,
    /// Only those of the user with this id, for root.
    #[param(minimum = 1)]
    pub owner: Option<i64>,
    /// Only those whose description holds this text, or whose id it is.
    pub q: Option<String>,
    /// Only these statuses, separated by commas.
    pub status: Option<String>,
    /// Only this module's.
    pub module: Option<String>,
    /// Only those with one of these tags, with commas between them.
    pub tag: Option<String>,
    /// `_id`, `created_at`, `updated_at`, `next_run_at`, `run_started_at` or `description`.
    pub sort: Option<String>,
    /// `desc` or `asc`.
    pub order: Option<String>,
}

/// Which runs.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RunListQuery {
    /// Started at or after this instant; 24 hours before `to`, where there is none. At most 31 days before it.
    #[param(format = DateTime)]
    pub from: Option<String>,
    /// Started before this instant; now, where there is none.
    #[param(format = DateTime)]
    pub to: Option<String>,
    /// Only these statuses, separated by commas.
    pub status: Option<String>,
}

/// Whose outcomes.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OutcomesQuery {
    /// Up to 100 task ids, separated by commas.
    pub id: Option<String>,
}

/// Until when, and of how many tasks.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct UpcomingQuery {
    /// In 24 hours, where there is none. At most 31 days ahead.
    #[param(format = DateTime)]
    pub to: Option<String>,
    /// How many tasks at most.
    #[param(minimum = 0, maximum = 200, default = 200)]
    pub limit: Option<i64>,
}

/// Which log lines.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LogListQuery {
    /// How many of the matching lines to pass over.
    #[param(minimum = 0, default = 0)]
    pub offset: Option<i64>,
    /// How many at most.
    #[param(minimum = 0, maximum = 10000, default = 100)]
    pub limit: Option<i64>,
    /// Of this run, not of the latest.
    #[param(minimum = 1)]
    pub run: Option<i64>,
    /// Only these levels, separated by commas.
    pub level: Option<String>,
    /// Only lines that hold this text.
    pub q: Option<String>,
    /// `asc` or `desc`.
    pub order: Option<String>,
}

/// Which log, and how.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DownloadQuery {
    /// Of this run, not of the latest.
    #[param(minimum = 1)]
    pub run: Option<i64>,
    /// `text` or `jsonl`.
    pub format: Option<String>,
}

/// Which log to follow.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StreamQuery {
    /// Only this run; without it the latest, and then the ones after it.
    #[param(minimum = 1)]
    pub run: Option<i64>,
    /// The index of the first line to send.
    #[param(minimum = 0, default = 0)]
    pub offset: Option<i64>,
}

/// Which tasks to watch.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EventsQuery {
    /// Only this one.
    #[param(minimum = 1)]
    pub task: Option<i64>,
}

/// The task in the path.
#[derive(IntoParams)]
#[into_params(parameter_in = Path, names("taskId"))]
pub struct TaskPath(#[param(minimum = 1)] pub i64);

/// The task and the run in the path.
#[derive(IntoParams)]
#[into_params(parameter_in = Path, names("taskId", "runId"))]
pub struct RunPath(#[param(minimum = 1)] pub i64, #[param(minimum = 1)] pub i64);

/// The task, the run and the file's number in the path.
#[derive(IntoParams)]
#[into_params(parameter_in = Path, names("taskId", "runId", "n"))]
pub struct FilePath(#[param(minimum = 1)] pub i64, #[param(minimum = 1)] pub i64, #[param(minimum = 1)] pub i64);

/// The token of a hook in the path.
#[derive(IntoParams)]
#[into_params(parameter_in = Path, names("token"))]
pub struct HookPath(pub String);

/// The user in the path.
#[derive(IntoParams)]
#[into_params(parameter_in = Path, names("id"))]
pub struct UserPath(#[param(minimum = 1)] pub i64);

/// The user and the token in the path.
#[derive(IntoParams)]
#[into_params(parameter_in = Path, names("id", "tid"))]
pub struct TokenPath(#[param(minimum = 1)] pub i64, #[param(minimum = 1)] pub i64);

/// The settings of mail, or some of them.
#[derive(ToSchema)]
pub struct MailSave {
    /// The fields to change; those left out keep their value. A `password` is a text, `null`, or `{"_secret": true}` to keep it.
    #[schema(value_type = Object)]
    pub mail: RawMap,
}

/// Which mails to list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct MailListQuery {
    /// Only those: `waiting`, `sending`, `sent` or `failed`.
    pub status: Option<String>,
}

/// The mail or webhook in the path.
#[derive(IntoParams)]
#[into_params(parameter_in = Path, names("id"))]
pub struct MailPath(#[param(minimum = 1)] pub i64);

/// Makes a repetition harmless.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub struct IdempotencyKey {
    /// 1 to 255 visible ASCII characters. The same key and caller within 24 hours: the first answer again.
    #[param(rename = "Idempotency-Key")]
    pub key: Option<String>,
}

/// Goes on where the viewer stopped.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub struct LastEventId {
    /// The id of the last event that came.
    #[param(rename = "Last-Event-ID")]
    pub id: Option<String>,
}
