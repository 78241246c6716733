//! One request as the task asks for it, read from its parameters.

use super::super::RunContext;
use super::expected::Expected;
use crate::redact::Redact;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, StatusCode};
use reqwest::Url;

/// Headers that describe the connection or the length of the body; a wrong one would let a request hide in another.
const OURS: [HeaderName; 5] =
    [header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::CONNECTION, header::UPGRADE, header::TRAILER];
/// Headers that only the server for which they were given may get.
const CREDENTIALS: [HeaderName; 4] = [header::AUTHORIZATION, header::PROXY_AUTHORIZATION, header::COOKIE, header::HOST];
/// Headers with such a word in the name hold secrets.
const SECRET_WORDS: [&str; 6] = ["auth", "cookie", "key", "password", "secret", "token"];

/// What is sent next.
#[derive(Debug, Clone)]
pub struct Hop {
    /// GET, POST, …
    pub method: Method,
    /// http or https, without user name and password.
    pub url: Url,
    /// The task's, credentials included.
    pub headers: HeaderMap,
    /// `None`: none is sent.
    pub body: Option<String>,
}

/// The first request, and what to make of the answer.
#[derive(Debug)]
pub struct Plan {
    /// The first request.
    pub hop: Hop,
    /// The statuses that are a success.
    pub expected: Expected,
    /// What must not be logged.
    pub redact: Redact,
}

impl Plan {
    /// Reads the parameters.
    ///
    /// # Errors
    /// A sentence that names the parameter.
    pub fn read(ctx: &RunContext) -> Result<Plan, String> {
        let mut redact = Redact::default();
        let mut headers = read_headers(ctx.pairs("headers"), &mut redact)?;
        let mut url = read_url(ctx.text("url"))?;
        take_userinfo(&mut url, &mut headers, &mut redact)?;
        set_bearer(ctx.text("bearer").trim(), &mut headers, &mut redact)?;
        let body = Some(ctx.text("body")).filter(|b| !b.is_empty()).map(str::to_owned);
        if let Some(body) = &body {
            headers.entry(header::CONTENT_TYPE).or_insert(content_type(body));
        }
        let method = Method::from_bytes(ctx.text("method").as_bytes()).map_err(|_| "method: is not one")?;
        let expected = Expected::parse(ctx.text("expected_status"))?;
        Ok(Plan { hop: Hop { method, url, headers, body }, expected, redact })
    }
}

fn read_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text.trim()).map_err(|e| format!("url: is not a URL ({e})"))?;
    check_scheme(&url)?;
    Ok(url)
}

fn check_scheme(url: &Url) -> Result<(), String> {
    match url.scheme() {
        "http" | "https" => Ok(()),
        other => Err(format!("url: starts with {other}: but only http: and https: are possible")),
    }
}

fn read_headers<'a>(rows: impl Iterator<Item = (&'a str, &'a str)>, redact: &mut Redact) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    for (name, value) in rows {
        let key = HeaderName::from_bytes(name.trim().as_bytes())
            .map_err(|_| format!("headers: {name:?} is not the name of a header"))?;
        if OURS.contains(&key) {
            return Err(format!("headers: {key} is set by Rota itself"));
        }
        let secret = SECRET_WORDS.iter().any(|word| key.as_str().contains(word));
        if secret {
            redact.add_credentials(value);
        }
        headers.append(key.clone(), header_value(value.trim(), secret).ok_or_else(|| bad_value(key.as_str()))?);
    }
    Ok(headers)
}

/// Never shows the value: it may be a secret.
fn bad_value(name: &str) -> String {
    format!("headers: the value of {name} holds a line break or another control character")
}

fn header_value(text: &str, secret: bool) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_bytes(text.as_bytes()).ok()?;
    value.set_sensitive(secret);
    Some(value)
}

fn set_bearer(token: &str, headers: &mut HeaderMap, redact: &mut Redact) -> Result<(), String> {
    if token.is_empty() {
        return Ok(());
    }
    redact.add(token);
    let value = header_value(&format!("Bearer {token}"), true)
        .ok_or("bearer: holds a line break or another control character")?;
    headers.insert(header::AUTHORIZATION, value);
    Ok(())
}

/// Turns `https://user:password@host` into an `Authorization` header, as browsers and curl do.
fn take_userinfo(url: &mut Url, headers: &mut HeaderMap, redact: &mut Redact) -> Result<(), String> {
    let (user, password) = (decode(url.username()), decode(url.password().unwrap_or_default()));
    if user.is_empty() && password.is_empty() {
        return Ok(());
    }
    redact.add(url.password().unwrap_or_default());
    redact.add(&String::from_utf8_lossy(&password));
    let encoded = STANDARD.encode([&user[..], b":", &password[..]].concat());
    redact.add(&encoded);
    forget_userinfo(url);
    let value = header_value(&format!("Basic {encoded}"), true).ok_or("url: bad user name or password")?;
    headers.entry(header::AUTHORIZATION).or_insert(value);
    Ok(())
}

fn forget_userinfo(url: &mut Url) {
    // Fails for URLs without a host only, which http and https URLs always have.
    let _ = url.set_username("");
    let _ = url.set_password(None);
}

/// Undoes percent-encoding.
fn decode(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let (mut out, mut i) = (Vec::with_capacity(bytes.len()), 0);
    while let Some(&b) = bytes.get(i) {
        let hex = text.get(i + 1..i + 3).and_then(|h| u8::from_str_radix(h, 16).ok());
        match hex.filter(|_| b == b'%') {
            Some(decoded) => {
                out.push(decoded);
                i += 3;
            }
            None => {
                out.push(b);
                i += 1;
            }
        }
    }
    out
}

fn content_type(body: &str) -> HeaderValue {
    let json = serde_json::from_str::<serde::de::IgnoredAny>(body).is_ok();
    HeaderValue::from_static(if json { "application/json" } else { "text/plain; charset=utf-8" })
}

impl Hop {
    /// The request that a redirect asks for; `None` if the answer is none.
    ///
    /// # Errors
    /// A sentence, if it leads nowhere that may be called.
    pub fn redirected(&self, status: StatusCode, answer: &HeaderMap) -> Result<Option<Hop>, String> {
        if !matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
            return Ok(None);
        }
        let Some(location) = answer.get(header::LOCATION) else { return Ok(None) };
        let bad = || "the redirect's Location is not a URL".to_owned();
        let text = std::str::from_utf8(location.as_bytes()).map_err(|_| bad())?;
        let mut next = Hop { url: self.url.join(text).map_err(|_| bad())?, ..self.clone() };
        check_scheme(&next.url).map_err(|_| "the redirect leads neither to http: nor to https:")?;
        forget_userinfo(&mut next.url);
        if self.url.origin() != next.url.origin() {
            CREDENTIALS.iter().for_each(|name| drop(next.headers.remove(name)));
        }
        if matches!(status.as_u16(), 301..=303) {
            next.becomes_get();
        }
        Ok(Some(next))
    }

    /// RFC 9110, 15.4: a redirect other than 307 and 308 is fetched, not sent to once more.
    fn becomes_get(&mut self) {
        if self.method != Method::HEAD {
            self.method = Method::GET;
        }
        self.body = None;
        for name in [header::CONTENT_TYPE, header::CONTENT_ENCODING, header::CONTENT_LANGUAGE] {
            self.headers.remove(name);
        }
    }

    /// The URL as it may be shown: without a fragment, and user name and password are gone already.
    pub fn shown(&self) -> String {
        let mut url = self.url.clone();
        url.set_fragment(None);
        url.into()
    }
}
