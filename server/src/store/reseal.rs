//! Sealing anew, as far as it is the same in every database.

use super::{Reseal, StoreError, Stored};
use domain::TaskId;
use domain::json::RawMap;
use domain::module::SEALED;
use domain::task::Options;

/// How many tasks are looked at in one transaction.
pub const STEP: i64 = 500;

/// A task's id, parameters and options, as they are stored.
pub type Row = (i64, String, String);

/// Of some tasks those that changed, as they are to be written.
pub fn resealed(rows: Vec<Row>, reseal: Reseal<'_>) -> Stored<Vec<Row>> {
    let mut changed = vec![];
    for (id, params, options) in rows.into_iter().filter(|(_, a, b)| a.contains(SEALED) || b.contains(SEALED)) {
        let corrupt = |e: serde_json::Error| StoreError::Corrupt(format!("secrets of task {id}: {e}"));
        let params: RawMap = serde_json::from_str(&params).map_err(corrupt)?;
        let options: Options = serde_json::from_str(&options).map_err(corrupt)?;
        if let Some((params, options)) = reseal(TaskId(id), &params, &options) {
            changed.push((id, serde_json::to_string(&params).map_err(corrupt)?, options.stored().get().to_owned()));
        }
    }
    Ok(changed)
}
