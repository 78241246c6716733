//! Mail as people set it up and get it: over HTTP on one side, from a mail server on the other.

mod crash;
mod hooks;
mod inbound;
mod sending;
mod settings;
mod smtp;
