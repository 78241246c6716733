//! The API over HTTP, as an integrator sees it. Files are named after the paths.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on ends by a panic")]

mod access;
mod built_in;
mod docs;
mod errors;
mod hostile;
mod ops;
mod programs;
mod schedule;
mod support;
mod task;
