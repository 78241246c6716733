//! The API over HTTP, as an integrator sees it. Files are named after the paths.

mod access;
mod built_in;
mod docs;
mod errors;
mod hostile;
mod ops;
mod programs;
mod schedule;
mod task;
