//! What can be run.

use super::{ApiError, Call, read, send};
pub use domain::module::{Choice, ModuleSpec, Param, ParamSpec, ParamType};
use serde::Deserialize;

/// `GET /task/modules`: those the caller may use.
///
/// # Errors
/// What befalls any call.
pub async fn list() -> Result<Vec<ModuleSpec>, ApiError> {
    #[derive(Deserialize)]
    struct Answer {
        modules: Vec<ModuleSpec>,
    }
    read::<Answer>(&send(Call::get("/api/task/modules")).await?).map(|answer| answer.modules)
}
