//! What a program reads and writes.

use super::lines::Lines;
use crate::modules::RunIo;
use async_trait::async_trait;
use domain::run::Level;
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::ChildStdin;
use tokio_util::sync::CancellationToken;

/// How long output is waited for once the program has ended. Something that it started may hold the pipe for ever.
const LINGER: Duration = Duration::from_secs(2);
/// How much is read once the program has ended: what the largest pipe (`fs.pipe-max-size`) can hold of it.
const LINGER_BYTES: usize = 1024 * 1024;
/// Read at once, in bytes.
const CHUNK: usize = 8 * 1024;

/// What is left of the patience with an output whose program has ended. Time that the log takes does not count: the
/// program's last lines must not be lost because the database is slow.
struct Patience {
    time: Duration,
    bytes: usize,
}

impl Patience {
    fn spend(&mut self, time: Duration, bytes: usize) -> bool {
        self.time = self.time.saturating_sub(time);
        self.bytes = self.bytes.saturating_sub(bytes);
        self.bytes > 0 && !self.time.is_zero()
    }
}

/// Takes what a program writes.
#[async_trait]
pub trait Listen: Send + Sync {
    /// A line, without its end. It may keep the program waiting.
    async fn line(&mut self, line: String);
    /// See [`RunIo::begun`].
    fn begun(&self, piece: &[u8]) -> usize;
}

/// Writes each line into the run's log.
pub struct ToLog<'a> {
    /// At this level.
    pub level: Level,
    /// Of this run.
    pub io: &'a dyn RunIo,
}

#[async_trait]
impl Listen for ToLog<'_> {
    async fn line(&mut self, line: String) {
        self.io.log(self.level, line, None).await;
    }

    fn begun(&self, piece: &[u8]) -> usize {
        self.io.begun(piece)
    }
}

/// What goes in and who listens to what comes out.
pub struct Streams<'a> {
    /// Takes the standard output.
    pub output: &'a mut dyn Listen,
    /// The longest line of it in bytes; a longer one comes in pieces.
    pub output_line_max: usize,
    /// Takes the standard error.
    pub errors: &'a mut dyn Listen,
    /// The standard input.
    pub input: &'a str,
}

/// Gives what comes out of a pipe to `to`, line by line, until its end. `ended` tells that the program has. Answers whether
/// somebody still holds the pipe.
pub async fn drain(
    pipe: Option<impl AsyncRead + Unpin>,
    line_max: usize,
    to: &mut dyn Listen,
    ended: &CancellationToken,
) -> bool {
    let Some(mut pipe) = pipe else { return false };
    let (mut lines, mut chunk) = (Lines::up_to(line_max), vec![0; CHUNK]);
    let mut patience = Patience { time: LINGER, bytes: LINGER_BYTES };
    let held = loop {
        let (late, start) = (ended.is_cancelled(), Instant::now());
        let n = tokio::select! {
            biased;
            read = pipe.read(&mut chunk) => read.unwrap_or_default(),
            () = gone_for(ended, patience.time) => break true,
        };
        if n == 0 {
            break false;
        }
        let goes_on = !late || patience.spend(start.elapsed(), n);
        let whole = lines.push(&chunk[..n], Instant::now(), &|piece| to.begun(piece));
        for line in whole {
            to.line(line).await;
        }
        if !goes_on {
            break true;
        }
    };
    if let Some(line) = lines.finish() {
        to.line(line).await;
    }
    held
}

async fn gone_for(ended: &CancellationToken, time: Duration) {
    ended.cancelled().await;
    tokio::time::sleep(time).await;
}

/// Writes `text` and closes the pipe. A program need not read what it gets.
pub async fn feed(pipe: Option<ChildStdin>, text: &str, ended: &CancellationToken) {
    let Some(mut pipe) = pipe else { return };
    tokio::select! {
        _ = pipe.write_all(text.as_bytes()) => {}
        () = ended.cancelled() => {}
    }
}
