//! The numbers on top.

use super::data::Overview;
use super::rows::{Rank, Row};
use super::texts;
use super::timeline::named;
use crate::components::moment::Moment;
use crate::i18n::{texts as common, use_i18n};
use domain::L10n;
use leptos::prelude::*;

/// Success rate, running now, failed, next up.
#[component]
pub fn Tiles(
    /// Everything.
    data: Overview,
    /// The rows below.
    rows: Vec<Row>,
) -> impl IntoView {
    let t = use_i18n();
    let ended = data.done + data.failed;
    let late = rows.iter().filter(|row| row.rank == Rank::Late).count();
    let (done, failed) = (data.done, data.failed);
    let rate = (done * 100).checked_div(ended).map_or_else(|| "–".to_owned(), |rate| format!("{rate}\u{a0}%"));
    let rate_hint = move || match ended {
        0 => t.text(&texts::NO_RUNS)().to_owned(),
        _ => texts::of(t.lang(), done, ended),
    };
    let late_hint = move || match late {
        0 => t.text(&texts::NONE_LATE)().to_owned(),
        n => texts::late(t.lang(), n),
    };
    let running = data.running_total;
    let first = data.running.first().map(|task| task.description.clone());
    let running_hint = move || first.as_ref().map(|name| named(name, t.text(&common::NO_DESCRIPTION)()));
    let failed_class = if failed > 0 { "tile-value text-bad" } else { "tile-value" };
    view! {
        <div class="tiles">
            <Tile name=&texts::RATE>
                <p class="tile-value">{rate}</p>
                <p class="tile-hint">{rate_hint}</p>
            </Tile>
            <Tile name=&texts::RUNNING>
                <p class="tile-value">{move || common::grouped(t.lang(), running)}</p>
                <p class="tile-hint">{running_hint}</p>
            </Tile>
            <Tile name=&texts::FAILED>
                <p class=failed_class>{move || common::grouped(t.lang(), failed)}</p>
                <p class="tile-hint">{late_hint}</p>
            </Tile>
            <NextUp rows now=data.now() />
        </div>
    }
}

#[component]
fn Tile(name: &'static L10n, children: Children) -> impl IntoView {
    let t = use_i18n();
    view! {
        <section class="card tile">
            <h2>{t.text(name)}</h2>
            {children()}
        </section>
    }
}

#[component]
fn NextUp(rows: Vec<Row>, now: domain::Timestamp) -> impl IntoView {
    let t = use_i18n();
    let next = rows.into_iter().filter_map(|row| row.next.filter(|at| *at > now).map(|at| (at, row.id, row.name)));
    let next = next.min_by_key(|(at, id, _)| (*at, *id));
    let content = match next {
        Some((at, id, name)) => view! {
            <p class="tile-value tile-time"><Moment at=Some(at) none=&texts::NEVER /></p>
            <p class="tile-hint">
                <a class="link" href=format!("/task/{id}")>{move || named(&name, t.text(&common::NO_DESCRIPTION)())}</a>
            </p>
        }
        .into_any(),
        None => view! {
            <p class="tile-value">"–"</p>
            <p class="tile-hint">{t.text(&texts::NOTHING_PLANNED)}</p>
        }
        .into_any(),
    };
    view! { <Tile name=&texts::NEXT>{content}</Tile> }
}
