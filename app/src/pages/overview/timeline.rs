//! The time line: one row a task, drawn in percent of the width, so that it needs no measuring.

use super::rows::{Kind, MOST, Mark, REACH, Rank, Row};
use super::texts;
use crate::i18n::{texts as common, time, use_i18n};
use crate::viewer::{Viewer, use_viewer};
use domain::{L10n, Lang, Timestamp};
use leptos::html::Div;
use leptos::prelude::*;

/// The narrowest bar that can be seen, in percent.
const THIN: f64 = 0.3;
const TICKS: [i32; 9] = [-24, -18, -12, -6, 0, 6, 12, 18, 24];

/// The rows with their axis and the explanation of the marks.
#[component]
pub fn Timeline(
    /// In the order shown.
    rows: Vec<Row>,
    /// The middle.
    now: Timestamp,
    /// Whether it was brought into view before: what comes anew must not move it.
    centred: StoredValue<bool>,
) -> impl IntoView {
    let t = use_i18n();
    let hidden = rows.len().saturating_sub(MOST);
    let rows = rows.into_iter().take(MOST).map(|row| view! { <Line row now /> }).collect_view();
    let scrolled = NodeRef::<Div>::new();
    Effect::new(move |_| {
        // Where it does not fit, the present is what is seen first.
        if let Some(place) = scrolled.get()
            && !centred.get_value()
        {
            centred.set_value(true);
            // Only what is in the document has a width.
            request_animation_frame(move || {
                place.set_scroll_left((place.scroll_width() - place.client_width()) / 2);
            });
        }
    });
    view! {
        <section class="card section" aria-labelledby="timeline-heading">
            <h2 id="timeline-heading">{t.text(&texts::TIMELINE)}</h2>
            <Legend />
            <div class="timeline" role="region" tabindex="0" aria-label=t.text(&texts::TIMELINE_BOX) node_ref=scrolled>
                <Axis now />
                <ul class="timeline-rows">{rows}</ul>
            </div>
            {(hidden > 0).then(|| view! { <p class="text-muted">{move || texts::more(t.lang(), hidden)}</p> })}
        </section>
    }
}

#[component]
fn Legend() -> impl IntoView {
    let t = use_i18n();
    let one = |kind: Kind, word: &'static L10n| {
        view! {
            <li>
                <svg class="mark" width="16" height="16" aria-hidden="true"><Sign kind x="50%".to_owned() y="50%" /></svg>
                {t.text(word)}
            </li>
        }
    };
    view! {
        <ul class="legend">
            {one(Kind::Done, &texts::DONE)} {one(Kind::Error, &texts::ERROR)} {one(Kind::Canceled, &texts::CANCELED)}
            {one(Kind::Running, &texts::RUNS_NOW)} {one(Kind::Planned, &texts::PLANNED)}
        </ul>
    }
}

#[component]
fn Axis(now: Timestamp) -> impl IntoView {
    let t = use_i18n();
    let viewer = use_viewer();
    let ticks = TICKS.map(|hours| {
        let x = format!("{}%", (hours + 24) * 100 / 48);
        let anchor = match hours {
            -24 => "start",
            24 => "end",
            _ => "middle",
        };
        let at = Timestamp::from_ms(now.ms() + i64::from(hours) * 3_600_000);
        let relative =
            move || if hours == 0 { t.text(&texts::NOW)().to_owned() } else { texts::hours(t.lang(), hours) };
        view! {
            <text x=x.clone() y="12" text-anchor=anchor>{relative}</text>
            <text x=x y="26" text-anchor=anchor class="clock">{move || clock(viewer, at)}</text>
        }
    });
    view! {
        <div class="axis" aria-hidden="true">
            <svg width="100%" height="30">{ticks.into_iter().collect_view()}</svg>
        </div>
    }
}

/// The time of day where the viewer is; in UTC until that is known.
fn clock(viewer: Viewer, at: Timestamp) -> String {
    let offset = viewer.offset_min(at);
    let text = Timestamp::from_ms(at.ms() + i64::from(offset.unwrap_or(0)) * 60_000).to_string();
    let time = text.get(11..16).unwrap_or_default();
    if offset.is_some() { time.to_owned() } else { format!("{time}\u{a0}UTC") }
}

#[component]
fn Line(row: Row, now: Timestamp) -> impl IntoView {
    let t = use_i18n();
    let viewer = use_viewer();
    let chip = match row.rank {
        Rank::Late => Some((&texts::LATE, "chip chip-late")),
        Rank::Failing => Some((&texts::FAILING, "chip chip-failing")),
        Rank::Running => Some((&texts::RUNS_NOW, "chip chip-running")),
        Rank::Quiet => None,
    };
    let chip = chip.map(|(word, class)| view! { <span class=class>{t.text(word)}</span> });
    let name = row.name.clone();
    let label = move || named(&name, t.text(&common::NO_DESCRIPTION)());
    // Built anew when the language or the zone changes: the titles name times.
    let marks = row.marks;
    let drawn = move || {
        let lang = t.lang();
        let one = |mark: &Mark| view! { <Drawn mark=mark.clone() now title=title(lang, viewer, mark) /> };
        marks.iter().map(one).collect_view()
    };
    let more = row.more.then(|| view! { <text class="and-so-on" x="100%" y="17" text-anchor="end">"…"</text> });
    view! {
        <li data-task=row.id.to_string()>
            <div class="timeline-name">
                <a class="link" href=format!("/task/{}", row.id)>{label}</a>
                {chip}
            </div>
            <svg class="track" width="100%" height="24" aria-hidden="true">
                <line class="now-line" x1="50%" x2="50%" y1="0" y2="24" />
                {drawn}
                {more}
            </svg>
        </li>
    }
}

/// What a task is called, or that it has no name.
pub fn named(name: &str, none: &str) -> String {
    if name.trim().is_empty() { none.to_owned() } else { name.to_owned() }
}

fn word(kind: Kind) -> &'static L10n {
    match kind {
        Kind::Done => &texts::DONE,
        Kind::Error => &texts::ERROR,
        Kind::Canceled => &texts::CANCELED,
        Kind::Running => &texts::RUNS_NOW,
        Kind::Planned => &texts::PLANNED,
    }
}

fn title(lang: Lang, viewer: Viewer, mark: &Mark) -> String {
    let exact = |at| time::exact(lang, at, viewer.offset_min(at));
    let when =
        if mark.count == 1 { exact(mark.start) } else { format!("{} – {}", exact(mark.start), exact(mark.end)) };
    format!("{}: {when}", texts::times(lang, mark.count, word(mark.kind).get(lang)))
}

/// Where an instant lies, in percent; what is beyond an end lies at the end.
fn percent(now: Timestamp, at: Timestamp) -> f64 {
    let reach = REACH.as_millis() as f64;
    let from = (at.ms() - now.ms()) as f64 / reach;
    (50.0 + 50.0 * from).clamp(0.0, 100.0)
}

#[component]
fn Drawn(mark: Mark, now: Timestamp, title: String) -> impl IntoView {
    let (from, to) = (percent(now, mark.start), percent(now, mark.end));
    let x = format!("{from:.2}%");
    let width = format!("{:.2}%", (to - from).max(if mark.count > 1 { THIN } else { 0.0 }));
    view! {
        <g class=class(mark.kind)>
            <title>{title}</title>
            <rect class="bar" x=x.clone() width=width y="9" height="6" rx="2" />
            <Sign kind=mark.kind x y="12" />
        </g>
    }
}

fn class(kind: Kind) -> &'static str {
    match kind {
        Kind::Done => "mark mark-done",
        Kind::Error => "mark mark-error",
        Kind::Canceled => "mark mark-canceled",
        Kind::Running => "mark mark-running",
        Kind::Planned => "mark mark-planned",
    }
}

/// A shape for each outcome, around the point at `x`, `y`: a disc, a cross, a bar, a triangle, a ring.
#[component]
fn Sign(kind: Kind, x: String, y: &'static str) -> impl IntoView {
    let path = match kind {
        Kind::Done | Kind::Planned => "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z",
        Kind::Error => "M-4.5 -4.5L4.5 4.5M4.5 -4.5L-4.5 4.5",
        Kind::Canceled => "M-4 -4h8v8h-8z",
        Kind::Running => "M-3.5 -5.5L6 0L-3.5 5.5z",
    };
    view! { <svg class=class(kind) x=x y=y overflow="visible"><path class="sign" d=path /></svg> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_present_is_in_the_middle_and_nothing_leaves_the_line() {
        let now = Timestamp::from_ms(1_767_268_800_000);
        let at = |hours: i64| percent(now, Timestamp::from_ms(now.ms() + hours * 3_600_000));
        assert_eq!((at(0), at(-24), at(12)), (50.0, 0.0, 75.0));
        assert_eq!((at(-99), at(99)), (0.0, 100.0));
    }
}
