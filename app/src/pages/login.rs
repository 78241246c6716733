//! Logging in.

use crate::api;
use crate::components::page_title::PageTitle;
use crate::components::{
    icon::{Icon, Shape},
    language_switch::LanguageSwitch,
    logo::Logo,
    text_field::TextField,
};
use crate::i18n::{texts, use_i18n};
use crate::session::use_session;
use crate::viewer::use_viewer;
use leptos::ev::SubmitEvent;
use leptos::html::Input;
use leptos::prelude::*;

/// The page for someone who is not logged in, whatever page was asked for: that one follows by itself.
#[component]
pub fn LoginPage() -> impl IntoView {
    let t = use_i18n();
    view! {
        <PageTitle text=Signal::derive(move || t.text(&texts::LOG_IN)().to_owned()) />
        <main data-part="door" class="flex min-h-dvh flex-col items-center justify-center gap-6 px-4 py-8">
            <div class="flex flex-col items-center gap-2 text-center">
                <Logo />
                <p class="text-muted">{t.text(&texts::TAGLINE)}</p>
            </div>
            <section class="card w-full max-w-form p-6" aria-labelledby="login-heading">
                <h1 id="login-heading" class="text-lg font-semibold">
                    {t.text(&texts::LOG_IN)}
                </h1>
                <LoginForm />
            </section>
            <LanguageSwitch />
        </main>
    }
}

/// What is typed stays in the fields, so what was typed before the page reacts is not lost.
#[component]
fn LoginForm() -> impl IntoView {
    let t = use_i18n();
    let viewer = use_viewer();
    let session = use_session();
    let login = NodeRef::<Input>::new();
    let password = NodeRef::<Input>::new();
    let log_in = Action::new_local(move |(login, password): &(String, String)| {
        let call = api::log_in(login.clone(), password.clone());
        async move { call.await.inspect(|()| session.refresh()) }
    });
    let incomplete = RwSignal::new(false);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let typed = |field: NodeRef<Input>| field.get_untracked().map(|f| f.value()).unwrap_or_default();
        let (login, password) = (typed(login), typed(password));
        incomplete.set(login.trim().is_empty() || password.is_empty());
        if !incomplete.get_untracked() && !log_in.pending().get_untracked() {
            log_in.dispatch((login.trim().to_owned(), password));
        }
    };
    let problem = move || match log_in.value().get() {
        _ if incomplete.get() => Some(t.text(&texts::FIELDS_EMPTY)().to_owned()),
        Some(Err(error)) if !log_in.pending().get() => Some(error.sentence(t.lang())),
        _ => None,
    };
    // In place of the label, so that nothing moves when the page takes over.
    let label = move || match () {
        () if !viewer.hydrated() => t.text(&texts::FORM_GETTING_READY)(),
        () if log_in.pending().get() => t.text(&texts::LOGGING_IN)(),
        () => t.text(&texts::LOG_IN)(),
    };
    view! {
        <form class="mt-4 flex flex-col gap-4" method="post" on:submit=submit novalidate>
            <TextField id="login" label=t.text(&texts::LOGIN) field=login autocomplete="username" />
            <TextField id="password" kind="password" label=t.text(&texts::PASSWORD) field=password autocomplete="current-password" />
            <div role="alert" class="empty:hidden">
                {move || problem().map(|text| view! { <p class="flex items-start gap-2 text-bad"><Icon shape=Shape::Warning />{text}</p> })}
            </div>
            <button type="submit" class="button button-accent" disabled=move || !viewer.hydrated()>
                {label}
            </button>
            <noscript>{t.text(&texts::FORM_NEEDS_SCRIPT)}</noscript>
        </form>
    }
}
