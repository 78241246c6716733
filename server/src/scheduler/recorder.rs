//! Collects what all runs have to say and writes it in batches: one transaction for many lines of many runs.

use super::{Handle, Parts, Stop, lock};
use crate::clock::Clock;
use crate::hub::Hub;
use crate::mail::Post;
use crate::modules::RunIo;
use crate::redact::Redact;
use crate::store::{Claim, RunEnd, RunUpdate, Store};
use async_trait::async_trait;
use domain::json::Raw;
use domain::run::{Level, LogLine};
use domain::{RunId, TaskId, UserId};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::time::Duration;
use tokio::sync::Notify;

/// How long a line waits for company. The contract allows 100 ms, the write included.
const COLLECT: Duration = Duration::from_millis(40);
/// So many lines of one run are written without waiting.
const ENOUGH_LINES: usize = 1000;
/// So many unwritten lines, or bytes of them, make a run wait for the database.
const MAX_AHEAD: usize = 50_000;
const MAX_AHEAD_BYTES: usize = 16 * 1024 * 1024;
/// Most runs in one transaction.
const MAX_RUNS: usize = 1000;
/// The longest `status_msg`, in characters.
const MAX_MESSAGE: usize = 4000;

/// Collects and writes.
pub struct Recorder {
    store: Arc<dyn Store>,
    hub: Arc<Hub>,
    clock: Clock,
    handle: Handle,
    post: Arc<Post>,
    instance: String,
    line_limit: usize,
    waiting: Mutex<Vec<Arc<Sink>>>,
    something: Notify,
    urgent: Notify,
    finishing: AtomicBool,
}

/// Where one run writes to.
pub struct Sink {
    run: RunId,
    task: TaskId,
    owner: Option<UserId>,
    this: Weak<Sink>,
    recorder: Weak<Recorder>,
    line_limit: usize,
    clock: Clock,
    pending: Mutex<Pending>,
    space: Notify,
    /// The secrets of the run, which nobody reads anywhere.
    redact: OnceLock<Redact>,
}

#[derive(Default)]
struct Pending {
    lines: Vec<LogLine>,
    bytes: usize,
    next_idx: u64,
    percent: Option<u8>,
    message: Option<String>,
    state: Option<Raw>,
    result: Option<Raw>,
    end: Option<RunEnd>,
    listed: bool,
}

impl Pending {
    fn take(&mut self, run: RunId, task: TaskId) -> RunUpdate {
        let lines = std::mem::take(&mut self.lines);
        let first_idx = self.next_idx;
        self.next_idx += lines.len() as u64;
        (self.bytes, self.listed) = (0, false);
        RunUpdate {
            run,
            task,
            first_idx,
            lines,
            percent: self.percent.take(),
            message: self.message.take(),
            state: self.state.take(),
            result: self.result.take(),
            end: self.end.take(),
        }
    }
}

impl Recorder {
    pub(super) fn new(parts: &Parts, instance: String) -> Recorder {
        Recorder {
            store: parts.store.clone(),
            hub: parts.hub.clone(),
            clock: parts.clock.clone(),
            handle: parts.handle.clone(),
            post: parts.post.clone(),
            instance,
            line_limit: parts.config.log_line_limit,
            waiting: Mutex::default(),
            something: Notify::new(),
            urgent: Notify::new(),
            finishing: AtomicBool::new(false),
        }
    }

    pub(super) fn open(self: &Arc<Self>, claim: &Claim) -> Arc<Sink> {
        Arc::new_cyclic(|this| Sink {
            this: this.clone(),
            run: claim.run.id,
            task: claim.run.task_id,
            owner: claim.task.owner_id(),
            recorder: Arc::downgrade(self),
            line_limit: self.line_limit,
            clock: self.clock.clone(),
            pending: Mutex::new(Pending { next_idx: claim.log_len, ..Pending::default() }),
            space: Notify::new(),
            redact: OnceLock::new(),
        })
    }

    /// Writes what is left, then ends [`Recorder::work`].
    pub(super) fn finish(&self) {
        self.finishing.store(true, Ordering::Relaxed);
        self.something.notify_one();
        self.urgent.notify_one();
    }

    fn list(&self, sink: Arc<Sink>, urgent: bool) {
        lock(&self.waiting).push(sink);
        self.something.notify_one();
        if urgent {
            self.urgent.notify_one();
        }
    }

    /// Writes batch after batch until told to finish.
    pub(super) async fn work(self: Arc<Self>) {
        loop {
            let finishing = self.finishing.load(Ordering::Relaxed);
            let empty = lock(&self.waiting).is_empty();
            if empty && finishing {
                return;
            }
            if empty {
                self.something.notified().await;
                continue;
            }
            if !finishing {
                tokio::select! {
                    () = self.urgent.notified() => {}
                    () = tokio::time::sleep(COLLECT) => {}
                }
            }
            self.write().await;
        }
    }

    async fn write(&self) {
        let sinks: Vec<Arc<Sink>> = {
            let mut waiting = lock(&self.waiting);
            let n = waiting.len().min(MAX_RUNS);
            if waiting.len() > n {
                self.urgent.notify_one();
            }
            waiting.drain(..n).collect()
        };
        let updates: Vec<RunUpdate> = sinks.iter().map(|s| lock(&s.pending).take(s.run, s.task)).collect();
        let lost = self.insist(&updates).await;
        for (sink, update) in sinks.iter().zip(&updates) {
            self.tell(sink, update, lost.contains(&sink.run));
        }
    }

    /// Tries until the database takes it: what a module was told is logged must not be lost to a full disk or a restart of
    /// the database. Modules that write more meanwhile wait.
    async fn insist(&self, updates: &[RunUpdate]) -> Vec<RunId> {
        let mut pause = Duration::from_millis(50);
        for attempt in 1u32.. {
            match self.store.record(&self.instance, updates).await {
                Ok(lost) => return lost,
                Err(error) => {
                    tracing::error!(%error, runs = updates.len(), "cannot write what runs report; trying again")
                }
            }
            // A database that is well and yet refuses, refuses one of the updates: the others shall not suffer for it.
            if attempt >= 5 && self.store.ready().await.is_ok() {
                return self.one_by_one(updates).await;
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(1));
        }
        vec![]
    }

    /// Gives up the updates that a working database refuses; their runs are ended here and recovered at the next start.
    async fn one_by_one(&self, updates: &[RunUpdate]) -> Vec<RunId> {
        let mut lost = vec![];
        for update in updates {
            match self.store.record(&self.instance, std::slice::from_ref(update)).await {
                Ok(more) => lost.extend(more),
                Err(error) => {
                    tracing::error!(%error, run = update.run.0, "gave up writing what this run reports");
                    lost.push(update.run);
                }
            }
        }
        lost
    }

    /// After the commit: whoever waits or watches.
    fn tell(&self, sink: &Sink, update: &RunUpdate, lost: bool) {
        sink.space.notify_waiters();
        if lost {
            if let Some(control) = self.handle.control(sink.run) {
                control.stop(Stop::Lost);
            }
        } else if update.end.is_some() || update.percent.is_some() || update.message.is_some() || update.state.is_some()
        {
            self.hub.task(sink.task, sink.owner, false);
        }
        if !update.lines.is_empty() || update.end.is_some() {
            self.hub.log(sink.run);
        }
        if update.end.is_some() {
            self.handle.release(sink.run);
            self.post.wake();
            // Its next instant may be here already.
            self.handle.wake();
        }
    }
}

impl Sink {
    /// From now on these secrets are blotted out of whatever the run says.
    pub(super) fn hide(&self, secrets: &[String]) {
        let mut redact = Redact::default();
        secrets.iter().for_each(|secret| redact.add_lines(secret));
        // A run has one set of parameters, so there is nothing to set a second time.
        _ = self.redact.set(redact);
    }

    fn redacted(&self, text: String) -> String {
        match self.redact.get() {
            Some(redact) if !redact.is_empty() => redact.clean(&text),
            _ => text,
        }
    }

    /// JSON whose texts are redacted. A secret that JSON writes in another way is found as it is written.
    fn redacted_json(&self, json: Raw) -> Raw {
        match self.redact.get() {
            Some(redact) if !redact.is_empty() => Raw::from_value(&redact.clean_value(json.value())),
            _ => json,
        }
    }

    /// Logs a line without waiting.
    pub(super) fn push(self: &Arc<Self>, level: Level, msg: String, status_percent: Option<u8>) -> bool {
        let timestamp = self.clock.now();
        let mut pending = lock(&self.pending);
        for msg in split(self.redacted(msg), self.line_limit) {
            pending.bytes += msg.len();
            pending.lines.push(LogLine { timestamp, level, msg, status_percent });
        }
        if status_percent.is_some() {
            pending.percent = status_percent;
        }
        let urgent = pending.lines.len() >= ENOUGH_LINES;
        let ahead = pending.lines.len() >= MAX_AHEAD || pending.bytes >= MAX_AHEAD_BYTES;
        self.list(pending, urgent);
        ahead
    }

    /// What was said so far is written soon, though the run has no end yet.
    pub(super) fn flush(self: &Arc<Self>) {
        self.list(lock(&self.pending), true);
    }

    /// The last thing a run says.
    pub(super) fn end(self: &Arc<Self>, mut end: RunEnd) {
        end.outcome.message = end.outcome.message.map(|text| clean(self.redacted(text)));
        let mut pending = lock(&self.pending);
        pending.end = Some(end);
        self.list(pending, true);
    }

    fn list(self: &Arc<Self>, mut pending: std::sync::MutexGuard<'_, Pending>, urgent: bool) {
        let Some(recorder) = self.recorder.upgrade() else { return };
        let listed = std::mem::replace(&mut pending.listed, true);
        drop(pending);
        if !listed {
            recorder.list(self.clone(), urgent);
        } else if urgent {
            recorder.urgent.notify_one();
        }
    }

    fn this(&self) -> Option<Arc<Sink>> {
        self.this.upgrade()
    }

    async fn room(&self) {
        loop {
            let written = self.space.notified();
            tokio::pin!(written);
            written.as_mut().enable();
            {
                let pending = lock(&self.pending);
                if pending.lines.len() < MAX_AHEAD && pending.bytes < MAX_AHEAD_BYTES {
                    return;
                }
            }
            written.await;
        }
    }
}

#[async_trait]
impl RunIo for Sink {
    async fn log(&self, level: Level, msg: String, percent: Option<u8>) {
        if self.this().is_some_and(|this| this.push(level, msg, percent)) {
            self.room().await;
        }
    }

    async fn progress(&self, percent: Option<u8>, message: Option<String>) {
        let Some(this) = self.this() else { return };
        let mut pending = lock(&this.pending);
        pending.percent = percent.map(|p| p.min(100)).or(pending.percent);
        pending.message = message.map(|text| clean(self.redacted(text))).or(pending.message.take());
        this.list(pending, false);
    }

    async fn state(&self, state: Raw) {
        let Some(this) = self.this() else { return };
        let mut pending = lock(&this.pending);
        pending.state = Some(self.redacted_json(state));
        this.list(pending, false);
    }

    async fn result(&self, result: Raw) {
        let Some(this) = self.this() else { return };
        let mut pending = lock(&this.pending);
        pending.result = Some(self.redacted_json(result));
        this.list(pending, false);
    }

    fn begun(&self, piece: &[u8]) -> usize {
        self.redact.get().map_or(0, |redact| redact.begun(piece))
    }

    async fn last_data(&self) -> Option<Raw> {
        let recorder = self.recorder.upgrade()?;
        match recorder.store.last_data(self.task).await {
            Ok(data) => data,
            Err(error) => {
                tracing::warn!(%error, run = self.run.0, "cannot read what the last run left");
                self.log(Level::Warning, "what the last run left could not be read".to_owned(), None).await;
                None
            }
        }
    }

    async fn sent_data(&self) -> Option<Raw> {
        let recorder = self.recorder.upgrade()?;
        match recorder.store.run_input(self.run).await {
            Ok(data) => data,
            Err(error) => {
                tracing::warn!(%error, run = self.run.0, "cannot read what the run was sent");
                self.log(Level::Warning, "what this run was sent could not be read".to_owned(), None).await;
                None
            }
        }
    }
}

/// Splits what is longer than `limit` bytes, between characters.
fn split(msg: String, limit: usize) -> Vec<String> {
    if msg.len() <= limit {
        return vec![msg];
    }
    let mut parts = vec![];
    let mut rest = msg.as_str();
    while rest.len() > limit {
        let at = (1..=limit).rev().find(|i| rest.is_char_boundary(*i)).unwrap_or(rest.len());
        parts.push(rest[..at].to_owned());
        rest = &rest[at..];
    }
    parts.push(rest.to_owned());
    parts
}

/// A message as every database can hold it.
fn clean(message: String) -> String {
    message.chars().take(MAX_MESSAGE).map(|c| if c == '\0' { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_split_between_characters() {
        assert_eq!(split("äöü".into(), 4), ["äö", "ü"]);
        assert_eq!(split("abc".into(), 3), ["abc"]);
        assert_eq!(split("€€".into(), 4), ["€", "€"]);
    }

    #[test]
    fn messages_are_bounded_and_without_nul() {
        assert_eq!(clean("a\0b".into()), "a\u{fffd}b");
        assert_eq!(clean("x".repeat(10_000)).len(), MAX_MESSAGE);
    }
}
