//! The whole route table, readable as one page; layers; fallback.

pub mod error;
pub mod events;
pub mod extract;
pub mod modules;
pub mod openapi;
pub mod ops;
pub mod pages;
pub mod runs;
pub mod schedules;
pub mod sessions;
pub mod tasks;
pub mod users;

/// The content type of every JSON answer.
pub const JSON: &str = "application/json; charset=utf-8";
