//! Mail and webhooks as the API shows them: the settings, and what is or was to be delivered.

mod delivery;
mod settings;

pub use delivery::{Channel, Delivery, DeliveryStatus, GIVE_UP, Kind, Tally, retry_after};
pub use settings::{MAX_PROBLEMS_TO, MailInput, MailObject, MailSettings, MailTest, MailTested, Password, SmtpTls};
