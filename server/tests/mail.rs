//! Mail as people set it up and get it: over HTTP on one side, from a mail server on the other.
#![allow(clippy::unwrap_used, reason = "tests")]
#![allow(dead_code, reason = "the helpers are made for other tests as well")]

#[path = "api/support.rs"]
mod support;

#[path = "mail/crash.rs"]
mod crash;
#[path = "mail/hooks.rs"]
mod hooks;
#[path = "mail/inbound.rs"]
mod inbound;
#[path = "mail/sending.rs"]
mod sending;
#[path = "mail/settings.rs"]
mod settings;
#[path = "mail/smtp.rs"]
mod smtp;
