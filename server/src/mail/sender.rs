//! Sends what is owed: takes what is due, hands it over, writes what became of it, one after the other.

use super::Post;
use super::message::{Told, about_run};
use super::smtp::{Connection, SmtpError, Talk};
use crate::store::owed::Snapshot;
use crate::store::post::{Settled, Take, Taken};
use crate::store::{LogQuery, StoreError, Stored};
use domain::mail::{Channel, GIVE_UP, MailSettings, retry_after};
use domain::run::{Level, LogEntry};
use domain::{Lang, Timestamp};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Most mails on one connection.
const BATCH: usize = 50;
/// After this time another server may take what this one has taken; nothing is begun in its last part.
const LEASE: Duration = Duration::from_secs(15 * 60);
const LEASE_USED: Duration = Duration::from_secs(9 * 60);
/// The longest sleep: another server may have owed something, or a clock was set.
const NAP: Duration = Duration::from_secs(15);
/// How long to leave a mail server alone that cannot be reached: from this, twice as long each time, to that.
const SHORT_PAUSE: Duration = Duration::from_secs(5);
const LONG_PAUSE: Duration = Duration::from_secs(5 * 60);
/// How many log lines a mail shows.
const LOG_LINES: u64 = 20;
/// How long a stop waits for the mail that is under way.
const STOP: Duration = Duration::from_secs(10);

/// What sends, until it is stopped.
pub struct Sender {
    stopping: CancellationToken,
    mails: JoinHandle<()>,
}

/// Sends mails, one process's.
struct Mails {
    post: Arc<Post>,
    instance: String,
    stopping: CancellationToken,
}

/// What to do after a turn.
enum Next {
    /// There may be more.
    Again,
    /// Nothing is due before this.
    Sleep(Duration),
    /// The mail server is of no use just now.
    Pause,
}

impl Sender {
    /// Begins to send.
    pub fn start(post: &Arc<Post>) -> Sender {
        let stopping = CancellationToken::new();
        let instance = format!("{:032x}", rand::random::<u128>());
        let mails = Mails { post: post.clone(), instance, stopping: stopping.clone() };
        Sender { stopping, mails: tokio::spawn(mails.work()) }
    }

    /// Ends after the mail that is under way.
    pub async fn stop(mut self) {
        self.stopping.cancel();
        if tokio::time::timeout(STOP, &mut self.mails).await.is_err() {
            self.mails.abort();
        }
    }
}

impl Mails {
    async fn work(self) {
        let mut pause = SHORT_PAUSE;
        while !self.stopping.is_cancelled() {
            let next = self.turn().await.unwrap_or_else(|error| {
                tracing::error!(%error, "cannot send mail; trying again");
                Next::Sleep(SHORT_PAUSE)
            });
            match next {
                Next::Again => pause = SHORT_PAUSE,
                Next::Sleep(time) => self.sleep(time).await,
                Next::Pause => {
                    self.rest(pause).await;
                    pause = (pause * 2).min(LONG_PAUSE);
                }
            }
        }
    }

    /// Until something may be due.
    async fn sleep(&self, time: Duration) {
        tokio::select! {
            () = tokio::time::sleep(time) => {}
            () = self.post.due.notified() => {}
            () = self.post.changed.notified() => {}
            () = self.stopping.cancelled() => {}
        }
    }

    /// More mails are no reason to try a server sooner that cannot be reached.
    async fn rest(&self, time: Duration) {
        tokio::select! {
            () = tokio::time::sleep(time) => {}
            () = self.post.changed.notified() => {}
            () = self.stopping.cancelled() => {}
        }
    }

    async fn turn(&self) -> Stored<Next> {
        let settings = self.post.refresh().await?;
        if !settings.active() {
            return Ok(Next::Sleep(NAP));
        }
        let began = Instant::now();
        let batch = self.post.store.take_deliveries(&self.take()).await?;
        if batch.is_empty() {
            let next = self.post.store.next_delivery(Channel::Mail).await?;
            let wait = next.map_or(NAP, |at| at.since(self.post.clock.now())).min(NAP);
            return Ok(Next::Sleep(wait.max(Duration::from_millis(5))));
        }
        self.send(&settings, batch, began).await
    }

    fn take(&self) -> Take {
        let (instance, now) = (self.instance.clone(), self.post.clock.now());
        Take { instance, channel: Channel::Mail, now, lease: LEASE, limit: BATCH }
    }

    /// Hands over a batch on one connection. What is left when that breaks is put back untried.
    async fn send(&self, settings: &MailSettings, batch: Vec<Taken>, began: Instant) -> Stored<Next> {
        let languages = self.languages(&batch).await?;
        let mut batch = batch.into_iter();
        let mut connection = None;
        let mut handed_over = 0;
        let mut next = Next::Again;
        for taken in batch.by_ref() {
            if self.stopping.is_cancelled() || began.elapsed() > LEASE_USED {
                self.settle(&taken, &Settled::Untried).await?;
                break;
            }
            let to = &taken.delivery.recipient;
            let lang = languages.get(&to.to_lowercase()).copied().unwrap_or(settings.language);
            let (settled, usable) = match self.compose(settings, &taken, lang).await {
                Err(why) => (Settled::Failed(why), true),
                Ok(mail) => self.deliver(settings, &taken, &mail, &mut connection).await,
            };
            handed_over += usize::from(matches!(settled, Settled::Sent(_)));
            self.settle(&taken, &settled).await?;
            if !usable {
                // A server that ends a connection on which it took mails is not one that cannot be reached.
                next = if handed_over == 0 { Next::Pause } else { Next::Again };
                break;
            }
        }
        for taken in batch {
            self.settle(&taken, &Settled::Untried).await?;
        }
        if let Some(connection) = connection {
            connection.quit(&mut Talk::default()).await;
        }
        Ok(next)
    }

    /// What became of one mail, and whether the mail server can be used for the next.
    async fn deliver(
        &self,
        settings: &MailSettings,
        taken: &Taken,
        mail: &[u8],
        connection: &mut Option<Connection>,
    ) -> (Settled, bool) {
        let mut talk = Talk::default();
        let sent = match self.connect(settings, connection, &mut talk).await {
            Err(error) => Err(error),
            Ok(mut open) => {
                let sent = open.send(&settings.sender, &taken.delivery.recipient, mail, &mut talk).await;
                if !matches!(sent, Err(SmtpError::Connection(_))) {
                    *connection = Some(open);
                }
                sent
            }
        };
        let now = self.post.clock.now();
        match sent {
            Ok(()) => (Settled::Sent(now), true),
            Err(SmtpError::Refused(words)) => (Settled::Failed(words), true),
            Err(SmtpError::Later(words)) => (later(taken, now, words), true),
            Err(SmtpError::Connection(words)) => {
                tracing::warn!(delivery = taken.delivery.id.0, "cannot send mail: {words}");
                (later(taken, now, words), false)
            }
        }
    }

    /// The connection of the batch, made with its first mail.
    async fn connect(
        &self,
        settings: &MailSettings,
        connection: &mut Option<Connection>,
        talk: &mut Talk,
    ) -> Result<Connection, SmtpError> {
        if let Some(open) = connection.take() {
            return Ok(open);
        }
        let server = self.post.mail_server(settings).map_err(SmtpError::Connection)?;
        Connection::open(&server, talk).await
    }

    async fn settle(&self, taken: &Taken, settled: &Settled) -> Stored<()> {
        let id = taken.delivery.id;
        let word = match settled {
            Settled::Sent(_) => "sent",
            Settled::Later(..) => "later",
            Settled::Failed(_) => "failed",
            Settled::Untried => "untried",
        };
        metrics::counter!("rota_mails_total", "outcome" => word).increment(1);
        // What the mail server has taken must be written, or it is sent again.
        let mut pause = Duration::from_millis(50);
        loop {
            match self.post.store.settle_delivery(&self.instance, id, settled).await {
                Ok(true) => return Ok(()),
                Ok(false) => {
                    tracing::warn!(delivery = id.0, "another server has taken this delivery");
                    return Ok(());
                }
                Err(error) if self.stopping.is_cancelled() => return Err(error),
                Err(error) => {
                    tracing::error!(%error, delivery = id.0, "cannot write what became of a mail; trying again")
                }
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(1));
        }
    }

    async fn languages(&self, batch: &[Taken]) -> Stored<HashMap<String, Lang>> {
        let addresses: Vec<String> = batch.iter().map(|t| t.delivery.recipient.to_lowercase()).collect();
        Ok(self.post.store.languages(&addresses).await?.into_iter().collect())
    }

    async fn compose(&self, settings: &MailSettings, taken: &Taken, lang: Lang) -> Result<Vec<u8>, String> {
        let snapshot: Snapshot = serde_json::from_str(&taken.snapshot).map_err(|e| e.to_string())?;
        let log = self.log(taken).await.unwrap_or_default();
        let public_url = self.post.config.public_url();
        let told = Told { delivery: &taken.delivery, snapshot: &snapshot, log: &log, lang, public_url };
        about_run(&told, settings, &self.post.templates(), self.post.clock.now())
    }

    /// The last lines at `warning` or worse; none if the run is gone.
    async fn log(&self, taken: &Taken) -> Result<Vec<LogEntry>, StoreError> {
        let query = LogQuery {
            run: taken.delivery.run_id,
            offset: 0,
            limit: LOG_LINES,
            levels: vec![Level::Warning, Level::Error],
            q: None,
            descending: true,
        };
        let mut lines = self.post.store.log(&query).await?.items;
        lines.reverse();
        Ok(lines)
    }
}

/// Again after a while, or never if it has been tried for too long.
fn later(taken: &Taken, now: Timestamp, words: String) -> Settled {
    if now.since(taken.queued_at) >= GIVE_UP {
        return Settled::Failed(words);
    }
    Settled::Later(now.plus(retry_after(taken.delivery.attempts + 1)), words)
}
