//! What servers on one database tell each other: what may be due, what is canceled, and what viewers want to see.

use super::{Engine, Parts};
use crate::hub::TaskNotice;
use crate::store::{Changed, News};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;

/// How long changes are collected before other servers are told.
const TOGETHER: Duration = Duration::from_millis(200);

impl Engine {
    /// Hears what other servers do.
    pub(super) async fn listen_loop(self: Arc<Self>) {
        loop {
            match self.parts.store.changed_elsewhere().await {
                Ok(news) => self.hear(news),
                Err(error) => {
                    tracing::warn!(%error, "cannot hear other servers");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            }
        }
    }

    fn hear(&self, news: News) {
        let Parts { handle, hub, post, .. } = &self.parts;
        match news {
            News::Due => handle.wake(),
            News::Cancel => {
                handle.look();
                handle.wake();
            }
            News::Settings => post.wake(),
            News::Tasks(all) => all.iter().for_each(|c| hub.task_elsewhere(c.task, c.owner, c.deleted)),
            News::Missed => {
                handle.wake();
                handle.look();
                post.wake();
                hub.missed();
            }
        }
    }

    /// Tells viewers on other servers what changes here: what a moment brings together, as one notice.
    pub(super) async fn tell_loop(self: Arc<Self>) {
        if self.exclusive() {
            return;
        }
        let mut notices = self.parts.hub.tasks_since(None).2;
        loop {
            let first = notices.recv().await;
            tokio::time::sleep(TOGETHER).await;
            let mut changed = HashMap::new();
            let mut take = |notice: TaskNotice| {
                if !notice.elsewhere {
                    let TaskNotice { task, owner, deleted, .. } = notice;
                    changed.insert(task, Changed { task, owner, deleted });
                }
            };
            match first {
                Ok(notice) => take(notice),
                // What was passed over is made up for by the next change of those tasks.
                Err(RecvError::Lagged(n)) => {
                    tracing::warn!(notices = n, "too many changes to tell other servers of each")
                }
                Err(RecvError::Closed) => return,
            }
            while let Ok(notice) = notices.try_recv() {
                take(notice);
            }
            let changed: Vec<Changed> = changed.into_values().collect();
            if !changed.is_empty()
                && let Err(error) = self.parts.store.tell_viewers(&changed).await
            {
                tracing::warn!(%error, "cannot tell other servers what changed");
            }
        }
    }
}
