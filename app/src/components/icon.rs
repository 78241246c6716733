//! Small drawings in the colour of the text around them.

use leptos::prelude::*;

/// What is drawn. Each status has a shape of its own, so that colour is never the only sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A dashed circle: not yet.
    Dashed,
    /// A play sign in a disc: under way.
    Play,
    /// A tick in a disc.
    Tick,
    /// A bar in a disc: stopped.
    Bar,
    /// A cross in a disc.
    Cross,
    /// A triangle with an exclamation mark.
    Warning,
    /// A round arrow.
    Refresh,
    /// Points to the left.
    Left,
    /// Points to the right.
    Right,
}

impl Shape {
    fn path(self) -> &'static str {
        match self {
            Shape::Dashed => {
                "M6.6 1.7a6.5 6.5 0 0 1 2.8 0M12.6 3.4a6.5 6.5 0 0 1 1.4 2.4M14.4 8.6a6.5 6.5 0 0 1-1 2.8M11 13.7a6.5 6.5 0 0 1-2.6.8M5.6 14a6.5 6.5 0 0 1-2.3-1.5M1.8 10a6.5 6.5 0 0 1-.2-2.8M2.5 4.6a6.5 6.5 0 0 1 1.7-2"
            }
            Shape::Play => "M8 1.5a6.5 6.5 0 1 1 0 13a6.5 6.5 0 0 1 0-13zM6.6 5.4v5.2L10.8 8z",
            Shape::Tick => "M8 1.5a6.5 6.5 0 1 1 0 13a6.5 6.5 0 0 1 0-13zM5 8.3l2.1 2.1L11.2 6",
            Shape::Bar => "M8 1.5a6.5 6.5 0 1 1 0 13a6.5 6.5 0 0 1 0-13zM5 8h6",
            Shape::Cross => "M8 1.5a6.5 6.5 0 1 1 0 13a6.5 6.5 0 0 1 0-13zM5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4",
            Shape::Warning => "M8 2L14.7 13.7H1.3zM8 6.2v3.4M8 11.6v.2",
            Shape::Refresh => "M13.6 8a5.6 5.6 0 1 1-1.7-4M12.2 1.2V4.2H9.2",
            Shape::Left => "M10 3L5 8l5 5",
            Shape::Right => "M6 3l5 5l-5 5",
        }
    }
}

/// Decoration: the text beside it says the same.
#[component]
pub fn Icon(
    /// What is drawn.
    shape: Shape,
) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
            <path d=shape.path() />
        </svg>
    }
}
