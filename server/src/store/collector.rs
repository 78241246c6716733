//! A page of those log lines that match.

use super::{LogQuery, Page};
use domain::run::LogEntry;

/// Puts a page together out of what matches, in either order.
pub(super) struct Collector<'a> {
    query: &'a LogQuery,
    seen: u64,
    items: Vec<LogEntry>,
}

impl<'a> Collector<'a> {
    /// An empty page.
    pub(super) fn new(query: &'a LogQuery) -> Collector<'a> {
        Collector { query, seen: 0, items: vec![] }
    }

    /// Whether the next `n` matches all lie before or behind the page.
    pub(super) fn misses(&self, n: u64) -> bool {
        n == 0 || self.seen + n <= self.query.offset || self.items.len() as u64 >= self.query.limit
    }

    /// Counts matches that lie outside the page.
    pub(super) fn pass_over(&mut self, n: u64) {
        self.seen += n;
    }

    /// Takes matches, ascending.
    pub(super) fn take(&mut self, mut matches: Vec<LogEntry>) {
        if self.query.descending {
            matches.reverse();
        }
        for entry in matches {
            if self.seen >= self.query.offset && (self.items.len() as u64) < self.query.limit {
                self.items.push(entry);
            }
            self.seen += 1;
        }
    }

    /// The page.
    pub(super) fn done(self) -> Page<LogEntry> {
        Page { items: self.items, total: self.seen }
    }
}
