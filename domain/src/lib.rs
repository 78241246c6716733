//! Rota's pure heart: the types of the REST contract and every decision.
//!
//! Nothing here knows a runtime, a database or a browser, and nothing asks what time it is: `now` is
//! always an argument. The crate compiles to native code and to WebAssembly in seconds.

pub mod access;
pub mod error;
pub mod ids;
pub mod json;
pub mod l10n;
pub mod mail;
pub mod module;
pub mod notify;
#[cfg(feature = "openapi")]
mod openapi;
#[cfg(feature = "zones")]
pub mod planner;
pub mod reader;
pub mod run;
pub mod schedule;
pub mod task;
pub mod time;
pub mod user;

pub use error::Error;
pub use ids::{DeliveryId, RunId, TaskId, TokenId, UserId};
pub use l10n::{L10n, Lang};
pub use time::Timestamp;
