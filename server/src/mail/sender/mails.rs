//! Mails, one after the other on one connection.

use super::super::message::{Told, about_run};
use super::super::smtp::{Connection, SmtpError, Talk};
use super::{Desk, LONG_PAUSE, NAP, Next, SHORT_PAUSE, later};
use crate::store::owed::Snapshot;
use crate::store::post::{Settled, Taken};
use crate::store::{LogQuery, StoreError, Stored};
use domain::Lang;
use domain::mail::MailSettings;
use domain::run::{Level, LogEntry};
use std::collections::HashMap;
use std::time::Duration;

/// Most mails on one connection.
const BATCH: usize = 50;
/// How many log lines a mail shows.
const LOG_LINES: u64 = 20;

/// Sends mails.
pub struct Mails(pub Desk);

impl Mails {
    pub async fn work(self) {
        let mut pause = SHORT_PAUSE;
        while !self.0.stopping.is_cancelled() {
            let next = self.turn().await.unwrap_or_else(|error| {
                tracing::error!(%error, "cannot send mail; trying again");
                Next::Sleep(SHORT_PAUSE)
            });
            match next {
                Next::Again => pause = SHORT_PAUSE,
                Next::Sleep(time) => self.0.sleep(time).await,
                Next::Pause => {
                    self.rest(pause).await;
                    pause = (pause * 2).min(LONG_PAUSE);
                }
            }
        }
    }

    /// More mails are no reason to try a server sooner that cannot be reached.
    async fn rest(&self, time: Duration) {
        tokio::select! {
            () = tokio::time::sleep(time) => {}
            () = self.0.post.changed.notified() => {}
            () = self.0.stopping.cancelled() => {}
        }
    }

    async fn turn(&self) -> Stored<Next> {
        let settings = self.0.post.refresh().await?;
        if !settings.active() {
            return Ok(Next::Sleep(NAP));
        }
        match self.0.take(BATCH).await? {
            Ok(batch) => self.send(&settings, batch).await,
            Err(next) => Ok(next),
        }
    }

    /// Hands over a batch on one connection. What is left when that breaks is put back untried.
    async fn send(&self, settings: &MailSettings, batch: Vec<Taken>) -> Stored<Next> {
        let languages = match self.languages(&batch).await {
            Ok(languages) => languages,
            Err(error) => {
                // Put back, or it would stay taken as long as this server runs.
                for taken in &batch {
                    self.0.settle(taken, &Settled::Untried).await?;
                }
                return Err(error);
            }
        };
        let mut batch = batch.into_iter();
        let mut connection = None;
        let mut handed_over = 0;
        let mut next = Next::Again;
        for taken in batch.by_ref() {
            if self.0.stopping.is_cancelled() || self.0.held.is_old() {
                self.0.settle(&taken, &Settled::Untried).await?;
                break;
            }
            let to = &taken.delivery.recipient;
            let lang = languages.get(&to.to_lowercase()).copied().unwrap_or(settings.language);
            let (settled, usable) = match self.compose(settings, &taken, lang).await {
                Err(why) => (Settled::Failed(why), true),
                Ok(mail) => self.deliver(settings, &taken, &mail, &mut connection).await,
            };
            handed_over += usize::from(matches!(settled, Settled::Sent(_)));
            self.0.settle(&taken, &settled).await?;
            if !usable {
                // A server that ends a connection on which it took mails is not one that cannot be reached.
                next = if handed_over == 0 { Next::Pause } else { Next::Again };
                break;
            }
        }
        for taken in batch {
            self.0.settle(&taken, &Settled::Untried).await?;
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
        let now = self.0.post.clock.now();
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
        let server = self.0.post.mail_server(settings).map_err(SmtpError::Connection)?;
        Connection::open(&server, talk).await
    }

    async fn languages(&self, batch: &[Taken]) -> Stored<HashMap<String, Lang>> {
        let addresses: Vec<String> = batch.iter().map(|t| t.delivery.recipient.to_lowercase()).collect();
        Ok(self.0.post.store.languages(&addresses).await?.into_iter().collect())
    }

    async fn compose(&self, settings: &MailSettings, taken: &Taken, lang: Lang) -> Result<Vec<u8>, String> {
        let snapshot: Snapshot = serde_json::from_str(&taken.snapshot).map_err(|e| e.to_string())?;
        let log = self.log(taken).await.unwrap_or_default();
        let public_url = self.0.post.config.public_url();
        let told = Told { delivery: &taken.delivery, snapshot: &snapshot, log: &log, lang, public_url };
        about_run(&told, settings, &self.0.post.templates(), self.0.post.clock.now())
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
        let mut lines = self.0.post.store.log(&query).await?.items;
        lines.reverse();
        Ok(lines)
    }
}
