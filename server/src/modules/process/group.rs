//! A program and all that it started: one process group, ended together.

use nix::errno::Errno;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use std::time::Duration;
use tokio::process::Child;

/// How often a group that was asked to end is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// How long the kernel may take to end a process that was killed.
const KILLED_WITHIN: Duration = Duration::from_secs(1);

/// The process group that a child leads. Killed on drop unless it was let go.
pub struct Group {
    id: Option<Pid>,
}

impl Group {
    /// The group of a child that was just started as its leader.
    pub fn of(child: &Child) -> Group {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        Group { id: id.map(Pid::from_raw) }
    }

    /// The program ended well; what it left running may go on.
    pub fn let_go(&mut self) {
        self.id = None;
    }

    /// Asks all to end, and kills those that have not after `grace`.
    pub async fn stop(&mut self, child: &mut Child, grace: Duration) {
        self.signal(Signal::SIGTERM);
        // One that is stopped could not hear it.
        self.signal(Signal::SIGCONT);
        let ended = async {
            let _ = child.wait().await;
            while self.lives() {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        if tokio::time::timeout(grace, ended).await.is_err() {
            self.signal(Signal::SIGKILL);
            let _ = tokio::time::timeout(KILLED_WITHIN, child.wait()).await;
        }
        self.let_go();
    }

    fn lives(&self) -> bool {
        self.id.is_some_and(|id| killpg(id, None) != Err(Errno::ESRCH))
    }

    /// Fails if the group has gone already, and that is all right.
    fn signal(&self, signal: Signal) {
        if let Some(id) = self.id {
            let _ = killpg(id, signal);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::SIGKILL);
    }
}
