//! Claiming what is due, and beginning it: or not, where the answer to the claim came too late.

use super::{AHEAD, BATCH, Engine, Slot};
use crate::backoff::Backoff;
use crate::clock::mono;
use crate::store::{Claim, ClaimBy, ClaimToken, Owned, StoreError, Stored};
use domain::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// What is due is asked at least this often: a notice of another server may be lost.
const POLL: Duration = Duration::from_secs(5);
/// The longest sleep, so that a clock that was set is noticed.
const NAP: Duration = Duration::from_secs(1);
/// After a claim that failed.
const FAILED: Backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(2));
/// After a claim that got nothing, though something is due: another server is at it, or a row is locked.
const EMPTY: Backoff = Backoff::new(Duration::from_millis(50), Duration::from_secs(1));
/// Between two tries to read back what was claimed.
const READ_BACK: Backoff = Backoff::new(Duration::from_millis(50), Duration::from_secs(1));

/// What a turn came to.
enum Turn {
    /// It waited for something to do.
    Waited,
    /// It began or handed back what it claimed.
    Claimed,
    /// Something is due that this server cannot have now.
    Nothing,
}

impl Engine {
    pub(super) async fn claim_loop(self: Arc<Self>) {
        let (mut failed, mut empty) = (FAILED, EMPTY);
        while !self.parts.handle.is_stopping() {
            match self.turn().await {
                Ok(Turn::Nothing) => {
                    failed.reset();
                    empty.wait().await;
                }
                Ok(Turn::Waited | Turn::Claimed) => {
                    failed.reset();
                    empty.reset();
                }
                Err(error) => {
                    tracing::error!(%error, "cannot claim; trying again");
                    failed.wait().await;
                }
            }
        }
    }

    /// Claims once if something is due, or about to be, and a slot is free, else waits for either.
    async fn turn(self: &Arc<Self>) -> Stored<Turn> {
        let handle = &self.parts.handle;
        self.turned.set();
        if self.slots.available_permits() == 0 {
            self.turned.clear();
            tokio::select! {
                () = self.freed.notified() => {}
                () = handle.stopping() => {}
            }
            return Ok(Turn::Waited);
        }
        // Registered before the look, so that a wake in between is not lost.
        let woken = handle.woken();
        let next = self.next_due().await?;
        let now = self.parts.clock.now();
        if let Some(at) = next.filter(|at| *at <= now.plus(AHEAD)) {
            // The time of the claim is not before the instant: that is when the runs start.
            return if self.may_claim() { self.claim(at.max(now)).await } else { Ok(Turn::Nothing) };
        }
        tokio::select! {
            () = woken => {}
            () = handle.stopping() => {}
            () = self.sleep_until(next) => {}
        }
        Ok(Turn::Waited)
    }

    /// When something is due next. The answer sets the clock, too.
    async fn next_due(&self) -> Stored<Option<Timestamp>> {
        let asked = mono();
        let next = self.parts.store.next_due().await?;
        if let Some(clock) = next.clock {
            self.parts.clock.follow(clock, asked);
            self.look_at_clock();
        }
        Ok(next.at)
    }

    /// Not where this server stops, its clock is wrong, or its own leases may end soon.
    fn may_claim(&self) -> bool {
        !self.parts.handle.is_stopping() && (self.exclusive() || (self.clock_is_right() && self.lease_is_fresh()))
    }

    fn lease_is_fresh(&self) -> bool {
        self.contact.age() <= self.lease.claim_holds()
    }

    async fn claim(self: &Arc<Self>, now: Timestamp) -> Stored<Turn> {
        let slots: Vec<Slot> = std::iter::from_fn(|| Slot::take(self)).take(BATCH).collect();
        let by = self.claim_by(now, slots.len());
        let _under_way = self.parts.handle.under_way(by.token);
        let sent = mono();
        let answer = self.parts.store.claim(&by).await;
        metrics::histogram!("rota_claim_seconds").record(mono().saturating_sub(sent).as_secs_f64());
        let claims = self.certain(by.token, sent, answer).await?;
        if claims.is_empty() {
            return Ok(Turn::Nothing);
        }
        self.begin(slots, claims, sent).await;
        Ok(Turn::Claimed)
    }

    pub(super) fn claim_by(&self, now: Timestamp, limit: usize) -> ClaimBy {
        ClaimBy {
            instance: self.instance.clone(),
            node: self.node.clone(),
            token: ClaimToken::random(),
            now,
            up_since: self.parts.handle.up_since(),
            lease: self.lease.length(),
            limit,
        }
    }

    /// The answer to a claim, read back where it was lost. What cannot be read back in time, or was not visible yet, is found by a
    /// renewal later on, and handed back.
    pub(super) async fn certain(
        &self,
        token: ClaimToken,
        sent: Duration,
        answer: Stored<Vec<Claim>>,
    ) -> Stored<Vec<Claim>> {
        let error = match answer {
            Err(StoreError::InDoubt(error)) => error,
            certain => return certain,
        };
        tracing::warn!(%error, "the answer to a claim was lost; reading it back");
        self.parts.handle.doubt(token);
        let mut pause = READ_BACK;
        loop {
            match self.parts.store.claimed(&self.instance, token).await {
                Ok(claims) => return Ok(claims),
                Err(_) if self.is_too_late(sent) => return Err(StoreError::InDoubt(error)),
                Err(error) => tracing::warn!(%error, "cannot read a claim back; trying again"),
            }
            pause.wait().await;
        }
    }

    /// Begins runs whose claim was sent at `sent`; hands them back where too much of their lease is gone, or this server stops.
    pub(super) async fn begin(&self, slots: Vec<Slot>, claims: Vec<Claim>, sent: Duration) {
        if self.is_too_late(sent) {
            let runs: Vec<Owned> = claims.iter().map(|claim| (claim.run.id, claim.token)).collect();
            return self.hand_back(&runs).await;
        }
        for (slot, claim) in slots.into_iter().zip(claims) {
            slot.begin(claim);
        }
    }

    fn is_too_late(&self, sent: Duration) -> bool {
        let old = !self.exclusive() && mono().saturating_sub(sent) > self.lease.claim_holds();
        old || self.parts.handle.is_stopping()
    }

    /// Puts runs that were claimed and not begun back, for whoever claims them next. Where that fails a renewal finds them.
    pub(super) async fn hand_back(&self, runs: &[Owned]) {
        runs.iter().for_each(|(_, token)| self.parts.handle.doubt(*token));
        match self.parts.store.hand_back(&self.instance, runs).await {
            Ok(tasks) => {
                tracing::info!(runs = tasks.len(), "handed back runs that were claimed and not begun");
                self.parts.handle.wake();
            }
            Err(error) => tracing::warn!(%error, runs = runs.len(), "cannot hand back runs that were not begun"),
        }
    }

    /// Sleeps till it is almost `next`, in naps, as the clock may be set meanwhile; never so long that a lost notice matters.
    async fn sleep_until(&self, next: Option<Timestamp>) {
        let asked = Instant::now();
        while asked.elapsed() < POLL {
            let left = next.map_or(POLL, |next| next.since(self.parts.clock.now().plus(AHEAD)));
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left.min(NAP).min(POLL)).await;
        }
    }
}
