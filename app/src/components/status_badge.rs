//! A task's status, as shape, colour and word.

use crate::api::{Status, Task};
use crate::components::icon::{Icon, Shape};
use crate::i18n::{texts, use_i18n};
use leptos::prelude::*;

fn look(status: Status) -> (Shape, &'static str) {
    match status {
        Status::New => (Shape::Dashed, "text-muted"),
        Status::Running => (Shape::Half, "text-busy"),
        Status::Done => (Shape::Tick, "text-good"),
        Status::Canceled => (Shape::Bar, "text-halted"),
        Status::Error => (Shape::Cross, "text-bad"),
    }
}

/// The status, what the module said last, and while it runs how far it is.
#[component]
pub fn StatusBadge(
    /// The task.
    task: Task,
) -> impl IntoView {
    let t = use_i18n();
    let (shape, colour) = look(task.status);
    let percent = task.status_percent.filter(|_| task.status == Status::Running);
    let message = task.status_msg.filter(|text| !text.is_empty());
    view! {
        <span class=format!("inline-flex items-center gap-2 font-medium {colour}")>
            <Icon shape />
            {t.text(task.status.text())}
            {percent.map(|p| view! { <span class="font-normal tabular-nums">{format!("{p:.0}\u{a0}%")}</span> })}
        </span>
        {percent.map(|p| view! { <progress class="progress" max="100" value=p.to_string() aria-label=t.text(&texts::PROGRESS)></progress> })}
        {message.map(|text| view! { <span class="message" title=text.clone()>{text.clone()}</span> })}
    }
}
