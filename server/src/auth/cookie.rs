//! The cookie that carries a browser session.

use axum::http::{HeaderMap, HeaderValue, header};

/// Its name.
pub const NAME: &str = "rota_session";

/// The session's value in a request, if there is one.
pub fn read(headers: &HeaderMap) -> Option<&str> {
    let lines = headers.get_all(header::COOKIE).into_iter().filter_map(|v| v.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == NAME).map(|(_, value)| value.trim_matches('"')).filter(|value| !value.is_empty())
}

/// The header that sets the cookie for so many days.
pub fn set(value: &str, days: u32, secure: bool) -> Option<HeaderValue> {
    header_value(value, u64::from(days) * 86_400, secure)
}

/// The header that takes the cookie away.
pub fn clear(secure: bool) -> Option<HeaderValue> {
    header_value("", 0, secure)
}

fn header_value(value: &str, max_age_sec: u64, secure: bool) -> Option<HeaderValue> {
    let secure = if secure { "; Secure" } else { "" };
    let text = format!("{NAME}={value}; HttpOnly; SameSite=Lax; Path=/; Max-Age={max_age_sec}{secure}");
    HeaderValue::from_str(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[&'static str]) -> HeaderMap {
        lines.iter().map(|line| (header::COOKIE, HeaderValue::from_static(line))).collect()
    }

    #[test]
    fn the_session_is_found_among_others() {
        assert_eq!(read(&headers(&["a=b; rota_session=xyz; c=d"])), Some("xyz"));
        assert_eq!(read(&headers(&["a=b", "rota_session=\"xyz\""])), Some("xyz"));
        assert_eq!(read(&headers(&["xrota_session=1; rota_sessions=2; rota_session="])), None);
        assert_eq!(read(&headers(&[])), None);
    }

    #[test]
    fn scripts_and_other_sites_do_not_get_it() {
        let value = set("abc", 30, true).unwrap();
        assert_eq!(value, "rota_session=abc; HttpOnly; SameSite=Lax; Path=/; Max-Age=2592000; Secure");
        assert_eq!(clear(false).unwrap(), "rota_session=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0");
    }
}
