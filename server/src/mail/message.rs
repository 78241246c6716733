//! Puts mails together: what is told of a run, and the headers that let programs sort and thread it.

use super::templates::{Templates, Texts, words};
use crate::store::owed::Snapshot;
use domain::mail::{Delivery, Kind, MailSettings};
use domain::run::{LogEntry, Status};
use domain::{Lang, TaskId, Timestamp};
use lettre::Message;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use serde_json::{Value, json};
use std::time::Duration;

/// The longest log line in a mail, in characters.
const MAX_LINE: usize = 1000;

/// What a mail about a run tells.
pub struct Told<'a> {
    /// The delivery.
    pub delivery: &'a Delivery,
    /// What is known of task and run.
    pub snapshot: &'a Snapshot,
    /// The last lines at `warning` or worse, in their order.
    pub log: &'a [LogEntry],
    /// In this language.
    pub lang: Lang,
    /// The server's address for people, if it is known.
    pub public_url: Option<&'a str>,
}

/// The part after the `@` of what this server makes up.
pub fn mail_domain(sender: &str) -> String {
    let domain = sender.rsplit_once('@').map_or("", |(_, domain)| domain);
    let plain = !domain.is_empty() && domain.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-');
    if plain { domain.to_ascii_lowercase() } else { "rota.invalid".to_owned() }
}

/// A mail about a run, as it goes over the line.
///
/// # Errors
/// What of the addresses cannot be used.
pub fn about_run(
    told: &Told<'_>,
    settings: &MailSettings,
    templates: &Templates,
    now: Timestamp,
) -> Result<Vec<u8>, String> {
    let texts = templates.render(&context(told));
    let task = told.delivery.task_id;
    let domain = mail_domain(&settings.sender);
    let root = format!("<task-{task}@{domain}>");
    let envelope = Envelope { settings, to: &told.delivery.recipient, message_id: &told.delivery.message_id, now };
    written(&envelope, texts, Some((root, list_id(task, &domain))))
}

/// A mail that only shows that mails arrive.
///
/// # Errors
/// What of the addresses cannot be used.
pub fn trial(settings: &MailSettings, to: &str, lang: Lang, now: Timestamp) -> Result<Vec<u8>, String> {
    let (subject, text) = match lang {
        Lang::De => ("Rota: Probemail", "Wenn Sie das lesen, kommen Mails von Rota an."),
        Lang::En => ("Rota: a test mail", "If you read this, mails from Rota arrive."),
    };
    let texts = Texts { subject: subject.to_owned(), text: format!("{text}\n"), html: format!("<p>{text}</p>") };
    let message_id = format!("<{:032x}@{}>", rand::random::<u128>(), mail_domain(&settings.sender));
    written(&Envelope { settings, to, message_id: &message_id, now }, texts, None)
}

struct Envelope<'a> {
    settings: &'a MailSettings,
    to: &'a str,
    message_id: &'a str,
    now: Timestamp,
}

fn written(envelope: &Envelope<'_>, texts: Texts, thread: Option<(String, String)>) -> Result<Vec<u8>, String> {
    let settings = envelope.settings;
    let address = |text: &str| text.parse().map_err(|e| format!("{text}: {e}"));
    let mut builder = Message::builder()
        .from(Mailbox::new(Some("Rota".to_owned()), address(&settings.sender)?))
        .to(Mailbox::new(None, address(envelope.to)?))
        .subject(texts.subject)
        .date(std::time::UNIX_EPOCH + Duration::from_millis(u64::try_from(envelope.now.ms()).unwrap_or(0)))
        .message_id(Some(envelope.message_id.to_owned()))
        .raw_header(raw("Auto-Submitted", "auto-generated")?);
    if !settings.reply_to.is_empty() {
        builder = builder.reply_to(Mailbox::new(None, address(&settings.reply_to)?));
    }
    if let Some((root, list)) = thread {
        builder = builder.in_reply_to(root.clone()).references(root).raw_header(raw("List-Id", &list)?);
    }
    let body = MultiPart::alternative_plain_html(texts.text, texts.html);
    builder.multipart(body).map(|mail| mail.formatted()).map_err(|e| e.to_string())
}

fn raw(name: &str, value: &str) -> Result<HeaderValue, String> {
    let name = HeaderName::new_from_ascii(name.to_owned()).map_err(|e| e.to_string())?;
    Ok(HeaderValue::new(name, value.to_owned()))
}

/// RFC 2919: the task's mails are a list, which programs can sort by.
fn list_id(task: TaskId, domain: &str) -> String {
    format!("<task-{task}.{domain}>")
}

fn context(told: &Told<'_>) -> Value {
    let Told { delivery, snapshot, lang, .. } = told;
    let run = &snapshot.run;
    let task = delivery.task_id;
    let url = told.public_url.map(|base| format!("{base}/task/{task}"));
    let took = run.run_started_at.zip(run.run_finished_at).map(|(from, to)| duration(to.since(from), *lang));
    json!({
        "kind": delivery.kind.as_str(), "language": lang.tag(),
        "t": words(*lang, delivery.kind, delivery.tally),
        "task": {"id": task, "description": printable(&snapshot.description), "module": snapshot.module,
            "owner": snapshot.owner.as_deref().map(printable), "url": url},
        "run": {
            "id": run.id, "status": run.status.as_str(), "status_text": status_text(run.status, *lang),
            "trigger": run.trigger.as_str(), "message": run.status_msg.as_deref().map(printable), "node": run.node,
            "started": run.run_started_at.map(|t| instant(t, *lang)),
            "finished": run.run_finished_at.map(|t| instant(t, *lang)),
            "duration": took, "url": url.map(|url| format!("{url}/log?run={}", run.id)),
        },
        "tally": delivery.tally, "is_digest": delivery.kind == Kind::Digest,
        "next_run": snapshot.next_run_at.map(|t| instant(t, *lang)),
        "log": told.log.iter().map(|entry| line(entry, *lang)).collect::<Vec<_>>(),
    })
}

fn line(entry: &LogEntry, lang: Lang) -> Value {
    let text: String = printable(&entry.msg).chars().take(MAX_LINE).collect();
    json!({"time": instant(entry.timestamp, lang), "level": entry.level.as_str(), "text": text})
}

/// Without what a reader's terminal or mail program might obey.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' && c != '\t' { ' ' } else { c }).collect()
}

fn status_text(status: Status, lang: Lang) -> &'static str {
    match (status, lang) {
        (Status::Done, Lang::De) => "erledigt",
        (Status::Done, Lang::En) => "done",
        (Status::Canceled, Lang::De) => "abgebrochen",
        (Status::Canceled, Lang::En) => "canceled",
        (_, Lang::De) => "Fehler",
        (_, Lang::En) => "error",
    }
}

fn instant(t: Timestamp, lang: Lang) -> String {
    let format = if lang == Lang::De { "%d.%m.%Y %H:%M:%S UTC" } else { "%Y-%m-%d %H:%M:%S UTC" };
    t.to_chrono().format(format).to_string()
}

fn duration(d: Duration, lang: Lang) -> String {
    let (ms, s) = (d.as_millis(), d.as_secs());
    match s {
        0 => format!("{ms} ms"),
        1..=59 if lang == Lang::De => format!("{},{} s", s, d.subsec_millis() / 100),
        1..=59 => format!("{}.{} s", s, d.subsec_millis() / 100),
        60..=3599 => format!("{} min {} s", s / 60, s % 60),
        _ => format!("{} h {} min", s / 3600, s % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_at_a_glance() {
        let of = |ms| duration(Duration::from_millis(ms), Lang::En);
        assert_eq!([of(12), of(1250), of(61_000), of(7_260_000)], ["12 ms", "1.2 s", "1 min 1 s", "2 h 1 min"]);
        assert_eq!(duration(Duration::from_millis(1250), Lang::De), "1,2 s");
    }

    #[test]
    fn ids_get_a_domain_that_is_one() {
        assert_eq!(mail_domain("rota@Example.org"), "example.org");
        assert_eq!(mail_domain("rota@[127.0.0.1]"), "rota.invalid");
        assert_eq!(mail_domain(""), "rota.invalid");
    }
}
