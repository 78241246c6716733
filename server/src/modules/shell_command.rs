//! Placeholder.
use super::{RunContext, TaskModule};
/// A program.
pub struct ShellCommand;
#[async_trait::async_trait]
impl TaskModule for ShellCommand {
    fn spec(&self) -> domain::module::ModuleSpec {
        domain::module::ModuleSpec {
            name: "shell_command".into(),
            displayname: Default::default(),
            description: Default::default(),
            debug: false,
            require_system_right: String::new(),
            params: vec![],
        }
    }
    async fn run(&self, _: RunContext) -> domain::run::Outcome {
        domain::run::Outcome::done()
    }
}
