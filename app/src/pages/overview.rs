//! What ran and what will run, 24 hours back and ahead: `/overview`.

mod data;
mod rows;
mod table;
pub mod texts;
mod tiles;
mod timeline;

use crate::components::icon::{Icon, Shape};
use crate::components::page_title::PageTitle;
use crate::components::{notice::Notice, signed_in::SignedIn};
use crate::i18n::{texts as common, use_i18n};
use crate::live;
use crate::page_data::{Loaded, PageData};
use data::Overview;
use leptos::prelude::*;
use std::time::Duration;
use table::OverviewTable;
use tiles::Tiles;
use timeline::Timeline;

/// What happens meanwhile is asked for once, after this.
const CALM: Duration = Duration::from_secs(2);
/// The time line moves on, even if nothing happens.
const TICK: Duration = Duration::from_secs(60);

/// The page.
#[component]
pub fn OverviewPage() -> impl IntoView {
    let overview = PageData::new(|| (), |_, ()| data::load());
    view! { <SignedIn view=move |_| view! { <Body overview /> }.into_any() /> }
}

#[component]
fn Body(overview: PageData<Overview>) -> impl IntoView {
    let t = use_i18n();
    let centred = StoredValue::new(false);
    let connected = follow(move || overview.again());
    let shown = move |data: Overview| {
        if data.is_empty() { view! { <Empty /> }.into_any() } else { view! { <Shown data centred /> }.into_any() }
    };
    view! {
        <PageTitle text=Signal::derive(move || t.text(&common::OVERVIEW)().to_owned()) />
        <main id="content" class="page">
            <div class="page-head">
                <h1>{t.text(&common::OVERVIEW)}</h1>
                <Live connected />
            </div>
            <Loaded data=overview failed=&texts::FAILED_TO_LOAD view=shown />
        </main>
    }
}

/// Asks anew when tasks change, at most every two seconds, and once a minute. Tells whether the stream stands; `None`: not yet.
fn follow(refetch: impl Fn() + Copy + Send + Sync + 'static) -> RwSignal<Option<bool>> {
    let connected = RwSignal::new(None);
    let waiting = StoredValue::new(false);
    let soon = move || {
        // The page may be gone by the time that something is due.
        if waiting.try_get_value() == Some(false) {
            waiting.set_value(true);
            set_timeout(
                move || {
                    if waiting.try_set_value(false).is_none() {
                        refetch();
                    }
                },
                CALM,
            );
        }
    };
    let url = || Some("/api/task/events".to_owned());
    live::follow(url, &["task", "deleted", "reset"], move |_, _| soon(), move |up| connected.set(Some(up)));
    Effect::new(move |_| {
        let tick = set_interval_with_handle(refetch, TICK);
        on_cleanup(move || {
            if let Ok(tick) = tick {
                tick.clear();
            }
        });
    });
    connected
}

#[component]
fn Live(connected: RwSignal<Option<bool>>) -> impl IntoView {
    let t = use_i18n();
    let shown = move || {
        connected.get().map(|up| {
            let (shape, text) = if up { (Shape::Refresh, &texts::LIVE) } else { (Shape::Warning, &texts::NOT_LIVE) };
            view! { <Icon shape />{t.text(text)} }
        })
    };
    view! { <p class="live" role="status">{shown}</p> }
}

#[component]
fn Shown(data: Overview, centred: StoredValue<bool>) -> impl IntoView {
    let t = use_i18n();
    let rows = rows::rows(&data);
    let now = data.now();
    let cut = data.runs.total > data.runs.items.len() as u64 || data.upcoming.more;
    view! {
        <Tiles data rows=rows.clone() />
        <Timeline rows=rows.clone() now centred />
        {cut.then(|| view! { <p class="pb-4 text-muted">{t.text(&texts::CUT)}</p> })}
        <OverviewTable rows />
    }
}

#[component]
fn Empty() -> impl IntoView {
    let t = use_i18n();
    view! {
        <Notice heading=t.text(&texts::EMPTY)>
            <p class="text-muted">{t.text(&texts::EMPTY_HINT)}</p>
            <a class="button" href="/">{t.text(&common::TO_TASKS)}</a>
        </Notice>
    }
}
