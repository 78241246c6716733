//! An instant, for a person.

use crate::i18n::{texts, time, use_i18n};
use crate::viewer::use_viewer;
use domain::{L10n, Timestamp};
use leptos::prelude::*;
use std::time::Duration;

/// How far away, and below it how long it took or else the exact time: in UTC as the server sends it, in the viewer's zone once the page knows that.
#[component]
pub fn Moment(
    /// The instant, if there is one.
    at: Option<Timestamp>,
    /// What a dash means, read out.
    none: &'static L10n,
    /// What ended then took this long.
    #[prop(optional_no_strip)]
    took: Option<Duration>,
) -> impl IntoView {
    let t = use_i18n();
    let viewer = use_viewer();
    let Some(at) = at else {
        return view! { <span class="none text-muted"><span aria-hidden="true">"–"</span><span class="sr-only">{t.text(none)}</span></span> }.into_any();
    };
    let exact = move || time::exact(t.lang(), at, viewer.offset_min(at));
    let short = move || time::short(t.lang(), at, viewer.offset_min(at), viewer.now());
    let detail = move || took.map_or_else(short, |took| texts::after(t.lang(), &time::duration(t.lang(), took)));
    view! {
        <time datetime=at.to_string() class="moment" title=exact>
            <span>{move || time::relative(t.lang(), viewer.now(), at)}</span>
            <span class="exact">{detail}</span>
        </time>
    }
    .into_any()
}
