//! Placeholder.
use super::{RunContext, TaskModule};
/// A program.
pub struct Sleep;
#[async_trait::async_trait]
impl TaskModule for Sleep {
    fn spec(&self) -> domain::module::ModuleSpec {
        super::placeholder("sleep")
    }
    async fn run(&self, _: RunContext) -> domain::run::Outcome {
        domain::run::Outcome::done()
    }
}
