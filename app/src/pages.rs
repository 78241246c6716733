//! One file a page.

pub mod editor;
pub mod login;
pub mod not_found;
pub mod task_list;
