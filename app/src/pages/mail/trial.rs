//! Sending a mail to see whether it works.

use super::super::people::field::{Field, Problems, typed};
use super::texts;
use crate::api::mail::{self, MailTested};
use crate::components::icon::{Icon, Shape};
use crate::i18n::use_i18n;
use crate::viewer::use_viewer;
use leptos::ev::SubmitEvent;
use leptos::html::Input;
use leptos::prelude::*;

/// An address, a button, and how it went.
#[component]
pub fn Trial(
    /// The address of who is logged in.
    own: String,
) -> impl IntoView {
    let t = use_i18n();
    let viewer = use_viewer();
    let problems = Problems::default();
    let field = NodeRef::<Input>::new();
    let tested = RwSignal::new(None::<MailTested>);
    let send = Action::new_local(move |to: &String| {
        let to = to.clone();
        async move {
            match mail::test(to).await {
                Ok(how) => tested.set(Some(how)),
                Err(error) => {
                    problems.take(error, &["/to"]);
                    problems.focus();
                }
            }
        }
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        problems.clear();
        tested.set(None);
        if !send.pending().get_untracked() {
            send.dispatch(typed(field));
        }
    };
    let pending = send.pending();
    let state = move || match (pending.get(), tested.get()) {
        (true, _) => Some(view! { <p class="text-muted">{t.text(&texts::TEST_SENDING)}</p> }.into_any()),
        (false, Some(how)) => Some(view! { <How how /> }.into_any()),
        (false, None) => None,
    };
    view! {
        <section class="card section" aria-labelledby="test-heading">
            <h2 id="test-heading">{t.text(&texts::TEST)}</h2>
            <p class="text-muted">{t.text(&texts::TEST_HINT)}</p>
            <form class="form" method="post" novalidate on:submit=submit>
                <Field id="test-to" kind="email" label=&texts::TEST_TO field value=own problems at="/to" />
                <div class="form-actions">
                    <button type="submit" class="button" disabled=move || !viewer.hydrated() || pending.get()>
                        <Icon shape=Shape::Mail />
                        {t.text(&texts::TEST_SEND)}
                    </button>
                </div>
                <p class="problem" role="alert">{move || problems.at("", t)}</p>
            </form>
            <div role="status" class="empty:hidden">{state}</div>
        </section>
    }
}

/// Whether the mail was taken, and what was said.
#[component]
fn How(how: MailTested) -> impl IntoView {
    let t = use_i18n();
    let (shape, class, text) = match how.ok {
        true => (Shape::Tick, "flex items-center gap-2 font-medium text-good", &texts::TEST_OK),
        false => (Shape::Cross, "flex items-center gap-2 font-medium text-bad", &texts::TEST_FAILED),
    };
    let said = how.conversation.join("\n");
    let conversation = (!said.is_empty()).then(|| {
        view! {
            <details open=!how.ok class="pt-2">
                <summary class="cursor-pointer text-muted">{t.text(&texts::CONVERSATION)}</summary>
                <pre class="result-text mt-2" tabindex="0" role="region" aria-label=t.text(&texts::CONVERSATION)>{said}</pre>
            </details>
        }
    });
    view! {
        <p class=class><Icon shape />{t.text(text)}</p>
        {how.error.map(|error| view! { <p class="wrap-anywhere">{error}</p> })}
        {conversation}
    }
}
