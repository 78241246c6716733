//! One suite for both stores: each test runs on SQLite and on PostgreSQL.

mod claims;
mod edits;
mod ends;
mod faults;
mod hosts;
mod lists;
mod logs;
mod meta;
mod network;
mod outbox;
mod owning;
mod people;
mod results;
mod several;
