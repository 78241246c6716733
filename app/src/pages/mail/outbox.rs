//! What was or is to be delivered: `/mail/outbox?status=failed&page=2`.

use super::super::people::places::Places;
use super::super::people::root_only::RootOnly;
use super::super::people::texts as admin;
use super::texts;
use crate::api::mail::{self, Delivery, DeliveryStatus};
use crate::api::{ApiError, Page};
use crate::components::icon::{Icon, Shape};
use crate::components::page_title::PageTitle;
use crate::components::{moment::Moment, notice::Notice, pager::Pager, signed_in::SignedIn};
use crate::i18n::{texts as common, use_i18n};
use crate::page_data::{Loaded, PageData};
use crate::viewer::use_viewer;
use domain::L10n;
use domain::mail::{Channel, Kind};
use domain::user::User;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

const PAGE_SIZE: u64 = 50;

/// What the address asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Wanted {
    status: Option<DeliveryStatus>,
    page: u64,
}

impl Wanted {
    fn href(self) -> String {
        let status = self.status.map(|status| format!("status={}", status.as_str()));
        let page = (self.page > 1).then(|| format!("page={}", self.page));
        let query: Vec<String> = status.into_iter().chain(page).collect();
        if query.is_empty() { "/mail/outbox".to_owned() } else { format!("/mail/outbox?{}", query.join("&")) }
    }
}

/// The page.
#[component]
pub fn OutboxPage() -> impl IntoView {
    let query = use_query_map();
    let wanted = Memo::new(move |_| {
        let query = query.read();
        let page = query.get_str("page").and_then(|n| n.parse().ok()).map_or(1, |n: u64| n.clamp(1, 1_000_000_000));
        Wanted { status: query.get_str("status").and_then(DeliveryStatus::parse), page }
    });
    let found = PageData::new(
        move || wanted.get(),
        async |user: User, wanted| match user.is_root() {
            true => mail::list(wanted.status, (wanted.page - 1) * PAGE_SIZE, PAGE_SIZE).await,
            false => Ok(Page { items: vec![], total: 0 }),
        },
    );
    let shown = move |_| view! { <Outbox wanted found /> }.into_any();
    view! { <SignedIn view=move |user| view! { <RootOnly user view=shown /> }.into_any() /> }
}

#[component]
fn Outbox(wanted: Memo<Wanted>, found: PageData<Page<Delivery>>) -> impl IntoView {
    let t = use_i18n();
    let shown = move |list: Page<Delivery>| {
        if list.items.is_empty() {
            return view! { <Notice heading=t.text(&texts::NOTHING)>""</Notice> }.into_any();
        }
        view! { <Table list wanted=wanted.get_untracked() /> }.into_any()
    };
    view! {
        <PageTitle text=Signal::derive(move || t.text(&admin::OUTBOX)().to_owned()) />
        <main id="content" class="page">
            <Places here="/mail/outbox" />
            <div class="page-head"><h1>{t.text(&admin::OUTBOX)}</h1></div>
            <Filter wanted />
            <Loaded data=found failed=&texts::OUTBOX_FAILED view=shown />
        </main>
    }
}

/// Plain links, so that they work before the page is hydrated.
#[component]
fn Filter(wanted: Memo<Wanted>) -> impl IntoView {
    let t = use_i18n();
    let all = DeliveryStatus::ALL.iter().copied().map(Some);
    let link = move |status: Option<DeliveryStatus>| {
        let text = status.map_or(&texts::ALL, |status| look(status).2);
        let current = move || (wanted.get().status == status).then_some("true");
        view! { <a class="nav-link" href=Wanted { status, page: 1 }.href() aria-current=current>{t.text(text)}</a> }
    };
    view! {
        <nav class="flex flex-wrap gap-1 pb-3" aria-label=t.text(&texts::FILTER)>
            {std::iter::once(None).chain(all).map(link).collect_view()}
        </nav>
    }
}

fn look(status: DeliveryStatus) -> (Shape, &'static str, &'static L10n) {
    match status {
        DeliveryStatus::Waiting => (Shape::Clock, "text-halted", &texts::WAITING),
        DeliveryStatus::Sending => (Shape::Play, "text-busy", &texts::SENDING),
        DeliveryStatus::Sent => (Shape::Tick, "text-good", &texts::SENT),
        DeliveryStatus::Failed => (Shape::Cross, "text-bad", &texts::FAILED),
    }
}

fn about(kind: Kind) -> &'static L10n {
    match kind {
        Kind::Problem => &texts::PROBLEM,
        Kind::Ok => &texts::OK,
        Kind::Recovery => &texts::RECOVERY,
        Kind::Digest => &texts::DIGEST,
    }
}

#[component]
fn Table(list: Page<Delivery>, wanted: Wanted) -> impl IntoView {
    let t = use_i18n();
    let head = |text| view! { <th scope="col" role="columnheader">{t.text(text)}</th> };
    let first = (wanted.page - 1) * PAGE_SIZE + 1;
    let last = first + list.items.len() as u64 - 1;
    let rows = list.items.into_iter().map(|delivery| view! { <Row delivery=RwSignal::new(delivery) /> });
    view! {
        <div class="card">
            <table class="list outbox" role="table" aria-label=t.text(&admin::OUTBOX)>
                <thead role="rowgroup">
                    <tr role="row">
                        {head(&texts::TO)} {head(&texts::STATUS)} {head(&texts::ABOUT)} {head(&texts::CREATED)}
                        {head(&texts::ATTEMPTS)}
                        <th scope="col" role="columnheader"><span class="sr-only">{t.text(&texts::ACTIONS)}</span></th>
                    </tr>
                </thead>
                <tbody role="rowgroup">{rows.collect_view()}</tbody>
            </table>
        </div>
        <Pager page=wanted.page first last total=list.total href=move |page| Wanted { page, ..wanted }.href() />
    }
}

#[component]
fn Row(delivery: RwSignal<Delivery>) -> impl IntoView {
    let t = use_i18n();
    let Delivery { kind, channel, recipient, task_id, run_id, task_description, created_at, .. } =
        delivery.get_untracked();
    let by = match channel {
        Channel::Mail => &texts::BY_MAIL,
        Channel::Webhook => &texts::BY_WEBHOOK,
    };
    let name = StoredValue::new(task_description);
    let task = move || {
        name.with_value(|name| {
            if name.trim().is_empty() { t.text(&common::NO_DESCRIPTION)().to_owned() } else { name.clone() }
        })
    };
    view! {
        <tr role="row">
            <th role="rowheader" scope="row">{recipient}" " <span class="tag">{t.text(by)}</span></th>
            <td role="cell" data-label=t.text(&texts::STATUS)><State delivery /></td>
            <td role="cell" data-label=t.text(&texts::ABOUT)>
                <div>
                    {t.text(about(kind))} ": " <a class="link" href=format!("/task/{task_id}")>{task}</a>
                    <a class="link block text-sm" href=format!("/task/{task_id}/log?run={run_id}")>{move || texts::run(t.lang(), run_id.0)}</a>
                </div>
            </td>
            <td role="cell" data-label=t.text(&texts::CREATED)><Moment at=Some(created_at) none=&texts::NEVER /></td>
            <td role="cell" data-label=t.text(&texts::ATTEMPTS) class="tabular-nums">{move || delivery.with(|d| d.attempts)}</td>
            <td role="cell" class="actions"><Resend delivery /></td>
        </tr>
    }
}

/// The status, when it is tried next, and what went wrong.
#[component]
fn State(delivery: RwSignal<Delivery>) -> impl IntoView {
    let t = use_i18n();
    let shown = move || {
        let Delivery { status, not_before, last_error, .. } = delivery.get();
        let (shape, colour, text) = look(status);
        let next = (status == DeliveryStatus::Waiting).then(|| {
            view! { <div class="text-sm text-muted">{t.text(&texts::NEXT_TRY)} " " <Moment at=Some(not_before) none=&texts::NEVER /></div> }
        });
        let error = last_error.filter(|_| status != DeliveryStatus::Sent);
        view! {
            <span class=format!("inline-flex items-center gap-2 font-medium {colour}")><Icon shape />{t.text(text)}</span>
            {next}
            {error.map(|error| view! { <div class="text-sm wrap-anywhere">{error}</div> })}
        }
    };
    view! { <div class="min-w-0">{shown}</div> }
}

#[component]
fn Resend(delivery: RwSignal<Delivery>) -> impl IntoView {
    let t = use_i18n();
    let viewer = use_viewer();
    let id = delivery.with_untracked(|delivery| delivery.id);
    let problem = RwSignal::new(None::<ApiError>);
    let resend = Action::new_local(move |(): &()| async move {
        match mail::resend(id).await {
            Ok(now) => {
                problem.set(None);
                delivery.set(now);
            }
            Err(error) => problem.set(Some(error)),
        }
    });
    let status = move || delivery.with(|delivery| delivery.status);
    let label = move || t.text(if status() == DeliveryStatus::Waiting { &texts::SEND_NOW } else { &texts::RESEND })();
    let named = move || format!("{}: {}", label(), delivery.with(|delivery| delivery.recipient.clone()));
    let off = move || !viewer.hydrated() || resend.pending().get() || status() == DeliveryStatus::Sending;
    view! {
        <button type="button" class="button" aria-label=named disabled=off on:click=move |_| _ = resend.dispatch(())>{label}</button>
        <p class="problem" role="alert">{move || problem.get().map(|error| error.sentence(t.lang()))}</p>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_holds_the_status_and_the_page() {
        let href = |status, page| Wanted { status, page }.href();
        assert_eq!(href(None, 1), "/mail/outbox");
        assert_eq!(href(Some(DeliveryStatus::Failed), 2), "/mail/outbox?status=failed&page=2");
    }
}
