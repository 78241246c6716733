//! Whether a request comes from the server's own pages.

use axum::http::request::Parts;
use axum::http::{Method, header};
use reqwest::Url;

/// Methods that change nothing (RFC 9110, 9.2.1), which any site may cause.
pub fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Whether the browser says that the request comes from the server's own pages: `Sec-Fetch-Site: same-origin`, or an
/// `Origin` that is the server's.
pub fn is_own(parts: &Parts, public_url: Option<&str>) -> bool {
    text(parts, "sec-fetch-site") == Some("same-origin")
        || text(parts, header::ORIGIN.as_str()).is_some_and(|origin| is_own_origin(parts, origin, public_url))
}

/// Whether the browser says that the request comes from elsewhere. Programs say nothing of the kind.
pub fn is_foreign(parts: &Parts, public_url: Option<&str>) -> bool {
    let site = text(parts, "sec-fetch-site").is_some_and(|site| site != "none");
    let says = site || parts.headers.contains_key(header::ORIGIN);
    says && !is_own(parts, public_url)
}

fn is_own_origin(parts: &Parts, origin: &str, public_url: Option<&str>) -> bool {
    let Some(theirs) = parse(origin) else { return false };
    let ours = match public_url {
        Some(url) => Url::parse(url).ok(),
        // The server cannot know whether a proxy in front of it speaks TLS, so the scheme is taken from the other side.
        None => host(parts).and_then(|host| parse(&format!("{}://{host}", theirs.scheme()))),
    };
    ours.is_some_and(|ours| ours.origin() == theirs.origin())
}

/// An origin as RFC 6454 writes it: scheme, host and perhaps a port, nothing else.
fn parse(origin: &str) -> Option<Url> {
    let (scheme, rest) = origin.split_once("://")?;
    let bare = matches!(scheme, "http" | "https") && !rest.contains(['/', '?', '#', '@', '\\']);
    if bare { Url::parse(origin).ok() } else { None }
}

fn host(parts: &Parts) -> Option<&str> {
    text(parts, header::HOST.as_str()).or_else(|| parts.uri.authority().map(|a| a.as_str()))
}

fn text<'a>(parts: &'a Parts, name: &str) -> Option<&'a str> {
    parts.headers.get(name).and_then(|v| v.to_str().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    fn parts(headers: &[(&str, &str)]) -> Parts {
        let mut request = Request::builder().uri("/api/task");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn the_origin_is_compared_with_the_host() {
        let own = |origin: &str, host: &str| is_own(&parts(&[("origin", origin), ("host", host)]), None);
        assert!(own("http://127.0.0.1:3000", "127.0.0.1:3000"));
        assert!(own("https://rota.example.org", "rota.example.org"));
        assert!(own("https://rota.example.org", "ROTA.example.org:443"));
        assert!(own("http://rota.example.org:80", "rota.example.org"));
        assert!(!own("http://rota.example.org:3000", "rota.example.org"));
        assert!(!own("https://rota.example.org.evil.example", "rota.example.org"));
        assert!(!own("https://evil.example", "rota.example.org"));
        assert!(!own("https://evil.example/@rota.example.org", "rota.example.org"));
        assert!(!own("https://rota.example.org@evil.example", "rota.example.org"));
        assert!(!own("null", "rota.example.org"));
        assert!(!own("file://rota.example.org", "rota.example.org"));
        assert!(!own("", ""));
    }

    #[test]
    fn the_public_address_counts_where_it_is_set() {
        let public = Some("https://rota.example.org/");
        let own = |origin: &str| is_own(&parts(&[("origin", origin), ("host", "127.0.0.1:3000")]), public);
        assert!(own("https://rota.example.org"));
        assert!(!own("http://rota.example.org"));
        assert!(!own("http://127.0.0.1:3000"));
        let forwarded = [("origin", "https://evil.example"), ("x-forwarded-host", "evil.example"), ("host", "rota")];
        assert!(!is_own(&parts(&forwarded), None), "X-Forwarded-Host is not trusted");
    }

    #[test]
    fn only_browsers_say_that_they_come_from_elsewhere() {
        let foreign = |headers: &[(&str, &str)]| is_foreign(&parts(headers), None);
        assert!(!foreign(&[("host", "rota")]));
        assert!(!foreign(&[("host", "rota"), ("sec-fetch-site", "none")]));
        assert!(!foreign(&[("host", "rota"), ("sec-fetch-site", "same-origin")]));
        assert!(!foreign(&[("host", "rota"), ("origin", "https://rota")]));
        assert!(foreign(&[("host", "rota"), ("sec-fetch-site", "cross-site")]));
        assert!(foreign(&[("host", "rota"), ("sec-fetch-site", "same-site")]));
        assert!(foreign(&[("host", "rota"), ("origin", "https://evil.example")]));
        assert!(foreign(&[("host", "rota"), ("origin", "null"), ("sec-fetch-site", "none")]));
    }
}
