//! Rota's server as a library: everything but the command line.

// The app's views nest types deeply, and are made into code here.
#![recursion_limit = "256"]

pub mod auth;
mod backoff;
mod backup;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod files;
pub mod first_start;
pub mod http;
pub mod hub;
pub mod mail;
pub mod minder;
pub mod modules;
mod redact;
pub mod retention;
pub mod scheduler;
pub mod secrets;
pub mod server;
pub mod state;
pub mod store;
