//! What goes on beside the claims: leases, signs of life, runs of servers that are gone, and tidying up.

use super::executor::RESUMED;
use super::{Engine, INTERRUPTED, Stop, lock};
use crate::clock::mono;
use crate::retention;
use crate::store::{Keep, Owned, Recovery, Stored};
use domain::RunId;
use domain::run::Run;
use domain::task::StoredTask;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// A clock that is further off than this is told of in the log.
const CLOCK_TOLD: Duration = Duration::from_secs(1);
/// A server whose clock is further off than this claims nothing.
const CLOCK_MOST: Duration = Duration::from_secs(10);
/// How often runs are looked for whose leases ran out.
const LOOK: Duration = Duration::from_secs(1);
/// How often deleted things are looked for.
const PURGE: Duration = Duration::from_secs(60);
/// How often runs are looked for that are no longer kept.
const RETENTION: Duration = Duration::from_secs(600);

impl Engine {
    /// Renews leases, by itself and first of all: nothing else that this server does for its runs may keep it from that. At once when
    /// someone on another server canceled a run.
    pub(super) async fn renew_loop(self: Arc<Self>) {
        loop {
            tokio::select! {
                () = tokio::time::sleep(self.lease.every()) => {}
                () = self.parts.handle.looked_for() => {}
            }
            if let Err(error) = self.renew().await {
                tracing::error!(%error, "cannot renew leases");
            }
        }
    }

    pub(super) async fn renew(&self) -> Stored<()> {
        // Taken before the question, so that a run claimed meanwhile is not taken for lost.
        let here = self.parts.handle.here();
        let sent = mono();
        let found = self.parts.store.renew(&self.instance, &here, self.parts.clock.now(), self.lease.length()).await?;
        self.contact.renewed(sent, self.lease);
        if !self.exclusive() {
            let left = self.lease.minder_acts_after().saturating_sub(mono().saturating_sub(sent));
            self.parts.minder.keep_until(Instant::now() + left);
        }
        let own: HashMap<RunId, bool> = found.own.into_iter().collect();
        for run in here {
            let Some(control) = self.parts.handle.control(run) else { continue };
            match own.get(&run.0) {
                Some(true) => control.stop(Stop::Cancel),
                Some(false) => {}
                // Ended meanwhile, which this does not disturb; or ended by another server.
                None => control.stop(Stop::Lost),
            }
        }
        self.parts.handle.forget(10 * self.lease.length());
        self.settle_strays(found.stray).await
    }

    /// Runs that are this process's and that nobody executes: the answer to their claim was lost, or their end could not be written. They
    /// are not touched while a claim may still be on its way; then those that never began are handed back, and the others end.
    async fn settle_strays(&self, found: Vec<Owned>) -> Stored<()> {
        let over: Vec<Owned> = {
            let now = mono();
            let mut strays = lock(&self.strays);
            strays.retain(|run, _| found.contains(run));
            found.iter().for_each(|run| _ = strays.entry(*run).or_insert(now));
            let old = |since: &Duration| now.saturating_sub(*since) > self.lease.claim_holds();
            strays.iter().filter(|(_, since)| old(since)).map(|(run, _)| *run).collect()
        };
        // One may have begun since the question, or its claim may still be waited for.
        let (here, handle) = (self.parts.handle.here(), &self.parts.handle);
        let over: Vec<Owned> =
            over.into_iter().filter(|run| !here.contains(run) && !handle.is_under_way(run.1)).collect();
        let (unbegun, orphaned): (Vec<Owned>, Vec<Owned>) =
            over.into_iter().partition(|(_, token)| self.parts.handle.is_doubtful(*token));
        if !unbegun.is_empty() {
            self.hand_back(&unbegun).await;
        }
        if orphaned.is_empty() { Ok(()) } else { self.recover(false, &orphaned).await }
    }

    /// Ends what runs here before another server may take it over. Asks nobody: the database may be what is gone.
    pub(super) async fn watch_loop(self: Arc<Self>) {
        if self.exclusive() {
            return;
        }
        loop {
            let left = self.lease.gives_up_after().saturating_sub(self.contact.age());
            if left.is_zero() && self.parts.handle.running() > 0 {
                tracing::error!(
                    "leases could not be renewed in time; ending all runs, as another server may take them over"
                );
                self.parts.handle.stop_all(Stop::Expired);
            }
            // In short steps, as the monotonic clock of sleeps stands still while the machine is suspended.
            tokio::time::sleep(left.clamp(Duration::from_millis(50), Duration::from_millis(500))).await;
        }
    }

    /// Tells the others that this server lives, and ends the runs of those that are gone.
    pub(super) async fn peers_loop(self: Arc<Self>) {
        let mut told = mono();
        loop {
            tokio::time::sleep(self.lease.every().min(LOOK)).await;
            if mono().saturating_sub(told) >= self.lease.every() {
                told = mono();
                if let Err(error) = self.sign_of_life().await {
                    tracing::error!(%error, "cannot tell other servers that this one lives");
                    continue;
                }
            }
            // Not right after the database was away, as the owners could not renew either; and not while it is.
            let in_contact = self.contact.age() < 2 * self.lease.every();
            let expired = !self.exclusive() && in_contact && self.contact.unbroken() >= self.lease.length();
            if expired && let Err(error) = self.recover(true, &[]).await {
                tracing::error!(%error, "cannot end the runs of servers that are gone");
            }
        }
    }

    async fn sign_of_life(&self) -> Stored<()> {
        let (now, lease) = (self.parts.clock.now(), self.lease.length());
        let presence = self.parts.store.heartbeat(&self.instance, &self.node, now, lease).await?;
        self.parts.handle.set_up_since(presence.up_since);
        Ok(())
    }

    /// Ends runs whose leases ran out, where `expired` says that they may be, and those of its own that this process does not execute.
    pub(super) async fn recover(&self, expired: bool, orphaned: &[Owned]) -> Stored<()> {
        let expired = expired && (self.exclusive() || self.contact.unbroken() >= self.lease.length());
        loop {
            let resumable = self.parts.registry.resumable();
            let here = self.parts.handle.here();
            let notice = |task: &StoredTask, run: &Run| self.parts.post.notice(task, run);
            let recovery = Recovery {
                expired,
                orphaned,
                here: &here,
                now: self.parts.clock.now(),
                message: INTERRUPTED,
                resumed: RESUMED,
                resumable: &resumable,
                notice: &notice,
            };
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

    /// Says once when this machine's clock goes wrong, and when it is right again.
    pub(super) fn look_at_clock(&self) {
        let off = self.parts.clock.offset_ms();
        let wrong = off.abs() > CLOCK_TOLD.as_millis() as i64;
        if wrong == self.clock_told.swap(wrong, Ordering::Relaxed) {
            return;
        }
        match wrong {
            true if self.clock_is_right() => {
                tracing::warn!(ahead_ms = off, "this machine's clock differs from the database's, which counts")
            }
            true => tracing::error!(
                ahead_ms = off,
                "this machine's clock differs too much from the database's: no runs start here until it is set right"
            ),
            false => tracing::info!("this machine's clock agrees with the database's again"),
        }
    }

    pub(super) fn clock_is_right(&self) -> bool {
        self.parts.clock.offset_ms().abs() <= CLOCK_MOST.as_millis() as i64
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
}
