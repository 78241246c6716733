//! How much memory a program may have.

use rustix::process::{Pid, Resource, Rlimit, prlimit};
use tokio::process::Child;

/// Bytes in what manifests call a MB.
const MB: u64 = 1024 * 1024;

/// Lets a child that was just started, and all that it starts from now on, map so many MB (1024 × 1024 bytes) each and no more. This
/// is done from here, not by code between fork and exec, so that programs are started the fast way; call it before the child gets
/// anything to work on.
///
/// # Errors
/// A sentence.
pub fn limit(child: &Child, megabytes: u64) -> Result<(), String> {
    // One that has ended already needs no limit.
    let Some(pid) = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw) else { return Ok(()) };
    let most = Some(megabytes.saturating_mul(MB));
    match prlimit(Some(pid), Resource::As, Rlimit { current: most, maximum: most }) {
        Ok(_) | Err(rustix::io::Errno::SRCH) => Ok(()),
        Err(e) => Err(format!("the memory limit of {megabytes} MB could not be set: {e}")),
    }
}
