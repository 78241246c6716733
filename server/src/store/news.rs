//! What servers on one database tell each other.

use domain::{TaskId, UserId};

/// Something that another server did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// Something may be due, or due earlier.
    Due,
    /// A run is to be canceled, wherever it executes.
    Cancel,
    /// A setting changed, or a delivery is due.
    Settings,
    /// Tasks changed, for those who watch them.
    Tasks(Vec<Changed>),
    /// Notices may have been missed.
    Missed,
}

/// A task that changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changed {
    /// The task.
    pub task: TaskId,
    /// Who may see it, beside root.
    pub owner: Option<UserId>,
    /// Whether it is gone.
    pub deleted: bool,
}

/// The most that PostgreSQL takes in one notice, with room for what stands before it.
const MOST_BYTES: usize = 7000;
const SEEN: &str = "seen";

impl News {
    /// The payload of a notice. [`News::Tasks`] has [`payloads`].
    pub fn word(&self) -> &'static str {
        match self {
            News::Due => "tasks",
            News::Cancel => "cancel",
            News::Settings => "settings",
            News::Tasks(_) | News::Missed => "missed",
        }
    }

    /// Reads a payload; `None` for what `origin`, this server, sent for the others to see. One of a later version is taken for anything.
    pub fn read(payload: &str, origin: &str) -> Option<News> {
        let mut words = payload.split(' ');
        match words.next() {
            Some("tasks") => Some(News::Due),
            Some("cancel") => Some(News::Cancel),
            Some("settings") => Some(News::Settings),
            Some(SEEN) if words.next() == Some(origin) => None,
            Some(SEEN) => Some(words.map(Changed::read).collect::<Option<Vec<_>>>().map_or(News::Missed, News::Tasks)),
            _ => Some(News::Missed),
        }
    }
}

impl Changed {
    fn written(&self) -> String {
        let owner = self.owner.map(|owner| owner.0.to_string()).unwrap_or_default();
        format!(" {}:{owner}{}", self.task.0, if self.deleted { ":gone" } else { "" })
    }

    fn read(word: &str) -> Option<Changed> {
        let mut parts = word.split(':');
        let task = TaskId(parts.next()?.parse().ok()?);
        let owner = match parts.next()? {
            "" => None,
            id => Some(UserId(id.parse().ok()?)),
        };
        Some(Changed { task, owner, deleted: parts.next() == Some("gone") })
    }
}

/// What `origin` tells the others of these tasks, in as many notices as it takes.
pub fn payloads(changed: &[Changed], origin: &str) -> Vec<String> {
    let begin = || format!("{SEEN} {origin}");
    let mut all = vec![];
    let mut payload = begin();
    for word in changed.iter().map(Changed::written) {
        if payload.len() + word.len() > MOST_BYTES {
            all.push(std::mem::replace(&mut payload, begin()));
        }
        payload += &word;
    }
    if !changed.is_empty() {
        all.push(payload);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_by_others_alone() {
        let changed: Vec<Changed> = (1..3000)
            .map(|i| Changed { task: TaskId(i), owner: (i % 3 > 0).then_some(UserId(i)), deleted: i % 5 == 0 })
            .collect();
        let all = payloads(&changed, "me");
        assert!(all.len() > 1 && all.iter().all(|payload| payload.len() < 8000));
        assert!(all.iter().all(|payload| News::read(payload, "me").is_none()));
        let read: Vec<Changed> = all
            .iter()
            .flat_map(|payload| match News::read(payload, "you") {
                Some(News::Tasks(tasks)) => tasks,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(read, changed);
        assert!(payloads(&[], "me").is_empty());
    }

    #[test]
    fn words_are_read_and_what_is_unknown_is_not_ignored() {
        for news in [News::Due, News::Cancel, News::Settings, News::Missed] {
            assert_eq!(News::read(news.word(), "me"), Some(news));
        }
        assert_eq!(News::read("seen you 7:x", "me"), Some(News::Missed));
        assert_eq!(News::read("", "me"), Some(News::Missed));
    }
}
