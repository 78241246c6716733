//! Making and changing a user.

use super::field::{Field, FormEnd, Problems, typed, typed_exactly};
use super::texts;
use crate::api::users::{self, User};
use crate::i18n::use_i18n;
use crate::person::use_person;
use domain::user::{ROOT, TASK, check_password};
use domain::{L10n, Lang, UserId};
use leptos::ev::SubmitEvent;
use leptos::html::{Input, Select};
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use serde_json::{Value, json};

const FIELDS: [&str; 6] = ["/login", "/displayname", "/email", "/password", "/language", "/system_rights"];

/// Everything that is typed. Cheap to copy.
#[derive(Clone, Copy, Default)]
struct Inputs {
    login: NodeRef<Input>,
    displayname: NodeRef<Input>,
    email: NodeRef<Input>,
    password: NodeRef<Input>,
    language: NodeRef<Select>,
    root: NodeRef<Input>,
    task: NodeRef<Input>,
}

impl Inputs {
    /// As the API wants it; the password only where there is one.
    fn read(self) -> Value {
        let ticked = |field: NodeRef<Input>| field.get_untracked().is_some_and(|field| field.checked());
        let rights = [(ROOT, ticked(self.root)), (TASK, ticked(self.task))];
        let rights: Vec<&str> = rights.into_iter().filter(|(_, held)| *held).map(|(right, _)| right).collect();
        let language = self.language.get_untracked().map(|field| field.value()).unwrap_or_default();
        let mut fields = json!({
            "login": typed(self.login),
            "displayname": typed(self.displayname),
            "email": typed(self.email),
            "language": language,
            "system_rights": rights,
        });
        let password = typed_exactly(self.password);
        if !password.is_empty() {
            fields["password"] = json!(password);
        }
        fields
    }

    /// What can be told without asking the server.
    fn check(self, new: bool, problems: Problems) {
        problems.clear();
        if typed(self.login).is_empty() {
            problems.add("/login", texts::MISSING.clone());
        }
        let password = typed_exactly(self.password);
        if (new || !password.is_empty())
            && let Err(reason) = check_password(&password)
        {
            problems.add("/password", reason);
        }
    }
}

/// The form. `None` makes a new one.
#[component]
pub fn PersonForm(
    /// Who is changed.
    user: Option<User>,
) -> impl IntoView {
    let t = use_i18n();
    let person = use_person();
    let problems = Problems::default();
    let saved = RwSignal::new(false);
    let inputs = Inputs::default();
    let id = user.as_ref().map(|user| user.id);
    let made = RwSignal::new(None::<UserId>);
    let navigate = use_navigate();
    // Apart from the action: the server drops that on any thread, which what can navigate does not bear.
    Effect::new(move |_| {
        if let Some(id) = made.get() {
            navigate(&format!("/people/{id}"), Default::default());
        }
    });
    let save = Action::new_local(move |fields: &Value| {
        let fields = fields.clone();
        async move {
            let answer = match id {
                Some(id) => users::change(id, fields).await,
                None => users::create(fields).await,
            };
            match answer {
                Ok(user) if id.is_none() => made.set(Some(user.id)),
                Ok(user) => {
                    saved.set(true);
                    super::field::empty(inputs.password);
                    person.know_changed(&user);
                }
                Err(error) => {
                    problems.take(error, &FIELDS);
                    problems.focus();
                }
            }
        }
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        saved.set(false);
        inputs.check(id.is_none(), problems);
        if !problems.none() {
            problems.focus();
        } else if !save.pending().get_untracked() {
            save.dispatch(inputs.read());
        }
    };
    let action = if id.is_some() { &texts::SAVE } else { &texts::CREATE };
    view! {
        <section class="card section" aria-labelledby="about-heading">
            <h2 id="about-heading">{t.text(&texts::ABOUT)}</h2>
            <form class="form" method="post" novalidate on:submit=submit on:input=move |_| saved.set(false)>
                <Fields user inputs problems />
                <FormEnd action pending=save.pending() problems saved />
            </form>
        </section>
    }
}

#[component]
fn Fields(user: Option<User>, inputs: Inputs, problems: Problems) -> impl IntoView {
    let known = user.is_some();
    let (login, displayname, email, language, rights) = match user {
        Some(user) => (user.login, user.displayname, user.email, user.language, user.system_rights),
        None => (String::new(), String::new(), String::new(), Lang::default(), vec![TASK.to_owned()]),
    };
    let password = if known { &texts::PASSWORD_NEW } else { &texts::PASSWORD };
    let rule = if known { &texts::PASSWORD_KEEP } else { &texts::PASSWORD_RULE };
    view! {
        <Field id="login-name" label=&texts::LOGIN field=inputs.login value=login problems at="/login" />
        <Field id="displayname" label=&texts::NAME hint=&texts::NAME_HINT field=inputs.displayname value=displayname problems at="/displayname" />
        <Field id="email" kind="email" label=&texts::EMAIL hint=&texts::EMAIL_HINT field=inputs.email value=email problems at="/email" />
        <Field
            id="new-password"
            kind="password"
            label=password
            hint=rule
            autocomplete="new-password"
            field=inputs.password
            problems
            at="/password"
        />
        <LanguageField language field=inputs.language />
        <Rights rights inputs problems />
    }
}

#[component]
fn LanguageField(language: Lang, field: NodeRef<Select>) -> impl IntoView {
    let t = use_i18n();
    let option =
        |lang: Lang, name| view! { <option value=lang.tag() selected=lang == language lang=lang.tag()>{name}</option> };
    view! {
        <div class="form-field">
            <label for="language">{t.text(&texts::LANGUAGE)}</label>
            <select id="language" class="field" aria-describedby="language-hint" node_ref=field>
                {option(Lang::De, "Deutsch")} {option(Lang::En, "English")}
            </select>
            <p id="language-hint" class="hint">{t.text(&texts::LANGUAGE_HINT)}</p>
        </div>
    }
}

#[component]
fn Rights(rights: Vec<String>, inputs: Inputs, problems: Problems) -> impl IntoView {
    let t = use_i18n();
    let holds = |right: &str| rights.iter().any(|held| held == right);
    let wrong = move || problems.at("/system_rights", t);
    view! {
        <fieldset class="rights" aria-describedby="rights-problem">
            <legend>{t.text(&texts::RIGHTS)}</legend>
            <Right id="right-root" right=ROOT means=&texts::ROOT_MEANS held=holds(ROOT) field=inputs.root />
            <Right id="right-task" right=TASK means=&texts::TASK_MEANS held=holds(TASK) field=inputs.task />
            <p id="rights-problem" class="problem" role="alert">{wrong}</p>
        </fieldset>
    }
}

#[component]
fn Right(
    id: &'static str,
    right: &'static str,
    means: &'static L10n,
    held: bool,
    field: NodeRef<Input>,
) -> impl IntoView {
    let t = use_i18n();
    let hint = format!("{id}-hint");
    view! {
        <div class="right">
            <input id=id type="checkbox" checked=held aria-describedby=hint.clone() node_ref=field />
            <label for=id><code>{right}</code></label>
            <p id=hint class="hint">{t.text(means)}</p>
        </div>
    }
}
