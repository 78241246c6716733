//! What mails say: three templates, which a folder may hold others of. What comes from outside stays text.

use domain::Lang;
use minijinja::{AutoEscape, Environment};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The largest template that is read, in bytes.
const MAX_TEMPLATE: u64 = 256 * 1024;

/// The names of the templates, and what they are without a file of their own.
pub const DEFAULTS: [(&str, &str); 3] = [
    ("subject.txt", include_str!("templates/subject.txt")),
    ("mail.txt", include_str!("templates/mail.txt")),
    ("mail.html", include_str!("templates/mail.html")),
];

/// A mail's texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Texts {
    /// One line.
    pub subject: String,
    /// As plain text.
    pub text: String,
    /// As HTML.
    pub html: String,
}

/// Renders mails.
#[derive(Debug, Clone)]
pub struct Templates {
    folder: PathBuf,
}

impl Templates {
    /// With the templates in this folder in place of the built-in ones.
    pub fn new(folder: PathBuf) -> Templates {
        Templates { folder }
    }

    /// A mail with this content. A template that cannot be read or used is told of, and the built-in one stands in.
    pub fn render(&self, context: &Value) -> Texts {
        let [subject, text, html] = DEFAULTS.map(|(name, built_in)| self.one(name, built_in, context));
        Texts { subject: one_line(&subject), text, html }
    }

    fn one(&self, name: &str, built_in: &str, context: &Value) -> String {
        let path = self.folder.join(name);
        match own(&path) {
            Ok(None) => {}
            Ok(Some(source)) => match rendered(name, &source, context) {
                Ok(text) => return text,
                Err(error) => tracing::error!(file = %path.display(), "this template cannot be used: {error:#}"),
            },
            Err(error) => tracing::error!(file = %path.display(), "this template cannot be read: {error}"),
        }
        rendered(name, built_in, context).unwrap_or_else(|error| {
            tracing::error!(name, "a built-in template cannot be used: {error:#}");
            String::new()
        })
    }
}

fn own(path: &Path) -> std::io::Result<Option<String>> {
    match std::fs::metadata(path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e),
        Ok(meta) if meta.len() > MAX_TEMPLATE => Err(std::io::Error::other("it has more than 256 KiB")),
        Ok(_) => std::fs::read_to_string(path).map(Some),
    }
}

fn rendered(name: &str, source: &str, context: &Value) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(
        |name| {
            if name.ends_with(".html") { AutoEscape::Html } else { AutoEscape::None }
        },
    );
    // A template that never ends must not keep mails from going out.
    environment.set_fuel(Some(1_000_000));
    environment.render_named_str(name, source, context)
}

/// A subject of one line, of 200 characters at most.
fn one_line(text: &str) -> String {
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()).collect();
    words.join(" ").chars().take(200).collect()
}

/// The words of a mail in its language.
pub fn words(lang: Lang, kind: domain::mail::Kind, tally: domain::mail::Tally) -> Value {
    use domain::mail::Kind;
    let n = (tally.outcomes, tally.problems);
    let (subject, headline) = match (lang, kind) {
        (Lang::De, Kind::Problem) => ("Problem".to_owned(), "Ein Lauf ist nicht gut ausgegangen.".to_owned()),
        (Lang::De, Kind::Ok) => ("Erledigt".to_owned(), "Ein Lauf ist erledigt.".to_owned()),
        (Lang::De, Kind::Recovery) => {
            ("Läuft wieder".to_owned(), "Nach einem Problem läuft die Aufgabe wieder.".to_owned())
        }
        (Lang::De, Kind::Digest) => (
            format!("{} Läufe, {} mit Problem", n.0, n.1),
            format!("Läufe in einer Stunde: {}; davon nicht gut ausgegangen: {}. Der letzte:", n.0, n.1),
        ),
        (Lang::En, Kind::Problem) => ("Problem".to_owned(), "A run did not end well.".to_owned()),
        (Lang::En, Kind::Ok) => ("Done".to_owned(), "A run is done.".to_owned()),
        (Lang::En, Kind::Recovery) => ("Works again".to_owned(), "After a problem the task works again.".to_owned()),
        (Lang::En, Kind::Digest) => (
            format!("{} runs, {} with a problem", n.0, n.1),
            format!("Runs within an hour: {}; of these did not end well: {}. The latest:", n.0, n.1),
        ),
    };
    let de = lang == Lang::De;
    let pick = |german: &str, english: &str| if de { german.to_owned() } else { english.to_owned() };
    serde_json::json!({
        "subject": subject, "headline": headline,
        "task": pick("Aufgabe", "Task"), "outcome": pick("Ergebnis", "Outcome"), "message": pick("Meldung", "Message"),
        "started": pick("Begonnen", "Started"), "finished": pick("Beendet", "Finished"),
        "duration": pick("Dauer", "Duration"), "next_run": pick("Nächster Lauf", "Next run"),
        "none": pick("keiner geplant", "none planned"), "open": pick("Protokoll ansehen", "Show the log"),
        "log": pick("Die letzten Warnungen und Fehler im Protokoll:", "The last warnings and errors in the log:"),
        "footer": pick(
            "Diese Mail hat Rota geschickt. Wer sie bekommt, steht in der Aufgabe oder in den Einstellungen des Servers.",
            "This mail was sent by Rota. Who gets it is set in the task or in the server's settings.",
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::mail::{Kind, Tally};
    use serde_json::json;

    fn context(description: &str) -> Value {
        let tally = Tally { outcomes: 1, problems: 1 };
        json!({"t": words(Lang::En, Kind::Problem, tally), "language": "en-US", "task": {"id": 7, "description": description},
            "run": {"status_text": "error", "message": "<b>no</b>"}, "log": [{"time": "12:00", "level": "error", "text": "<script>"}]})
    }

    #[test]
    fn hostile_text_stays_text() {
        let folder = tempfile::tempdir().unwrap();
        let texts = Templates::new(folder.path().into()).render(&context("a\r\nBcc: x@example.org <i>{{ 7 * 6 }}</i>"));
        assert_eq!(texts.subject, "Problem: a Bcc: x@example.org <i>{{ 7 * 6 }}</i>");
        assert!(texts.html.contains("&lt;b&gt;no") && texts.html.contains("&lt;script&gt;"), "{}", texts.html);
        assert!(!texts.html.contains("<i>") && !texts.html.contains("42"));
        assert!(texts.text.contains("<b>no</b>"));
    }

    #[test]
    fn a_file_stands_in_and_a_broken_one_does_not() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("subject.txt"), "[ops] {{ task.description }}").unwrap();
        std::fs::write(folder.path().join("mail.txt"), "{% if %}").unwrap();
        std::fs::write(
            folder.path().join("mail.html"),
            "{% for i in range(9999) %}{% for j in range(9999) %}x{% endfor %}{% endfor %}",
        )
        .unwrap();
        let texts = Templates::new(folder.path().into()).render(&context("Export"));
        assert_eq!(texts.subject, "[ops] Export");
        assert!(texts.text.contains("did not end well") && texts.html.contains("did not end well"));
    }

    #[test]
    fn both_languages_have_words_for_every_kind() {
        for kind in Kind::ALL {
            for lang in [Lang::De, Lang::En] {
                let words = words(lang, *kind, Tally { outcomes: 3, problems: 2 });
                assert!(words.as_object().unwrap().values().all(|w| !w.as_str().unwrap().is_empty()));
            }
        }
    }
}
