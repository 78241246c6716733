//! The next instant of schedules.

use crate::table::Row;

/// Nothing yet.
pub fn run() -> Vec<Row> {
    vec![]
}
