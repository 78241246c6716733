//! Files of the web app, inside the binary. A debug build reads them from the source tree instead.

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use http::{HeaderMap, StatusCode};
use rust_embed::{EmbeddedFile, RustEmbed};
use std::collections::HashMap;
use std::fmt::Write;

/// Committed files: stylesheet, icon.
#[derive(RustEmbed)]
#[folder = "../public"]
#[exclude = ".*"]
struct Public;

/// Built files: the browser bundle, and `NAME.TAG.br` for what has been compressed beforehand; the tag names the content
/// it was made from, so that one of an earlier content is never sent.
#[derive(RustEmbed)]
#[folder = "../target/site"]
#[allow_missing = true]
#[include = "pkg/*"]
#[include = "*.br"]
struct Site;

fn find(path: &str) -> Option<EmbeddedFile> {
    Public::get(path).or_else(|| Site::get(path))
}

/// Whether this build has the file.
pub fn exists(path: &str) -> bool {
    find(path).is_some()
}

/// The file's address, which changes with its content.
pub fn url(path: &str) -> String {
    match find(path) {
        Some(file) => format!("/{path}?v={}", tag(&file)),
        None => format!("/{path}"),
    }
}

/// The addresses of what the pages of a part of the browser bundle need beside `rota.wasm`, by the part's name; written by
/// `cargo xtask`.
pub fn parts() -> HashMap<String, Vec<String>> {
    let list = Site::get("pkg/parts.json").map(|file| file.data).unwrap_or_default();
    let mut parts: HashMap<String, Vec<String>> = serde_json::from_slice(&list).unwrap_or_default();
    for name in parts.values_mut().flatten() {
        *name = url(&format!("pkg/{name}.wasm"));
    }
    parts
}

/// 64 bits of the content's SHA-256.
fn tag(file: &EmbeddedFile) -> String {
    file.metadata.sha256_hash().iter().take(8).fold(String::new(), |mut hex, byte| {
        _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// The answer, if the request's path names a file.
pub fn answer(request: &Request) -> Option<Response> {
    let path = request.uri().path().strip_prefix('/')?;
    if path.ends_with(".br") {
        return None;
    }
    let content_type = content_type(path)?;
    let file = find(path)?;
    let tag = tag(&file);
    let etag = format!("\"{tag}\"");
    let asked = request.uri().query().and_then(|query| query.strip_prefix("v="));
    if asked.is_some_and(|asked| asked != tag) {
        // A page of an earlier version asks for a file of its own: another part of the bundle would not fit into it.
        return Response::builder().status(StatusCode::NOT_FOUND).body(Body::empty()).ok();
    }
    let pinned = asked.is_some();
    let cache = if pinned { "public, max-age=31536000, immutable" } else { "no-cache" };
    let response = Response::builder().header(ETAG, &etag).header(CACHE_CONTROL, cache).header(VARY, "accept-encoding");
    if holds(request.headers(), IF_NONE_MATCH, &etag) {
        return response.status(StatusCode::NOT_MODIFIED).body(Body::empty()).ok();
    }
    let response = response.header(CONTENT_TYPE, content_type);
    let compressed = if accepts_brotli(request.headers()) { Site::get(&format!("{path}.{tag}.br")) } else { None };
    match compressed {
        Some(file) => response.header(CONTENT_ENCODING, "br").body(Body::from(file.data)),
        None => response.body(Body::from(file.data)),
    }
    .ok()
}

fn accepts_brotli(headers: &HeaderMap) -> bool {
    let items = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(','));
    items.map(|item| item.split_once(';').unwrap_or((item, ""))).any(|(name, weight)| {
        let refused = matches!(weight.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000");
        name.trim().eq_ignore_ascii_case("br") && !refused
    })
}

fn holds(headers: &HeaderMap, name: http::HeaderName, etag: &str) -> bool {
    // Weak tags match too (RFC 9110, 13.1.2); a compressing proxy makes them.
    let values = headers.get_all(name).iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(','));
    values.map(|v| v.trim().trim_start_matches("W/")).any(|v| v == etag || v == "*")
}

fn content_type(path: &str) -> Option<&'static str> {
    Some(match path.rsplit_once('.')?.1 {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(path: &str, headers: &[(&str, &str)]) -> Option<Response> {
        let mut request = Request::builder().uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        answer(&request.body(Body::empty()).unwrap())
    }

    #[test]
    fn a_file_at_its_own_address_is_kept_for_ever_and_elsewhere_asked_about() {
        let pinned = get(&url("rota.css"), &[]).unwrap();
        assert!(pinned.headers()[CACHE_CONTROL].to_str().unwrap().contains("immutable"));
        assert_eq!(pinned.headers()[CONTENT_TYPE], "text/css; charset=utf-8");
        let earlier = get("/rota.css?v=0123456789abcdef", &[]).unwrap();
        assert_eq!((earlier.status(), earlier.headers().get(CACHE_CONTROL)), (StatusCode::NOT_FOUND, None));
        let plain = get("/rota.css", &[]).unwrap();
        assert_eq!(plain.headers()[CACHE_CONTROL], "no-cache");
        let etag = plain.headers()[ETAG].to_str().unwrap().to_owned();
        assert_eq!(get("/rota.css", &[("if-none-match", &etag)]).unwrap().status(), StatusCode::NOT_MODIFIED);
        assert_eq!(
            get("/rota.css", &[("if-none-match", &format!("W/{etag}"))]).unwrap().status(),
            StatusCode::NOT_MODIFIED
        );
        assert_eq!(get("/rota.css", &[("if-none-match", "\"other\"")]).unwrap().status(), StatusCode::OK);
    }

    #[test]
    fn nothing_outside_the_folders_is_a_file() {
        for path in
            ["/", "/../Cargo.toml", "/pkg/../../Cargo.toml", "/%2e%2e/Cargo.toml", "/pkg", "/nothing.css", "/.gitkeep"]
        {
            assert!(get(path, &[]).is_none(), "{path}");
        }
    }

    #[test]
    fn brotli_is_sent_only_to_those_who_take_it() {
        let headers = |value: &str| HeaderMap::from_iter([(ACCEPT_ENCODING, value.parse().unwrap())]);
        assert!(accepts_brotli(&headers("gzip, deflate, br;q=0.8")));
        assert!(!accepts_brotli(&headers("gzip, br;q=0")));
        assert!(!accepts_brotli(&headers("gzip")));
    }
}
