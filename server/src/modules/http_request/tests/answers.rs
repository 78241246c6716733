//! Status, size, content.

use super::*;
use axum::body::{Body, Bytes};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use domain::run::{Level, Status};
use serde_json::json;
use std::convert::Infallible;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::sync::Notify;

#[tokio::test]
async fn a_good_answer_is_done_and_told_of() {
    let addr = serve(Router::new().route("/", get(|| async { "all is well" }))).await;
    let (outcome, io) = run(json!({"url": format!("http://{addr}/"), "must_contain": "is well"})).await;
    assert_eq!(outcome.status, Status::Done);
    assert!(message(&outcome).starts_with("200 OK in "), "{outcome:?}");
    let lines = io.texts(Level::Info);
    assert_eq!(lines[0], format!("GET http://{addr}/"));
    assert!(lines[1].ends_with(", 11 bytes, text/plain; charset=utf-8"), "{lines:?}");
    assert_eq!(lines[2], "all is well");
}

#[tokio::test]
async fn other_statuses_and_missing_text_are_errors() {
    let not_here = get(|| async { (StatusCode::NOT_FOUND, "nothing") });
    let addr = serve(Router::new().route("/", get(|| async { "ok" })).route("/missing", not_here)).await;
    let (outcome, io) = run(json!({"url": format!("http://{addr}/missing")})).await;
    assert_eq!(outcome.status, Status::Error);
    assert!(message(&outcome).starts_with("404 Not Found in "), "{outcome:?}");
    assert!(message(&outcome).ends_with("expected 200-299"), "{outcome:?}");
    assert!(io.all().contains("nothing"));

    let expected = json!({"url": format!("http://{addr}/missing"), "expected_status": "404, 410"});
    assert_eq!(run(expected).await.0.status, Status::Done);

    let (outcome, _) = run(json!({"url": format!("http://{addr}/"), "must_contain": "no such"})).await;
    assert_eq!(outcome.status, Status::Error);
    assert!(message(&outcome).ends_with("the answer does not contain \"no such\""), "{outcome:?}");
}

#[tokio::test]
async fn compressed_and_foreign_text_is_read() {
    let text = "grüße ".repeat(1000);
    let app = Router::new()
        .route("/zip", get(async move || text.clone()))
        .layer(tower_http::compression::CompressionLayer::new())
        .route(
            "/latin",
            get(|| async { ([(header::CONTENT_TYPE, "text/plain; Charset=\"ISO-8859-1\"")], &b"gr\xfc\xdfe"[..]) }),
        )
        .route("/empty", get(|| async { (StatusCode::NO_CONTENT, [(header::CONTENT_ENCODING, "gzip")]) }))
        .route("/broken", get(|| async { ([(header::CONTENT_ENCODING, "gzip")], "not gzip") }))
        .route("/bytes", get(|| async { &b"a\xff\x00b"[..] }));
    let addr = serve(app).await;
    let (outcome, io) = run(json!({"url": format!("http://{addr}/zip"), "must_contain": "grüße"})).await;
    assert_eq!(outcome.status, Status::Done, "{outcome:?}");
    assert!(io.all().contains("8000 bytes") && io.all().contains("grüße grüße"));
    assert!(io.texts(Level::Info)[2].len() <= 4096 + '…'.len_utf8());
    // To HEAD the headers tell of a content that does not come.
    let (outcome, io) = run(json!({"url": format!("http://{addr}/zip"), "method": "HEAD"})).await;
    assert_eq!(outcome.status, Status::Done, "{outcome:?}");
    assert!(io.all().contains(", 0 bytes"));
    let (outcome, _) = run(json!({"url": format!("http://{addr}/empty"), "expected_status": "204"})).await;
    assert_eq!(outcome.status, Status::Done, "{outcome:?}");
    let (outcome, _) = run(json!({"url": format!("http://{addr}/latin"), "must_contain": "grüße"})).await;
    assert_eq!(outcome.status, Status::Done, "{outcome:?}");
    let (outcome, _) = run(json!({"url": format!("http://{addr}/broken")})).await;
    assert!(message(&outcome).starts_with("no complete answer from 127.0.0.1: "), "{outcome:?}");
    let (outcome, io) = run(json!({"url": format!("http://{addr}/bytes")})).await;
    assert_eq!(outcome.status, Status::Done);
    assert!(io.all().contains("a\u{fffd}\0b"));
}

#[tokio::test]
async fn an_endless_answer_is_read_to_ten_megabytes() {
    let endless = || async {
        let chunk = Bytes::from(vec![b'x'; 64 * 1024]);
        Body::from_stream(futures::stream::repeat_with(move || Ok::<_, Infallible>(chunk.clone()))).into_response()
    };
    let addr = serve(Router::new().route("/", get(endless))).await;
    let (outcome, io) = run(json!({"url": format!("http://{addr}/"), "must_contain": "y"})).await;
    assert_eq!(outcome.status, Status::Error);
    assert!(io.all().contains("more than 10 MB"), "{}", io.all());
    assert!(io.lines().iter().all(|l| l.1.len() < 4200));
}

#[tokio::test]
async fn cancel_ends_a_hanging_request() {
    let arrived = Arc::new(Notify::new());
    let here = arrived.clone();
    let hang = move || async move {
        here.notify_one();
        std::future::pending::<()>().await;
    };
    let addr = serve(Router::new().route("/", get(hang))).await;
    let module = HttpRequest::new(Allow::default());
    let (ctx, _) = as_root(&module, json!({"url": format!("http://{addr}/")}));
    let cancel = ctx.cancel.clone();
    let stop = async {
        arrived.notified().await;
        cancel.cancel();
    };
    let both = async { tokio::join!(module.run(ctx), stop) };
    let (outcome, ()) = tokio::time::timeout(Duration::from_secs(60), both).await.unwrap();
    assert_eq!(outcome.status, Status::Canceled);
}

#[tokio::test]
async fn no_server_and_half_an_answer_are_explained() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let half = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf";
        stream.write_all(half).await.unwrap();
        stream.shutdown().await.unwrap();
        // The port stays taken, so that nobody else can answer there.
        std::future::pending::<()>().await;
    });
    let (outcome, _) = run(json!({"url": format!("http://{addr}/")})).await;
    assert!(message(&outcome).starts_with("no complete answer from 127.0.0.1: "), "{outcome:?}");
    let (outcome, _) = run(json!({"url": "http://127.0.0.1:1/"})).await;
    assert!(message(&outcome).starts_with("no connection to 127.0.0.1: Connection refused"), "{outcome:?}");
    let (outcome, _) = run(json!({"url": "http://no-such-host.invalid/"})).await;
    assert!(message(&outcome).starts_with("no connection to no-such-host.invalid: "), "{outcome:?}");
}
