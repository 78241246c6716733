//! Resource limits of programs. They are set on the running child, not by code between fork and exec, so that programs can be started
//! by `posix_spawn`. Processes that the child starts afterwards inherit them.

use rustix::process::{Pid, Resource, Rlimit, prlimit};
use tokio::process::Child;

/// Bytes in what manifests call a MB.
const MB: u64 = 1024 * 1024;

/// Limits the memory that a child, and each process it starts, may map, in MB (1024 × 1024 bytes). Call it before the child gets its
/// input.
///
/// # Errors
/// A sentence.
pub fn memory(child: &Child, megabytes: u64) -> Result<(), String> {
    let most = Some(megabytes.saturating_mul(MB));
    set(child, Resource::As, Rlimit { current: most, maximum: most })
        .map_err(|e| format!("the memory limit of {megabytes} MB could not be set: {e}"))
}

/// Sets the limit of open files. Some programs do work for each possible file descriptor, so they get the limit that the server was
/// started with. If that fails, the child keeps the server's limit.
pub fn files(child: &Child, limit: Rlimit) {
    _ = set(child, Resource::Nofile, limit);
}

fn set(child: &Child, resource: Resource, limit: Rlimit) -> rustix::io::Result<()> {
    // A child that has ended needs no limit.
    let Some(pid) = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw) else { return Ok(()) };
    match prlimit(Some(pid), resource, limit) {
        Ok(_) | Err(rustix::io::Errno::SRCH) => Ok(()),
        Err(e) => Err(e),
    }
}
