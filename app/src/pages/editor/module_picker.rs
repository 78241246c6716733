//! What can run.

use super::draft::Draft;
use super::params::{Problems, text_of};
use super::texts;
use crate::api::modules::ModuleSpec;
use crate::components::icon::{Icon, Shape};
use crate::i18n::use_i18n;
use leptos::prelude::*;

/// Cards to choose from; for a task that exists, just the one it has.
#[component]
pub fn ModulePicker(
    /// The task.
    draft: Draft,
    /// All modules that the caller may use.
    specs: Vec<ModuleSpec>,
    /// What is wrong.
    problems: Problems,
) -> impl IntoView {
    let t = use_i18n();
    if draft.base.with_value(Option::is_some) {
        return view! { <FixedModule draft /> }.into_any();
    }
    let search = RwSignal::new(String::new());
    let debug = RwSignal::new(specs.iter().all(|spec| spec.debug));
    let has_debug = specs.iter().any(|spec| spec.debug);
    let specs = StoredValue::new(specs);
    let found = Memo::new(move |_| {
        let (text, lang) = (search.get().to_lowercase(), t.lang());
        let fits = |spec: &ModuleSpec| {
            let all =
                format!("{} {} {}", spec.name, spec.displayname.get(lang), spec.description.get(lang)).to_lowercase();
            (debug.get() || !spec.debug) && text.split_whitespace().all(|word| all.contains(word))
        };
        specs.with_value(|all| all.iter().filter(|spec| fits(spec)).cloned().collect::<Vec<_>>())
    });
    let problem = move || problems.at("/task/task_module", false);
    view! {
        <div class="flex flex-wrap items-center gap-4">
            <label class="search">
                <span class="sr-only">{t.text(&texts::SEARCH_MODULE)}</span>
                <Icon shape=Shape::Search />
                <input type="search" class="field" placeholder=t.text(&texts::SEARCH_MODULE) prop:value=search on:input=move |event| search.set(event_target_value(&event)) />
            </label>
            {has_debug.then(|| view! {
                <label class="flex items-center gap-2">
                    <input type="checkbox" class="checkbox" prop:checked=debug on:change=move |event| debug.set(event_target_checked(&event)) />
                    {t.text(&texts::SHOW_DEBUG)}
                </label>
            })}
        </div>
        <div class="modules" role="radiogroup" aria-label=t.text(&texts::WHAT) aria-invalid=move || problem().is_some().then_some("true")>
            {move || found.get().into_iter().map(|spec| view! { <Card draft spec /> }).collect_view()}
        </div>
        {move || found.with(Vec::is_empty).then(|| view! { <p class="text-muted">{t.text(&texts::NO_MODULE)}</p> })}
        {move || problem().map(|text| view! { <p class="wrong"><Icon shape=Shape::Warning />{text}</p> })}
    }
    .into_any()
}

#[component]
fn Card(draft: Draft, spec: ModuleSpec) -> impl IntoView {
    let t = use_i18n();
    let name = spec.name.clone();
    let chosen =
        Memo::new(move |_| draft.module.with(|module| module.as_ref().is_some_and(|module| module.name == name)));
    let (title, help, plain) = (spec.displayname.clone(), spec.description.clone(), spec.name.clone());
    let value = spec.name.clone();
    view! {
        <label class="module" class:chosen=chosen>
            <input type="radio" name="module" class="radio" value=value prop:checked=chosen on:change=move |_| draft.choose(spec.clone()) />
            <span>
                <span class="font-medium">{move || text_of(&title, &plain, t.lang())}</span>
                <span class="block text-sm text-muted">{move || help.get(t.lang()).to_owned()}</span>
            </span>
        </label>
    }
}

#[component]
fn FixedModule(draft: Draft) -> impl IntoView {
    let t = use_i18n();
    let shown = move || {
        match draft.module.get() {
        Some(spec) => view! {
            <p class="font-medium">{text_of(&spec.displayname, &spec.name, t.lang())}</p>
            <p class="text-sm text-muted">{spec.description.get(t.lang()).to_owned()} " " {t.text(&texts::MODULE_FIXED)}</p>
        }
        .into_any(),
        None => view! { <p class="wrong"><Icon shape=Shape::Warning />{t.text(&texts::MODULE_GONE)}</p> }.into_any(),
    }
    };
    view! { <div>{shown}</div> }
}
