//! What goes on beside the claims: leases, signs of life, runs of servers that are gone, and tidying up.

use super::executor::RESUMED;
use super::{Engine, INTERRUPTED, Stop};
use crate::retention;
use crate::store::{Keep, Recovery, StoreError};
use domain::run::Run;
use domain::task::StoredTask;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often deleted things are looked for.
const PURGE: Duration = Duration::from_secs(60);
/// How often runs are looked for that are no longer kept.
const RETENTION: Duration = Duration::from_secs(600);

impl Engine {
    /// Every sixth part of a lease; at once when another server says that something changed.
    pub(super) async fn upkeep_loop(self: Arc<Self>) {
        let lease = self.parts.config.lease();
        let mut renewed = Instant::now();
        loop {
            tokio::select! {
                () = tokio::time::sleep(lease / 6) => {}
                () = self.parts.handle.looked_for() => {}
            }
            match self.upkeep().await {
                Ok(()) => renewed = Instant::now(),
                Err(error) => {
                    tracing::error!(%error, "cannot renew leases");
                    if renewed.elapsed() >= lease && !self.parts.store.exclusive() {
                        self.parts.handle.stop_all(Stop::Lost);
                    }
                }
            }
        }
    }

    async fn upkeep(&self) -> Result<(), StoreError> {
        self.sign_of_life().await?;
        self.renew().await?;
        if !self.parts.store.exclusive() {
            self.recover().await?;
        }
        Ok(())
    }

    /// Notes that this server lives.
    pub(super) async fn sign_of_life(&self) -> Result<(), StoreError> {
        let (now, lease) = (self.parts.clock.now(), self.parts.config.lease());
        let since = self.parts.store.heartbeat(&self.instance, &self.node, now, lease).await?;
        self.parts.handle.set_up_since(since);
        Ok(())
    }

    async fn renew(&self) -> Result<(), StoreError> {
        // Taken before the question, so that a run claimed meanwhile is not taken for lost.
        let here = self.parts.handle.here();
        if here.is_empty() {
            self.parts.handle.forget_early();
            return Ok(());
        }
        let own = self.parts.store.renew(&self.instance, self.parts.clock.now(), self.parts.config.lease()).await?;
        let own: HashMap<_, _> = own.into_iter().collect();
        for run in here {
            let Some(control) = self.parts.handle.control(run) else { continue };
            match own.get(&run) {
                Some(true) => control.stop(Stop::Cancel),
                Some(false) => {}
                // Ended meanwhile, which this does not disturb; or ended by another server.
                None => control.stop(Stop::Lost),
            }
        }
        Ok(())
    }

    /// Ends the runs of servers that are gone.
    pub(super) async fn recover(&self) -> Result<(), StoreError> {
        loop {
            let resumable = self.parts.registry.resumable();
            let now = self.parts.clock.now();
            let notice = |task: &StoredTask, run: &Run| self.parts.post.notice(task, run);
            let recovery =
                Recovery { now, message: INTERRUPTED, resumed: RESUMED, resumable: &resumable, notice: &notice };
            let tasks = self.parts.store.recover(&self.instance, recovery).await?;
            if tasks.is_empty() {
                return Ok(());
            }
            tracing::warn!(runs = tasks.len(), "runs were interrupted");
            let stored = self.parts.store.tasks_by_id(&tasks).await?;
            stored.iter().for_each(|t| self.parts.hub.task(t.task.id, t.owner_id(), false));
            self.parts.handle.wake();
            self.parts.post.wake();
        }
    }

    pub(super) async fn purge_loop(self: Arc<Self>) {
        loop {
            tokio::time::sleep(PURGE).await;
            loop {
                match self.parts.store.purge_step(self.parts.clock.now()).await {
                    Ok(true) => tokio::time::sleep(Duration::from_millis(20)).await,
                    Ok(false) => break,
                    Err(error) => {
                        tracing::warn!(%error, "cannot remove what is no longer needed");
                        break;
                    }
                }
            }
        }
    }

    /// Lets go of runs that their tasks do not keep.
    pub(super) async fn retention_loop(self: Arc<Self>) {
        loop {
            tokio::time::sleep(RETENTION).await;
            let swept = retention::sweep(&*self.parts.store, Keep::default(), self.parts.clock.now()).await;
            match swept {
                Ok(0) => {}
                Ok(runs) => tracing::info!(runs, "removed runs that are no longer kept"),
                Err(error) => tracing::warn!(%error, "cannot remove runs that are no longer kept"),
            }
        }
    }

    /// Hears what other servers do.
    pub(super) async fn listen_loop(self: Arc<Self>) {
        loop {
            if let Err(error) = self.parts.store.changed_elsewhere().await {
                tracing::warn!(%error, "cannot hear other servers");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            self.parts.handle.wake();
            self.parts.handle.look();
            self.parts.post.wake();
        }
    }
}
