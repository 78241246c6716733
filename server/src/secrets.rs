//! Placeholder.
/// Seals and opens secret parameters.
pub struct Secrets;
impl domain::module::Sealer for Secrets {
    fn seal(&self, _: domain::TaskId, _: &str, plain: &str) -> String {
        plain.to_owned()
    }
}
