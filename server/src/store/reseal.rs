//! Sealing anew, as far as it is the same in every database.

use super::{Reseal, StoreError, Stored};
use domain::TaskId;
use domain::json::RawMap;
use domain::module::SEALED;

/// How many tasks are looked at in one transaction.
pub const STEP: i64 = 500;

/// Of ids and parameters: those that changed, as they are to be written.
pub fn resealed(rows: Vec<(i64, String)>, reseal: Reseal<'_>) -> Stored<Vec<(i64, String)>> {
    let mut changed = vec![];
    for (id, text) in rows.into_iter().filter(|(_, text)| text.contains(SEALED)) {
        let corrupt = |e: serde_json::Error| StoreError::Corrupt(format!("params of task {id}: {e}"));
        let params: RawMap = serde_json::from_str(&text).map_err(corrupt)?;
        if let Some(anew) = reseal(TaskId(id), &params) {
            changed.push((id, serde_json::to_string(&anew).map_err(corrupt)?));
        }
    }
    Ok(changed)
}
