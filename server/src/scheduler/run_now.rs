//! Starting a run at once, because someone asked for it.

use super::{Handle, Slot};
use crate::clock::mono;
use crate::store::{Guard, Idempotency, Once, Queued, RunStore, StoreError, Stored};
use domain::run::{Run, Trigger};
use domain::{TaskId, Timestamp};

/// A request to run a task now.
pub struct RunNow {
    /// The task.
    pub task: TaskId,
    /// Who or what asked.
    pub trigger: Trigger,
    /// When.
    pub now: Timestamp,
    /// Whether it is allowed, asked inside the transaction.
    pub guard: Guard,
    /// The key, if the request had one.
    pub idempotency: Option<Idempotency<Run>>,
}

impl Handle {
    /// Queues a run, and starts it in the same transaction where a slot is free. Where the answer to that is lost, what it did is read
    /// back: a run that is there is begun, or left to whoever claims it next.
    ///
    /// # Errors
    /// As [`RunStore::queue_run`]; `InDoubt` where nobody can tell yet whether the run was queued.
    pub async fn run_now(&self, store: &(impl RunStore + ?Sized), asked: RunNow) -> Stored<Once<Run>> {
        let RunNow { task, trigger, now, guard, idempotency } = asked;
        let Some(slot) = self.slot() else {
            let queued = store.queue_run(task, trigger, now, guard, idempotency, None).await?;
            self.wake();
            return Ok(only_run(queued));
        };
        let engine = slot.engine();
        let (by, sent) = (engine.claim_by(now, 1), mono());
        let _under_way = self.under_way(by.token);
        match store.queue_run(task, trigger, now, guard, idempotency, Some(&by)).await {
            Ok(Once::Now(Queued { run, claim: Some(claim) })) => {
                engine.begin(vec![slot], vec![claim], sent).await;
                Ok(Once::Now(run))
            }
            Ok(queued) => {
                self.wake();
                Ok(only_run(queued))
            }
            Err(StoreError::InDoubt(error)) => {
                let found = engine.certain(by.token, sent, Err(StoreError::InDoubt(error))).await?;
                let run = found.first().map(|claim| queued_form(&claim.run));
                engine.begin(vec![slot], found, sent).await;
                run.map(Once::Now).ok_or_else(not_there)
            }
            Err(error) => Err(error),
        }
    }

    /// A slot for a run that is to start at once, if one is free.
    fn slot(&self) -> Option<Slot> {
        let engine = self.engine()?;
        if self.is_stopping() { None } else { Slot::take(&engine) }
    }
}

fn only_run(queued: Once<Queued>) -> Once<Run> {
    match queued {
        Once::Now(queued) => Once::Now(queued.run),
        Once::Before(answer) => Once::Before(answer),
    }
}

/// As the answer would have told of it.
fn queued_form(run: &Run) -> Run {
    Run { run_started_at: None, status: domain::run::Status::New, node: None, ..run.clone() }
}

fn not_there() -> StoreError {
    let lost = std::io::Error::new(std::io::ErrorKind::ConnectionAborted, "the answer of the database was lost");
    StoreError::Unavailable(sqlx::Error::Io(lost))
}
