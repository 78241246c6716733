//! Which updates a process may still write: those of the runs that it owns by the very claim that the update names.

use super::{Owned, RunUpdate};
use domain::RunId;
use std::collections::{HashMap, HashSet};

/// What the rows say of the runs in a batch of updates.
#[derive(Default)]
pub struct Fence {
    /// Runs that are this process's, and whether someone wants them canceled.
    own: HashMap<Owned, bool>,
    /// Runs that this process ended already, in a write whose answer was lost.
    ended: HashSet<Owned>,
}

impl Fence {
    /// A run that is running, owned by this process.
    pub fn own(&mut self, run: Owned, cancel: bool) {
        self.own.insert(run, cancel);
    }

    /// A run that this process owned to its end.
    pub fn ended(&mut self, run: Owned) {
        self.ended.insert(run);
    }

    /// Whether it is written.
    pub fn admits(&self, update: &RunUpdate) -> bool {
        self.own.contains_key(&update.owned())
    }

    /// Whether someone wants the run canceled.
    pub fn canceled(&self, update: &RunUpdate) -> bool {
        self.own.get(&update.owned()) == Some(&true)
    }

    /// The runs of which nothing is written, as they are not this process's.
    pub fn lost(&self, updates: &[RunUpdate]) -> Vec<Owned> {
        let written = |u: &&RunUpdate| self.admits(u) || (u.end.is_some() && self.ended.contains(&u.owned()));
        updates.iter().filter(|u| !written(u)).map(RunUpdate::owned).collect()
    }

    /// Those that may turn out to be written already: ends of runs that are not this process's any more.
    pub fn in_question<'a>(&'a self, updates: &'a [RunUpdate]) -> impl Iterator<Item = RunId> + 'a {
        updates.iter().filter(|u| u.end.is_some() && !self.admits(u)).map(|u| u.run)
    }
}
