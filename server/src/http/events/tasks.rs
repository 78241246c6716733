//! `GET /api/task/events`: every task that changes, as a whole, to those who may see it.

use super::super::error::Answer;
use super::super::extract::Query;
use super::viewer::Viewer;
use super::{AFTER_FAILURE, answer, event, hello, id, last_event_id};
use crate::http::openapi::shapes;
use crate::hub::TaskNotice;
use crate::store::Stored;
use axum::response::Response;
use axum::response::sse::Event;
use domain::TaskId;
use futures::stream;
use serde_json::json;
use std::collections::{HashMap, VecDeque};
use std::time::Duration;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::sync::watch;
use tokio::time::Instant;

/// Notices of this long become one event a task, so that a flood of changes does not become one of events.
const PAUSE: Duration = Duration::from_millis(100);
/// Most tasks read at once.
const BATCH: usize = 500;

/// What happens to tasks, as server-sent events.
///
/// `task` is a task object, as `GET /api/task/{taskId}` answers it; `deleted` is `{"task_id": 7}`; after `reset` something was
/// missed, so read the list anew.
#[utoipa::path(get, path = "/task/events", tag = "task", params(shapes::EventsQuery, shapes::LastEventId), responses((status = 200, description = "Server-sent events.", body = String, content_type = "text/event-stream")))]
pub async fn tasks(viewer: Viewer, mut query: Query) -> Answer<Response> {
    let only = query.number("task", 0, i64::MAX as u64)?;
    query.finish()?;
    let only = i64::try_from(only).ok().filter(|n| *n > 0).map(TaskId);
    let feed = Feed::new(viewer, only);
    Ok(answer(stream::unfold(feed, |mut feed| async { feed.next().await.map(|event| (event, feed)) })))
}

struct Feed {
    viewer: Viewer,
    only: Option<TaskId>,
    notices: Receiver<TaskNotice>,
    resets: watch::Receiver<u64>,
    /// The latest notice of each task that is not sent yet.
    waiting: HashMap<TaskId, TaskNotice>,
    ready: VecDeque<Event>,
    /// Not to be read before.
    read_at: Instant,
}

impl Feed {
    fn new(viewer: Viewer, only: Option<TaskId>) -> Feed {
        let hub = viewer.state().hub.clone();
        let place = last_event_id(viewer.headers());
        let known = place.filter(|(epoch, _)| *epoch == hub.epoch).map(|(_, seq)| seq);
        let now = hub.newest();
        let resets = hub.resets();
        let (missed, lost, notices) = hub.tasks_since(Some(known.unwrap_or(now)));
        let mut feed = Feed {
            viewer,
            only,
            notices,
            resets,
            waiting: HashMap::new(),
            ready: VecDeque::new(),
            read_at: Instant::now(),
        };
        if lost || (place.is_some() && known.is_none()) {
            feed.reset();
        } else {
            feed.ready.push_back(hello(id(hub.epoch, known.unwrap_or(now))));
            missed.into_iter().for_each(|notice| feed.take(notice));
        }
        feed
    }

    /// Begins anew, and says so.
    fn reset(&mut self) {
        let hub = &self.viewer.state().hub;
        let now = hub.newest();
        let (missed, _, notices) = hub.tasks_since(Some(now));
        self.ready.push_back(event("reset", id(hub.epoch, now), &json!({})).retry(super::RETRY));
        self.notices = notices;
        self.waiting.clear();
        missed.into_iter().for_each(|notice| self.take(notice));
    }

    fn take(&mut self, notice: TaskNotice) {
        let wanted = self.only.is_none_or(|task| task == notice.task);
        if wanted && self.viewer.caller().sees(notice.owner) {
            self.waiting.insert(notice.task, notice);
        }
    }

    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            if !self.wait().await {
                return None;
            }
        }
    }

    /// Waits for one thing to happen; false when the viewer must go.
    async fn wait(&mut self) -> bool {
        tokio::select! {
            due = self.viewer.check_due() => return due && self.viewer.may_stay().await,
            () = tokio::time::sleep_until(self.read_at), if !self.waiting.is_empty() => self.read().await,
            Ok(()) = self.resets.changed() => self.reset(),
            got = self.notices.recv() => match got {
                Ok(notice) => self.take(notice),
                Err(RecvError::Lagged(_)) => self.reset(),
                Err(RecvError::Closed) => return false,
            },
        }
        true
    }

    /// Turns what waits into events, the oldest notices first, so that the id of each says that all before it was sent.
    async fn read(&mut self) {
        let mut batch: Vec<TaskNotice> = self.waiting.values().copied().collect();
        batch.sort_by_key(|notice| notice.seq);
        batch.truncate(BATCH);
        match self.events(&batch).await {
            Ok(events) => {
                self.ready.extend(events);
                batch.iter().for_each(|notice| {
                    self.waiting.remove(&notice.task);
                });
                self.read_at = Instant::now() + PAUSE;
            }
            Err(error) => {
                tracing::warn!(%error, "cannot read tasks for a viewer; trying again");
                self.read_at = Instant::now() + AFTER_FAILURE;
            }
        }
    }

    async fn events(&self, batch: &[TaskNotice]) -> Stored<Vec<Event>> {
        let state = self.viewer.state();
        let ids: Vec<TaskId> = batch.iter().filter(|notice| !notice.deleted).map(|notice| notice.task).collect();
        let found = state.store.tasks_by_id(&ids).await?;
        let found: HashMap<TaskId, _> = found.into_iter().map(|task| (task.task.id, task)).collect();
        let one = |notice: &TaskNotice| {
            let id = id(state.hub.epoch, notice.seq);
            if notice.deleted {
                return Some(event("deleted", id, &json!({"task_id": notice.task})));
            }
            // One that is gone meanwhile has another notice, which says so.
            let task = found.get(&notice.task)?;
            self.viewer.caller().sees(task.owner_id()).then(|| event("task", id, &task.object()))
        };
        Ok(batch.iter().filter_map(one).collect())
    }
}
