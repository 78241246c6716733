//! Which part of a list is shown, and the way to the others.

use crate::components::icon::{Icon, Shape};
use crate::i18n::{texts, use_i18n};
use leptos::prelude::*;

/// Plain links, so that they work before the page is hydrated, and in a new tab.
#[component]
pub fn Pager(
    /// The page shown, from 1.
    page: u64,
    /// Number of the first item shown, from 1.
    first: u64,
    /// Number of the last item shown.
    last: u64,
    /// How many there are.
    total: u64,
    /// The address of a page.
    href: impl Fn(u64) -> String,
) -> impl IntoView {
    let t = use_i18n();
    let previous = (page > 1).then(|| {
        view! { <a class="button" rel="prev" href=href(page - 1)><Icon shape=Shape::Left />{t.text(&texts::PREVIOUS)}</a> }
    });
    let next = (last < total).then(|| {
        view! { <a class="button" rel="next" href=href(page + 1)>{t.text(&texts::NEXT)}<Icon shape=Shape::Right /></a> }
    });
    view! {
        <nav class="flex flex-wrap items-center justify-end gap-2 pt-4" aria-label=t.text(&texts::PAGES)>
            <p class="mr-auto text-muted tabular-nums">{move || texts::range(t.lang(), first, last, total)}</p>
            {previous}
            {next}
        </nav>
    }
}
