//! Addresses that only root may reach, however they are written.

use super::*;
use axum::routing::get;
use domain::run::Status;
use serde_json::json;

const OURSELVES: [&str; 9] = [
    "127.0.0.1",
    "localhost",
    "LOCALHOST",
    "[::1]",
    "0x7f.1",
    "2130706433",
    "[::ffff:127.0.0.1]",
    "0.0.0.0",
    "[64:ff9b::7f00:1]",
];

#[tokio::test]
async fn this_machine_is_refused_to_users() {
    let addr = serve(Router::new().route("/", get(|| async { "inside" }))).await;
    for host in OURSELVES {
        let (outcome, io) = run_as_user("", json!({"url": format!("http://{host}:{}/", addr.port())})).await;
        assert_eq!(outcome.status, Status::Error, "{host}");
        assert!(message(&outcome).contains(" is refused: "), "{outcome:?}");
        assert!(message(&outcome).contains("only root's tasks may reach"), "{outcome:?}");
        assert!(!io.all().contains("inside"));
    }
}

#[tokio::test]
async fn the_list_of_the_operator_lets_it_pass() {
    let addr = serve(Router::new().route("/", get(|| async { "inside" }))).await;
    for (allow, host) in [("127.0.0.0/8", "127.0.0.1"), ("127.0.0.1", "localhost"), ("all", "0x7f.1")] {
        let (outcome, _) = run_as_user(allow, json!({"url": format!("http://{host}:{}/", addr.port())})).await;
        assert_eq!(outcome.status, Status::Done, "{allow} {host} {outcome:?}");
    }
    let (outcome, _) = run_as_user("10.0.0.0/8", json!({"url": format!("http://{addr}/")})).await;
    assert_eq!(outcome.status, Status::Error);
}

#[tokio::test]
async fn connections_of_root_serve_nobody_else() {
    let addr = serve(Router::new().route("/", get(|| async { "inside" }))).await;
    let module = HttpRequest::new(Allow::default());
    let params = json!({"url": format!("http://localhost:{}/", addr.port())});
    let (ctx, _) = as_root(&module, params.clone());
    assert_eq!(module.run(ctx).await.status, Status::Done);
    let (ctx, _) = as_user(&module, params);
    assert_eq!(module.run(ctx).await.status, Status::Error);
}
