//! Names and types of files that programs choose and browsers see.

/// The longest name, in characters.
const NAME_MAX: usize = 200;

/// Types that a browser may be told: none that runs, whatever it is. Everything else is just bytes.
const TYPES: [(&str, &str); 14] = [
    ("txt", "text/plain; charset=utf-8"),
    ("log", "text/plain; charset=utf-8"),
    ("md", "text/plain; charset=utf-8"),
    ("csv", "text/csv; charset=utf-8"),
    ("json", "application/json"),
    ("jsonl", "application/jsonl"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
    ("zip", "application/zip"),
    ("gz", "application/gzip"),
];

/// The last part of a path, without what could mislead: control characters, and marks that turn the direction of writing.
pub fn safe(path: &str) -> String {
    let last = path.rsplit(['/', '\\']).find(|part| !part.is_empty()).unwrap_or_default();
    let misleads = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let name: String = last.chars().filter(|c| !misleads(*c)).take(NAME_MAX).collect();
    let name = name.trim();
    if name.trim_matches('.').is_empty() { "file".to_owned() } else { name.to_owned() }
}

/// The content type of a file of this name, by its ending.
pub fn content_type(name: &str) -> &'static str {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
    TYPES.iter().find(|(known, _)| *known == ending).map_or("application/octet-stream", |(_, kind)| kind)
}

/// `Content-Disposition`: always to be saved, under this name (RFC 6266), with a plain one for those that know no other.
pub fn disposition(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | ' ') { c } else { '_' };
    let ascii: String = name.chars().map(plain).collect();
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{}", encoded(name))
}

/// RFC 5987: what is no `attr-char` is percent-encoded.
fn encoded(name: &str) -> String {
    let mut out = String::new();
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'_' | b'-' => out.push(char::from(byte)),
            _ => out += &format!("%{byte:02X}"),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_never_paths_and_never_mislead() {
        for (path, name) in [
            ("a.csv", "a.csv"),
            ("/x/y/Grüße 1.txt", "Grüße 1.txt"),
            ("..\\..\\boot.ini", "boot.ini"),
            ("a/", "a"),
            ("..", "file"),
            ("", "file"),
            ("a\r\nSet-Cookie: x", "aSet-Cookie: x"),
            ("invoice\u{202e}fdp.exe", "invoicefdp.exe"),
        ] {
            assert_eq!(safe(path), name, "{path:?}");
        }
        assert_eq!(safe(&"ä".repeat(1000)).chars().count(), NAME_MAX);
    }

    #[test]
    fn only_harmless_types_are_told() {
        assert_eq!(content_type("a.JPG"), "image/jpeg");
        for name in ["a.html", "a.svg", "a.xml", "a.xhtml", "a.js", "a", "html"] {
            assert_eq!(content_type(name), "application/octet-stream", "{name}");
        }
    }

    #[test]
    fn a_name_cannot_leave_its_header() {
        let expected = "attachment; filename=\"a_b__ _.csv\"; filename*=UTF-8''a%22b%3B%27%20%C3%A4.csv";
        assert_eq!(disposition("a\"b;' ä.csv"), expected);
    }
}
