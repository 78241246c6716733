//! Users, tokens and sessions over HTTP, on a real database: every rule of the contract about people.

use crate::databases::Databases;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request, StatusCode, header};
use domain::access::Caller;
use domain::json::Raw;
use domain::task::{Rules, create, read_one};
use domain::{TaskId, UserId};
use http_body_util::BodyExt;
use rota::auth::token;
use rota::config::Config;
use rota::first_start::first_start;
use rota::mail::Post;
use rota::modules::Registry;
use rota::secrets::Secrets;
use rota::state::AppState;
use rota::store::open::open;
use rota::store::sqlite::Access;
use rota::store::{Edit, NewUser, TaskQuery};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceExt;

const ROOT_TOKEN: &str = "rota_root-token-of-the-tests";
const PASSWORD: &str = "correct horse";

struct App {
    router: Router,
    state: AppState,
    _folder: tempfile::TempDir,
}

/// One answer.
struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
}

impl Reply {
    #[track_caller]
    fn good(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        self.body
    }

    #[track_caller]
    fn refused(self, status: u16, code: &str) -> Value {
        assert_eq!((self.status.as_u16(), &self.body["code"]), (status, &json!(code)), "{}", self.body);
        assert_eq!((&self.body["statuscode"], &self.body["realm"]), (&json!(status), &json!("api")));
        self.body["parameters"].clone()
    }

    fn cookie(&self) -> Option<String> {
        self.headers.get(header::SET_COOKIE).map(|v| v.to_str().unwrap().to_owned())
    }
}

/// The session's value in a `Set-Cookie`.
fn pair(cookie: &str) -> String {
    cookie.split(';').next().unwrap().to_owned()
}

impl App {
    async fn new(db: &Databases) -> App {
        App::with(db, &[]).await
    }

    async fn with(db: &Databases, flags: &[&str]) -> App {
        let url = format!("--database-url={}", db.new_url().await);
        let folder = tempfile::tempdir().unwrap();
        let data_dir = format!("--data-dir={}", folder.path().display());
        let token = format!("--root-token={ROOT_TOKEN}");
        let password = format!("--root-password={PASSWORD}");
        let own = [data_dir.as_str(), url.as_str(), token.as_str(), password.as_str()];
        let config = Config::from_flags(own.into_iter().chain(flags.iter().copied())).unwrap();
        let store = open(&config, Access::Server).await.unwrap();
        let (secrets, config) = (Arc::new(Secrets::load(&config).unwrap()), Arc::new(config));
        let post = Post::new(config.clone(), store.clone(), Default::default(), secrets.clone()).unwrap();
        let state = AppState {
            registry: Arc::new(Registry::built_in(Default::default(), &config, &Default::default())),
            secrets,
            config,
            store,
            post: Arc::new(post),
            clock: Default::default(),
            hub: Arc::new(rota::hub::Hub::new(1)),
            minder: Default::default(),
            scheduler: Default::default(),
            auth: Default::default(),
            stopping: Default::default(),
            metrics: metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder().handle(),
        };
        let first = first_start(&state.config, &*state.store, &state.clock).await.unwrap();
        assert!(first.generated_password.is_none());
        App { router: rota::http::router(state.clone()), state, _folder: folder }
    }

    async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<Value>) -> Reply {
        let mut request = Request::builder().method(method).uri(format!("/api{path}")).header("host", "rota.test");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let mut request = request.body(body.map_or_else(Body::empty, |b| Body::from(b.to_string()))).unwrap();
        request.extensions_mut().insert(ConnectInfo::<SocketAddr>("192.0.2.7:4000".parse().unwrap()));
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Reply { status: parts.status, headers: parts.headers, body }
    }

    async fn by(&self, token: &str, method: &str, path: &str, body: Option<Value>) -> Reply {
        self.send(method, path, &[("authorization", &format!("Bearer {token}"))], body).await
    }

    async fn root(&self, method: &str, path: &str, body: Option<Value>) -> Reply {
        self.by(ROOT_TOKEN, method, path, body).await
    }

    /// A new user with these rights: id and token.
    async fn user(&self, login: &str, rights: &[&str]) -> (i64, String) {
        let body = json!({"login": login, "password": PASSWORD, "system_rights": rights});
        let id = self.root("POST", "/user", Some(body)).await.good()["user"]["_id"].as_i64().unwrap();
        let made = self.root("POST", &format!("/user/{id}/token"), Some(json!({"name": "t"}))).await.good();
        (id, made["token"].as_str().unwrap().to_owned())
    }

    async fn log_in(&self, login: &str, password: &str) -> Reply {
        self.send("POST", "/session", &[], Some(json!({"login": login, "password": password}))).await
    }

    fn later(&self, by: Duration) {
        self.state.clock.shift(by.as_millis() as i64);
    }
}

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);
/// How long a test waits for what happens beside a request.
const PATIENCE: Duration = Duration::from_secs(30);

on_both!(nobody_gets_in_without_credentials);
async fn nobody_gets_in_without_credentials(db: Databases) {
    let app = App::new(&db).await;
    for (method, path) in [
        ("GET", "/user"),
        ("POST", "/user"),
        ("GET", "/user/1"),
        ("PATCH", "/user/1"),
        ("DELETE", "/user/1"),
        ("GET", "/user/1/token"),
        ("POST", "/user/1/token"),
        ("DELETE", "/user/1/token/1"),
        ("GET", "/session"),
        ("DELETE", "/session"),
    ] {
        app.send(method, path, &[], None).await.refused(401, "UserRequired");
        app.by("rota_unknown", method, path, None).await.refused(401, "UserRequired");
        app.send(method, path, &[("cookie", "rota_session=unknown")], None).await.refused(401, "UserRequired");
    }
    let german = app.send("GET", "/user", &[("accept-language", "de")], None).await;
    assert!(german.body["error"].as_str().unwrap().starts_with("Bitte anmelden"));
}

on_both!(a_token_says_who_asks);
async fn a_token_says_who_asks(db: Databases) {
    let app = App::new(&db).await;
    let (id, token) = app.user("ada", &["system.task"]).await;
    assert!(token.starts_with("rota_") && token.len() == 48);
    let me = app.send("GET", "/session", &[("authorization", &format!("bEaReR {token}"))], None).await.good();
    assert_eq!((&me["_basetype"], &me["user"]["_id"]), (&json!("user"), &json!(id)));
    let basic = app.send("GET", "/session", &[("authorization", "Basic cm9vdDp4")], None).await;
    basic.refused(401, "UserRequired");
    // A wrong token is not made good by a good cookie.
    let cookie = pair(&app.log_in("ada", PASSWORD).await.cookie().unwrap());
    let both = [("authorization", "Bearer rota_wrong"), ("cookie", cookie.as_str())];
    app.send("GET", "/session", &both, None).await.refused(401, "UserRequired");
    // A token needs no origin.
    app.by(&token, "PATCH", &format!("/user/{id}"), Some(json!({"displayname": "Ada"}))).await.good();
}

on_both!(tokens_expire_and_go);
async fn tokens_expire_and_go(db: Databases) {
    let app = App::new(&db).await;
    let (id, token) = app.user("ada", &["system.task"]).await;
    let at = app.state.clock.now().plus(DAY);
    let body = json!({"name": "short", "expires_at": at});
    let made = app.by(&token, "POST", &format!("/user/{id}/token"), Some(body)).await.good();
    let short = made["token"].as_str().unwrap();
    assert_eq!(made["expires_at"], json!(at));
    app.by(short, "GET", "/session", None).await.good();
    app.later(DAY);
    app.by(short, "GET", "/session", None).await.refused(401, "UserRequired");
    app.by(&token, "GET", "/session", None).await.good();

    let list = app.by(&token, "GET", &format!("/user/{id}/token"), None).await.good();
    assert_eq!(list.as_array().unwrap().len(), 2);
    let mut keys: Vec<_> = list[0].as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(keys, ["_id", "created_at", "expires_at", "last_used_at", "name"]);

    let tid = &list[0]["_id"];
    app.by(&token, "DELETE", &format!("/user/{id}/token/{tid}"), None).await.good();
    app.by(&token, "GET", "/session", None).await.refused(401, "UserRequired");
    let gone = app.root("DELETE", &format!("/user/{id}/token/{tid}"), None).await.refused(404, "ObjectNotFound");
    assert_eq!(gone["object"], json!(format!("token {tid}")));
    let past = json!({"name": "x", "expires_at": "2020-01-01T00:00:00Z"});
    let wrong = app.root("POST", &format!("/user/{id}/token"), Some(past)).await.refused(400, "FieldInvalid");
    assert_eq!(wrong["pointer"], "/expires_at");
}

on_both!(the_last_use_is_noted_beside_the_request);
async fn the_last_use_is_noted_beside_the_request(db: Databases) {
    let app = App::new(&db).await;
    let (id, token) = app.user("ada", &["system.task"]).await;
    app.by(&token, "GET", "/session", None).await.good();
    app.state.auth.flush(&*app.state.store).await;
    let used = || async {
        let list = app.root("GET", &format!("/user/{id}/token"), None).await.good();
        list[0]["last_used_at"].as_str().unwrap_or_default().to_owned()
    };
    let first = used().await;
    assert!(!first.is_empty());
    app.by(&token, "GET", "/session", None).await.good();
    app.state.auth.flush(&*app.state.store).await;
    assert_eq!(used().await, first, "at most once a minute");
    app.later(2 * MINUTE);
    app.by(&token, "GET", "/session", None).await.good();
    let written = async {
        while used().await <= first {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, written).await.expect("a use is written without being asked for");
}

on_both!(tokens_of_others_are_roots_business);
async fn tokens_of_others_are_roots_business(db: Databases) {
    let app = App::new(&db).await;
    let (ada, _) = app.user("ada", &["system.task"]).await;
    let (_, bob) = app.user("bob", &["system.task"]).await;
    for (method, path, body) in [
        ("GET", format!("/user/{ada}/token"), None),
        ("POST", format!("/user/{ada}/token"), Some(json!({"name": "x"}))),
        ("DELETE", format!("/user/{ada}/token/1"), None),
        ("GET", "/user/999/token".to_owned(), None),
    ] {
        let parameters = app.by(&bob, method, &path, body).await.refused(403, "SystemRightRequired");
        assert_eq!(parameters["rights"], json!(["system.root"]));
    }
    let parameters = app.root("GET", "/user/999/token", None).await.refused(404, "ObjectNotFound");
    assert_eq!(parameters["object"], "user 999");
    // A token cannot be deleted through another user's path.
    let roots = app.root("GET", "/user/1/token", None).await.good()[0]["_id"].clone();
    app.root("DELETE", &format!("/user/{ada}/token/{roots}"), None).await.refused(404, "ObjectNotFound");
}

on_both!(logging_in_gives_a_cookie_that_scripts_do_not_see);
async fn logging_in_gives_a_cookie_that_scripts_do_not_see(db: Databases) {
    let app = App::new(&db).await;
    let reply = app.log_in("ROOT", PASSWORD).await;
    let cookie = reply.cookie().unwrap();
    assert!(cookie.ends_with("; HttpOnly; SameSite=Lax; Path=/; Max-Age=2592000"), "{cookie}");
    assert_eq!(reply.good()["user"]["login"], "root");
    let cookie = pair(&cookie);
    let me = app.send("GET", "/session", &[("cookie", &cookie)], None).await;
    assert!(me.cookie().unwrap().starts_with(&cookie), "the browser keeps it as long as the server does");
    me.good();

    // A second login ends the first session.
    let body = json!({"login": "root", "password": PASSWORD});
    let second = app.send("POST", "/session", &[("cookie", &cookie)], Some(body)).await;
    let second = pair(&second.cookie().unwrap());
    app.send("GET", "/session", &[("cookie", &cookie)], None).await.refused(401, "UserRequired");

    let same_origin = [("cookie", second.as_str()), ("sec-fetch-site", "same-origin")];
    let out = app.send("DELETE", "/session", &same_origin, None).await;
    assert!(out.cookie().unwrap().contains("Max-Age=0"));
    assert_eq!(out.good(), json!({"acknowledged": "ok"}));
    app.send("GET", "/session", &[("cookie", &second)], None).await.refused(401, "UserRequired");
}

on_both!(behind_https_the_cookie_is_secure);
async fn behind_https_the_cookie_is_secure(db: Databases) {
    let app = App::with(&db, &["--public-url=https://rota.example.org"]).await;
    let reply = app.log_in("root", PASSWORD).await;
    assert!(reply.cookie().unwrap().ends_with("; Secure"));
    let cookie = pair(&reply.cookie().unwrap());
    let patch = |origin: &'static str| {
        let (app, cookie) = (&app, cookie.clone());
        async move {
            let headers = [("cookie", cookie.as_str()), ("origin", origin)];
            app.send("PATCH", "/user/1", &headers, Some(json!({"displayname": "R"}))).await
        }
    };
    patch("https://rota.example.org").await.good();
    patch("http://rota.test").await.refused(403, "CrossSiteRequest");
}

on_both!(sessions_slide_and_end);
async fn sessions_slide_and_end(db: Databases) {
    let app = App::new(&db).await;
    let cookie = pair(&app.log_in("root", PASSWORD).await.cookie().unwrap());
    let headers = [("cookie", cookie.as_str())];
    let ask = || app.send("GET", "/session", &headers, None);
    let hash = token::hash(cookie.split_once('=').unwrap().1);
    for _ in 0..3 {
        app.later(20 * DAY);
        ask().await.good();
        // The end is put off beside the request.
        let put_off = async {
            let now = app.state.clock.now();
            while app.state.store.session_user(&hash, now).await.unwrap().unwrap().1.since(now) < 29 * DAY {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(PATIENCE, put_off).await.expect("the end of a session in use is put off");
    }
    app.later(31 * DAY);
    ask().await.refused(401, "UserRequired");
}

on_both!(other_sites_cannot_use_the_cookie);
async fn other_sites_cannot_use_the_cookie(db: Databases) {
    let app = App::new(&db).await;
    let cookie = pair(&app.log_in("root", PASSWORD).await.cookie().unwrap());
    let patch = |more: &'static [(&'static str, &'static str)]| {
        let (app, cookie) = (&app, cookie.clone());
        async move {
            let mut headers = vec![("cookie", cookie.as_str())];
            headers.extend(more);
            app.send("PATCH", "/user/1", &headers, Some(json!({"displayname": "R"}))).await
        }
    };
    patch(&[]).await.refused(403, "CrossSiteRequest");
    patch(&[("sec-fetch-site", "cross-site")]).await.refused(403, "CrossSiteRequest");
    patch(&[("sec-fetch-site", "same-site")]).await.refused(403, "CrossSiteRequest");
    patch(&[("sec-fetch-site", "none")]).await.refused(403, "CrossSiteRequest");
    patch(&[("origin", "https://evil.example")]).await.refused(403, "CrossSiteRequest");
    patch(&[("origin", "null")]).await.refused(403, "CrossSiteRequest");
    let forwarded: &[_] = &[("origin", "https://evil.example"), ("x-forwarded-host", "evil.example")];
    patch(forwarded).await.refused(403, "CrossSiteRequest");
    patch(&[("sec-fetch-site", "same-origin")]).await.good();
    patch(&[("origin", "http://rota.test")]).await.good();
    patch(&[("origin", "https://rota.test")]).await.good();
    // Unknown credentials come first.
    let unknown = [("cookie", "rota_session=x"), ("sec-fetch-site", "cross-site")];
    app.send("DELETE", "/user/1", &unknown, None).await.refused(401, "UserRequired");
    // Reading is no harm: the answer does not reach the other site.
    let get = [("cookie", cookie.as_str()), ("sec-fetch-site", "cross-site")];
    app.send("GET", "/session", &get, None).await.good();
}

on_both!(other_sites_cannot_log_anyone_in);
async fn other_sites_cannot_log_anyone_in(db: Databases) {
    let app = App::new(&db).await;
    let body = json!({"login": "root", "password": PASSWORD});
    for headers in [
        &[("sec-fetch-site", "cross-site")][..],
        &[("origin", "https://evil.example")],
        &[("origin", "https://evil.example"), ("sec-fetch-site", "none")],
    ] {
        app.send("POST", "/session", headers, Some(body.clone())).await.refused(403, "CrossSiteRequest");
    }
    app.send("POST", "/session", &[("origin", "http://rota.test")], Some(body)).await.good();
}

on_both!(wrong_logins_are_refused_and_slowed_down);
async fn wrong_logins_are_refused_and_slowed_down(db: Databases) {
    let app = App::with(&db, &["--login-attempts=3"]).await;
    app.user("ada", &["system.task"]).await;
    app.log_in("ada", "wrong").await.refused(401, "LoginFailed");
    app.log_in("nobody", PASSWORD).await.refused(401, "LoginFailed");
    app.log_in("a\u{0}da", PASSWORD).await.refused(401, "LoginFailed");
    let reply = app.log_in("ada", PASSWORD).await;
    let seconds = reply.headers[header::RETRY_AFTER].to_str().unwrap().parse::<u64>().unwrap();
    assert!((1..=900).contains(&seconds), "{seconds} s of the fifteen minutes are left");
    assert_eq!(reply.refused(429, "LoginThrottled")["retry_after_sec"], json!(seconds));
    app.later(15 * MINUTE);
    app.log_in("ada", PASSWORD).await.good();
    for body in [json!({"login": "ada"}), json!({"login": 1, "password": "x"}), json!([])] {
        app.send("POST", "/session", &[], Some(body)).await.refused(400, "FieldInvalid");
    }
    let body = json!({"login": "ada", "password": "x", "remember": true});
    let unknown = app.send("POST", "/session", &[], Some(body)).await.refused(400, "UnknownField");
    assert_eq!(unknown["pointer"], "/remember");
}

on_both!(root_makes_users);
async fn root_makes_users(db: Databases) {
    let app = App::new(&db).await;
    let body = json!({"login": " Ada ", "password": PASSWORD, "email": "ada@example.org", "displayname": "Ada L.",
        "language": "de-DE"});
    let made = app.root("POST", "/user", Some(body)).await.good();
    let user = &made["user"];
    assert_eq!(made["_basetype"], "user");
    assert_eq!((&user["login"], &user["_generated_displayname"]), (&json!("Ada"), &json!("Ada L.")));
    assert_eq!((&user["language"], &user["system_rights"]), (&json!("de-DE"), &json!(["system.task"])));
    let text = made.to_string();
    assert!(!text.contains("password") && !text.contains("argon2") && !text.contains("hash"), "{text}");
    app.log_in("ada", PASSWORD).await.good();

    let again = json!({"login": "ADA", "password": PASSWORD});
    assert_eq!(app.root("POST", "/user", Some(again)).await.refused(400, "LoginTaken")["login"], "ADA");
    for (body, code, pointer) in [
        (json!({"password": PASSWORD}), "FieldInvalid", "/login"),
        (json!({"user": {"login": "x"}}), "FieldInvalid", "/user/password"),
        (json!({"login": "x", "password": "short"}), "FieldInvalid", "/password"),
        (json!({"login": "x", "password": PASSWORD, "email": "a\r\nb@c"}), "EmailInvalid", "/email"),
        (json!({"login": "x", "password": PASSWORD, "root": true}), "UnknownField", "/root"),
    ] {
        assert_eq!(app.root("POST", "/user", Some(body)).await.refused(400, code)["pointer"], pointer);
    }
}

on_both!(users_are_listed_by_page_for_root_only);
async fn users_are_listed_by_page_for_root_only(db: Databases) {
    let app = App::new(&db).await;
    let (_, token) = app.user("ada", &["system.task"]).await;
    app.user("bob", &[]).await;
    let reply = app.root("GET", "/user?offset=1&limit=1", None).await;
    assert_eq!(reply.headers["x-total-count"], "3");
    let links = reply.headers[header::LINK].to_str().unwrap().to_owned();
    assert!(links.contains("offset=2&limit=1>; rel=\"next\"") && links.contains("offset=0&limit=1>; rel=\"prev\""));
    assert_eq!(reply.headers[header::CONTENT_TYPE], "application/json; charset=utf-8");
    assert_eq!(reply.good()[0]["user"]["login"], "ada");
    app.root("GET", "/user?limit=1001", None).await.refused(400, "QueryInvalid");
    let found = app.root("GET", "/user?q=AD", None).await;
    assert_eq!(found.headers["x-total-count"], "1");
    assert_eq!(found.good()[0]["user"]["login"], "ada");
    assert_eq!(app.root("GET", "/user?q=%25", None).await.good(), json!([]));
    app.root("GET", "/user?page=1", None).await.refused(400, "QueryInvalid");
    for (method, body) in [("GET", None), ("POST", Some(json!("nonsense")))] {
        let parameters = app.by(&token, method, "/user", body).await.refused(403, "SystemRightRequired");
        assert_eq!(parameters["rights"], json!(["system.root"]));
    }
}

on_both!(users_see_and_change_themselves);
async fn users_see_and_change_themselves(db: Databases) {
    let app = App::new(&db).await;
    let (ada, token) = app.user("ada", &[]).await;
    let own = format!("/user/{ada}");
    let mut object = app.by(&token, "GET", &own, None).await.good();
    object["user"]["displayname"] = json!("Ada");
    object["user"]["language"] = json!("de");
    object["user"]["email"] = json!("ada@example.org");
    let prefs = json!({"other": {"n": 1}, "rota": {"theme": "dark"}});
    assert_eq!(object["user"]["frontend_prefs"], json!({}));
    object["user"]["frontend_prefs"] = prefs.clone();
    let saved = app.by(&token, "PATCH", &own, Some(object)).await.good();
    assert_eq!(saved["user"]["_generated_displayname"], "Ada");
    assert_eq!(saved["user"]["frontend_prefs"], prefs);
    let kept = app.by(&token, "PATCH", &own, Some(json!({"displayname": "Ada"}))).await.good();
    assert_eq!(kept["user"]["frontend_prefs"], prefs, "what is left out stays");
    let long = json!({"frontend_prefs": {"rota": "x".repeat(64 * 1024)}});
    let refused = app.by(&token, "PATCH", &own, Some(long)).await.refused(400, "FieldInvalid");
    assert_eq!(refused["pointer"], "/frontend_prefs");
    for body in [json!({"login": "eve"}), json!({"system_rights": ["system.root"]})] {
        let parameters = app.by(&token, "PATCH", &own, Some(body)).await.refused(403, "SystemRightRequired");
        assert_eq!(parameters["rights"], json!(["system.root"]));
    }
    for (method, path) in [("GET", "/user/1"), ("PATCH", "/user/1"), ("DELETE", "/user/1"), ("GET", "/user/999")] {
        app.by(&token, method, path, Some(json!({}))).await.refused(403, "SystemRightRequired");
    }
    app.by(&token, "DELETE", &own, None).await.refused(403, "SystemRightRequired");
    assert_eq!(app.root("GET", "/user/999", None).await.refused(404, "ObjectNotFound")["object"], "user 999");
    assert_eq!(app.root("DELETE", "/user/999", None).await.refused(404, "ObjectNotFound")["object"], "user 999");
    app.root("PATCH", "/user/999", Some(json!({}))).await.refused(404, "ObjectNotFound");
    app.root("GET", "/user/x", None).await.refused(404, "ResourceNotFound");
    app.root("PATCH", &own, Some(json!({"login": "root"}))).await.refused(400, "LoginTaken");
    app.root("PATCH", &own, Some(json!({"login": "eve"}))).await.good();
}

on_both!(a_new_password_ends_the_other_sessions);
async fn a_new_password_ends_the_other_sessions(db: Databases) {
    let app = App::new(&db).await;
    let (ada, _) = app.user("ada", &["system.task"]).await;
    let one = pair(&app.log_in("ada", PASSWORD).await.cookie().unwrap());
    let two = pair(&app.log_in("ada", PASSWORD).await.cookie().unwrap());
    let headers = [("cookie", one.as_str()), ("sec-fetch-site", "same-origin")];
    let body = json!({"password": "another horse"});
    app.send("PATCH", &format!("/user/{ada}"), &headers, Some(body)).await.good();
    app.send("GET", "/session", &[("cookie", &one)], None).await.good();
    app.send("GET", "/session", &[("cookie", &two)], None).await.refused(401, "UserRequired");
    app.log_in("ada", PASSWORD).await.refused(401, "LoginFailed");
    app.log_in("ada", "another horse").await.good();
    app.root("PATCH", &format!("/user/{ada}"), Some(json!({"password": "third horse"}))).await.good();
    app.send("GET", "/session", &[("cookie", &one)], None).await.refused(401, "UserRequired");
}

on_both!(the_last_root_stays);
async fn the_last_root_stays(db: Databases) {
    let app = App::new(&db).await;
    app.root("DELETE", "/user/1", None).await.refused(400, "LastRoot");
    let demote = json!({"system_rights": ["system.task"]});
    app.root("PATCH", "/user/1", Some(demote.clone())).await.refused(400, "LastRoot");
    let (_, second) = app.user("second", &["system.root"]).await;
    app.by(&second, "PATCH", "/user/1", Some(demote)).await.good();
    app.root("GET", "/user", None).await.refused(403, "SystemRightRequired");
    app.by(&second, "DELETE", "/user/1", None).await.good();
    app.root("GET", "/session", None).await.refused(401, "UserRequired");
}

/// Two tasks of the module `sleep`, owned by user 1.
async fn two_tasks(app: &App) {
    let user = app.state.store.user(UserId(1)).await.unwrap().unwrap();
    let (registry, secrets, now) = (app.state.registry.clone(), app.state.secrets.clone(), app.state.clock.now());
    let edit = Edit {
        load: vec![],
        creates: 2,
        owner: UserId(1),
        now,
        decide: Box::new(move |_, ids: &[TaskId]| {
            let caller = Caller { user };
            let rules = Rules { catalog: &*registry, sealer: &*secrets, caller: &caller, now };
            let body = Raw::from_value(&json!({"task": {"task_module": "sleep", "schedules": [{"minutes": [5]}]}}));
            ids.iter().map(|id| create(read_one(&body, "")?, *id, rules)).collect()
        }),
        idempotency: None,
    };
    app.state.store.edit_tasks(edit).await.unwrap();
}

on_both!(the_tasks_of_a_deleted_user_stay_and_do_not_run);
async fn the_tasks_of_a_deleted_user_stay_and_do_not_run(db: Databases) {
    let app = App::new(&db).await;
    two_tasks(&app).await;
    let (_, second) = app.user("second", &["system.root"]).await;
    let query = TaskQuery { limit: 10, ..Default::default() };
    let before = app.state.store.tasks(&query).await.unwrap();
    assert!(before.items.iter().all(|t| t.owner_id() == Some(UserId(1)) && t.task.next_run_at.is_some()));
    let (_, _, mut notices) = app.state.hub.tasks_since(None);
    app.by(&second, "DELETE", "/user/1", None).await.good();
    let after = app.state.store.tasks(&query).await.unwrap();
    assert_eq!(after.total, 2);
    for stored in &after.items {
        assert_eq!((stored.owner_id(), stored.task.next_run_at), (None, None));
        assert_eq!(stored.task.status_msg.as_deref(), Some("the owner was deleted"));
    }
    assert_eq!(notices.try_recv().unwrap().owner, None);
}

on_both!(the_examples_are_added_once);
async fn the_examples_are_added_once(db: Databases) {
    let app = App::new(&db).await;
    let addr = "127.0.0.1:3000".parse().unwrap();
    for _ in 0..2 {
        rota::demo::seed(&app.state, addr).await.unwrap();
        let tasks = app.root("GET", "/task?sort=next_run_at&order=asc", None).await.good();
        let modules: Vec<_> = tasks.as_array().unwrap().iter().map(|t| &t["task"]["task_module"]).collect();
        assert_eq!(modules.len(), if db.are_postgres() { 2 } else { 3 }, "a backup of a SQLite file only");
        assert_eq!(modules[0], "http_request", "every minute");
        assert!(tasks.as_array().unwrap().iter().all(|t| t["task"]["next_run_at"].is_string()));
    }
}

on_both!(the_first_start_happens_once);
async fn the_first_start_happens_once(db: Databases) {
    let app = App::new(&db).await;
    let again = first_start(&app.state.config, &*app.state.store, &app.state.clock).await.unwrap();
    assert!(again.generated_password.is_none());
    assert_eq!(app.root("GET", "/user/1/token", None).await.good().as_array().unwrap().len(), 1);

    let config = Config::from_flags(["--database-url", &db.new_url().await]).unwrap();
    let other = open(&config, Access::Server).await.unwrap();
    let first = first_start(&config, &*other, &app.state.clock).await.unwrap();
    assert!(first.generated_password.unwrap().len() >= 20);
    assert!(other.password_is_generated(UserId(1)).await.unwrap());
    let second = first_start(&config, &*other, &app.state.clock).await.unwrap();
    assert!(second.generated_password.is_none());
}

on_both!(a_generated_password_is_to_be_changed_first);
async fn a_generated_password_is_to_be_changed_first(db: Databases) {
    let app = App::new(&db).await;
    let password_hash = rota::auth::password::hash_now("made up by a program").unwrap();
    let new = NewUser {
        login: "fresh".into(),
        password_hash,
        password_generated: true,
        email: String::new(),
        displayname: String::new(),
        language: domain::Lang::En,
        system_rights: vec!["system.task".into()],
        frontend_prefs: None,
    };
    let id = app.state.store.create_user(new, app.state.clock.now()).await.unwrap().id;
    let reply = app.log_in("fresh", "made up by a program").await;
    let cookie = pair(&reply.cookie().unwrap());
    assert_eq!(reply.good()["must_change_password"], true);
    let headers = [("cookie", cookie.as_str()), ("sec-fetch-site", "same-origin")];
    let session = app.send("GET", "/session", &headers, None).await.good();
    assert_eq!((&session["user"]["login"], &session["must_change_password"]), (&json!("fresh"), &json!(true)));
    let change = json!({"displayname": "Fresh"});
    app.send("PATCH", &format!("/user/{id}"), &headers, Some(change)).await.good();
    assert!(app.state.store.password_is_generated(id).await.unwrap(), "another change is no new password");
    let change = json!({"password": "one of my own"});
    app.send("PATCH", &format!("/user/{id}"), &headers, Some(change)).await.good();
    let session = app.send("GET", "/session", &headers, None).await.good();
    assert_eq!(session.get("must_change_password"), None);
}
