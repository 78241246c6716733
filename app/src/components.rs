//! One component a file.

pub mod colour_dot;
pub mod dialog;
pub mod failed;
pub mod icon;
pub mod language_switch;
pub mod later;
pub mod log_line;
pub mod logo;
pub mod moment;
pub mod notice;
pub mod page_header;
pub mod page_title;
pub mod pager;
pub mod signed_in;
pub mod status_badge;
pub mod text_field;
pub mod theme_switch;
