//! Calls a URL and checks the answer.
//!
//! What the server may reach, its tasks could misuse: a task must not read the machine's credentials from a metadata
//! service, nor use what listens on the server's own network. See [`guard`] for how that is kept.

mod address;
mod allow;
mod answer;
mod clients;
mod expected;
mod guard;
mod params;
mod plan;
#[cfg(test)]
mod tests;

pub use allow::Allow;
pub use clients::Clients;

use super::{RunContext, TaskModule};
use crate::redact::Redact;
use answer::Answer;
use async_trait::async_trait;
use clients::CONNECT_TIMEOUT;
use domain::module::ModuleSpec;
use domain::run::Outcome;
use guard::Refused;
use http::StatusCode;
use plan::{Hop, Plan};
use reqwest::{Response, Url};
use std::error::Error;
use std::time::Instant;

/// How many redirects are followed.
const REDIRECTS_MAX: usize = 10;

/// One HTTP request, its redirects, and a check of the answer.
pub struct HttpRequest {
    clients: Clients,
}

impl HttpRequest {
    /// With the private networks that everyone's tasks may reach.
    pub fn new(allow: Allow) -> HttpRequest {
        HttpRequest { clients: Clients::new(allow) }
    }
}

#[async_trait]
impl TaskModule for HttpRequest {
    fn spec(&self) -> ModuleSpec {
        params::spec()
    }

    async fn run(&self, ctx: RunContext) -> Outcome {
        let plan = match Plan::read(&ctx) {
            Ok(plan) => plan,
            Err(why) => return Outcome::error(why),
        };
        let call = Call { ctx: &ctx, clients: &self.clients, redact: &plan.redact };
        tokio::select! {
            biased;
            () = ctx.cancel.cancelled() => Outcome::canceled(),
            result = call.perform(&plan) => match result {
                Ok(message) => Outcome::done_with(plan.redact.clean(&message)),
                Err(why) => Outcome::error(plan.redact.clean(&why)),
            },
        }
    }
}

/// One run. Whatever it says goes through `redact`.
struct Call<'a> {
    ctx: &'a RunContext,
    clients: &'a Clients,
    redact: &'a Redact,
}

impl Call<'_> {
    /// Answers what to say of the run.
    async fn perform(&self, plan: &Plan) -> Result<String, String> {
        let start = Instant::now();
        let response = self.follow(plan.hop.clone()).await?;
        let status = response.status();
        let content_type = response.headers().get(http::header::CONTENT_TYPE).cloned();
        let wanted = self.ctx.text("must_contain");
        let url = response.url().clone();
        let answer = Answer::read(response, !wanted.is_empty()).await.map_err(|e| explain(&url, &e))?;
        let head = format!("{} in {} ms", named(status), start.elapsed().as_millis());
        let kind = content_type.as_ref().and_then(|v| v.to_str().ok()).map(|t| format!(", {t}")).unwrap_or_default();
        self.info(&format!("{head}, {}{kind}", answer.shown_size())).await;
        self.show(&answer).await;
        if !plan.expected.holds(status.as_u16()) {
            return Err(format!("{head}, expected {}", plan.expected.text()));
        }
        if !answer.contains(wanted) {
            return Err(format!("{head}, but the answer does not contain \"{wanted}\""));
        }
        Ok(head)
    }

    /// Sends, and goes where redirects lead.
    async fn follow(&self, mut hop: Hop) -> Result<Response, String> {
        for _ in 0..=REDIRECTS_MAX {
            self.info(&format!("{} {}", hop.method, hop.shown())).await;
            let response = self.send(&hop).await?;
            if !self.ctx.flag("follow_redirects") {
                return Ok(response);
            }
            let Some(next) = hop.redirected(response.status(), response.headers())? else { return Ok(response) };
            self.info(&format!("{}: redirected", named(response.status()))).await;
            hop = next;
        }
        Err(format!("more than {REDIRECTS_MAX} redirects"))
    }

    async fn send(&self, hop: &Hop) -> Result<Response, String> {
        let root = self.ctx.owner.is_root();
        self.clients.guard(root).check(&hop.url).map_err(|e| e.to_string())?;
        let client = self.clients.get(root, self.ctx.flag("verify_tls")).await?;
        let mut request = client.request(hop.method.clone(), hop.url.clone()).headers(hop.headers.clone());
        if let Some(body) = &hop.body {
            request = request.body(body.clone());
        }
        request.send().await.map_err(|e| explain(&hop.url, &e))
    }

    async fn show(&self, answer: &Answer) {
        let (text, more) = answer.beginning();
        if text.is_empty() {
            return;
        }
        let clean = if more { self.redact.clean_cut(&text) + "…" } else { self.redact.clean(&text) };
        self.ctx.info(clean).await;
    }

    async fn info(&self, text: &str) {
        self.ctx.info(self.redact.clean(text)).await;
    }
}

fn named(status: StatusCode) -> String {
    format!("{} {}", status.as_u16(), status.canonical_reason().unwrap_or_default()).trim_end().to_owned()
}

/// Why there is no answer, in few words. The outermost error only says that, and repeats the URL.
fn explain(url: &Url, error: &reqwest::Error) -> String {
    if let Some(refused) = chain(error).find_map(|e| e.downcast_ref::<Refused>()) {
        return refused.to_string();
    }
    let host = url.host_str().unwrap_or_default();
    if error.is_timeout() && error.is_connect() {
        return format!("no connection to {host} within {} s", CONNECT_TIMEOUT.as_secs());
    }
    let cause = chain(error).last().map(ToString::to_string).unwrap_or_default();
    let what = if error.is_connect() { "no connection to" } else { "no complete answer from" };
    format!("{what} {host}: {cause}")
}

fn chain(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    let first: &(dyn Error + 'static) = error;
    std::iter::successors(Some(first), |e| (*e).source())
}
