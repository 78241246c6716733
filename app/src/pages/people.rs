//! Users and their access, for those with `system.root`.

pub mod confirm;
pub mod copy;
pub mod field;
mod form;
mod list;
mod person;
pub mod places;
pub mod root_only;
pub mod texts;
pub mod tokens;

pub use list::PeoplePage;
pub use person::PersonPage;
