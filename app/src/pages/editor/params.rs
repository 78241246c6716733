//! A module's parameters as a form.

use super::fields::{Field, Input, Line, line};
use super::texts;
use crate::components::icon::{Icon, Shape};
use crate::i18n::use_i18n;
use crate::viewer::use_viewer;
use domain::L10n;
use domain::module::{Param, ParamType};
use leptos::prelude::*;
use serde_json::Value;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

/// What is wrong, by JSON pointer. Cheap to copy.
#[derive(Debug, Clone, Copy)]
pub struct Problems(pub RwSignal<Vec<(String, String)>>);

impl Problems {
    /// What is wrong at a place, or in it where it has no fields of its own; tracked.
    pub fn at(self, pointer: &str, inside: bool) -> Option<String> {
        let below = format!("{pointer}/");
        let fits = |other: &str| other == pointer || inside && other.starts_with(&below);
        self.0.with(|all| all.iter().find(|(other, _)| fits(other)).map(|(_, reason)| reason.clone()))
    }
}

/// All parameters, group by group.
#[component]
pub fn ParamGroups(
    /// In the order shown.
    fields: Vec<Field>,
    /// What is wrong.
    problems: Problems,
) -> impl IntoView {
    let mut groups: Vec<Vec<Field>> = vec![];
    let beside = fields.clone();
    for field in fields {
        match groups.last_mut().filter(|group| group.first().is_some_and(|first| first.group == field.group)) {
            Some(group) => group.push(field),
            None => groups.push(vec![field]),
        }
    }
    let one = |group: Vec<Field>| view! { <div class="param-group">{all(group, &beside, problems)}</div> };
    groups.into_iter().map(one).collect_view()
}

/// `beside`: what conditions of these fields may be about.
fn all(fields: Vec<Field>, beside: &[Field], problems: Problems) -> AnyView {
    let one = |field: Field| {
        let condition = field.param.depends_on.is_some().then(|| (field.clone(), beside.to_vec()));
        let asked = condition.map(|(field, beside)| Memo::new(move |_| field.is_asked(&beside)));
        view! { <ParamField field problems asked /> }
    };
    fields.into_iter().map(one).collect_view().into_any()
}

/// One parameter: label, help, input, what is wrong.
#[component]
pub fn ParamField(
    /// Which.
    field: Field,
    /// What is wrong.
    problems: Problems,
    /// Whether it is asked for, where there is a condition.
    #[prop(optional_no_strip)]
    asked: Option<Memo<bool>>,
) -> impl IntoView {
    let t = use_i18n();
    let Field { param, pointer, input, .. } = field;
    let id = pointer.replace('/', "-");
    let inside = !matches!(input, Input::Form(_) | Input::Table(_));
    let at = pointer.clone();
    let problem = Memo::new(move |_| problems.at(&at, inside));
    let (name, help) = (param.displayname.clone(), param.description.clone());
    let plain = param.name.clone();
    let label = Signal::derive(move || match name.get(t.lang()) {
        "" => plain.clone(),
        text => text.to_owned(),
    });
    let described = format!("{id}-help");
    let context = Shown { id: id.clone(), described: described.clone(), problem, label };
    let needs_group =
        matches!(input, Input::Form(_) | Input::Table(_) | Input::L10n(..) | Input::Sorted(_) | Input::Secret(..));
    let required = param.required.then(|| view! { <span class="text-muted">{t.text(&texts::REQUIRED)}</span> });
    let head = if matches!(input, Input::Bool(_)) {
        ().into_any()
    } else if needs_group {
        view! { <span class="label-line"><span id=format!("{id}-label") class="font-medium">{label}</span>{required}</span> }.into_any()
    } else {
        view! { <label for=id.clone() class="label-line"><span class="font-medium">{label}</span>{required}</label> }
            .into_any()
    };
    let body = control(param, pointer, input, context, problems);
    view! {
        <div class="param" class:hidden=move || asked.is_some_and(|asked| !asked.get())>
            {head} {body}
            <p id=described class="help">
                {move || help.get(t.lang()).to_owned()}
                {move || problem.get().map(|text| view! { <span class="wrong"><Icon shape=Shape::Warning />{text}</span> })}
            </p>
        </div>
    }
}

#[derive(Clone)]
struct Shown {
    id: String,
    described: String,
    problem: Memo<Option<String>>,
    label: Signal<String>,
}

impl Shown {
    fn wrong(&self) -> impl Fn() -> Option<&'static str> + Copy + Send + Sync + 'static + use<> {
        let problem = self.problem;
        move || problem.with(Option::is_some).then_some("true")
    }
}

fn control(param: Param, pointer: String, input: Input, shown: Shown, problems: Problems) -> AnyView {
    match input {
        Input::Text(text) => one_text(&param, text, &shown),
        Input::Bool(on) => view! {
            <label class="flex items-center gap-2">
                <input type="checkbox" id=shown.id.clone() class="checkbox" aria-describedby=shown.described prop:checked=on checked=on.get_untracked() on:change=move |event| on.set(event_target_checked(&event)) />
                <span class="font-medium">{shown.label}</span>
            </label>
        }
        .into_any(),
        Input::L10n(de, en) => view! {
            <div class="flex flex-col gap-2" role="group" aria-labelledby=format!("{}-label", shown.id)>
                {tagged("DE", de, &shown)} {tagged("EN", en, &shown)}
            </div>
        }
        .into_any(),
        Input::Lines(text) => area(text, &shown, 4, "lines"),
        Input::Sorted(items) => view! { <Sorted param items shown /> }.into_any(),
        Input::Form(fields) => view! {
            <div class="inner" role="group" aria-labelledby=format!("{}-label", shown.id)>{all(fields.clone(), &fields, problems)}</div>
        }
        .into_any(),
        Input::Table(rows) => view! { <Table param rows pointer shown problems /> }.into_any(),
        Input::Secret(kept, text) => view! { <Secret kept text shown /> }.into_any(),
        Input::File(file) => view! { <File file shown /> }.into_any(),
    }
}

fn one_text(param: &Param, text: RwSignal<String>, shown: &Shown) -> AnyView {
    let (kind, mode) = match param.kind {
        ParamType::TextMultiline => return area(text, shown, 6, ""),
        ParamType::Json => return area(text, shown, 6, "font-mono text-sm"),
        ParamType::Select => return select(param, text, shown),
        ParamType::Email => ("email", "email"),
        ParamType::Int => ("text", "numeric"),
        _ => ("text", "text"),
    };
    let class = if param.kind == ParamType::Int { "field max-w-40" } else { "field" };
    view! {
        <input
            id=shown.id.clone()
            type=kind
            inputmode=mode
            class=class
            autocomplete="off"
            spellcheck="false"
            aria-describedby=shown.described.clone()
            aria-invalid=shown.wrong()
            aria-required=param.required.then_some("true")
            value=text.get_untracked()
            prop:value=text
            on:input=move |event| text.set(event_target_value(&event))
        />
    }
    .into_any()
}

fn area(text: RwSignal<String>, shown: &Shown, rows: u8, class: &'static str) -> AnyView {
    view! {
        <textarea
            id=shown.id.clone()
            rows=rows
            class=format!("field py-2 {class}")
            spellcheck="false"
            aria-describedby=shown.described.clone()
            aria-invalid=shown.wrong()
            prop:value=text
            on:input=move |event| text.set(event_target_value(&event))
        >
            {text.get_untracked()}
        </textarea>
    }
    .into_any()
}

fn select(param: &Param, text: RwSignal<String>, shown: &Shown) -> AnyView {
    let t = use_i18n();
    let none = (!param.required).then(|| view! { <option value="">"–"</option> });
    let options = param.options.clone().into_iter().map(|choice| {
        let (value, current) = (choice.value.clone(), choice.value == text.get_untracked());
        let name = move || match choice.displayname.get(t.lang()) {
            "" => choice.value.clone(),
            name => name.to_owned(),
        };
        view! { <option value=value selected=current>{name}</option> }
    });
    view! {
        <select id=shown.id.clone() class="select" aria-describedby=shown.described.clone() aria-invalid=shown.wrong() prop:value=text on:change=move |event| text.set(event_target_value(&event))>
            {none}
            {options.collect_view()}
        </select>
    }
    .into_any()
}

fn tagged(tag: &'static str, text: RwSignal<String>, shown: &Shown) -> AnyView {
    let label = shown.label;
    view! {
        <div class="flex items-center gap-2">
            <span class="w-8 text-sm text-muted" aria-hidden="true">{tag}</span>
            <input type="text" class="field" aria-label=move || format!("{} ({tag})", label.get()) aria-describedby=shown.described.clone() aria-invalid=shown.wrong() value=text.get_untracked() prop:value=text on:input=move |event| text.set(event_target_value(&event)) />
        </div>
    }
    .into_any()
}

/// Some of the choices, in an order: move up, take out, put in.
#[component]
fn Sorted(param: Param, items: RwSignal<Vec<String>>, shown: Shown) -> impl IntoView {
    let t = use_i18n();
    let choices = StoredValue::new(param.choices);
    let name = move |value: &str| {
        let lang = t.lang();
        let found =
            choices.with_value(|all| all.iter().find(|c| c.value == value).map(|c| c.displayname.get(lang).to_owned()));
        found.filter(|text| !text.is_empty()).unwrap_or_else(|| value.to_owned())
    };
    let rows = move || {
        let row = move |(i, value): (usize, String)| {
            let text = name(&value);
            let up = text.clone();
            view! {
                <li class="flex items-center gap-1">
                    <span class="grow">{text.clone()}</span>
                    <button type="button" class="button-icon" disabled=i == 0 aria-label=move || texts::move_up(t.lang(), &up) on:click=move |_| items.update(|all| all.swap(i, i - 1))>
                        <Icon shape=Shape::Up />
                    </button>
                    <button type="button" class="button-icon" aria-label=move || texts::remove(t.lang(), &text) on:click=move |_| items.update(|all| drop(all.remove(i)))>
                        <Icon shape=Shape::Close />
                    </button>
                </li>
            }
        };
        items.get().into_iter().enumerate().map(row).collect_view()
    };
    let others = move || {
        let chosen = items.get();
        let left = choices.get_value().into_iter().filter(|choice| !chosen.contains(&choice.value));
        left.map(|choice| {
            let (text, value) = (name(&choice.value), choice.value);
            view! { <button type="button" class="chip" on:click=move |_| items.update(|all| all.push(value.clone()))>"+ " {text}</button> }
        })
        .collect_view()
    };
    view! {
        <div role="group" aria-labelledby=format!("{}-label", shown.id) aria-describedby=shown.described>
            <ol class="inner">{rows}</ol>
            <div class="flex flex-wrap gap-1 pt-2">{others}</div>
        </div>
    }
}

#[component]
fn Table(param: Param, rows: RwSignal<Vec<Line>>, pointer: String, shown: Shown, problems: Problems) -> impl IntoView {
    let t = use_i18n();
    let label = shown.label;
    let param = StoredValue::new(param);
    let add = move |_| {
        rows.update(|rows| {
            let key = rows.iter().map(|row| row.key + 1).max().unwrap_or_default();
            rows.push(param.with_value(|param| line(param, &Value::Null, &pointer, key)));
        });
    };
    let one = move |row: Line| {
        let key = row.key;
        view! {
            <div class="table-row">
                <div class="grid grow gap-2 sm:grid-flow-col sm:auto-cols-fr">{all(row.fields.clone(), &row.fields, problems)}</div>
                <button type="button" class="button-icon" aria-label=move || texts::remove(t.lang(), &label.get()) on:click=move |_| rows.update(|rows| rows.retain(|row| row.key != key))>
                    <Icon shape=Shape::Close />
                </button>
            </div>
        }
    };
    view! {
        <div class="flex flex-col gap-2" role="group" aria-labelledby=format!("{}-label", shown.id)>
            <For each=move || rows.get() key=|row| row.key children=one />
            <div>
                <button type="button" class="button" on:click=add>
                    <Icon shape=Shape::Plus />
                    {t.text(&texts::ADD_ROW)}
                </button>
            </div>
        </div>
    }
}

#[component]
fn Secret(kept: RwSignal<bool>, text: RwSignal<String>, shown: Shown) -> impl IntoView {
    let t = use_i18n();
    let wrong = shown.wrong();
    let label = format!("{}-label", shown.id);
    let above = label.clone();
    view! {
        <div role="group" aria-labelledby=above>
            {move || {
                if kept.get() {
                    view! {
                        <div class="flex items-center gap-3">
                            <span class="text-muted">{t.text(&texts::SECRET_KEPT)}</span>
                            <button type="button" class="button" on:click=move |_| kept.set(false)>
                                {t.text(&texts::SECRET_REPLACE)}
                            </button>
                        </div>
                    }
                    .into_any()
                } else {
                    view! {
                        <input id=shown.id.clone() type="password" class="field" autocomplete="new-password" aria-labelledby=label.clone() aria-describedby=shown.described.clone() aria-invalid=wrong prop:value=text on:input=move |event| text.set(event_target_value(&event)) />
                    }
                    .into_any()
                }
            }}
        </div>
    }
}

#[component]
fn File(file: RwSignal<Option<(String, String)>>, shown: Shown) -> impl IntoView {
    let t = use_i18n();
    let viewer = use_viewer();
    let read = move |event| {
        let input: web_sys::HtmlInputElement = event_target(&event);
        if let Some(chosen) = input.files().and_then(|files| files.get(0)) {
            read_file(&chosen, file);
        }
    };
    view! {
        <div class="flex flex-wrap items-center gap-3">
            <input id=shown.id.clone() type="file" class="text-sm" aria-describedby=shown.described.clone() aria-invalid=shown.wrong() disabled=move || !viewer.hydrated() on:change=read />
            {move || file.get().map(|(name, _)| view! {
                <span class="wrap-anywhere">{name}</span>
                <button type="button" class="button-icon" aria-label=t.text(&texts::REMOVE_FILE) on:click=move |_| file.set(None)>
                    <Icon shape=Shape::Close />
                </button>
            })}
        </div>
    }
}

/// Reads what was chosen, as `data:…;base64,…`.
fn read_file(chosen: &web_sys::File, file: RwSignal<Option<(String, String)>>) {
    let Ok(reader) = web_sys::FileReader::new() else { return };
    let (name, done) = (chosen.name(), reader.clone());
    let loaded = Closure::once_into_js(move || {
        let url = done.result().ok().and_then(|result| result.as_string()).unwrap_or_default();
        let content = url.split_once(',').map(|(_, content)| content.to_owned()).unwrap_or_default();
        file.set(Some((name, content)));
    });
    reader.set_onload(Some(loaded.unchecked_ref()));
    // A file that cannot be read stays unchosen.
    _ = reader.read_as_data_url(chosen);
}

/// A text that is one of the module's.
pub fn text_of(text: &L10n, plain: &str, lang: domain::Lang) -> String {
    match text.get(lang) {
        "" => plain.to_owned(),
        text => text.to_owned(),
    }
}
