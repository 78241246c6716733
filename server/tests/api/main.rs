//! The API over HTTP, as an integrator sees it. Files are named after the paths.

mod access;
mod docs;
mod errors;
mod hostile;
mod ops;
mod schedule;
mod support;
mod task;
