//! The section that most tasks never need: closed as long as nothing in it was touched.

use super::super::draft::Draft;
use super::super::lines::{About, SelectLine, SpanLine, TextLine};
use super::super::params::Problems;
use super::pause::PauseFields;
use super::retry::RetryFields;
use super::webhooks::Webhooks;
use super::{NAMES, OptionsDraft, summary, texts};
use crate::i18n::use_i18n;
use crate::task_options::words;
use domain::Lang;
use leptos::prelude::*;
use web_sys::HtmlDetailsElement;

static OVERLAP: About =
    About { id: "overlap", pointer: "/task/overlap", label: &texts::OVERLAP, help: &texts::OVERLAP_HELP };
static CATCH_UP: About =
    About { id: "catch-up", pointer: "/task/catch_up", label: &texts::CATCH_UP, help: &texts::CATCH_UP_HELP };
static WINDOW: About = About {
    id: "catch-up-window",
    pointer: "/task/catch_up_window_sec",
    label: &texts::WINDOW,
    help: &texts::WINDOW_HELP,
};
static JITTER: About =
    About { id: "jitter", pointer: "/task/jitter_sec", label: &texts::JITTER, help: &texts::JITTER_HELP };
static TAGS: About = About { id: "tags", pointer: "/task/tags", label: &texts::TAGS, help: &texts::TAGS_HELP };
static PRIORITY: About =
    About { id: "priority", pointer: "/task/priority", label: &texts::PRIORITY, help: &texts::PRIORITY_HELP };
static KEEP_RUNS: About =
    About { id: "keep-runs", pointer: "/task/keep_runs", label: &texts::KEEP_RUNS, help: &texts::KEEP_RUNS_HELP };
static KEEP_DAYS: About =
    About { id: "keep-days", pointer: "/task/keep_days", label: &texts::KEEP_DAYS, help: &texts::KEEP_DAYS_HELP };
/// Those that the section about mail has.
pub const ELSEWHERE: [&str; 3] = ["notify_after", "notify_recovery", "digest"];

/// Opens by itself where something is set, and where something is wrong.
#[component]
pub fn More(
    /// The task.
    draft: Draft,
    /// What is wrong.
    problems: Problems,
) -> impl IntoView {
    let t = use_i18n();
    let options = draft.options;
    let said = Memo::new(move |_| summary::said(t.lang(), options));
    let open = RwSignal::new(said.with_untracked(|said| !said.is_empty()));
    let concerns = |pointer: &str| {
        let name = pointer.strip_prefix("/task/").and_then(|rest| rest.split('/').next()).unwrap_or_default();
        NAMES.contains(&name) && !ELSEWHERE.contains(&name)
    };
    Effect::new(move |_| {
        if problems.0.with(|all| all.iter().any(|(pointer, _)| concerns(pointer))) {
            open.set(true);
        }
    });
    let toggled = move |event| open.set(event_target::<HtmlDetailsElement>(&event).open());
    let line = move || {
        said.with(|said| if said.is_empty() { t.text(&texts::NOTHING_SET)().to_owned() } else { said.join(" · ") })
    };
    view! {
        <details class="card more" open=move || open.get() on:toggle=toggled>
            <summary>
                <h2 class="inline text-lg font-semibold">{t.text(&texts::MORE)}</h2>
                <span class="more-said">{line}</span>
            </summary>
            <div class="section">
                <RetryFields options problems />
                <Instants options problems />
                <Keeping options problems />
                <div class="param-group"><Webhooks all=options.webhooks problems /></div>
            </div>
        </details>
    }
}

fn overlap(lang: Lang, word: &str) -> String {
    let text = if word == "queue" { &texts::QUEUE } else { &texts::SKIP };
    text.get(lang).to_owned()
}

fn catch_up(lang: Lang, word: &str) -> String {
    let text = match word {
        "none" => &texts::CATCH_UP_NONE,
        "all" => &texts::CATCH_UP_ALL,
        _ => &texts::CATCH_UP_ONE,
    };
    text.get(lang).to_owned()
}

/// What becomes of instants; and the pause.
#[component]
fn Instants(options: OptionsDraft, problems: Problems) -> impl IntoView {
    let values = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    view! {
        <div class="param-group">
            <PauseFields options problems />
            <div class="beside">
                <SelectLine about=&OVERLAP values=values(&["skip", "queue"]) name=overlap chosen=options.overlap problems />
                <SpanLine about=&JITTER span=options.jitter problems />
                <SelectLine about=&CATCH_UP values=values(&["one", "all", "none"]) name=catch_up chosen=options.catch_up problems />
                <div class:hidden=move || options.catch_up.with(|word| word == "none")>
                    <SpanLine about=&WINDOW span=options.window problems />
                </div>
            </div>
        </div>
    }
}

/// How it is found, what goes first, how long its history is.
#[component]
fn Keeping(options: OptionsDraft, problems: Problems) -> impl IntoView {
    let priorities = [10, 5, 0, -5, -10].map(|n: i64| n.to_string()).to_vec();
    let priority = |lang: Lang, n: &str| n.parse().map_or_else(|_| n.to_owned(), |n| words::priority(lang, n));
    view! {
        <div class="param-group">
            <div class="beside">
                <TextLine about=&TAGS text=options.tags problems />
                <SelectLine about=&PRIORITY values=priorities name=priority chosen=options.priority problems />
                <TextLine about=&KEEP_RUNS text=options.keep_runs problems number=true />
                <TextLine about=&KEEP_DAYS text=options.keep_days problems number=true />
            </div>
        </div>
    }
}
