//! `GET /api/task/{id}/log/stream`: the lines of a run as they come.

use super::super::error::Answer;
use super::super::extract::{Query, TaskIn};
use super::super::{runs, tasks};
use super::viewer::Viewer;
use super::{AFTER_FAILURE, answer, event, hello, id, last_event_id};
use crate::http::openapi::shapes;
use crate::hub::TaskNotice;
use crate::store::{LogQuery, Stored};
use axum::response::Response;
use axum::response::sse::Event;
use domain::{RunId, TaskId};
use futures::stream;
use std::collections::VecDeque;
use std::time::Duration;
use tokio::sync::broadcast::{Receiver, error::RecvError};

/// Lines read at once.
const STEP: u64 = 1000;
/// How often the database is asked although nobody said that there is something: the run may be another server's.
const POLL: Duration = Duration::from_secs(2);

/// Sends `log` (a log entry) and, when the run has ended and all of it was sent, `end` (the run). With `?run=` that is all;
/// without, it begins with the latest run, and goes on with the next one after a `run` (that run). An event's id is the run
/// and the index of the line after it, so that a viewer who comes back gets every line once.
#[utoipa::path(get, path = "/task/{taskId}/log/stream", tag = "task", params(shapes::TaskPath, shapes::StreamQuery, shapes::LastEventId), responses((status = 200, description = "Server-sent events.", body = String, content_type = "text/event-stream")))]
pub async fn log(viewer: Viewer, TaskIn(task): TaskIn, mut query: Query) -> Answer<Response> {
    let task = tasks::touchable(viewer.state(), viewer.caller(), task).await?;
    let fixed = query.has("run");
    let latest = runs::chosen(viewer.state(), &task, &mut query).await?;
    let offset = query.number("offset", 0, i64::MAX as u64)?;
    query.finish()?;
    let resumed = resume(&viewer, task.task.id, latest.filter(|_| fixed)).await?;
    let (run, next) = resumed.map_or((latest, offset), |(run, next)| (Some(run), next));
    let tail = Tail::new(viewer, task.task.id, fixed, run, next);
    Ok(answer(stream::unfold(tail, |mut tail| async { tail.next().await.map(|event| (event, tail)) })))
}

/// Where a viewer stopped, if it was in the run that is asked for, or in any of the task where none is.
async fn resume(viewer: &Viewer, task: TaskId, asked: Option<RunId>) -> Stored<Option<(RunId, u64)>> {
    let Some((run, next)) = last_event_id(viewer.headers()) else { return Ok(None) };
    let run = RunId(i64::try_from(run).unwrap_or(0));
    if asked.is_some_and(|asked| asked != run) {
        return Ok(None);
    }
    let found = viewer.state().store.run(run).await?;
    Ok(found.filter(|run| run.task_id == task).map(|run| (run.id, next)))
}

struct Tail {
    viewer: Viewer,
    task: TaskId,
    /// Only this run, whatever starts later.
    fixed: bool,
    run: Option<RunId>,
    /// The index of the line to send next.
    next: u64,
    /// Whether the run's end was sent.
    ended: bool,
    /// Whether nothing more will come.
    over: bool,
    ready: VecDeque<Event>,
    logs: Receiver<RunId>,
    tasks: Receiver<TaskNotice>,
}

impl Tail {
    fn new(viewer: Viewer, task: TaskId, fixed: bool, run: Option<RunId>, next: u64) -> Tail {
        let (logs, tasks) = (viewer.state().hub.logs(), viewer.state().hub.tasks_since(None).2);
        let first = hello(place(run, next));
        Tail { viewer, task, fixed, run, next, ended: false, over: false, ready: VecDeque::from([first]), logs, tasks }
    }

    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            if self.over {
                return None;
            }
            match self.read().await {
                Ok(true) => {}
                Ok(false) => self.over = !self.wait().await,
                Err(error) => {
                    tracing::warn!(%error, "cannot read a log for a viewer; trying again");
                    tokio::time::sleep(AFTER_FAILURE).await;
                    self.over = !self.wait().await;
                }
            }
        }
    }

    /// Reads what is new; whether there was anything.
    async fn read(&mut self) -> Stored<bool> {
        match self.run {
            Some(run) if !self.ended => self.read_run(run).await,
            _ => self.find_run().await,
        }
    }

    async fn read_run(&mut self, id: RunId) -> Stored<bool> {
        let store = self.viewer.state().store.clone();
        // The run before its lines: one that had ended by then gets no further ones.
        let Some(run) = store.run(id).await? else {
            self.over = true;
            return Ok(true);
        };
        let query = LogQuery { run: id, offset: self.next, limit: STEP, levels: vec![], q: None, descending: false };
        let entries = store.log(&query).await?.items;
        for entry in &entries {
            self.next = entry.idx + 1;
            self.ready.push_back(event("log", place(Some(id), self.next), entry));
        }
        if !entries.is_empty() {
            return Ok(true);
        }
        if run.status.is_final() {
            self.ready.push_back(event("end", place(Some(id), self.next), &run));
            (self.ended, self.over) = (true, self.fixed);
            return Ok(true);
        }
        Ok(false)
    }

    /// Goes on with the latest run, if that is a new one.
    async fn find_run(&mut self) -> Stored<bool> {
        let store = self.viewer.state().store.clone();
        let task = store.task(self.task).await?;
        let Some(task) = task.filter(|task| self.viewer.caller().sees(task.owner_id())) else {
            self.over = true;
            return Ok(true);
        };
        let Some(latest) = task.last_run.filter(|latest| Some(*latest) != self.run) else { return Ok(false) };
        let Some(run) = store.run(latest).await? else { return Ok(false) };
        (self.run, self.next, self.ended) = (Some(latest), 0, false);
        self.ready.push_back(event("run", place(self.run, 0), &run));
        Ok(true)
    }

    /// Waits until there may be something to read; false when the viewer must go.
    async fn wait(&mut self) -> bool {
        let poll = tokio::time::sleep(POLL);
        tokio::pin!(poll);
        loop {
            tokio::select! {
                due = self.viewer.check_due() => return due && self.viewer.may_stay().await,
                () = &mut poll => return true,
                run = self.logs.recv() => match run {
                    Ok(run) if Some(run) != self.run => {}
                    Err(RecvError::Closed) => return false,
                    // Some were missed, perhaps of this run.
                    Ok(_) | Err(RecvError::Lagged(_)) => return true,
                },
                notice = self.tasks.recv() => match notice {
                    Ok(notice) if notice.task != self.task => {}
                    Err(RecvError::Closed) => return false,
                    Ok(_) | Err(RecvError::Lagged(_)) => return true,
                },
            }
        }
    }
}

fn place(run: Option<RunId>, next: u64) -> String {
    id(run.map_or(0, |run| u64::try_from(run.0).unwrap_or(0)), next)
}
