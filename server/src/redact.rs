//! Keeps secrets out of log lines and messages, also where a server sends them back.

use serde_json::Value;

/// What stands where a secret stood.
const MASK: &str = "•••";
/// Shorter texts are no secrets, and blotting them out would make every line unreadable.
const SHORTEST: usize = 4;
/// Shorter lines of a secret of several lines are none.
const SHORTEST_LINE: usize = 8;

/// Texts that must not be shown.
#[derive(Debug, Default)]
pub struct Redact {
    secrets: Vec<String>,
}

impl Redact {
    /// Adds a secret.
    pub fn add(&mut self, secret: &str) {
        let secret = secret.trim();
        if secret.len() >= SHORTEST {
            self.secrets.push(secret.to_owned());
            // The longest first: one may hold another.
            self.secrets.sort_by_key(|s| std::cmp::Reverse(s.len()));
            self.secrets.dedup();
        }
    }

    /// Adds a secret that may have several lines, of which each is one.
    pub fn add_lines(&mut self, secret: &str) {
        self.add(secret);
        if secret.trim().contains('\n') {
            secret.lines().filter(|line| line.trim().len() >= SHORTEST_LINE).for_each(|line| self.add(line));
        }
    }

    /// Adds the value of a header such as `Authorization`, and what follows the scheme in it.
    pub fn add_credentials(&mut self, value: &str) {
        self.add(value);
        if let Some((_, rest)) = value.trim().split_once(' ') {
            self.add(rest);
        }
    }

    /// Whether there is nothing to hide.
    pub fn is_empty(&self) -> bool {
        self.secrets.is_empty()
    }

    /// The value with all texts in it, keys included, without the secrets.
    pub fn clean_value(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.clean(&text)),
            Value::Array(items) => items.into_iter().map(|item| self.clean_value(item)).collect(),
            Value::Object(map) => {
                map.into_iter().map(|(key, value)| (self.clean(&key), self.clean_value(value))).collect()
            }
            other => other,
        }
    }

    /// The text without the secrets.
    pub fn clean(&self, text: &str) -> String {
        self.secrets.iter().fold(text.to_owned(), |text, s| if text.contains(s) { text.replace(s, MASK) } else { text })
    }

    /// How many bytes at the end of a piece may be the beginning of a secret.
    pub fn begun(&self, piece: &[u8]) -> usize {
        let longest = |secret: &String| {
            let secret = secret.as_bytes();
            (1..secret.len()).rev().find(|n| piece.ends_with(&secret[..*n]))
        };
        self.secrets.iter().filter_map(longest).max().unwrap_or(0)
    }

    /// The beginning of a longer text without the secrets, and without one that the cut left in two.
    pub fn clean_cut(&self, text: &str) -> String {
        let mut text = self.clean(text);
        if let Some(keep) = self.secrets.iter().filter_map(|s| begun(&text, s)).min() {
            text.truncate(keep);
        }
        text
    }
}

/// Where the beginning of the secret starts that the text ends with.
fn begun(text: &str, secret: &str) -> Option<usize> {
    let starts = secret.char_indices().map(|(i, _)| i).filter(|i| *i >= SHORTEST);
    starts.filter(|i| text.ends_with(&secret[..*i])).max().map(|i| text.len() - i)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_and_the_parts_of_credentials_are_gone() {
        let mut redact = Redact::default();
        redact.add_credentials("Basic dXNlcjpwdw==");
        redact.add("s3cret");
        redact.add("s3cret-and-more");
        redact.add("e");
        assert_eq!(redact.clean("Basic dXNlcjpwdw== dXNlcjpwdw== s3cret-and-more s3cret e"), "••• ••• ••• ••• e");
        assert_eq!(redact.clean_cut("a s3cret b s3cret-and-m"), "a ••• b •••-and-m");
        assert_eq!(redact.clean_cut("s3cret s3cre"), "••• ");
        assert_eq!([redact.begun(b"a s3c"), redact.begun(b"a s3cret"), redact.begun(b"a b")], [3, 6, 0]);
        redact.add_lines("-----BEGIN-----\nMIIabcdef\n\nx\n-----END-----");
        assert_eq!(redact.clean("-----BEGIN-----, MIIabcdef, x"), "•••, •••, x");
        let value = serde_json::json!({"s3cret": ["x s3cret", 7, null]});
        assert_eq!(redact.clean_value(value), serde_json::json!({"•••": ["x •••", 7, null]}));
    }
}
