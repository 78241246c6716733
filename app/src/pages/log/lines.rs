//! The lines that are known: pages of them, the oldest used thrown away.

use crate::api::runs::{self, Lines, LogEntry};
use domain::{RunId, TaskId};
use leptos::prelude::*;
use std::collections::BTreeMap;

/// Lines of one page.
pub const PAGE: u64 = 500;
/// Most pages that are kept.
const KEPT: usize = 40;

/// Which lines of which log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The task.
    pub task: TaskId,
    /// The run; `None`: the latest.
    pub run: Option<RunId>,
    /// This level and worse; empty: all.
    pub level: String,
}

impl Source {
    /// What to ask the API for a page.
    fn lines(&self, page: u64) -> Lines {
        Lines { run: self.run, level: self.level.clone(), q: String::new(), offset: page * PAGE, limit: PAGE }
    }
}

#[derive(Debug, Clone, Default)]
struct Known {
    pages: BTreeMap<u64, Page>,
    tick: u64,
}

#[derive(Debug, Clone, Default)]
struct Page {
    lines: Vec<LogEntry>,
    asked: bool,
    used: u64,
}

/// The lines of one source. Cheap to copy.
#[derive(Clone, Copy)]
pub struct LogLines {
    source: StoredValue<Source>,
    known: RwSignal<Known>,
    /// How many there are.
    pub total: RwSignal<u64>,
    /// The last call failed.
    pub failed: RwSignal<bool>,
}

impl LogLines {
    /// With what was read first.
    pub fn new(source: Source, offset: u64, first: runs::LogPage) -> LogLines {
        let all = LogLines {
            source: StoredValue::new(source),
            known: RwSignal::new(Known::default()),
            total: RwSignal::new(first.total),
            failed: RwSignal::new(false),
        };
        all.put(offset, first.items);
        all
    }

    /// A line by its place, tracked; `None` as long as it is not known.
    pub fn get(self, place: u64) -> Option<LogEntry> {
        self.known.with(|known| {
            let page = known.pages.get(&(place / PAGE))?;
            page.lines.get(usize::try_from(place % PAGE).ok()?).cloned()
        })
    }

    /// Puts lines to their places. Those that are out of order are left for their own page to come.
    fn put(self, offset: u64, lines: Vec<LogEntry>) {
        self.known.update(|known| {
            for (place, entry) in (offset..).zip(lines) {
                let page = known.pages.entry(place / PAGE).or_default();
                let at = usize::try_from(place % PAGE).unwrap_or(usize::MAX);
                match page.lines.len() {
                    len if len == at => page.lines.push(entry),
                    len if len > at => page.lines[at] = entry,
                    _ => {}
                }
            }
        });
    }

    /// A line that has just come, in the whole log.
    pub fn append(self, entry: LogEntry) {
        let place = entry.idx;
        if self.source.with_value(|source| source.level.is_empty()) {
            self.total.update(|total| *total = (*total).max(place + 1));
            self.put(place, vec![entry]);
        }
    }

    /// Asks for the pages of these places that are not known.
    pub fn want(self, from: u64, to: u64) {
        let total = self.total.get_untracked();
        let last = to.min(total.saturating_sub(1));
        for page in from / PAGE..=last / PAGE {
            let whole = (total - (page * PAGE).min(total)).min(PAGE);
            let missing = self.known.with_untracked(|known| {
                known.pages.get(&page).is_none_or(|page| !page.asked && (page.lines.len() as u64) < whole)
            });
            if missing && whole > 0 {
                self.fetch(page);
            }
        }
    }

    fn fetch(self, page: u64) {
        self.known.update_untracked(|known| {
            known.tick += 1;
            let tick = known.tick;
            let entry = known.pages.entry(page).or_default();
            (entry.asked, entry.used) = (true, tick);
            if known.pages.len() > KEPT
                && let Some(oldest) = known.pages.iter().min_by_key(|(_, page)| page.used).map(|(n, _)| *n)
            {
                known.pages.remove(&oldest);
            }
        });
        let source = self.source.get_value();
        leptos::task::spawn_local(async move {
            let found = runs::log(source.task, source.lines(page)).await;
            if self.failed.is_disposed() {
                return;
            }
            self.failed.set(found.is_err());
            self.known.update(|known| {
                let entry = known.pages.entry(page).or_default();
                entry.asked = false;
                if let Ok(found) = &found {
                    entry.lines.clone_from(&found.items);
                }
            });
            if let Ok(found) = found {
                self.total.update(|total| *total = (*total).max(found.total));
            }
        });
    }
}
