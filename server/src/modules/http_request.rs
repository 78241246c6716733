//! Placeholder.
use super::{RunContext, TaskModule};
/// Which private networks may be reached.
#[derive(Debug, Clone, Default)]
pub struct Allow;
/// One HTTP request.
pub struct HttpRequest;
impl HttpRequest {
    /// New.
    pub fn new(_: Allow) -> HttpRequest {
        HttpRequest
    }
}
#[async_trait::async_trait]
impl TaskModule for HttpRequest {
    fn spec(&self) -> domain::module::ModuleSpec {
        domain::module::ModuleSpec {
            name: "http_request".into(),
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
