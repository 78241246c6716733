//! A module's parameters while they are edited: one signal for each thing that can be typed.

use domain::module::{ModuleSpec, Param, ParamType, is_asked_for};
use leptos::prelude::*;
use serde_json::{Map, Value, json};

/// A parameter, its place and what is typed. Cheap to clone.
#[derive(Clone)]
pub struct Field {
    /// What it takes.
    pub param: Param,
    /// Its group; empty inside forms and tables.
    pub group: String,
    /// Its JSON pointer in the body of a save.
    pub pointer: String,
    /// What is typed.
    pub input: Input,
}

/// What is typed, by the way it is.
#[derive(Clone)]
pub enum Input {
    /// One text: `text`, `text-multiline`, `email`, `select`, `int`, `json`.
    Text(RwSignal<String>),
    /// Yes or no.
    Bool(RwSignal<bool>),
    /// German and English.
    L10n(RwSignal<String>, RwSignal<String>),
    /// One item a line: `string-list`, `int-list`.
    Lines(RwSignal<String>),
    /// Some of the choices, in order.
    Sorted(RwSignal<Vec<String>>),
    /// Inner parameters.
    Form(Vec<Field>),
    /// Rows of inner parameters.
    Table(RwSignal<Vec<Line>>),
    /// Whether the stored one stays, and else the new one.
    Secret(RwSignal<bool>, RwSignal<String>),
    /// Name and content, in base 64.
    File(RwSignal<Option<(String, String)>>),
}

/// A row of a table.
#[derive(Clone)]
pub struct Line {
    /// Unique among the rows, whatever is added and removed.
    pub key: usize,
    /// Its cells.
    pub fields: Vec<Field>,
}

/// All parameters of a module, in the order shown; `values` is what there is.
pub fn fields(spec: &ModuleSpec, values: &Map<String, Value>) -> Vec<Field> {
    let mut all: Vec<Field> = spec
        .params
        .iter()
        .map(|p| {
            let value = values.get(&p.name).unwrap_or(&p.parameters.default);
            Field { group: p.group.clone(), ..field(&p.parameters, value, "/task/task_params") }
        })
        .collect();
    // Groups in the order in which the module names them first.
    let groups: Vec<String> = spec.params.iter().map(|p| p.group.clone()).collect();
    let place = |group: &String| groups.iter().position(|other| other == group);
    all.sort_by_key(|f| (place(&f.group), f.param.position));
    all
}

/// One parameter with a value.
pub fn field(param: &Param, value: &Value, above: &str) -> Field {
    let pointer = format!("{above}/{}", param.name.replace('~', "~0").replace('/', "~1"));
    Field { input: input(param, value, &pointer), param: param.clone(), group: String::new(), pointer }
}

/// A new row of a table.
pub fn line(param: &Param, value: &Value, pointer: &str, key: usize) -> Line {
    let fields =
        param.fields.iter().map(|f| field(f, value.get(&f.name).unwrap_or(&f.default), &format!("{pointer}/{key}")));
    Line { key, fields: fields.collect() }
}

fn input(param: &Param, value: &Value, pointer: &str) -> Input {
    let text = |value: &Value| value.as_str().map_or_else(|| plain(value), str::to_owned);
    match param.kind {
        ParamType::Bool => Input::Bool(RwSignal::new(value.as_bool().unwrap_or(false))),
        ParamType::TextL10n => {
            let of = |tag| RwSignal::new(value.get(tag).map(text).unwrap_or_default());
            Input::L10n(of("de-DE"), of("en-US"))
        }
        ParamType::StringList | ParamType::IntList => {
            let items: Vec<String> = value.as_array().into_iter().flatten().map(text).collect();
            Input::Lines(RwSignal::new(items.join("\n")))
        }
        ParamType::StringListSort => {
            Input::Sorted(RwSignal::new(value.as_array().into_iter().flatten().map(text).collect()))
        }
        ParamType::Form => {
            let inner = |p: &Param| field(p, value.get(&p.name).unwrap_or(&p.default), pointer);
            Input::Form(param.parameters.iter().map(inner).collect())
        }
        ParamType::Table => {
            let rows = value.as_array().into_iter().flatten().enumerate();
            Input::Table(RwSignal::new(rows.map(|(i, row)| line(param, row, pointer, i)).collect()))
        }
        ParamType::Secret => Input::Secret(RwSignal::new(value.is_object()), RwSignal::new(String::new())),
        ParamType::File => {
            let part = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
            Input::File(RwSignal::new(part("filename").zip(part("content_base64"))))
        }
        ParamType::Json => Input::Text(RwSignal::new(pretty(value))),
        _ => Input::Text(RwSignal::new(text(value))),
    }
}

fn plain(value: &Value) -> String {
    if value.is_null() { String::new() } else { value.to_string() }
}

fn pretty(value: &Value) -> String {
    if value.is_null() { String::new() } else { serde_json::to_string_pretty(value).unwrap_or_default() }
}

impl Field {
    /// What would be sent; tracked. What is no number, no JSON, stays a text, so that the check names it.
    pub fn value(&self) -> Value {
        let number = |text: &str| text.trim().parse::<i64>().map_or_else(|_| json!(text.trim()), Value::from);
        match &self.input {
            Input::Text(text) if self.param.kind == ParamType::Int => match text.get().trim() {
                "" => Value::Null,
                text => number(text),
            },
            Input::Text(text) if self.param.kind == ParamType::Json => match text.get().trim() {
                "" => Value::Null,
                text => serde_json::from_str(text).unwrap_or(Value::Null),
            },
            Input::Text(text) => json!(text.get()),
            Input::Bool(on) => json!(on.get()),
            Input::L10n(de, en) => {
                let pairs = [("de-DE", de.get()), ("en-US", en.get())];
                let given = pairs.into_iter().filter(|(_, text)| !text.is_empty());
                Value::Object(given.map(|(tag, text)| (tag.to_owned(), json!(text))).collect())
            }
            Input::Lines(text) => {
                let text = text.get();
                let items = text.lines().map(str::trim_end).filter(|line| !line.is_empty());
                let int = self.param.kind == ParamType::IntList;
                items.map(|item| if int { number(item) } else { json!(item) }).collect()
            }
            Input::Sorted(items) => json!(items.get()),
            Input::Form(fields) => object(fields),
            Input::Table(rows) => rows.get().iter().map(|row| object(&row.fields)).collect(),
            Input::Secret(kept, text) if kept.get() => {
                text.track();
                json!({ "_secret": true })
            }
            Input::Secret(_, text) => json!(text.get()),
            Input::File(file) => match file.get() {
                Some((name, content)) => json!({ "filename": name, "content_base64": content }),
                None => Value::Null,
            },
        }
    }

    /// Whether it is asked for, as the fields beside it stand; tracked.
    pub fn is_asked(&self, beside: &[Field]) -> bool {
        let params: Vec<&Param> = beside.iter().map(|field| &field.param).collect();
        let value = |param: &Param| {
            let found = beside.iter().find(|field| field.param.name == param.name);
            found.map_or(Value::Null, Field::value)
        };
        is_asked_for(&self.param, &params, &value)
    }

    /// Whether what is typed is no JSON although it must be; tracked.
    pub fn broken_json(&self) -> bool {
        match &self.input {
            Input::Text(text) if self.param.kind == ParamType::Json => {
                let text = text.get();
                !text.trim().is_empty() && serde_json::from_str::<Value>(&text).is_err()
            }
            Input::Form(fields) => fields.iter().any(Field::broken_json),
            _ => false,
        }
    }
}

/// All values by name; tracked.
pub fn object(fields: &[Field]) -> Value {
    Value::Object(fields.iter().map(|field| (field.param.name.clone(), field.value())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::L10n;

    fn param(kind: ParamType) -> Param {
        Param::new("x", 1, kind, L10n::default(), L10n::default())
    }

    #[test]
    fn every_type_gives_back_what_it_was_given() {
        let owner = Owner::new();
        owner.set();
        let inner = Param { name: "y".into(), ..param(ParamType::Int) };
        let all = [
            (param(ParamType::Text), json!("a <b>")),
            (param(ParamType::TextMultiline), json!("a\nb\n")),
            (param(ParamType::TextL10n), json!({"de-DE": "ä", "en-US": "e"})),
            (param(ParamType::Bool), json!(true)),
            (param(ParamType::Int), json!(-7)),
            (param(ParamType::Int), Value::Null),
            (param(ParamType::Email), json!("a@b.example")),
            (param(ParamType::Select), json!("one")),
            (param(ParamType::StringList), json!(["a b", "c"])),
            (param(ParamType::StringListSort), json!(["b", "a"])),
            (param(ParamType::IntList), json!([3, 1])),
            (param(ParamType::Json), json!({"z": [1, null]})),
            (Param { parameters: vec![inner.clone()], ..param(ParamType::Form) }, json!({"y": 1})),
            (Param { fields: vec![inner], ..param(ParamType::Table) }, json!([{"y": 1}, {"y": 2}])),
            (param(ParamType::Secret), json!({"_secret": true})),
            (param(ParamType::Secret), json!("")),
            (param(ParamType::File), json!({"filename": "f", "content_base64": "YQ=="})),
        ];
        for (param, value) in all {
            assert_eq!(field(&param, &value, "").value(), value, "{:?}", param.kind);
        }
    }

    #[test]
    fn what_is_no_number_stays_for_the_check_to_name() {
        let owner = Owner::new();
        owner.set();
        let field = field(&param(ParamType::Int), &json!(1), "/p");
        let Input::Text(text) = &field.input else { panic!("a number is typed") };
        text.set("many".into());
        assert_eq!((field.value(), field.pointer.as_str()), (json!("many"), "/p/x"));
    }
}
