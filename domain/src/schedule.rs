//! Stub.
use crate::{Error, Timestamp, json::Raw};
use serde::{Deserialize, Serialize};
/// A schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Schedule {
    /// Minutes.
    #[serde(default)]
    pub minutes: Vec<u8>,
}
/// Reads.
pub fn read_schedules(raw: &Raw, pointer: &str) -> Result<Vec<Schedule>, Error> {
    serde_json::from_str(raw.get()).map_err(|_| Error::ScheduleNeverRuns { pointer: pointer.into() })
}
/// Plan.
pub struct Plan;
impl Plan {
    /// C.
    pub fn compile(_: &[Schedule]) -> Plan {
        Plan
    }
    /// N.
    pub fn next_after(&self, t: Timestamp) -> Option<Timestamp> {
        Some(Timestamp::from_ms((t.ms() / 3_600_000 + 1) * 3_600_000))
    }
}
