//! Placeholder.
use super::{RunContext, TaskModule};
/// A program.
pub struct ShellCommand;
#[async_trait::async_trait]
impl TaskModule for ShellCommand {
    fn spec(&self) -> domain::module::ModuleSpec {
        super::placeholder("shell_command")
    }
    async fn run(&self, _: RunContext) -> domain::run::Outcome {
        domain::run::Outcome::done()
    }
}
