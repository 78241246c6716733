//! What a run reported beside its log.

use super::texts;
use crate::i18n::use_i18n;
use domain::{RunId, TaskId};
use leptos::prelude::*;
use serde_json::Value;

/// Most rows that are shown.
const ROWS: usize = 500;

/// The label, figures, tables, texts and files of a run.
#[component]
pub fn RunResult(
    /// Of this task.
    task: TaskId,
    /// Of this run.
    run: RunId,
    /// As the API answers it.
    result: Value,
) -> impl IntoView {
    let t = use_i18n();
    let label =
        result["label"].as_str().map(|label| view! { <p class="font-medium wrap-anywhere">{label.to_owned()}</p> });
    let figures = result["perf"].as_object().map(|figures| {
        let figures = figures.iter().map(|(name, value)| {
            view! { <div class="fact"><dt>{name.clone()}</dt><dd class="tabular-nums">{text(value)}</dd></div> }
        });
        view! { <dl class="facts">{figures.collect_view()}</dl> }
    });
    let table = result.get("table").filter(|table| table["rows"].is_array()).map(table);
    let text = content(&result["text"]).map(|text| view! { <pre class="result-text">{text}</pre> });
    // Both are made safe by the server; anything else would not be shown as HTML.
    let html = ["markdown_html", "html"].map(|name| content(&result[name]));
    let html = html.into_iter().flatten().map(|html| view! { <div class="result-html" inner_html=html></div> });
    let files = files(&result["files"]);
    let files = (!files.is_empty()).then(|| view! { <FileList task run files /> });
    view! {
        <section class="card part" aria-labelledby="result-heading">
            <h2 id="result-heading" class="font-semibold">{t.text(&texts::RESULT)}</h2>
            {label} {figures} {table} {text} {html.collect_view()} {files}
        </section>
    }
}

/// Whether there is something to show.
pub fn is_shown(result: &Value) -> bool {
    ["label", "perf", "text", "markdown", "html"].iter().any(|name| !result[name].is_null())
        || result["table"]["rows"].is_array()
        || !files(&result["files"]).is_empty()
}

/// A file that the run left.
#[derive(Debug, Clone, PartialEq, Eq)]
struct ListedFile {
    n: u64,
    name: String,
    size: u64,
}

fn files(list: &Value) -> Vec<ListedFile> {
    let one = |file: &Value| {
        let name = file["name"].as_str()?.to_owned();
        Some(ListedFile { n: file["n"].as_u64()?, name, size: file["size"].as_u64()? })
    };
    list.as_array().into_iter().flatten().filter_map(one).collect()
}

#[component]
fn FileList(task: TaskId, run: RunId, files: Vec<ListedFile>) -> impl IntoView {
    let t = use_i18n();
    let files = files.into_iter().map(|ListedFile { n, name, size }| {
        // The router of the pages has nothing at this address.
        view! {
            <li class="wrap-anywhere">
                <a class="link" rel="external" download href=format!("/api/task/{task}/run/{run}/file/{n}")>
                    {name}
                </a>
                " "
                <span class="text-sm text-muted">{move || texts::size(t.lang(), size)}</span>
            </li>
        }
    });
    view! {
        <h3 class="font-medium">{t.text(&texts::FILES)}</h3>
        <ul class="flex flex-col gap-1">{files.collect_view()}</ul>
    }
}

/// A text, or the `content` of an object, as xyOps has it.
fn content(value: &Value) -> Option<String> {
    value.as_str().or_else(|| value["content"].as_str()).map(str::to_owned)
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| if value.is_null() { String::new() } else { value.to_string() }, str::to_owned)
}

fn table(table: &Value) -> impl IntoView + use<> {
    let cells =
        |row: &Value| row.as_array().map(|cells| cells.iter().map(text).collect::<Vec<_>>()).unwrap_or_default();
    let title = table["title"]
        .as_str()
        .map(|title| view! { <caption class="text-left font-medium">{title.to_owned()}</caption> });
    let head = cells(&table["header"]).into_iter().map(|cell| view! { <th scope="col">{cell}</th> }).collect_view();
    let rows = table["rows"].as_array().into_iter().flatten().take(ROWS);
    let rows = rows.map(|row| {
        let cells = cells(row).into_iter().map(|cell| view! { <td class="wrap-anywhere">{cell}</td> });
        view! { <tr>{cells.collect_view()}</tr> }
    });
    let caption = table["caption"].as_str().map(|text| view! { <p class="text-sm text-muted">{text.to_owned()}</p> });
    view! {
        <div class="overflow-x-auto">
            <table class="runs">
                {title}
                <thead><tr>{head}</tr></thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
        {caption}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_has_nothing_for_people_is_not_shown() {
        for nothing in
            [json!({}), json!({"data": {"n": 1}}), json!({"files": [{"n": "x"}]}), json!({"table": "x"}), json!(7)]
        {
            assert!(!is_shown(&nothing), "{nothing}");
        }
        for something in [
            json!({"text": ""}),
            json!({"table": {"rows": []}}),
            json!({"perf": {"a": 1}}),
            json!({"html": "<b>"}),
            json!({"files": [{"n": 1, "name": "a", "size": 3}]}),
        ] {
            assert!(is_shown(&something), "{something}");
        }
    }

    #[test]
    fn texts_come_plain_or_as_content() {
        assert_eq!(content(&json!("a")), Some("a".to_owned()));
        assert_eq!(content(&json!({"content": "b"})), Some("b".to_owned()));
        assert_eq!(content(&json!(7)), None);
    }
}
