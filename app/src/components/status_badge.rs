//! A task's status, as shape, colour and word.

use crate::api::tasks::{Status, Task};
use crate::components::icon::{Icon, Shape};
use crate::i18n::{texts, use_i18n};
use domain::L10n;
use leptos::prelude::*;

fn look(status: Status) -> (Shape, &'static str, &'static L10n) {
    match status {
        Status::New => (Shape::Dashed, "text-muted", &texts::STATUS_NEW),
        Status::Running => (Shape::Play, "text-busy", &texts::STATUS_RUNNING),
        Status::Done => (Shape::Tick, "text-good", &texts::STATUS_DONE),
        Status::Canceled => (Shape::Bar, "text-halted", &texts::STATUS_CANCELED),
        Status::Error => (Shape::Cross, "text-bad", &texts::STATUS_ERROR),
    }
}

/// A status as shape and colour.
pub fn sign(status: Status) -> (Shape, &'static str) {
    let (shape, colour, _) = look(status);
    (shape, colour)
}

/// What a status is called.
pub fn word(status: Status) -> &'static L10n {
    look(status).2
}

/// The status, what the module said last, and while it runs how far it is.
#[component]
pub fn StatusBadge(
    /// The task.
    task: Task,
) -> impl IntoView {
    let t = use_i18n();
    let (shape, colour, word) = look(task.status);
    let percent = task.status_percent.filter(|_| task.status == Status::Running);
    let message = task.status_msg.filter(|text| !text.is_empty());
    view! {
        <span class=format!("inline-flex items-center gap-2 font-medium {colour}")>
            <Icon shape />
            {t.text(word)}
            {percent.map(|p| view! { <span class="font-normal tabular-nums">{format!("{p}\u{a0}%")}</span> })}
        </span>
        {percent.map(|p| view! { <progress class="progress" max="100" value=p.to_string() aria-label=t.text(&texts::PROGRESS)></progress> })}
        {message.map(|text| view! { <span class="message" title=text.clone()>{text.clone()}</span> })}
    }
}
