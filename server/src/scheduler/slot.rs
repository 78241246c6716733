//! Slots: as many runs execute at once as there are.

use super::Engine;
use crate::store::Claim;
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;

/// A slot that is taken. Free again when dropped.
pub struct Slot {
    engine: Arc<Engine>,
    permit: Option<OwnedSemaphorePermit>,
}

impl Slot {
    /// Takes one if one is free.
    pub(super) fn take(engine: &Arc<Engine>) -> Option<Slot> {
        let permit = engine.slots.clone().try_acquire_owned().ok()?;
        Some(Slot { engine: engine.clone(), permit: Some(permit) })
    }

    /// Whose it is.
    pub(super) fn engine(&self) -> Arc<Engine> {
        self.engine.clone()
    }

    /// Executes a claimed run.
    pub(super) fn begin(self, claim: Claim) {
        let parts = &self.engine.parts;
        metrics::counter!("rota_runs_started_total").increment(1);
        parts.hub.task(claim.run.task_id, claim.task.owner_id(), false);
        let control = parts.handle.register((claim.run.id, claim.token));
        tokio::spawn(async move { self.engine.execute(claim, control).await });
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        drop(self.permit.take());
        self.engine.freed.notify_one();
    }
}
