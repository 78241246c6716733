//! All integration tests of the server in one program: it is linked once, and `cargo test NAME` finds any of them.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on ends by a panic")]

#[macro_use]
mod databases;
mod http_world;
mod proxy;
mod server_process;
mod store_world;

mod api;
mod cli;
mod mail;
mod minder;
mod ownership;
mod pages;
mod people;
mod scheduler;
mod store;
