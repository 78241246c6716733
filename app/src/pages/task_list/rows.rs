//! The rows on the page, each kept up to date by what the server tells.

use crate::api::tasks::TaskObject;
use domain::TaskId;
use leptos::prelude::*;

/// A row. Cheap to copy.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Whose it is.
    pub id: TaskId,
    /// The task as it is known.
    pub object: RwSignal<TaskObject>,
    /// Whether it is among those that the next action is about.
    pub selected: RwSignal<bool>,
    /// Deleted meanwhile; it stays in its place, so that nothing moves.
    pub gone: RwSignal<bool>,
}

impl Row {
    /// As it is now; nothing is drawn anew for what is the same.
    fn put(self, object: TaskObject) {
        if self.object.try_with_untracked(|old| *old != object) == Some(true) {
            self.object.set(object);
        }
    }

    fn is_there(self) -> bool {
        self.gone.try_get_untracked() == Some(false)
    }
}

/// All rows. Cheap to copy. An answer may come when they are no longer on the page: then nothing happens.
#[derive(Debug, Clone, Copy)]
pub struct Rows {
    rows: StoredValue<Vec<Row>>,
    /// Tasks made since the list was read.
    pub unseen: RwSignal<Vec<TaskId>>,
    /// The list would be another if it were read now.
    pub stale: RwSignal<bool>,
}

impl Rows {
    /// Of a page as it was read.
    pub fn of(objects: Vec<TaskObject>) -> Rows {
        let rows = objects.into_iter().map(|object| Row {
            id: object.task.id,
            object: RwSignal::new(object),
            selected: RwSignal::new(false),
            gone: RwSignal::new(false),
        });
        Rows { rows: StoredValue::new(rows.collect()), unseen: RwSignal::new(vec![]), stale: RwSignal::new(false) }
    }

    /// In the order shown.
    pub fn all(self) -> Vec<Row> {
        self.rows.try_get_value().unwrap_or_default()
    }

    /// The row of a task.
    pub fn find(self, id: TaskId) -> Option<Row> {
        self.all().into_iter().find(|row| row.id == id)
    }

    /// Those selected, tracked.
    pub fn selected(self) -> Vec<Row> {
        self.all().into_iter().filter(|row| row.selected.get() && !row.gone.get()).collect()
    }

    /// Selects all or none.
    pub fn select_all(self, selected: bool) {
        self.all().iter().filter(|row| row.is_there()).for_each(|row| row.selected.set(selected));
    }

    /// A task changed, or is new.
    pub fn put(self, object: TaskObject) {
        let id = object.task.id;
        match self.find(id) {
            Some(row) => row.put(object),
            // Ids only grow: one above all that are shown is new, any other is on another page.
            None if self.is_new(id) => self.unseen.update(|unseen| unseen.push(id)),
            None => {}
        }
    }

    fn is_new(self, id: TaskId) -> bool {
        let newest = self.all().iter().map(|row| row.id).max();
        newest.is_none_or(|newest| id > newest) && !self.has_unseen(id)
    }

    fn has_unseen(self, id: TaskId) -> bool {
        self.unseen.try_with_untracked(|unseen| unseen.contains(&id)).unwrap_or(true)
    }

    /// A task is gone.
    pub fn remove(self, id: TaskId) {
        if let Some(row) = self.find(id) {
            row.selected.set(false);
            row.gone.set(true);
        }
        if self.has_unseen(id) {
            self.unseen.update(|unseen| unseen.retain(|other| *other != id));
        }
    }

    /// The same page as it was read again: what is on it is brought up to date, nothing moves.
    pub fn refresh(self, objects: Vec<TaskObject>) {
        let ids: Vec<TaskId> = objects.iter().map(|object| object.task.id).collect();
        let shown: Vec<TaskId> = self.all().iter().filter(|row| row.is_there()).map(|row| row.id).collect();
        if self.stale.is_disposed() {
            return;
        }
        self.stale.set(ids != shown);
        for object in objects {
            if let Some(row) = self.find(object.task.id) {
                row.gone.set(false);
                row.put(object);
            }
        }
    }
}
