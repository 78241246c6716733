//! The form: what, settings, when, who; and saving it.

use super::conflict::Conflict;
use super::draft::Draft;
use super::guard::guard;
use super::lines::{About, TextLine};
use super::module_picker::ModulePicker;
use super::options::{More, Notify};
use super::params::{ParamGroups, Problems};
use super::texts;
use super::when::{Recipients, WhenChoice};
use crate::api::ApiError;
use crate::api::modules::ModuleSpec;
use crate::api::tasks::{self, Task};
use crate::components::icon::{Icon, Shape};
use crate::components::later::later;
use crate::i18n::use_i18n;
use crate::task_options::planned_again;
use crate::viewer::use_viewer;
use domain::access::Caller;
use domain::module::{Sealer, check_params};
use domain::user::User;
use domain::{Error, L10n, TaskId};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use serde_json::Value;
use std::time::Duration;
use wasm_bindgen::JsCast;

/// The checks of the server, before it is asked; nothing is sealed here.
struct NoSeal;

impl Sealer for NoSeal {
    fn seal(&self, _: TaskId, _: &str, _: &str) -> String {
        domain::module::SEALED.to_owned()
    }
}

/// The whole form.
#[component]
pub fn Form(
    /// What is edited.
    draft: Draft,
    /// The modules that the caller may use.
    specs: Vec<ModuleSpec>,
    /// Addresses to suggest.
    people: Vec<String>,
    /// Who edits.
    user: User,
    /// Reads everything again.
    again: Callback<()>,
) -> impl IntoView {
    let t = use_i18n();
    let viewer = use_viewer();
    let problems = Problems(RwSignal::new(vec![]));
    let general = RwSignal::new(None::<String>);
    let saved = StoredValue::new(draft.fingerprint());
    let theirs = RwSignal::new(None::<Task>);
    let base = draft.base.get_value();
    // Instants can only be said in the viewer's zone once that is known.
    Effect::new(move |_| {
        if draft.know_zone() {
            saved.set_value(draft.fingerprint());
        }
    });
    let dirty = move || saved.try_get_value().is_some_and(|saved| saved != draft.fingerprint());
    guard(dirty);
    let navigate = use_navigate();
    let save = Action::new_local(move |against: &Option<Task>| {
        let (against, body) = (against.clone(), Value::Object(draft.body(against.as_ref())));
        async move {
            match against {
                Some(task) => tasks::change(task.id, planned_again(&task, body).await?).await,
                None => tasks::create(body).await,
            }
        }
    });
    let caller = StoredValue::new(Caller { user });
    let submit = Callback::new(move |against: Option<Task>| {
        general.set(None);
        let found = untrack(|| draft.problem()).map(|(pointer, reason)| (pointer, reason.get(t.lang()).to_owned()));
        let found = found.or_else(|| {
            caller
                .with_value(|caller| check(draft, caller))
                .map(|(pointer, reason)| (pointer, reason.get(t.lang()).to_owned()))
        });
        if let Some(problem) = found {
            problems.0.set(vec![problem]);
            focus_first();
            return;
        }
        problems.0.set(vec![]);
        let nothing = against.as_ref().is_some_and(|task| draft.body(Some(task)).len() == 1);
        if nothing {
            general.set(Some(t.text(&texts::UNCHANGED)().to_owned()));
        } else if !save.pending().get_untracked() {
            _ = save.dispatch(against);
        }
    });
    Effect::new(move |_| match save.value().get() {
        Some(Ok(object)) => {
            saved.set_value(draft.fingerprint());
            navigate(&format!("/task/{}", object.task.id), NavigateOptions::default());
        }
        Some(Err(error)) => refused(error, draft, problems, general, theirs, t.lang()),
        None => {}
    });
    let keep_mine = Callback::new(move |task: Task| submit.run(Some(task)));
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        submit.run(draft.base.get_value());
    };
    let back = base.as_ref().map_or_else(|| "/".to_owned(), |task| format!("/task/{}", task.id));
    let details = move || {
        view! {
            <Section id="details" heading=&texts::DETAILS>
                <Basics draft problems />
                {move || view! { <ParamGroups fields=draft.fields.get() problems /> }}
            </Section>
        }
        .into_any()
    };
    let label = if base.is_some() { &texts::SAVE } else { &texts::CREATE };
    view! {
        <form class="flex flex-col gap-4" method="post" on:submit=on_submit novalidate>
            {later(move || view! { <Section id="what" heading=&texts::WHAT><ModulePicker draft specs problems /></Section> }.into_any())}
            <div class="flex flex-col gap-4" class:hidden=move || draft.module.with(Option::is_none)>
                {later(details)}
                {later(move || view! { <Section id="when" heading=&texts::WHEN><WhenChoice draft problems /></Section> }.into_any())}
                {later(move || view! { <Section id="who" heading=&texts::WHO><Recipients draft people problems /><Notify options=draft.options problems /></Section> }.into_any())}
                {later(move || view! { <More draft problems /> }.into_any())}
            </div>
            <div role="alert" class="empty:hidden">
                {move || general.get().map(|text| view! { <p class="wrong"><Icon shape=Shape::Warning />{text}</p> })}
            </div>
            <div class="save-bar">
                <button type="submit" class="button button-accent" disabled=move || !viewer.hydrated() || save.pending().get()>
                    {move || t.text(if save.pending().get() { &texts::SAVING } else { label })()}
                </button>
                <a class="button" href=back>
                    {t.text(&texts::CANCEL)}
                </a>
            </div>
        </form>
        <Conflict draft theirs keep_mine take_theirs=Callback::new(move |_| again.run(())) />
    }
}

#[component]
fn Section(id: &'static str, heading: &'static L10n, children: Children) -> impl IntoView {
    let t = use_i18n();
    view! {
        <section class="card section" aria-labelledby=id>
            <h2 id=id class="text-lg font-semibold">{t.text(heading)}</h2>
            {children()}
        </section>
    }
}

static TITLE: About =
    About { id: "description", pointer: "/task/description", label: &texts::TITLE, help: &texts::TITLE_HELP };
static TIMEOUT: About =
    About { id: "timeout", pointer: "/task/task_timeout_sec", label: &texts::TIMEOUT, help: &texts::TIMEOUT_HELP };

/// Title and time-out, which every task has.
#[component]
fn Basics(draft: Draft, problems: Problems) -> impl IntoView {
    view! {
        <div class="param-group">
            <TextLine about=&TITLE text=draft.description problems />
            <TextLine about=&TIMEOUT text=draft.timeout problems number=true />
        </div>
    }
}

/// The parameters by the server's own rules; the first that is wrong.
fn check(draft: Draft, caller: &Caller) -> Option<(String, L10n)> {
    let spec = draft.module.get_untracked()?;
    let body = draft.body(None);
    let given = serde_json::from_value(body.get("task_params")?.clone()).ok()?;
    let stored = draft.base.with_value(|task| task.as_ref().map(|task| task.task_params.clone()));
    // Kept secrets are not here to be looked at: as if they were sealed.
    let stored = stored.map(sealed);
    let checked = check_params(&spec, &given, stored.as_ref(), caller, TaskId(0), &NoSeal, "/task/task_params");
    match checked {
        Err(Error::ParamInvalid { pointer, reason }) => Some((pointer, reason)),
        _ => None,
    }
}

fn sealed(mut params: domain::json::RawMap) -> domain::json::RawMap {
    fn seal(value: &mut Value) {
        match value {
            Value::Object(map) if map.get("_secret") == Some(&Value::Bool(true)) => {
                map.insert("_secret".into(), Value::String(domain::module::SEALED.to_owned()));
            }
            Value::Object(map) => map.values_mut().for_each(seal),
            Value::Array(list) => list.iter_mut().for_each(seal),
            _ => {}
        }
    }
    for raw in params.values_mut() {
        let mut value = raw.value();
        seal(&mut value);
        *raw = domain::json::Raw::from_value(&value);
    }
    params
}

/// What the server said goes to its place; a conflict fetches the other side.
fn refused(
    error: ApiError,
    draft: Draft,
    problems: Problems,
    general: RwSignal<Option<String>>,
    theirs: RwSignal<Option<Task>>,
    lang: domain::Lang,
) {
    if error.code() == "VersionMismatch"
        && let Some(id) = draft.base.with_value(|task| task.as_ref().map(|task| task.id))
    {
        leptos::task::spawn_local(async move {
            match tasks::one(id).await {
                Ok(object) => _ = theirs.try_set(Some(object.task)),
                Err(error) => _ = general.try_set(Some(error.sentence(lang))),
            }
        });
        return;
    }
    general.set(Some(error.sentence(lang)));
    if let ApiError::Refused { pointer, reason, error, .. } = &error
        && !pointer.is_empty()
    {
        let text = if reason.is_empty() { error } else { reason };
        problems.0.set(vec![(pointer.clone(), text.clone())]);
        focus_first();
    }
}

/// Once the page shows it: the first field that is wrong.
fn focus_first() {
    let focus = || {
        let found = document().query_selector("[aria-invalid=true]").ok().flatten();
        let inner = found.map(|found| found.query_selector("input").ok().flatten().unwrap_or(found));
        if let Some(element) = inner.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok()) {
            // What cannot have the focus has its message all the same.
            _ = element.focus();
        }
    };
    set_timeout(focus, Duration::from_millis(20));
}
