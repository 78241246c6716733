//! How mail is sent, and what was or is to be delivered, for those with `system.root`.

mod fields;
mod outbox;
mod settings;
mod texts;
mod trial;

pub use outbox::OutboxPage;
pub use settings::MailPage;
