//! One suite for both stores: each test runs on SQLite and, where `ROTA_TEST_POSTGRES_URL` names one, on PostgreSQL.

#![allow(clippy::unwrap_used)]

#[path = "store/world.rs"]
#[macro_use]
mod world;
#[path = "store/claims.rs"]
mod claims;
#[path = "store/edits.rs"]
mod edits;
#[path = "store/ends.rs"]
mod ends;
#[path = "store/lists.rs"]
mod lists;
#[path = "store/logs.rs"]
mod logs;
#[path = "store/meta.rs"]
mod meta;
#[path = "store/outbox.rs"]
mod outbox;
#[path = "store/people.rs"]
mod people;
#[path = "store/results.rs"]
mod results;
#[path = "store/several.rs"]
mod several;
