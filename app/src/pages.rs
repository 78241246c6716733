//! One file a page.

pub mod editor;
pub mod log;
pub mod login;
pub mod mail;
pub mod not_found;
pub mod overview;
pub mod parts;
pub mod people;
pub mod profile;
pub mod task;
pub mod task_list;
