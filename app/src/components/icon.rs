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
    /// Points up.
    Up,
    /// Points down: opens.
    Down,
    /// A play sign.
    Start,
    /// A square: stop.
    Stop,
    /// A head and shoulders.
    Person,
    /// A plus sign.
    Plus,
    /// A bin.
    Bin,
    /// A pencil.
    Pencil,
    /// A lens.
    Search,
    /// Two sheets.
    Copy,
    /// An arrow into a tray.
    Download,
    /// Two bars: paused.
    Pause,
    /// A cross without a disc: close, remove.
    Close,
    /// A clock face.
    Clock,
    /// A calendar sheet.
    Calendar,
    /// An envelope.
    Mail,
    /// Three dots.
    More,
    /// An i in a disc.
    Info,
    /// A pin.
    Pin,
    /// A label on a string.
    Tag,
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
            Shape::Up => "M3 10l5-5l5 5",
            Shape::Start => "M4.5 2.8v10.4L13 8z",
            Shape::Stop => "M4 4h8v8H4z",
            Shape::Down => "M3 6l5 5l5-5",
            Shape::Person => "M8 8a2.8 2.8 0 1 0 0-5.6a2.8 2.8 0 0 0 0 5.6zM2.6 14c.4-2.6 2.6-4 5.4-4s5 1.4 5.4 4",
            Shape::Plus => "M8 3v10M3 8h10",
            Shape::Bin => "M2.5 4.5h11M6 4.5V2.8h4v1.7M4 4.5l.6 9h6.8l.6-9M6.7 7v4M9.3 7v4",
            Shape::Pencil => "M2.5 13.5l.7-3L10.8 3l2.2 2.2l-7.6 7.6zM9.2 4.6l2.2 2.2",
            Shape::Search => "M7 11.5a4.5 4.5 0 1 0 0-9a4.5 4.5 0 0 0 0 9zM10.3 10.3L14 14",
            Shape::Copy => "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
            Shape::Download => "M8 2.5v7M4.8 6.6L8 9.8l3.2-3.2M2.5 10.5v3h11v-3",
            Shape::Pause => "M5.5 3v10M10.5 3v10",
            Shape::Close => "M3.5 3.5l9 9M12.5 3.5l-9 9",
            Shape::Clock => "M8 1.5a6.5 6.5 0 1 1 0 13a6.5 6.5 0 0 1 0-13zM8 4.5V8l2.5 1.5",
            Shape::Calendar => "M2.5 3.5h11v10h-11zM2.5 6.5h11M5.5 1.8v3M10.5 1.8v3",
            Shape::Mail => "M1.8 3.5h12.4v9H1.8zM1.8 4l6.2 5l6.2-5",
            Shape::More => "M3 8h.01M8 8h.01M13 8h.01",
            Shape::Tag => "M2.5 2.5h5l6 6l-5 5l-6-6zM5.3 5.3h.01",
            Shape::Pin => "M6 2.5h4M6.6 2.5v4L4.5 9h7L9.4 6.5v-4M8 9v4.5",
            Shape::Info => "M8 1.5a6.5 6.5 0 1 1 0 13a6.5 6.5 0 0 1 0-13zM8 7.3v4M8 4.9v.2",
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
