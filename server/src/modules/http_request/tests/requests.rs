//! What arrives at the server, and what is never shown of it.

use super::*;
use axum::http::{HeaderMap, Method, Uri};
use domain::run::Status;
use serde_json::json;

/// Answers with all that it got.
async fn echo() -> SocketAddr {
    let all = async |method: Method, uri: Uri, headers: HeaderMap, body: String| {
        format!("{method} {uri}\n{headers:?}\nbody: {body}\n")
    };
    serve(Router::new().fallback(all)).await
}

#[tokio::test]
async fn method_headers_and_body_arrive() {
    let addr = echo().await;
    let params = json!({
        "method": "POST", "url": format!("http://{addr}/in?x=1#part"), "body": "{\"a\": 1}",
        "headers": [{"name": "X-One", "value": " 1 "}, {"name": "x-one", "value": "zwölf"}],
        "must_contain": "body: {\"a\": 1}",
    });
    let (outcome, io) = run(params).await;
    assert_eq!(outcome.status, Status::Done, "{outcome:?}");
    let all = io.all();
    assert!(all.contains("POST /in?x=1\n") && all.contains("\"content-type\": \"application/json\""), "{all}");
    assert!(all.contains("\"x-one\": \"1\"") && all.contains("\"user-agent\": \"rota/"), "{all}");
    for method in ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"] {
        let params = json!({"method": method, "url": format!("http://{addr}/"), "must_contain": format!("{method} /")});
        assert_eq!(run(params).await.0.status, Status::Done, "{method}");
    }
    let head = json!({"method": "HEAD", "url": format!("http://{addr}/")});
    assert_eq!(run(head).await.0.status, Status::Done);
}

#[tokio::test]
async fn credentials_arrive_and_are_never_shown() {
    let addr = echo().await;
    let secrets = ["s3cr3t-bearer", "k3y-of-mine", "p4ssw%3ard", "p4ssw:ard", "dTpwNHNzdzphcmQ=", "c00kie=monster"];
    let bearer = json!({
        "url": format!("http://{addr}/?s3cr3t-bearer"), "bearer": "s3cr3t-bearer",
        "headers": [{"name": "X-Api-Key", "value": "k3y-of-mine"}, {"name": "Cookie", "value": "c00kie=monster"}],
        "must_contain": "s3cr3t-bearer is not there",
    });
    let userinfo = json!({"url": format!("http://u:p4ssw%3Aard@{addr}/"), "must_contain": "u:p4ssw%3Aard"});
    let header = json!({
        "url": format!("http://{addr}/"), "headers": [{"name": "authorization", "value": "Token s3cr3t-bearer"}],
    });
    for params in [bearer, userinfo, header] {
        let (outcome, io) = run(params).await;
        let all = io.all() + message(&outcome);
        assert!(all.contains("•••"), "{all}");
        let leak = secrets.iter().find(|s| all.to_lowercase().contains(&s.to_lowercase()));
        assert_eq!(leak, None, "{all}");
    }
    let arrives = json!({"url": format!("http://{addr}/"), "bearer": "abc-1", "must_contain": "Bearer abc-1"});
    // Headers that are marked as sensitive print as such on our side only: the server sees the value.
    assert_eq!(run(arrives).await.0.status, Status::Done);
    let arrives = json!({"url": format!("http://u:p4ssw%3Aard@{addr}/"), "must_contain": "Basic dTpwNHNzdzphcmQ="});
    assert_eq!(run(arrives).await.0.status, Status::Done);
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_with_a_reason() {
    let row = |name: &str, value: &str| json!({"url": "http://x.test/", "headers": [{"name": name, "value": value}]});
    for (params, reason) in [
        (json!({"url": "ftp://x.test/"}), "url: starts with ftp: but only http: and https: are possible"),
        (json!({"url": "file:///etc/passwd"}), "url: starts with file: but only http: and https: are possible"),
        (json!({"url": "x.test/health"}), "url: is not a URL (relative URL without a base)"),
        (json!({"url": "http://x.test/", "expected_status": "ok"}), "expected_status: \"ok\" is neither"),
        (row("a b", "1"), "headers: \"a b\" is not the name of a header"),
        (row("Content-Length", "1"), "headers: content-length is set by Rota itself"),
        (row("x-a", "1\u{0}2"), "headers: the value of x-a holds a line break or another control character"),
        (json!({"url": "http://x.test/", "bearer": "a\r\nHost: y"}), "bearer: holds a line break"),
    ] {
        let (outcome, io) = run(params).await;
        assert_eq!(outcome.status, Status::Error);
        assert!(message(&outcome).starts_with(reason), "{outcome:?}");
        assert!(io.lines().is_empty());
    }
}

#[test]
fn a_line_break_in_a_header_is_refused_wherever_it_comes_from() {
    let module = HttpRequest::new(Allow::default());
    let (mut ctx, _) = as_root(&module, json!({"url": "http://x.test/"}));
    ctx.params["headers"] = json!([{"name": "x-a", "value": "1\r\nx-b: 2"}]);
    assert!(super::super::plan::Plan::read(&ctx).unwrap_err().contains("line break"));
}
