//! Collects what all runs have to say and writes it in batches: one transaction for many lines of many runs.

use super::health::Mark;
use super::{Handle, Parts, Stop, lock};
use crate::backoff::Backoff;
use crate::clock::{Clock, mono};
use crate::hub::Hub;
use crate::mail::Post;
use crate::modules::RunIo;
use crate::redact::Redact;
use crate::store::{Claim, ClaimToken, Owned, RunEnd, RunUpdate, Store, StoreError};
use async_trait::async_trait;
use domain::json::Raw;
use domain::run::{Level, LogLine, Outcome};
use domain::{RunId, TaskId, UserId};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
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
/// Between two tries to write.
const AGAIN: Backoff = Backoff::new(Duration::from_millis(50), Duration::from_secs(1));
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
    /// Bytes of lines of all runs that are not written yet, and how many there may be before runs have to wait.
    backlog: AtomicUsize,
    backlog_limit: usize,
    /// Since when a batch is being written, if one is.
    writing: Mark,
    /// Lines were written: runs that wait may go on.
    space: Notify,
    waiting: Mutex<Vec<Arc<Sink>>>,
    something: Notify,
    urgent: Notify,
    finishing: AtomicBool,
}

/// What became of a batch.
#[derive(Default)]
struct Written {
    /// Not this process's any more.
    lost: Vec<Owned>,
    /// The database can never store them, and why.
    refused: Vec<(Owned, String)>,
}

/// Where one run writes to.
pub struct Sink {
    run: RunId,
    token: ClaimToken,
    task: TaskId,
    owner: Option<UserId>,
    this: Weak<Sink>,
    recorder: Weak<Recorder>,
    line_limit: usize,
    clock: Clock,
    pending: Mutex<Pending>,
    /// Why the database can never store what the run reports.
    fault: OnceLock<String>,
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
    fn is_ahead(&self) -> bool {
        self.lines.len() >= MAX_AHEAD || self.bytes >= MAX_AHEAD_BYTES
    }

    fn take(&mut self, (run, token): Owned, task: TaskId) -> RunUpdate {
        let lines = std::mem::take(&mut self.lines);
        let first_idx = self.next_idx;
        self.next_idx += lines.len() as u64;
        (self.bytes, self.listed) = (0, false);
        RunUpdate {
            run,
            token,
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
            backlog: AtomicUsize::new(0),
            backlog_limit: parts.config.log_backlog,
            writing: Mark::default(),
            space: Notify::new(),
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
            token: claim.token,
            task: claim.run.task_id,
            owner: claim.task.owner_id(),
            recorder: Arc::downgrade(self),
            line_limit: self.line_limit,
            clock: self.clock.clone(),
            pending: Mutex::new(Pending { next_idx: claim.log_len, ..Pending::default() }),
            fault: OnceLock::new(),
            redact: OnceLock::new(),
        })
    }

    /// Writes what is left, then ends [`Recorder::work`].
    pub(super) fn finish(&self) {
        self.finishing.store(true, Ordering::Relaxed);
        self.something.notify_one();
        self.urgent.notify_one();
    }

    /// Bytes of lines that are not written yet.
    pub(super) fn backlog(&self) -> usize {
        self.backlog.load(Ordering::Relaxed)
    }

    /// For how long the batch under way has been tried.
    pub(super) fn stuck(&self) -> Option<Duration> {
        self.writing.age()
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
        let updates: Vec<RunUpdate> = sinks.iter().map(|s| lock(&s.pending).take((s.run, s.token), s.task)).collect();
        let began = mono();
        self.writing.set();
        let written = self.insist(&updates).await;
        self.writing.clear();
        metrics::histogram!("rota_record_seconds").record(mono().saturating_sub(began).as_secs_f64());
        self.backlog.fetch_sub(updates.iter().map(size_of_lines).sum(), Ordering::Relaxed);
        self.space.notify_waiters();
        for (sink, update) in sinks.iter().zip(&updates) {
            self.tell(sink, update, &written);
        }
    }

    /// Tries until the database takes it: what a module was told is logged must not be lost to a full disk, a locked table or a restart of
    /// the database. Modules that write more meanwhile wait. Only what the database can never take is given up.
    async fn insist(&self, updates: &[RunUpdate]) -> Written {
        let mut pause = AGAIN;
        loop {
            match self.store.record(&self.instance, updates).await {
                Ok(lost) => return Written { lost, refused: vec![] },
                Err(error) if error.names_the_data() => return self.one_by_one(updates).await,
                Err(error) => {
                    tracing::error!(%error, runs = updates.len(), "cannot write what runs report; trying again")
                }
            }
            pause.wait().await;
        }
    }

    /// One of the updates holds what the database cannot store: the others must not suffer for it.
    async fn one_by_one(&self, updates: &[RunUpdate]) -> Written {
        let mut all = Written::default();
        for update in updates {
            self.insist_on(update, &mut all).await;
        }
        all
    }

    /// Writes one update. A report that cannot be stored is left out, and its run is told to end; an end is then written with less and
    /// less beside it, as the task must go on.
    async fn insist_on(&self, update: &RunUpdate, all: &mut Written) {
        let (mut pause, mut left_out, mut less) = (AGAIN, 0, None);
        loop {
            let tried = less.as_ref().unwrap_or(update);
            match self.store.record(&self.instance, std::slice::from_ref(tried)).await {
                Ok(lost) => return all.lost.extend(lost),
                Err(error) if error.names_the_data() => {
                    tracing::error!(%error, run = update.run.0, "the database cannot store what this run reports");
                    match reduced(update, left_out, &error) {
                        Some(smaller) => (less, left_out) = (Some(smaller), left_out + 1),
                        None => return all.refused.push((update.owned(), unstorable(&error))),
                    }
                }
                Err(error) => {
                    tracing::error!(%error, run = update.run.0, "cannot write what a run reports; trying again");
                    pause.wait().await;
                }
            }
        }
    }

    /// After the commit: whoever waits or watches.
    fn tell(&self, sink: &Sink, update: &RunUpdate, written: &Written) {
        let owned = update.owned();
        let refused = written.refused.iter().find(|(run, _)| *run == owned);
        if let Some((_, why)) = refused {
            // The first reason stays.
            _ = sink.fault.set(why.clone());
            self.stop(owned, Stop::Fault);
        } else if written.lost.contains(&owned) {
            self.stop(owned, Stop::Lost);
        } else if update.end.is_some() || update.percent.is_some() || update.message.is_some() || update.state.is_some()
        {
            self.hub.task(sink.task, sink.owner, false);
        }
        if !update.lines.is_empty() || update.end.is_some() {
            self.hub.log(sink.run);
        }
        if update.end.is_some() {
            self.handle.release(owned);
            self.post.wake();
            // Its next instant may be here already.
            self.handle.wake();
        }
    }

    fn stop(&self, run: Owned, why: Stop) {
        if let Some(control) = self.handle.control(run) {
            control.stop(why);
        }
    }
}

/// The end that `update` is, with less beside it each time: what the run reported, then whom to tell. `None` where there is nothing left to
/// leave out, or where the update is no end.
fn reduced(update: &RunUpdate, left_out: u32, error: &StoreError) -> Option<RunUpdate> {
    let end = update.end.as_ref()?;
    let notice = match left_out {
        0 => end.notice.clone(),
        1 => None,
        _ => return None,
    };
    let end = RunEnd { outcome: Outcome::error(unstorable(error)), notice, ..end.clone() };
    let (lines, percent, message, state, result) = (vec![], None, None, None, None);
    Some(RunUpdate { lines, percent, message, state, result, end: Some(end), ..update.clone() })
}

fn unstorable(error: &StoreError) -> String {
    let why = match error {
        StoreError::Unavailable(sqlx::Error::Database(e)) => e.message().to_owned(),
        other => other.to_string(),
    };
    clean(format!("what the run reported could not be stored: {why}"))
}

/// What lines take in memory, about.
fn size_of_lines(update: &RunUpdate) -> usize {
    update.lines.iter().map(|line| size_of_line(&line.msg)).sum()
}

fn size_of_line(msg: &str) -> usize {
    msg.len() + size_of::<LogLine>()
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
        let mut added = 0;
        for msg in split(self.redacted(msg), self.line_limit) {
            added += size_of_line(&msg);
            pending.lines.push(LogLine { timestamp, level, msg, status_percent });
        }
        pending.bytes += added;
        if status_percent.is_some() {
            pending.percent = status_percent;
        }
        let all =
            self.recorder.upgrade().map(|r| (r.backlog.fetch_add(added, Ordering::Relaxed) + added, r.backlog_limit));
        let urgent = pending.lines.len() >= ENOUGH_LINES;
        let ahead = pending.is_ahead() || all.is_some_and(|(bytes, limit)| bytes >= limit);
        self.list(pending, urgent);
        ahead
    }

    /// What was said so far is written soon, though the run has no end yet.
    pub(super) fn flush(self: &Arc<Self>) {
        self.list(lock(&self.pending), true);
    }

    /// Why the database can never store what the run reports, where that is so.
    pub(super) fn fault(&self) -> Option<&str> {
        self.fault.get().map(String::as_str)
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

    /// Waits until this run, and all of them together, are not too far ahead of the database.
    async fn room(&self) {
        loop {
            let Some(recorder) = self.recorder.upgrade() else { return };
            let written = recorder.space.notified();
            tokio::pin!(written);
            written.as_mut().enable();
            let all = recorder.backlog.load(Ordering::Relaxed);
            if !lock(&self.pending).is_ahead() && all < recorder.backlog_limit {
                return;
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
