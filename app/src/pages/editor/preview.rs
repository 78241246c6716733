//! What schedules mean: a sentence, the next runs, a year at a glance, warnings.

use super::texts;
use crate::api::schedules::{self, Preview};
use crate::components::icon::{Icon, Shape};
use crate::i18n::{time, use_i18n};
use crate::viewer::use_viewer;
use domain::Timestamp;
use domain::schedule::Schedule;
use leptos::prelude::*;
use std::collections::BTreeMap;
use std::time::Duration;

/// So long after the last change the server is asked.
const PAUSE: Duration = Duration::from_millis(250);
const RUNS: u32 = 1000;
const SHOWN: usize = 10;
const DAY_MS: i64 = 86_400_000;
const DAYS: i64 = 371;
const CELL: i64 = 12;

/// Asks the server after each pause in editing.
#[component]
pub fn SchedulePreview(
    /// What is edited; tracked.
    schedules: Memo<Vec<Schedule>>,
) -> impl IntoView {
    let t = use_i18n();
    let preview = RwSignal::new(None::<Result<Preview, crate::api::ApiError>>);
    let asked = StoredValue::new(0u32);
    Effect::new(move |_| {
        let wanted = schedules.get();
        asked.update_value(|n| *n += 1);
        let mine = asked.get_value();
        if wanted.is_empty() {
            preview.set(None);
            return;
        }
        let ask = move || {
            if asked.try_get_value() != Some(mine) {
                return;
            }
            leptos::task::spawn_local(async move {
                let answer = schedules::preview(&wanted, None, RUNS).await;
                // A later question has a later answer.
                if asked.try_get_value() == Some(mine) {
                    preview.set(Some(answer));
                }
            });
        };
        set_timeout(ask, PAUSE);
    });
    let shown = move || {
        match preview.get() {
        None => view! { <p class="text-muted">{t.text(&texts::PREVIEW_EMPTY)}</p> }.into_any(),
        Some(Err(error)) => view! { <p class="wrong"><Icon shape=Shape::Warning />{error.sentence(t.lang())}</p> }.into_any(),
        Some(Ok(preview)) => view! { <Meaning preview zone=schedules.with_untracked(|all| all.first().map(|s| s.timezone.clone()).unwrap_or_default()) /> }.into_any(),
    }
    };
    view! {
        <section class="meaning" aria-labelledby="meaning">
            <h3 id="meaning" class="font-semibold">{t.text(&texts::PREVIEW)}</h3>
            <div class="flex flex-col gap-3" role="status">{shown}</div>
        </section>
    }
}

#[component]
fn Meaning(preview: Preview, zone: String) -> impl IntoView {
    let t = use_i18n();
    let viewer = use_viewer();
    let Preview { runs, summary, warnings } = preview;
    let warnings = warnings.into_iter().map(|warning| {
        view! { <li class="flex items-start gap-2 text-halted"><Icon shape=Shape::Warning /><span>{move || warning.message.get(t.lang()).to_owned()}</span></li> }
    });
    // Only if they do not reach to the end of what is drawn.
    let end = untrack(|| viewer.now()).ms() + DAYS * DAY_MS;
    let cut = runs.len() >= RUNS as usize && runs.last().is_some_and(|last| last.ms() < end);
    let next: Vec<Timestamp> = runs.iter().take(SHOWN).copied().collect();
    view! {
        <p class="text-lg" data-summary="">{move || summary.get(t.lang()).to_owned()}</p>
        <ul class="flex flex-col gap-1">{warnings.collect_view()}</ul>
        <NextRuns runs=next zone=zone.clone() />
        <Year runs zone cut />
    }
}

#[component]
fn NextRuns(runs: Vec<Timestamp>, zone: String) -> impl IntoView {
    let t = use_i18n();
    let viewer = use_viewer();
    let zone = StoredValue::new(zone);
    let same = move || zone.with_value(|zone| *zone == viewer.zone());
    let row = move |at: Timestamp| {
        view! {
            <tr>
                <td>{move || zone.with_value(|zone| time::in_zone(t.lang(), at, zone))}</td>
                <td class="text-muted">{move || time::relative(t.lang(), viewer.now(), at)}</td>
                {move || (!same()).then(|| view! { <td class="text-muted">{time::in_zone(t.lang(), at, &viewer.zone())} " " {t.text(&texts::YOUR_TIME)}</td> })}
            </tr>
        }
    };
    view! {
        <div>
            <h4 class="pb-1 font-medium">{t.text(&texts::NEXT_RUNS)}</h4>
            <table class="next-runs" aria-label=t.text(&texts::NEXT_RUNS)>
                <tbody>{runs.into_iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
}

/// One square a day, weeks from left to right; the more runs, the stronger.
#[component]
fn Year(runs: Vec<Timestamp>, zone: String, cut: bool) -> impl IntoView {
    let t = use_i18n();
    let viewer = use_viewer();
    // Days of the schedule's own calendar, counted from 1970.
    let day_of = move |at: Timestamp| (at.ms() + time::offset_min(&zone, at) * 60_000).div_euclid(DAY_MS);
    let first = day_of(untrack(|| viewer.now()));
    let mut count: BTreeMap<i64, usize> = BTreeMap::new();
    for at in runs {
        *count.entry(day_of(at)).or_default() += 1;
    }
    let most = count.values().max().copied().unwrap_or(1);
    // 1970-01-01 was a Thursday; weeks begin on Monday.
    let row_of = |day: i64| (day + 3).rem_euclid(7);
    let monday = first - row_of(first);
    let cell = move |day: i64| {
        let n = count.get(&day).copied().unwrap_or_default();
        let level = if n == 0 { 0 } else { 1 + (n * 3).div_ceil(most.max(1)).min(3) };
        let at = Timestamp::from_ms(day * DAY_MS);
        let title = move || texts::runs_on(t.lang(), &time::date(t.lang(), at), n);
        view! {
            <rect class=format!("heat-{level}") x=(day - monday) / 7 * CELL + 1 y=row_of(day) * CELL + 15 width=CELL - 2 height=CELL - 2 rx="2">
                <title>{title}</title>
            </rect>
        }
    };
    let labels = months(first).into_iter().map(|(day, month)| {
        view! { <text class="heat-label" x=(day - monday) / 7 * CELL + 1 y="10">{move || texts::month(t.lang(), month)}</text> }
    });
    let width = (DAYS / 7 + 1) * CELL;
    view! {
        <div>
            <h4 class="pb-1 font-medium">{t.text(&texts::YEAR)}</h4>
            <div class="overflow-x-auto" tabindex="0" role="region" aria-label=t.text(&texts::YEAR)>
                <svg class="heat" width=width height=7 * CELL + 16 viewBox=format!("0 0 {width} {}", 7 * CELL + 16) aria-hidden="true">
                    {labels.collect_view()}
                    {(first..first + DAYS - row_of(first)).map(cell).collect_view()}
                </svg>
            </div>
            {cut.then(|| view! { <p class="text-sm text-muted">{t.text(&texts::YEAR_CUT)}</p> })}
        </div>
    }
}

/// The first days of the months to come, and which months those are, from 0.
fn months(first: i64) -> Vec<(i64, usize)> {
    let month_of = |day: i64| {
        let text = Timestamp::from_ms(day * DAY_MS).to_string();
        text.get(5..7).and_then(|month| month.parse::<usize>().ok()).unwrap_or(1) - 1
    };
    let day_of_month = |day: i64| Timestamp::from_ms(day * DAY_MS).to_string().get(8..10).map(str::to_owned);
    (first..first + DAYS - 14)
        .filter(|day| day_of_month(*day).as_deref() == Some("01"))
        .map(|day| (day, month_of(day)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_months_of_a_year_are_found() {
        let first = Timestamp::parse("2026-11-23T00:00:00Z").unwrap().ms() / DAY_MS;
        let found: Vec<usize> = months(first).into_iter().map(|(_, month)| month).collect();
        assert_eq!(found, [11, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    }
}
