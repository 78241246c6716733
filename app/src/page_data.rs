//! What a page shows: read for whoever is logged in.
//!
//! The server draws what is inside a `Suspend` more than once, as often as its waiting happens to go, and numbers resources as
//! they are made. So a page makes its data first, outside of everything that waits, or the browser would look for them under
//! other numbers.

use crate::api::{ApiError, Reader};
use crate::components::failed::Failed;
use crate::i18n::{texts, use_i18n};
use crate::session::use_session;
use domain::user::User;
use domain::{L10n, UserId};
use leptos::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::future::Future;

/// Data of a page, or of a part of it. Cheap to copy.
pub struct PageData<T: Send + Sync + 'static>(Resource<Option<(UserId, Result<T, ApiError>)>>);

impl<T: Send + Sync + 'static> Clone for PageData<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for PageData<T> {}

impl<T: Clone + Serialize + DeserializeOwned + Send + Sync + 'static> PageData<T> {
    /// Reads, and reads anew whenever `source` changes or somebody else logs in. To be called outside of every `Suspend`.
    pub fn new<S, Answer>(
        source: impl Fn() -> S + Send + Sync + 'static,
        load: impl Fn(User, S) -> Answer + Clone + Send + Sync + 'static,
    ) -> Self
    where
        S: Clone + PartialEq + Send + Sync + 'static,
        Answer: Future<Output = Result<T, ApiError>> + Send + 'static,
    {
        let session = use_session();
        let source = move || (session.logins(), source());
        PageData(Resource::new_blocking(source, move |(_, wanted)| {
            let load = load.clone();
            async move {
                match session.current().await {
                    Ok(Some(Reader { user, .. })) => Some((user.id, load(user, wanted).await)),
                    _ => None,
                }
            }
        }))
    }

    /// Reads anew; what is there stays until then.
    pub fn again(self) {
        self.0.refetch();
    }

    /// What is known by now; tracked.
    pub fn known(self) -> Option<T> {
        self.0.get().flatten().and_then(|(_, found)| found.ok())
    }

    /// Waits until it is known whether there is something to know.
    pub async fn settled(self) {
        _ = self.0.await;
    }

    /// Waits for the answer for this user; `None` as long as it is nobody's or another one's.
    pub async fn answer(self, user: UserId) -> Option<Result<T, ApiError>> {
        self.0.await.filter(|(whose, _)| *whose == user).map(|(_, found)| found)
    }
}

/// For whom the page is drawn.
#[derive(Debug, Clone, Copy)]
pub struct SignedInAs(pub UserId);

/// Shows data as soon as they are there.
#[component]
pub fn Loaded<T, V>(
    /// The data.
    data: PageData<T>,
    /// What is said above the reason when they could not be read.
    failed: &'static L10n,
    /// Where they are the whole page: what is said when there are none.
    #[prop(optional)]
    missing: Option<&'static L10n>,
    /// How they are shown.
    view: V,
) -> impl IntoView
where
    T: Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
    V: Fn(T) -> AnyView + Clone + Send + Sync + 'static,
{
    let t = use_i18n();
    let SignedInAs(user) = expect_context();
    let loading = move || view! { <p class="py-8 text-muted" role="status">{t.text(&texts::LOADING)}</p> };
    let shown = move || {
        let view = view.clone();
        Suspend::new(async move {
            match data.answer(user).await {
                Some(Ok(found)) => view(found),
                Some(Err(error)) => {
                    view! { <Failed heading=failed missing error again=move || data.again() /> }.into_any()
                }
                None => loading().into_any(),
            }
        })
    };
    view! { <Transition fallback=loading>{shown}</Transition> }
}
