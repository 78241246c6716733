//! Retries what fails for want of file descriptors, memory or processes: that is the server's problem, not the task's.

use crate::modules::RunContext;
use nix::errno::Errno;
use std::io;
use std::time::Duration;

/// The pause before the second attempt.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// Each further pause is twice as long, up to this.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Retries until it works, fails for a reason other than a shortage, or the run is stopped. `what` begins a sentence that is logged
/// once.
///
/// # Errors
/// The last one.
pub async fn insist<T>(ctx: &RunContext, what: &str, mut attempt: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    let mut pause = FIRST_PAUSE;
    loop {
        let error = match attempt() {
            Err(error) if is_shortage(&error) => error,
            done => return done,
        };
        if pause == FIRST_PAUSE {
            tracing::warn!(run = ctx.run.id.0, %error, "{what}; retrying");
            ctx.warning(format!("{what}: {error}. The server keeps trying.")).await;
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = ctx.cancel.cancelled() => return Err(error),
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

fn is_shortage(error: &io::Error) -> bool {
    let errno = error.raw_os_error().map(Errno::from_raw);
    errno.is_some_and(|e| [Errno::EMFILE, Errno::ENFILE, Errno::ENOMEM, Errno::EAGAIN].contains(&e))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::modules::shell_command::ShellCommand;
    use crate::modules::testing::as_root;
    use domain::run::Level;
    use serde_json::json;

    fn failing(errno: Errno) -> io::Error {
        io::Error::from_raw_os_error(errno as i32)
    }

    #[tokio::test]
    async fn a_shortage_is_waited_out_and_logged_once() {
        let (ctx, io) = as_root(&ShellCommand::default(), json!({"program": "true"}));
        let mut left = vec![Errno::EMFILE, Errno::EAGAIN];
        let attempt = || left.pop().map_or(Ok(7), |errno| Err(failing(errno)));
        assert_eq!(insist(&ctx, "true cannot be started", attempt).await.unwrap(), 7);
        let logged = io.texts(Level::Warning);
        assert_eq!(logged.len(), 1, "{logged:?}");
        assert!(logged[0].starts_with("true cannot be started: Resource temporarily unavailable"), "{logged:?}");
    }

    #[tokio::test]
    async fn a_cancel_ends_the_waiting_and_other_errors_are_not_waited_for() {
        let (ctx, io) = as_root(&ShellCommand::default(), json!({"program": "true"}));
        let attempt = || -> io::Result<()> { Err(failing(Errno::ENOMEM)) };
        let stop = async {
            io.wait_for("cannot").await;
            ctx.cancel.cancel();
        };
        let (done, ()) = tokio::join!(insist(&ctx, "it cannot be started", attempt), stop);
        assert_eq!(done.unwrap_err().raw_os_error(), Some(Errno::ENOMEM as i32));
        let mut attempts = 0;
        let denied = insist(&ctx, "it cannot be started", || -> io::Result<()> {
            attempts += 1;
            Err(failing(Errno::EACCES))
        });
        denied.await.unwrap_err();
        assert_eq!((attempts, io.texts(Level::Warning).len()), (1, 1));
    }
}
