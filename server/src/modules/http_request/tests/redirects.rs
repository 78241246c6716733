//! Where redirects lead, and what goes along.

use super::*;
use axum::extract::Query;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::routing::{any, get};
use domain::run::Status;
use serde_json::json;
use std::collections::HashMap;

/// `/to?code=302&url=…` redirects, `/end` tells what it got, `/loop` redirects to itself.
async fn server() -> SocketAddr {
    let to = async |Query(q): Query<HashMap<String, String>>| {
        let code = StatusCode::from_bytes(q["code"].as_bytes()).unwrap();
        (code, [(header::LOCATION, q["url"].clone())])
    };
    let end = async |method: Method, headers: HeaderMap, body: String| {
        let has = |name| headers.contains_key(name);
        let (auth, cookie, kind) = (has("authorization"), has("cookie"), has("content-type"));
        format!("{method} auth={auth} cookie={cookie} other={} type={kind} body={body}", has("x-other"))
    };
    let again = get(|| async { (StatusCode::FOUND, [(header::LOCATION, "/loop")]) });
    serve(Router::new().route("/to", any(to)).route("/end", any(end)).route("/loop", again)).await
}

fn params(addr: SocketAddr, code: u16, to: &str, method: &str, must: &str) -> Value {
    json!({
        "url": format!("http://{addr}/to?code={code}&url={to}"), "method": method, "body": "hello", "bearer": "abcdef",
        "headers": [{"name": "cookie", "value": "a=b"}, {"name": "x-other", "value": "1"}], "must_contain": must,
    })
}

#[tokio::test]
async fn methods_change_as_rfc_9110_says() {
    let addr = server().await;
    for (code, method, must) in [
        (301, "POST", "GET auth=true cookie=true other=true type=false body="),
        (302, "PUT", "GET auth=true cookie=true other=true type=false body="),
        (303, "DELETE", "GET auth=true cookie=true other=true type=false body="),
        (307, "POST", "POST auth=true cookie=true other=true type=true body=hello"),
        (308, "PUT", "PUT auth=true cookie=true other=true type=true body=hello"),
    ] {
        let (outcome, io) = run(params(addr, code, "/end", method, must)).await;
        assert_eq!(outcome.status, Status::Done, "{code} {method}: {}", io.all());
        assert!(io.all().contains(&format!("http://{addr}/end")));
    }
}

#[tokio::test]
async fn credentials_stay_with_their_server() {
    let (first, second) = (server().await, server().await);
    let must = "POST auth=false cookie=false other=true type=true body=hello";
    let (outcome, io) = run(params(first, 307, &format!("http://{second}/end"), "POST", must)).await;
    assert_eq!(outcome.status, Status::Done, "{}", io.all());
    // Neither do they come back with a second redirect, nor does the redirect bring its own.
    let back = format!("http://u:p@{second}/to?code=307%26url=http://{first}/end");
    let (outcome, io) = run(params(first, 307, &back, "POST", must)).await;
    assert_eq!(outcome.status, Status::Done, "{}", io.all());
}

#[tokio::test]
async fn redirects_may_not_lead_where_requests_may_not() {
    let addr = server().await;
    for to in ["http://169.254.169.254/latest/", "http://[::ffff:a9fe:a9fe]/", "http://100.100.100.200/"] {
        let (outcome, _) = run(params(addr, 302, to, "GET", "")).await;
        assert_eq!(outcome.status, Status::Error);
        assert!(message(&outcome).ends_with("which no task may reach"), "{outcome:?}");
    }
    let (outcome, _) = run_as_user("127.0.0.1", params(addr, 302, "http://10.0.0.1/", "GET", "")).await;
    assert!(message(&outcome).starts_with("10.0.0.1 is refused"), "{outcome:?}");
    let (outcome, _) = run_as_user("127.0.0.1", params(addr, 302, "http://localhost:1/", "GET", "")).await;
    assert!(message(&outcome).starts_with("no connection to localhost"), "{outcome:?}");
    let (outcome, _) = run(params(addr, 302, "file:///etc/passwd", "GET", "")).await;
    assert_eq!(message(&outcome), "the redirect leads neither to http: nor to https:");
}

#[tokio::test]
async fn loops_end_and_redirects_can_be_left_alone() {
    let addr = server().await;
    let (outcome, io) = run(json!({"url": format!("http://{addr}/loop")})).await;
    assert_eq!(message(&outcome), "more than 10 redirects");
    assert_eq!(io.all().matches("GET ").count(), 11);
    let alone = json!({"url": format!("http://{addr}/loop"), "follow_redirects": false, "expected_status": "302"});
    assert_eq!(run(alone).await.0.status, Status::Done);
}
