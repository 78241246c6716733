//! The web app as the first answer has it, over an API of a few lines: what is rendered, with which headers, and what
//! the API is asked in process.

use axum::body::Body;
use axum::extract::{Path, Request};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

const COOKIE: &str = "rota_session=anna";

fn refused() -> Response {
    let body = json!({"code": "UserRequired", "error": "x", "package": "user", "parameters": {}, "realm": "api", "statuscode": 401});
    (StatusCode::UNAUTHORIZED, Json(body)).into_response()
}

fn has_session(headers: &HeaderMap) -> bool {
    headers.get("cookie").is_some_and(|cookie| cookie.to_str().unwrap().split("; ").any(|pair| pair == COOKIE))
}

async fn session(headers: HeaderMap) -> Response {
    if !has_session(&headers) {
        return refused();
    }
    let user = json!({"_basetype": "user", "user": {"_id": 1, "_generated_displayname": "Anna", "login": "anna", "email": "",
        "displayname": "Anna", "language": "en-US", "system_rights": ["system.task"], "frontend_prefs": {},
        "created_at": "2026-01-01T00:00:00.000Z", "updated_at": "2026-01-01T00:00:00.000Z"}});
    ([("set-cookie", "rota_session=anna; Max-Age=60")], Json(user)).into_response()
}

async fn tasks(headers: HeaderMap, request: Request) -> Response {
    if !has_session(&headers) {
        return refused();
    }
    // What the API was asked is shown as the task's description.
    let asked = format!("{} in {}", request.uri(), headers["accept-language"].to_str().unwrap());
    let task = json!({"_id": 7, "version": 1, "created_at": "2026-01-01T00:00:00.000Z", "updated_at": "2026-01-01T00:00:00.000Z",
        "description": format!("<script>alert(1)</script> {asked}"), "task_module": "sleep", "task_params": {}, "task_timeout_sec": 0,
        "schedules": [], "next_run_at": null, "email": {"recipients": []}, "frontend_prefs": {}, "state": {}, "status": "done",
        "status_msg": null, "status_percent": null, "run_started_at": "2026-01-01T00:00:00.000Z",
        "run_finished_at": "2026-01-01T00:00:02.500Z", "run_canceled_at": null});
    ([("X-Total-Count", "300")], Json(json!([{"_user": null, "task": task}]))).into_response()
}

fn app() -> Router {
    let api = Router::new()
        .route("/api/session", get(session))
        .route("/api/task", get(tasks))
        .route("/api/task/{id}", get(|Path(id): Path<u32>| async move { id.to_string() }))
        .fallback(async || (StatusCode::NOT_FOUND, "the API's own 404"));
    rota::http::pages::router(api)
}

async fn ask(path: &str, headers: &[(&str, &str)]) -> (StatusCode, HeaderMap, String) {
    let mut request = Request::builder().uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = app().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (parts.status, parts.headers, String::from_utf8_lossy(&body).into_owned())
}

#[tokio::test]
async fn without_a_session_every_page_is_the_login_form() {
    let (status, headers, page) = ask("/", &[("accept-language", "de")]).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(headers["cache-control"], "no-store");
    assert!(page.contains(r#"<html lang="de-DE""#), "{page}");
    assert!(page.contains("Benutzername") && page.contains(r#"type="password""#), "{page}");
}

#[tokio::test]
async fn the_list_is_in_the_first_answer_asked_with_the_reader_s_cookie_and_language() {
    let (status, headers, page) = ask("/?page=2", &[("cookie", COOKIE), ("accept-language", "de-AT")]).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(headers["set-cookie"], "rota_session=anna; Max-Age=60", "the API prolonged the session");
    assert!(page.contains("/api/task?limit=100&amp;offset=100 in de-DE"), "{page}");
    assert!(page.contains("nach 2,5\u{a0}s") && page.contains("101–101 von 300"), "{page}");
    assert!(page.contains("Anna"), "{page}");
    assert!(page.contains("&lt;script&gt;alert(1)"), "{page}");
    assert!(!page.contains("<script>alert"), "what is sent along for the browser is escaped too: {page}");
}

/// What is drawn moves between threads as it waits.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn pages_come_however_often_they_are_asked_for() {
    let asks = (0..4).map(|_| {
        tokio::spawn(async {
            for _ in 0..250 {
                let (status, _, page) = ask("/", &[("cookie", COOKIE)]).await;
                assert_eq!(status, StatusCode::OK);
                assert!(page.contains("<title>Tasks · Rota</title>"), "{page}");
            }
        })
    });
    for ask in asks.collect::<Vec<_>>() {
        ask.await.unwrap();
    }
}

#[tokio::test]
async fn every_script_of_a_page_carries_the_nonce_of_its_policy() {
    let (_, headers, page) = ask("/", &[]).await;
    let policy = headers["content-security-policy"].to_str().unwrap();
    let nonce = policy.split_once("'nonce-").and_then(|(_, rest)| rest.split_once('\'')).unwrap().0;
    let scripts: Vec<&str> = page.split("<script").skip(1).collect();
    assert!(!scripts.is_empty());
    for script in scripts {
        assert!(script.split('>').next().unwrap().contains(&format!("nonce=\"{nonce}\"")), "{script}");
    }
    assert!(!page.contains(" style=") && !page.contains(" onclick="), "{page}");
    let (_, again, _) = ask("/", &[]).await;
    assert_ne!(again["content-security-policy"], policy);
}

#[tokio::test]
async fn a_path_that_leads_nowhere_is_a_page_and_a_404() {
    let (status, headers, page) = ask("/no/such/page", &[]).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(headers.contains_key("content-security-policy"));
    assert!(page.contains("There is no such page."), "{page}");
}

#[tokio::test]
async fn the_api_keeps_its_paths_parameters_and_fallback() {
    assert_eq!(ask("/api/task/7", &[]).await.2, "7");
    let (status, headers, body) = ask("/api/nothing", &[]).await;
    assert_eq!((status, body.as_str()), (StatusCode::NOT_FOUND, "the API's own 404"));
    assert!(!headers.contains_key("content-security-policy"));
}

#[tokio::test]
async fn files_have_types_and_addresses_to_keep() {
    let (_, _, page) = ask("/", &[]).await;
    let style = page.split('"').find(|text| text.starts_with("/rota.css?v=")).unwrap();
    let (status, headers, _) = ask(style, &[]).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(headers["content-type"], "text/css; charset=utf-8");
    assert_eq!(headers["x-content-type-options"], "nosniff");
    assert!(headers["cache-control"].to_str().unwrap().contains("immutable"));
    let (_, headers, _) = ask("/favicon.svg", &[]).await;
    assert_eq!(headers["content-type"], "image/svg+xml");
}

/// An answer that is not the contract's must not break the page.
#[tokio::test]
async fn an_api_that_answers_nonsense_is_told_on_the_page() {
    let api = Router::new().fallback(async || Json(Value::Null));
    let request = Request::builder().uri("/").body(Body::empty()).unwrap();
    let response = rota::http::pages::router(api).oneshot(request).await.unwrap();
    let page = response.into_body().collect().await.unwrap().to_bytes();
    assert!(String::from_utf8_lossy(&page).contains("Your session could not be checked."));
}
