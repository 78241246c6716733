//! Not starting by itself for a while.

use super::super::params::Problems;
use super::{OptionsDraft, Pause, texts};
use crate::components::icon::{Icon, Shape};
use crate::i18n::use_i18n;
use domain::L10n;
use leptos::prelude::*;

const CHOICES: [(Pause, &str, &L10n); 3] = [
    (Pause::No, "no", &texts::PAUSE_NO),
    (Pause::Until, "until", &texts::PAUSE_UNTIL),
    (Pause::ForGood, "for-good", &texts::PAUSE_FOR_GOOD),
];

/// Not paused, until an instant, until further notice.
#[component]
pub fn PauseFields(
    /// What is edited.
    options: OptionsDraft,
    /// What is wrong.
    problems: Problems,
) -> impl IntoView {
    let t = use_i18n();
    let problem = Memo::new(move |_| problems.at("/task/paused_until", true));
    let wrong = move || problem.with(Option::is_some).then_some("true");
    let now = options.pause.get_untracked();
    let choices =
        CHOICES.map(|(pause, key, text)| view! { <option value=key selected=pause == now>{t.text(text)}</option> });
    let key = move || CHOICES.iter().find(|choice| choice.0 == options.pause.get()).map(|choice| choice.1);
    let choose = move |event| {
        let key = event_target_value(&event);
        options.pause.set(CHOICES.iter().find(|choice| choice.1 == key).map_or(Pause::No, |choice| choice.0));
    };
    let end = move || {
        view! {
            <input type="datetime-local" class="field max-w-64" aria-label=t.text(&texts::PAUSE_END) aria-describedby="pause-help" aria-invalid=wrong prop:value=options.until on:input=move |event| options.until.set(event_target_value(&event)) />
        }
    };
    view! {
        <div class="param">
            <label for="pause" class="font-medium">{t.text(&texts::PAUSE)}</label>
            <div class="flex flex-wrap items-center gap-2">
                <select id="pause" class="select min-h-10 max-w-full" aria-describedby="pause-help" prop:value=key on:change=choose>{choices.collect_view()}</select>
                {move || (options.pause.get() == Pause::Until).then(end)}
            </div>
            <p id="pause-help" class="help">
                {t.text(&texts::PAUSE_HELP)}
                {move || problem.get().map(|text| view! { <span class="wrong"><Icon shape=Shape::Warning />{text}</span> })}
            </p>
        </div>
    }
}
