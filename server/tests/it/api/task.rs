//! `/task` and what lies below it.

mod cancel;
mod delete;
mod events;
mod idempotency;
mod list;
mod log;
mod options;
mod outcomes;
mod run;
mod save;
mod stream;
