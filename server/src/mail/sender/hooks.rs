//! Webhooks: signed requests to where tasks want them, several at a time.

use super::{Desk, NAP, Next, SHORT_PAUSE, later};
use crate::store::Stored;
use crate::store::owed::Snapshot;
use crate::store::post::{Settled, Taken};
use domain::json::{Raw, RawMap};
use domain::mail::{Delivery, Kind};
use domain::module::open_secrets;
use domain::task::SECRET_POINTER;
use futures::StreamExt;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::{Response, Url};
use serde_json::{Value, json};
use sha2::Sha256;
use std::error::Error;

/// Most calls in one turn, and at once.
const BATCH: usize = 32;
const AT_ONCE: usize = 8;
/// How much of an answer is kept, in characters and in bytes that are read.
const KEPT: usize = 300;
const READ: usize = 4096;

/// Calls webhooks.
pub struct Hooks(pub Desk);

/// Why a call did not do.
enum Problem {
    /// It may do later.
    Later(String),
    /// It never will.
    Never(String),
}

impl Hooks {
    pub async fn work(self) {
        while !self.0.stopping.is_cancelled() {
            let next = self.turn().await.unwrap_or_else(|error| {
                tracing::error!(%error, "cannot call webhooks; trying again");
                Next::Sleep(SHORT_PAUSE)
            });
            match next {
                Next::Again => {}
                Next::Sleep(time) => self.0.sleep(time).await,
                Next::Pause => self.0.sleep(NAP).await,
            }
        }
    }

    async fn turn(&self) -> Stored<Next> {
        let batch = match self.0.take(BATCH).await? {
            Ok(batch) => batch,
            Err(next) => return Ok(next),
        };
        let calls = futures::stream::iter(batch.into_iter().map(|taken| async move {
            let settled = self.deliver(&taken).await;
            self.0.settle(&taken, &settled).await
        }));
        let done: Vec<Stored<()>> = calls.buffer_unordered(AT_ONCE).collect().await;
        done.into_iter().collect::<Stored<()>>()?;
        Ok(Next::Again)
    }

    async fn deliver(&self, taken: &Taken) -> Settled {
        if self.0.stopping.is_cancelled() {
            return Settled::Untried;
        }
        let limit = self.0.post.config.mail.timeout();
        let called = tokio::time::timeout(limit, self.call(taken)).await;
        let now = self.0.post.clock.now();
        match called {
            Ok(Ok(())) => Settled::Sent(now),
            Ok(Err(Problem::Never(why))) => Settled::Failed(why),
            Ok(Err(Problem::Later(why))) => later(taken, now, why),
            Err(_) => later(taken, now, format!("no answer within {} s", limit.as_secs())),
        }
    }

    async fn call(&self, taken: &Taken) -> Result<(), Problem> {
        let delivery = &taken.delivery;
        let snapshot: Snapshot = serde_json::from_str(&taken.snapshot).map_err(|e| Problem::Never(e.to_string()))?;
        let secret = self.secret(delivery, &snapshot).await?;
        let url = Url::parse(&delivery.recipient).map_err(|e| Problem::Never(e.to_string()))?;
        // Not even root's tasks reach private networks from here, unless the setting has them.
        self.0.post.clients.guard(false).check(&url).map_err(|e| Problem::Never(e.to_string()))?;
        let client = self.0.post.clients.get(false, true).await.map_err(Problem::Later)?;
        let event = event(delivery, &snapshot);
        let body = body(event, delivery, &snapshot).to_string();
        let seconds = self.0.post.clock.now().ms() / 1000;
        let mut request = client
            .post(url)
            .header("content-type", "application/json; charset=utf-8")
            .header("rota-event", event)
            .header("rota-delivery", &delivery.message_id)
            .header("rota-timestamp", seconds);
        if let Some(secret) = secret {
            request = request.header("rota-signature", signature(&secret, seconds, &body));
        }
        let answer = request.body(body).send().await.map_err(|e| Problem::Later(in_words(e)))?;
        judge(answer).await
    }

    /// The webhook's secret as it is now; as it was, if the task or the webhook is gone.
    async fn secret(&self, delivery: &Delivery, snapshot: &Snapshot) -> Result<Option<String>, Problem> {
        let task = self.0.post.store.task(delivery.task_id).await.map_err(|e| Problem::Later(e.to_string()))?;
        let hooks = task.map(|t| t.task.options.webhooks).unwrap_or_default();
        let now = hooks.into_iter().find(|hook| hook.url == delivery.recipient);
        let sealed = now.map_or_else(|| snapshot.secret.clone(), |hook| hook.secret);
        if sealed.is_null() {
            return Ok(None);
        }
        let map: RawMap = [("secret".to_owned(), Raw::from_value(&sealed))].into_iter().collect();
        let open = |_: &str, text: &str| self.0.post.secrets.open(delivery.task_id, SECRET_POINTER, text);
        let opened = open_secrets(&map, &open).ok();
        let plain = opened.as_ref().and_then(|map| map.get("secret")?.as_str()).map(str::to_owned);
        let lost = "the secret cannot be opened with the present key; enter it again";
        plain.map(Some).ok_or_else(|| Problem::Never(lost.to_owned()))
    }
}

/// What happened, in the words that webhooks are set with.
fn event(delivery: &Delivery, snapshot: &Snapshot) -> &'static str {
    match delivery.kind {
        Kind::Problem => snapshot.run.status.as_str(),
        Kind::Ok => "done",
        Kind::Recovery => "recovery",
        Kind::Digest => "digest",
    }
}

fn body(event: &str, delivery: &Delivery, snapshot: &Snapshot) -> Value {
    json!({
        "event": event,
        "delivery": delivery.message_id,
        "task": snapshot.task.as_ref().map(|object| &object.task),
        "run": snapshot.run,
        "tally": delivery.tally,
    })
}

/// `sha256=` and the HMAC-SHA256 of the time, a dot and the body, in hexadecimal digits.
fn signature(secret: &str, seconds: i64, body: &str) -> String {
    // A key may have any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return String::new() };
    mac.update(format!("{seconds}.{body}").as_bytes());
    let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={hex}")
}

/// 2xx is good; what says "later", or is the other side's fault, is tried again; anything else is final.
async fn judge(answer: Response) -> Result<(), Problem> {
    let status = answer.status();
    if status.is_success() {
        return Ok(());
    }
    let words = format!("{status}: {}", beginning(answer).await);
    let words = words.trim_end_matches(": ").to_owned();
    let for_now = status.is_server_error() || [408, 425, 429].contains(&status.as_u16());
    Err(if for_now { Problem::Later(words) } else { Problem::Never(words) })
}

async fn beginning(mut answer: Response) -> String {
    let mut bytes = vec![];
    while let Ok(Some(chunk)) = answer.chunk().await {
        bytes.extend_from_slice(&chunk);
        if bytes.len() >= READ {
            break;
        }
    }
    let text = String::from_utf8_lossy(&bytes);
    text.chars().take(KEPT).map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
}

/// With its causes, and without the address, which may hold credentials.
fn in_words(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut words = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(inner) = cause {
        words.push(inner.to_string());
        cause = inner.source();
    }
    words.dedup();
    words.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_what_others_compute() {
        // printf '%s' '1700000000.{"a":1}' | openssl dgst -sha256 -hmac swordfish
        assert_eq!(
            signature("swordfish", 1_700_000_000, r#"{"a":1}"#),
            "sha256=8f1701c54ae5132691656d186f95251b9ae92f79d732c3a8d1037301c9d4513c"
        );
    }
}
