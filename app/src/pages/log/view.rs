//! The viewer: tools above, lines below.

use super::lines::{LogLines, Source};
use super::search::Search;
use super::texts;
use super::window::{Geometry, LINE};
use crate::api::runs::{LogEntry, LogPage};
use crate::components::icon::{Icon, Shape};
use crate::components::log_line;
use crate::i18n::ansi::Span;
use crate::i18n::{time, use_i18n};
use crate::live;
use crate::task_prefs::{LOG_LEVEL, LOG_WRAP, TaskPrefs};
use crate::viewer::use_viewer;
use domain::{L10n, Lang, Timestamp};
use leptos::ev::SubmitEvent;
use leptos::html::Div;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use serde_json::{Value, json};

const EVENTS: &[&str] = &["log", "end", "run"];
/// The height of the box before it is known, in CSS pixels.
const ASSUMED: f64 = 600.0;
/// Characters of a line that are shown, and that are shown when asked for.
const MOST: usize = 2000;
const ALL: usize = 2_000_000;

/// What stands before each line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Times {
    Off,
    Absolute,
    Relative,
}

/// How lines are shown. Cheap to copy.
#[derive(Debug, Clone, Copy)]
struct Look {
    times: RwSignal<Times>,
    wrap: RwSignal<bool>,
    marked: RwSignal<Option<u64>>,
    q: RwSignal<String>,
    began: RwSignal<Option<Timestamp>>,
}

/// The whole viewer.
#[component]
pub fn LogView(
    /// Which log.
    source: Source,
    /// What is chosen for this task.
    task_prefs: TaskPrefs,
    /// Where the first lines are.
    offset: u64,
    /// The lines that came first.
    first: LogPage,
    /// The line that the address names.
    line: Option<u64>,
    /// What the address searches for.
    q: String,
) -> impl IntoView {
    let t = use_i18n();
    let began = first.items.first().filter(|entry| entry.idx == 0).map(|entry| entry.timestamp);
    let lines = LogLines::new(source.clone(), offset, first);
    let look = Look {
        times: RwSignal::new(Times::Off),
        wrap: RwSignal::new(untrack(|| task_prefs.get(LOG_WRAP)) == Some(json!(true))),
        marked: RwSignal::new(line),
        q: RwSignal::new(q.clone()),
        began: RwSignal::new(began),
    };
    let scroll = RwSignal::new(0.0);
    let height = RwSignal::new(ASSUMED);
    let follow = RwSignal::new(false);
    let area = NodeRef::<Div>::new();
    let geometry = move || Geometry { total: lines.total.get(), height: height.get() };
    let jump = Callback::new(move |line: u64| {
        follow.set(false);
        look.marked.set(Some(line));
        let geometry = untrack(geometry);
        // Some lines above it are shown as well.
        let target = geometry.scroll_to(line.saturating_sub(5));
        if let Some(area) = area.get_untracked() {
            area.set_scroll_top(target as i32);
        }
        scroll.set(target);
    });
    keep_up(&source, lines, follow);
    Effect::new(move |_| {
        if let Some(area) = area.get() {
            height.set(f64::from(area.client_height()).max(LINE));
            if let Some(line) = line {
                request_animation_frame(move || jump.run(line));
            }
        }
    });
    // The end stays in sight while it grows.
    Effect::new(move |_| {
        let end = geometry().content();
        if follow.get()
            && let Some(area) = area.get()
        {
            request_animation_frame(move || area.set_scroll_top(end as i32));
        }
    });
    let on_scroll = move |_| {
        let Some(area) = area.get_untracked() else { return };
        let now = f64::from(area.scroll_top());
        if now + f64::from(area.client_height()) + 2.0 * LINE < f64::from(area.scroll_height())
            && now < scroll.get_untracked()
        {
            follow.set(false);
        }
        scroll.set(now);
    };
    view! {
        <Tools source=source.clone() task_prefs lines look follow jump area />
        <div class="log-box" class:wrap=look.wrap node_ref=area tabindex="0" role="region" aria-label=t.text(&texts::LOG) on:scroll=on_scroll>
            <Screen lines look scroll height line />
        </div>
    }
}

/// Lines as they come, while the page is open.
fn keep_up(source: &Source, lines: LogLines, follow: RwSignal<bool>) {
    let mut url = format!("/api/task/{}/log/stream?offset={}", source.task, lines.total.get_untracked());
    if let Some(run) = source.run {
        url += &format!("&run={run}");
    }
    let event = move |name: &'static str, data: String| {
        if name == "log"
            && let Ok(entry) = serde_json::from_str::<LogEntry>(&data)
        {
            lines.append(entry);
        }
        if name == "end" {
            follow.set(false);
        }
    };
    live::follow(move || Some(url.clone()), EVENTS, event, |_| {});
}

#[component]
fn Tools(
    source: Source,
    task_prefs: TaskPrefs,
    lines: LogLines,
    look: Look,
    follow: RwSignal<bool>,
    jump: Callback<u64>,
    area: NodeRef<Div>,
) -> impl IntoView {
    let t = use_i18n();
    let viewer = use_viewer();
    let navigate = use_navigate();
    let off = move || !viewer.hydrated();
    let check = move |text: &'static L10n, on: RwSignal<bool>| {
        view! {
            <label class="flex items-center gap-2">
                <input type="checkbox" class="checkbox" prop:checked=on disabled=off on:change=move |event| on.set(event_target_checked(&event)) />
                {t.text(text)}
            </label>
        }
    };
    let address = {
        let source = source.clone();
        move |level: &str| {
            let run = source.run.map(|run| format!("run={run}"));
            let query: Vec<String> = run.into_iter().chain([format!("level={level}")]).collect();
            format!("/task/{}/log?{}", source.task, query.join("&"))
        }
    };
    let levels =
        [("", &texts::ALL_LEVELS), ("info", &texts::INFO), ("warning", &texts::WARNING), ("error", &texts::ERROR)];
    let current = source.level.clone();
    let options =
        levels.map(|(value, text)| view! { <option value=value selected=value == current>{t.text(text)}</option> });
    let times = [
        ("off", Times::Off, &texts::TIMES_OFF),
        ("absolute", Times::Absolute, &texts::TIMES_ABSOLUTE),
        ("relative", Times::Relative, &texts::TIMES_RELATIVE),
    ];
    let time_options = times.map(|(value, _, text)| view! { <option value=value>{t.text(text)}</option> });
    let choose_time = move |event| {
        let value = event_target_value(&event);
        look.times.set(times.iter().find(|(name, ..)| *name == value).map_or(Times::Off, |(_, times, _)| *times));
    };
    let choose_level = move |event| {
        let level = event_target_value(&event);
        task_prefs.set(LOG_LEVEL, if level.is_empty() { Value::Null } else { json!(level) });
        navigate(&address(&level), NavigateOptions::default());
    };
    // What is chosen stays chosen for this task.
    _ = Effect::watch(
        move || look.wrap.get(),
        move |wrap, _, _| task_prefs.set(LOG_WRAP, if *wrap { json!(true) } else { Value::Null }),
        false,
    );
    let number = RwSignal::new(String::new());
    let go = move |event: SubmitEvent| {
        event.prevent_default();
        if let Ok(line) = number.get_untracked().trim().parse::<u64>() {
            jump.run(line.saturating_sub(1));
        }
    };
    let download = match source.run {
        Some(run) => format!("/api/task/{}/log/download?run={run}", source.task),
        None => format!("/api/task/{}/log/download", source.task),
    };
    let copy = move |_| {
        if let Some(area) = area.get_untracked() {
            // A refused copy leaves the clipboard as it was.
            _ = window().navigator().clipboard().write_text(&area.inner_text());
        }
    };
    view! {
        <div class="log-tools">
            <Search source q=look.q show=jump />
            <form class="flex items-center gap-1" on:submit=go>
                <input type="text" inputmode="numeric" class="field min-h-8 w-24" aria-label=t.text(&texts::JUMP) placeholder=t.text(&texts::JUMP) prop:value=number on:input=move |event| number.set(event_target_value(&event)) />
                <button type="submit" class="button" disabled=off>{t.text(&texts::GO)}</button>
            </form>
            <select class="select" aria-label=t.text(&texts::LEVEL) disabled=off on:change=choose_level>
                {options}
            </select>
            <select class="select" aria-label=t.text(&texts::TIMES) disabled=off on:change=choose_time>
                {time_options}
            </select>
            {check(&texts::WRAP, look.wrap)}
            {check(&texts::FOLLOW, follow)}
            <span class="grow text-right text-sm text-muted tabular-nums">{move || texts::lines(t.lang(), lines.total.get())}</span>
            <button type="button" class="button-icon" aria-label=t.text(&texts::COPY) title=t.text(&texts::COPY) disabled=off on:click=copy>
                <Icon shape=Shape::Copy />
            </button>
            <a class="button-icon" href=download rel="external" aria-label=t.text(&texts::DOWNLOAD) title=t.text(&texts::DOWNLOAD)>
                <Icon shape=Shape::Download />
            </a>
        </div>
    }
}

/// The lines on the screen: as many rows as fit, whatever the length of the log.
#[component]
fn Screen(
    lines: LogLines,
    look: Look,
    scroll: RwSignal<f64>,
    height: RwSignal<f64>,
    line: Option<u64>,
) -> impl IntoView {
    let t = use_i18n();
    let viewer = use_viewer();
    let geometry = move || Geometry { total: lines.total.get(), height: height.get() };
    let spacer = NodeRef::<Div>::new();
    let rows = NodeRef::<Div>::new();
    // Before the page reacts the linked line is the first; nothing is placed yet.
    let first = Memo::new(move |_| if viewer.hydrated() { geometry().first(scroll.get()) } else { line.unwrap_or(0) });
    let count = Memo::new(move |_| geometry().visible().min(lines.total.get().saturating_sub(first.get())));
    Effect::new(move |_| lines.want(first.get(), first.get() + count.get()));
    // Sizes are set by script: the pages allow no style attributes.
    Effect::new(move |_| {
        let geometry = geometry();
        if let (Some(spacer), Some(rows)) = (spacer.get(), rows.get()) {
            // Properties that every browser has.
            _ = set_style(&spacer, "height", geometry.content());
            _ = set_style(&rows, "top", geometry.top(scroll.get()));
        }
    });
    let shown = move || {
        let first = first.get();
        (first..first + count.get()).map(|place| view! { <Line place lines look /> }).collect_view()
    };
    let empty =
        move || (lines.total.get() == 0).then(|| view! { <p class="p-4 text-muted">{t.text(&texts::EMPTY)}</p> });
    view! {
        <div class="log-spacer" node_ref=spacer>
            <div class="log-rows" node_ref=rows>{shown}</div>
        </div>
        {empty}
    }
}

fn set_style(element: &web_sys::HtmlElement, name: &str, pixels: f64) -> Result<(), wasm_bindgen::JsValue> {
    element.style().set_property(name, &format!("{pixels}px"))
}

#[component]
fn Line(place: u64, lines: LogLines, look: Look) -> impl IntoView {
    let t = use_i18n();
    let viewer = use_viewer();
    let entry = Memo::new(move |_| lines.get(place));
    move || {
        match entry.get() {
        None => view! { <div class="log-line text-muted"><span class="log-number">{place + 1}</span>{t.text(&texts::LOADING)}</div> }.into_any(),
        Some(entry) => {
            let (name, class) = log_line::level(entry.level);
            let idx = entry.idx;
            let all = RwSignal::new(false);
            let at = entry.timestamp;
            let stamp = move || stamp(look, at, t.lang(), viewer.offset_min(at));
            let percent = entry.status_percent.map(|p| view! { <span class="log-percent">{format!("{p}\u{a0}%")}</span> });
            let cut = entry.msg.chars().nth(MOST).is_some();
            let msg = StoredValue::new(entry.msg);
            let text = move || {
                let (spans, _) = msg.with_value(|msg| log_line::text(msg, if all.get() { ALL } else { MOST }));
                marked(spans, &look.q.get())
            };
            let more = move || (cut && !all.get()).then(|| view! {
                <button type="button" class="link" on:click=move |_| { all.set(true); look.wrap.set(true); }>{t.text(&texts::SHOW_ALL)}</button>
            });
            view! {
                <div class=format!("log-line {class}") class:marked=move || look.marked.get() == Some(idx) data-line=idx + 1>
                    <a class="log-number" href=format!("?line={idx}") on:click=move |event| link(&event, look, idx)>{idx + 1}</a>
                    <span class="log-time">{stamp}</span>
                    <span class="log-level">{name}</span>
                    <span class="log-text" dir="auto">{text} {more}</span>
                    {percent}
                </div>
            }
            .into_any()
        }
    }
    }
}

/// A click on a number marks the line and puts it into the address, without leaving.
fn link(event: &leptos::ev::MouseEvent, look: Look, idx: u64) {
    event.prevent_default();
    event.stop_propagation();
    look.marked.set(Some(idx));
    let url = web_sys::Url::new(&window().location().href().unwrap_or_default());
    if let (Ok(url), Ok(history)) = (url, window().history()) {
        url.search_params().set("line", &idx.to_string());
        // A refused change of the address costs only the link.
        _ = history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(&url.href()));
    }
}

fn stamp(look: Look, at: Timestamp, lang: Lang, offset: Option<i32>) -> Option<String> {
    match look.times.get() {
        Times::Off => None,
        Times::Relative => {
            let began = look.began.get()?;
            Some(format!("+{}", time::duration(lang, at.since(began))))
        }
        Times::Absolute => {
            let local = Timestamp::from_ms(at.ms() + i64::from(offset.unwrap_or(0)) * 60_000).to_string();
            local.get(11..23).map(str::to_owned)
        }
    }
}

/// The spans, with what was searched for in marks.
fn marked(spans: Vec<Span>, q: &str) -> impl IntoView + use<> {
    let needle = q.to_lowercase();
    let one = move |span: Span| {
        if needle.is_empty() {
            return view! { <span class=span.class>{span.text}</span> }.into_any();
        }
        let parts = parts(&span.text, &needle)
            .into_iter()
            .map(|(hit, text)| if hit { view! { <mark>{text}</mark> }.into_any() } else { text.into_any() });
        view! { <span class=span.class>{parts.collect_view()}</span> }.into_any()
    };
    spans.into_iter().map(one).collect_view()
}

/// A text in pieces: whether each is what was searched for, whatever its case. Where lower case changes lengths, nothing is marked.
fn parts(text: &str, needle: &str) -> Vec<(bool, String)> {
    let lower = text.to_lowercase();
    if needle.is_empty() || lower.len() != text.len() {
        return vec![(false, text.to_owned())];
    }
    let mut all = vec![];
    let mut from = 0;
    for (at, hit) in lower.match_indices(needle) {
        let (Some(before), Some(found)) = (text.get(from..at), text.get(at..at + hit.len())) else { continue };
        if !before.is_empty() {
            all.push((false, before.to_owned()));
        }
        all.push((true, found.to_owned()));
        from = at + hit.len();
    }
    all.push((false, text.get(from..).unwrap_or_default().to_owned()));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_searched_for_is_marked_as_it_stands() {
        let says = |text, needle| parts(text, needle);
        assert_eq!(
            says("An Error, error", "error"),
            [
                (false, "An ".into()),
                (true, "Error".into()),
                (false, ", ".into()),
                (true, "error".into()),
                (false, String::new())
            ]
        );
        assert_eq!(says("none", "error"), [(false, "none".into())]);
        assert_eq!(says("İx", "x"), [(false, "İx".into())]);
    }
}
