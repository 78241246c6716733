//! What a task is: parameters and schedule, readable.

use super::options::OptionFacts;
use super::texts;
use crate::api::modules::{ModuleSpec, Param, ParamType};
use crate::api::schedules::Preview;
use crate::api::tasks::TaskObject;
use crate::api::transport;
use crate::components::icon::{Icon, Shape};
use crate::components::moment::Moment;
use crate::i18n::{texts as common, time, use_i18n};
use crate::task_options::{for_good, paused_until};
use crate::viewer::use_viewer;
use domain::Lang;
use leptos::prelude::*;
use serde_json::Value;

/// One line: a name and a value.
#[component]
pub fn Fact(
    /// The name.
    #[prop(into)]
    name: Signal<String>,
    /// The value.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="fact">
            <dt>{name}</dt>
            <dd>{children()}</dd>
        </div>
    }
}

/// The schedule in words, the next runs, who gets mail.
#[component]
pub fn ScheduleFacts(
    /// The task; tracked.
    object: RwSignal<TaskObject>,
    /// What its schedules mean; tracked.
    preview: RwSignal<Option<Preview>>,
) -> impl IntoView {
    let t = use_i18n();
    let viewer = use_viewer();
    let schedules = Memo::new(move |_| object.with(|object| object.task.schedules.clone()));
    let next = Memo::new(move |_| object.with(|object| object.task.next_run_at));
    let until = Memo::new(move |_| object.with(|object| paused_until(&object.task, transport::now())));
    let words = move || match preview.get() {
        None => view! { <p class="text-muted">{t.text(&texts::NO_SCHEDULE)}</p> }.into_any(),
        Some(preview) => {
            let zone = schedules.with_untracked(|all| all.first().map(|s| s.timezone.clone()).unwrap_or_default());
            let zone = StoredValue::new(zone);
            // Nothing runs in a pause until further notice, whatever the schedules say.
            let paused = until.get().is_some_and(|until| until >= for_good());
            let rows = preview.runs.into_iter().filter(|_| !paused).map(move |at| {
                let exact = move || match viewer.hydrated() {
                    true => zone.with_value(|zone| time::in_zone(t.lang(), at, zone)),
                    false => time::exact(t.lang(), at, None),
                };
                // The same instant where the viewer is, unless that is the same time. Beside it, it would move what follows.
                let here = move || {
                    let zone_here = viewer.zone();
                    let there = zone.with_value(|zone| time::in_zone(t.lang(), at, zone));
                    let here = time::in_zone(t.lang(), at, &zone_here);
                    (viewer.hydrated() && here != there).then(|| format!("{here} {zone_here}"))
                };
                view! {
                    <li title=here>
                        {exact}
                        <span class="pl-4 text-muted">{move || time::relative(t.lang(), viewer.now(), at)}</span>
                    </li>
                }
            });
            view! {
                <p class="font-medium">{move || preview.summary.get(t.lang()).to_owned()}</p>
                <ul class="tabular-nums">{rows.collect_view()}</ul>
            }
            .into_any()
        }
    };
    let paused = move || match until.get() {
        Some(until) if until < for_good() => {
            let exact = time::exact(t.lang(), until, viewer.offset_min(until));
            Some(texts::paused_until(t.lang(), &exact))
        }
        None if next.get().is_some() || schedules.with(Vec::is_empty) => None,
        _ => Some(t.text(&texts::PAUSED)().to_owned()),
    };
    let recipients = Memo::new(move |_| object.with(|object| object.task.email.recipients.clone()));
    let mail = move || {
        recipients.get().into_iter().map(|r| view! {
            <li class="wrap-anywhere">{r.email} {r.problems_only.then(|| view! { <span class="text-muted">" (" {t.text(&texts::PROBLEMS_ONLY)} ")"</span> })}</li>
        }).collect_view()
    };
    view! {
        {move || paused().map(|text| view! { <p class="paused"><Icon shape=Shape::Pause />{text}</p> })}
        {words}
        <dl class="facts">
            <Fact name=Signal::derive(move || t.text(&texts::NEXT)().to_owned())>
                {move || view! { <Moment at=next.get().filter(|at| *at < for_good()) none=&common::NOT_SCHEDULED /> }}
            </Fact>
            {move || (!recipients.with(Vec::is_empty)).then(|| view! {
                <Fact name=Signal::derive(move || t.text(&texts::MAIL)().to_owned())><ul>{mail()}</ul></Fact>
            })}
            <OptionFacts object />
        </dl>
    }
}

/// Parameters with the module's names for them.
#[component]
pub fn ParamFacts(
    /// The task; tracked.
    object: RwSignal<TaskObject>,
    /// The modules that the caller may use.
    specs: StoredValue<Vec<ModuleSpec>>,
) -> impl IntoView {
    let t = use_i18n();
    let module = object.with_untracked(|object| object.task.task_module.clone());
    let params = Memo::new(move |_| {
        object.with(|object| {
            let all = object.task.task_params.iter();
            all.map(|(name, raw)| (name.clone(), raw.value())).collect::<Vec<(String, Value)>>()
        })
    });
    let module = StoredValue::new(module);
    let spec = module.with_value(|name| specs.with_value(|all| all.iter().find(|spec| spec.name == *name).cloned()));
    let spec = StoredValue::new(spec);
    let title = move || {
        let known = spec.with_value(|spec| spec.as_ref().map(|spec| spec.displayname.get(t.lang()).to_owned()));
        known.unwrap_or_else(|| module.get_value())
    };
    let rows = move || params.get().into_iter().map(|(name, value)| row(spec, name, &value)).collect_view();
    view! {
        <dl class="facts">
            <Fact name=Signal::derive(move || t.text(&texts::MODULE)().to_owned())>{title}</Fact>
            {rows}
        </dl>
    }
}

fn row(spec: StoredValue<Option<ModuleSpec>>, name: String, value: &Value) -> impl IntoView + use<> {
    let t = use_i18n();
    let find = |spec: &ModuleSpec| spec.params.iter().find(|p| p.name == name).map(|p| p.parameters.clone());
    let param = spec.with_value(|spec| spec.as_ref().and_then(find));
    let text = shown(param.as_ref(), value, t.lang(), t.text(&texts::SECRET)());
    let label = Signal::derive(move || {
        let known = param.as_ref().map(|p| p.displayname.get(t.lang()).to_owned());
        known.filter(|text| !text.is_empty()).unwrap_or_else(|| name.clone())
    });
    view! {
        <Fact name=label>
            {match text {
                Some(text) => view! { <pre class="value">{text}</pre> }.into_any(),
                None => view! { <span class="text-muted"><span aria-hidden="true">"–"</span><span class="sr-only">{t.text(&texts::EMPTY)}</span></span> }.into_any(),
            }}
        </Fact>
    }
}

/// A value as text; `None` if it is empty.
fn shown(param: Option<&Param>, value: &Value, lang: Lang, secret: &str) -> Option<String> {
    match value {
        Value::Object(map) if map.contains_key("_secret") => Some(format!("•••••• ({secret})")),
        Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        Value::Array(list) if list.is_empty() => None,
        Value::String(text) => {
            let choice =
                param.filter(|p| p.kind == ParamType::Select).and_then(|p| p.options.iter().find(|o| o.value == *text));
            let name = choice.map(|choice| choice.displayname.get(lang)).filter(|name| !name.is_empty());
            Some(name.unwrap_or(text).to_owned())
        }
        Value::Bool(on) => Some(if *on { "✓" } else { "✗" }.to_owned()),
        Value::Array(list) if list.iter().all(Value::is_string) => {
            Some(list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n"))
        }
        other => Some(serde_json::to_string_pretty(other).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_shown_as_text_and_secrets_not_at_all() {
        let says = |value: Value| shown(None, &value, Lang::En, "stored");
        assert_eq!(says(json!({"_secret": true})).as_deref(), Some("•••••• (stored)"));
        assert_eq!(says(json!("<b>")).as_deref(), Some("<b>"));
        assert_eq!(says(json!(["a", "b"])).as_deref(), Some("a\nb"));
        assert_eq!((says(json!("")), says(Value::Null), says(json!([]))), (None, None, None));
        assert_eq!(says(json!(7)).as_deref(), Some("7"));
    }
}
