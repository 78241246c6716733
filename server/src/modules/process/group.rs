//! A program with everything it started.

use crate::minder::Announced;
use std::time::Duration;
use tokio::process::Child;

/// How long the kernel may take to end a process that was killed.
const KILLED_WITHIN: Duration = Duration::from_secs(1);

/// A running program. Killed on drop with everything it started, unless it was released.
pub struct Group {
    announced: Option<Announced>,
}

impl Group {
    /// The group of a child that was just started as its leader.
    pub fn of(mut announced: Announced, child: &Child) -> Group {
        pid(child).into_iter().for_each(|pid| announced.set_leader(pid));
        Group { announced: Some(announced) }
    }

    /// The program has ended by itself; what it left running is left alone.
    pub fn release(&mut self) {
        self.announced = None;
    }

    /// Whether the minder ended it because the deadline had passed.
    pub async fn is_late(&self) -> bool {
        match &self.announced {
            Some(announced) => announced.is_late().await,
            None => false,
        }
    }

    /// Sends SIGTERM to all its processes, and SIGKILL to those that are left after `grace`.
    pub async fn stop(&mut self, child: &mut Child, grace: Duration) {
        let Some(announced) = &self.announced else { return };
        if !announced.end(grace, pid(child)).await {
            tracing::error!("processes of a run cannot be killed");
        }
        let _ = tokio::time::timeout(KILLED_WITHIN, child.wait()).await;
        self.announced = None;
    }
}

/// Until the child is waited for.
fn pid(child: &Child) -> Option<i32> {
    child.id().and_then(|id| i32::try_from(id).ok())
}

impl Drop for Group {
    fn drop(&mut self) {
        let Some(announced) = self.announced.take() else { return };
        let kill = move || announced.kill();
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(kill)),
            Err(_) => kill(),
        }
    }
}
