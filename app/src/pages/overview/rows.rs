//! One row for each task: what ran, what runs and what will run, the worst first.

use super::data::Overview;
use crate::api::tasks::Status;
use domain::{TaskId, Timestamp};
use std::collections::HashMap;
use std::time::Duration;

/// Most rows that are shown.
pub const MOST: usize = 50;
/// How far the time line goes either way.
pub const REACH: Duration = Duration::from_secs(24 * 3600);
/// A task whose instant is so long past, and that does not run, is late.
const LATE: Duration = Duration::from_secs(60);
/// Marks closer than this become one: they could not be told apart.
const NEAR: Duration = Duration::from_secs(6 * 60);

/// What a mark on the time line stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Ended well.
    Done,
    /// Failed.
    Error,
    /// Was canceled.
    Canceled,
    /// Runs.
    Running,
    /// Will run.
    Planned,
}

/// One run on the time line, or several close together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// How it ended.
    pub kind: Kind,
    /// When it started.
    pub start: Timestamp,
    /// When it ended; the start of one that is to come.
    pub end: Timestamp,
    /// How many runs.
    pub count: usize,
}

/// Where a row belongs, the most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// Its instant has passed, and it does not run.
    Late,
    /// Its last run failed.
    Failing,
    /// It runs.
    Running,
    /// Nothing to worry about.
    Quiet,
}

/// One task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The task.
    pub id: TaskId,
    /// What it is called.
    pub name: String,
    /// How urgent it is.
    pub rank: Rank,
    /// In the order of time.
    pub marks: Vec<Mark>,
    /// Whether more is planned than the marks show.
    pub more: bool,
    /// Runs that started.
    pub runs: usize,
    /// Runs that failed.
    pub failed: usize,
    /// When the latest run started.
    pub last: Option<Timestamp>,
    /// When it runs next.
    pub next: Option<Timestamp>,
}

#[derive(Default)]
struct Gathered {
    name: String,
    marks: Vec<Mark>,
    planned: Vec<Timestamp>,
    more: bool,
    /// Of the latest run, which comes first.
    latest: Option<Status>,
    running: bool,
}

/// All rows, in the order in which they are shown.
pub fn rows(data: &Overview) -> Vec<Row> {
    let now = data.now();
    let mut tasks: HashMap<TaskId, Gathered> = HashMap::new();
    for listed in &data.runs.items {
        let task = tasks.entry(listed.run.task_id).or_default();
        task.name.clone_from(&listed.task_description);
        task.latest = task.latest.or(Some(listed.run.status));
        task.running |= listed.run.status == Status::Running;
        let start = listed.run.run_started_at.unwrap_or(listed.run.due_at);
        let end = listed.run.run_finished_at.unwrap_or(now);
        task.marks.push(Mark { kind: kind(listed.run.status), start, end, count: 1 });
    }
    for running in &data.running {
        let task = tasks.entry(running.id).or_default();
        task.name.clone_from(&running.description);
        // One that started before the time line begins is not among the runs.
        if !task.running {
            let start = running.since.unwrap_or(now);
            task.marks.push(Mark { kind: Kind::Running, start, end: now, count: 1 });
        }
        task.running = true;
    }
    for coming in &data.upcoming.tasks {
        let task = tasks.entry(coming.task_id).or_default();
        task.name.clone_from(&coming.description);
        task.latest = task.latest.or(Some(coming.status));
        task.more = coming.more;
        task.planned.clone_from(&coming.runs);
    }
    let mut rows: Vec<Row> = tasks.into_iter().map(|(id, task)| row(id, task, now)).collect();
    rows.sort_by_key(|row| (row.rank, row.name.to_lowercase(), row.id));
    rows
}

fn kind(status: Status) -> Kind {
    match status {
        Status::Done => Kind::Done,
        Status::Error => Kind::Error,
        Status::Canceled => Kind::Canceled,
        Status::New | Status::Running => Kind::Running,
    }
}

fn row(id: TaskId, task: Gathered, now: Timestamp) -> Row {
    let next = task.planned.first().copied();
    let late = !task.running && next.is_some_and(|at| now.since(at) > LATE);
    let rank = match () {
        () if late => Rank::Late,
        () if task.latest == Some(Status::Error) => Rank::Failing,
        () if task.running => Rank::Running,
        () => Rank::Quiet,
    };
    let failed = task.marks.iter().filter(|mark| mark.kind == Kind::Error).count();
    let last = task.marks.iter().map(|mark| mark.start).max();
    let runs = task.marks.len();
    let mut marks = task.marks;
    marks.extend(task.planned.iter().map(|at| Mark { kind: Kind::Planned, start: *at, end: *at, count: 1 }));
    Row { id, name: task.name, rank, marks: merged(marks), more: task.more, runs, failed, last, next }
}

/// Marks of one kind that lie close together become one.
fn merged(mut marks: Vec<Mark>) -> Vec<Mark> {
    marks.sort_by_key(|mark| mark.start);
    let mut out: Vec<Mark> = vec![];
    for mark in marks {
        match out.last_mut() {
            Some(before)
                if before.kind == mark.kind && mark.kind != Kind::Running && mark.start.since(before.end) < NEAR =>
            {
                before.end = before.end.max(mark.end);
                before.count += mark.count;
            }
            _ => out.push(mark),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Page;
    use crate::api::schedules::{Coming, Upcoming};

    fn at(min: i64) -> Timestamp {
        Timestamp::from_ms(1_767_268_800_000 + min * 60_000)
    }

    fn coming(id: i64, name: &str, status: Status, runs: &[i64]) -> Coming {
        let runs = runs.iter().map(|min| at(*min)).collect();
        Coming { task_id: TaskId(id), description: name.to_owned(), status, runs, more: false }
    }

    fn overview(tasks: Vec<Coming>) -> Overview {
        Overview {
            runs: Page { items: vec![], total: 0 },
            done: 0,
            failed: 0,
            upcoming: Upcoming { from: at(0), to: at(1440), tasks, more: false },
            running: vec![super::super::data::Running { id: TaskId(9), description: "b".into(), since: Some(at(-5)) }],
            running_total: 1,
        }
    }

    #[test]
    fn what_is_late_or_fails_comes_first_then_what_runs() {
        let data = overview(vec![
            coming(1, "a", Status::Done, &[10]),
            coming(2, "z", Status::Error, &[10]),
            coming(3, "y", Status::Done, &[-10]),
            coming(4, "x", Status::New, &[0]),
        ]);
        let order: Vec<(i64, Rank)> = rows(&data).iter().map(|row| (row.id.0, row.rank)).collect();
        let expected = [(3, Rank::Late), (2, Rank::Failing), (9, Rank::Running), (1, Rank::Quiet), (4, Rank::Quiet)];
        assert_eq!(order, expected);
    }

    #[test]
    fn marks_that_could_not_be_told_apart_are_one() {
        let marks = rows(&overview(vec![coming(1, "a", Status::Done, &[10, 12, 14, 60])]))[1].marks.clone();
        assert_eq!(marks.iter().map(|mark| mark.count).collect::<Vec<_>>(), [3, 1]);
        assert_eq!((marks[0].start, marks[0].end), (at(10), at(14)));
    }
}
