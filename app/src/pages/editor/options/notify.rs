//! When problems are told: by mail and to webhooks.

use super::super::lines::{About, CheckLine, TextLine};
use super::super::params::Problems;
use super::{OptionsDraft, texts};
use leptos::prelude::*;

static AFTER: About = About {
    id: "notify-after",
    pointer: "/task/notify_after",
    label: &texts::NOTIFY_AFTER,
    help: &texts::NOTIFY_AFTER_HELP,
};
static RECOVERY: About = About {
    id: "notify-recovery",
    pointer: "/task/notify_recovery",
    label: &texts::NOTIFY_RECOVERY,
    help: &texts::NOTIFY_RECOVERY_HELP,
};
static DIGEST: About =
    About { id: "digest", pointer: "/task/digest", label: &texts::DIGEST, help: &texts::DIGEST_HELP };

/// From which failure on, whether its end is told, how often at most.
#[component]
pub fn Notify(
    /// What is edited.
    options: OptionsDraft,
    /// What is wrong.
    problems: Problems,
) -> impl IntoView {
    view! {
        <div class="param-group">
            <TextLine about=&AFTER text=options.notify_after problems number=true />
            <CheckLine about=&RECOVERY on=options.notify_recovery problems />
            <CheckLine about=&DIGEST on=options.digest problems />
        </div>
    }
}
