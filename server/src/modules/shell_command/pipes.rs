//! What a program reads and writes.

use super::lines::Lines;
use crate::modules::RunIo;
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

/// Logs what comes out of a pipe, line by line, until its end. `ended` tells that the program has. Answers whether
/// somebody still holds the pipe.
pub async fn drain(
    pipe: Option<impl AsyncRead + Unpin>,
    level: Level,
    io: &dyn RunIo,
    ended: &CancellationToken,
) -> bool {
    let Some(mut pipe) = pipe else { return false };
    let (mut lines, mut chunk) = (Lines::default(), vec![0; CHUNK]);
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
        for line in lines.push(&chunk[..n], Instant::now()) {
            io.log(level, line, None).await;
        }
        if !goes_on {
            break true;
        }
    };
    if let Some(line) = lines.finish() {
        io.log(level, line, None).await;
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
