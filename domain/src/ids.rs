//! Identifiers. Each is a positive 64-bit number, from 1, as the reference page has it.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(minimum = 1))]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id!(/// Names a task.
    TaskId);
id!(/// Names one run of a task.
    RunId);
id!(/// Names a user.
    UserId);
id!(/// Names an API token of a user.
    TokenId);
id!(/// Names a mail or webhook that is, or was, to be delivered.
    DeliveryId);
