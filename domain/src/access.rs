//! Who may call what: the contract's table as functions.

use crate::error::Error;
use crate::ids::{TaskId, UserId};
use crate::user::{ROOT, TASK, User};

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The user.
    pub user: User,
}

impl Caller {
    /// The user's id.
    pub fn id(&self) -> UserId {
        self.user.id
    }

    /// Whether the caller holds `right`; root holds all.
    pub fn holds(&self, right: &str) -> bool {
        right.is_empty() || self.user.system_rights.iter().any(|r| r == right || r == ROOT)
    }

    /// Whether the caller is root.
    pub fn is_root(&self) -> bool {
        self.holds(ROOT)
    }

    /// For everything about tasks and schedules.
    ///
    /// # Errors
    /// `SystemRightRequired` without `system.task` and `system.root`.
    pub fn needs_task(&self) -> Result<(), Error> {
        if self.holds(TASK) { Ok(()) } else { Err(Error::rights(&[TASK, ROOT])) }
    }

    /// For everything about other users.
    ///
    /// # Errors
    /// `SystemRightRequired` without `system.root`.
    pub fn needs_root(&self) -> Result<(), Error> {
        if self.is_root() { Ok(()) } else { Err(Error::rights(&[ROOT])) }
    }

    /// Whether the caller sees a task of this owner.
    pub fn sees(&self, owner: Option<UserId>) -> bool {
        self.is_root() || owner == Some(self.id())
    }

    /// For the id-addressed operations (log, cancel, delete, patch, run, run history). `found` holds the
    /// task's owner if there is such a task.
    ///
    /// # Errors
    /// `ObjectNotFound`, `InsufficientRights`.
    pub fn may_touch(&self, task_id: TaskId, found: Option<Option<UserId>>) -> Result<(), Error> {
        match found {
            None => Err(Error::ObjectNotFound { object: format!("task {task_id}") }),
            Some(owner) if self.sees(owner) => Ok(()),
            Some(_) => Err(Error::InsufficientRights { task_id }),
        }
    }

    /// For `GET /task/{id}`, which does not reveal whether someone else's task exists.
    ///
    /// # Errors
    /// `ResourceNotFound`.
    pub fn may_read(&self, task_id: TaskId, found: Option<Option<UserId>>) -> Result<(), Error> {
        match found {
            Some(owner) if self.sees(owner) => Ok(()),
            _ => Err(Error::ResourceNotFound { resource: format!("task {task_id}") }),
        }
    }
}
