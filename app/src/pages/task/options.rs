//! What is set of a task beyond when and what.

use super::facts::Fact;
use super::texts;
use crate::api::encoded;
use crate::api::tasks::TaskObject;
use crate::i18n::use_i18n;
use crate::task_options::words;
use domain::L10n;
use domain::task::{Options, Webhook};
use leptos::prelude::*;

/// Tags, webhooks, and the rest in phrases; nothing where nothing is set.
#[component]
pub fn OptionFacts(
    /// The task; tracked.
    object: RwSignal<TaskObject>,
) -> impl IntoView {
    let options = Memo::new(move |_| object.with(|object| object.task.options.clone()));
    move || {
        let options = options.get();
        let (tags, hooks) = (options.tags.clone(), options.webhooks.clone());
        let rest = Options { tags: vec![], webhooks: vec![], ..options };
        view! {
            {(!tags.is_empty()).then(|| view! { <Tags tags /> })}
            <Rest options=rest />
            {(!hooks.is_empty()).then(|| view! { <Hooks hooks /> })}
        }
    }
}

fn named(text: &'static L10n) -> Signal<String> {
    let t = use_i18n();
    Signal::derive(move || t.text(text)().to_owned())
}

#[component]
fn Tags(tags: Vec<String>) -> impl IntoView {
    let one = |tag: String| {
        let href = format!("/?tag={}", encoded(&tag));
        view! { <li class="min-w-0"><a class="tag" href=href rel="nofollow">{tag}</a></li> }
    };
    view! { <Fact name=named(&texts::TAGS)><ul class="flex flex-wrap gap-1">{tags.into_iter().map(one).collect_view()}</ul></Fact> }
}

#[component]
fn Rest(options: Options) -> impl IntoView {
    let t = use_i18n();
    let options = StoredValue::new(options);
    let said = move || options.with_value(|options| words::said(t.lang(), options));
    let lines = move || said().into_iter().map(|text| view! { <li>{text}</li> }).collect_view();
    let any = untrack(|| !said().is_empty());
    any.then(|| view! { <Fact name=named(&texts::OPTIONS)><ul>{lines}</ul></Fact> })
}

#[component]
fn Hooks(hooks: Vec<Webhook>) -> impl IntoView {
    let lines = hooks.into_iter().map(|hook| view! { <li class="wrap-anywhere">{hook.url}</li> });
    view! { <Fact name=named(&texts::WEBHOOKS)><ul>{lines.collect_view()}</ul></Fact> }
}
