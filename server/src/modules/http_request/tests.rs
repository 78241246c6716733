//! The module as tasks use it, against a server of its own on this machine.

mod answers;
mod redirects;
mod refusals;
mod requests;
mod tls;

use super::super::TaskModule;
use super::super::testing::{Recorder, as_root, as_user};
use super::{Allow, HttpRequest};
use axum::Router;
use domain::run::Outcome;
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::Arc;

/// Serves `router` on a free port for as long as the test runs.
async fn serve(router: Router) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    addr
}

/// Runs it as root.
async fn run(params: Value) -> (Outcome, Arc<Recorder>) {
    let module = HttpRequest::new(Allow::default());
    let (ctx, io) = as_root(&module, params);
    (module.run(ctx).await, io)
}

/// Runs it as someone else.
async fn run_as_user(allow: &str, params: Value) -> (Outcome, Arc<Recorder>) {
    let module = HttpRequest::new(allow.parse().unwrap());
    let (ctx, io) = as_user(&module, params);
    (module.run(ctx).await, io)
}

fn message(outcome: &Outcome) -> &str {
    outcome.message.as_deref().unwrap_or_default()
}
