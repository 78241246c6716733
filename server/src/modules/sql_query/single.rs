//! Whether a text is one SQL statement. SQLite takes several, and the first could allow what the second does.

/// Whether nothing but white space and comments follows the first `;`. A text that ends inside of quotes is no statement at all, and
/// SQLite says so.
pub fn is_single(sql: &str) -> bool {
    let (mut rest, mut ended) = (sql, false);
    while let Some(c) = rest.chars().next() {
        let (is_blank, length) = token(rest, c);
        if ended && !is_blank && c != ';' {
            return false;
        }
        ended |= c == ';';
        rest = &rest[length..];
    }
    true
}

/// Whether the next token means nothing, and its bytes.
fn token(rest: &str, first: char) -> (bool, usize) {
    match first {
        '\'' | '"' | '`' => (false, quoted(rest, first)),
        '[' => (false, quoted(rest, ']')),
        '-' if rest.starts_with("--") => (true, rest.find('\n').unwrap_or(rest.len())),
        '/' if rest.starts_with("/*") => (true, rest[2..].find("*/").map_or(rest.len(), |end| end + 4)),
        c => (c.is_ascii_whitespace(), c.len_utf8()),
    }
}

/// Up to the closing quote. A doubled one begins what looks like another text, which comes to the same.
fn quoted(rest: &str, close: char) -> usize {
    rest[1..].find(close).map_or(rest.len(), |end| end + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_statement_is_seen_wherever_it_hides() {
        for one in [
            "SELECT 1",
            "SELECT 1;",
            " SELECT 1 ; -- done; really\n ;/* ; */ ",
            "SELECT ';' || \";\" || `;` || [;] || 'it''s; fine'",
            "-- a; b\nSELECT 1 /* x; y */ - -1",
            "",
        ] {
            assert!(is_single(one), "{one}");
        }
        for two in [
            "SELECT 1; SELECT 2",
            "PRAGMA query_only=off;VACUUM INTO 'x'",
            "SELECT ';';SELECT 2",
            "SELECT 1 /* */; /* */ SELECT 2",
            "SELECT 1; --\nSELECT 2",
            "SELECT '\\';SELECT '1'",
            ";SELECT 1",
        ] {
            assert!(!is_single(two), "{two}");
        }
    }
}
