//! What terminals understand, as classes: SGR colours of ECMA-48. Whatever else a line holds stays text.

/// A piece of a line in one look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Classes such as `ansi-1 ansi-bold`; empty: plain.
    pub class: String,
    /// The text, control characters made visible.
    pub text: String,
}

#[derive(Default, Clone, Copy, PartialEq, Eq)]
struct Look {
    colour: Option<u8>,
    bold: bool,
}

impl Look {
    fn class(self) -> String {
        let colour = self.colour.map(|n| format!("ansi-{n}"));
        let bold = self.bold.then(|| "ansi-bold".to_owned());
        colour.into_iter().chain(bold).collect::<Vec<_>>().join(" ")
    }

    fn apply(&mut self, codes: &str) {
        let mut codes = codes.split([';', ':']).map(|code| code.parse::<u16>().unwrap_or(0));
        while let Some(code) = codes.next() {
            match code {
                0 => *self = Look::default(),
                1 => self.bold = true,
                22 => self.bold = false,
                30..=37 => self.colour = Some((code - 30) as u8),
                90..=97 => self.colour = Some((code - 90 + 8) as u8),
                39 => self.colour = None,
                38 => self.colour = extended(&mut codes),
                // A background is not shown: text stays readable in both themes. Its numbers are passed over.
                48 => _ = extended(&mut codes),
                _ => {}
            }
        }
    }
}

/// `5;n` of 256 colours or `2;r;g;b`, as the nearest of 16.
fn extended(codes: &mut impl Iterator<Item = u16>) -> Option<u8> {
    match codes.next()? {
        5 => {
            let n = codes.next()?;
            match n {
                0..=15 => Some(n as u8),
                16..=231 => {
                    let n = n - 16;
                    Some(nearest(n / 36 * 51, n / 6 % 6 * 51, n % 6 * 51))
                }
                _ => Some(if n < 244 { 8 } else { 7 }),
            }
        }
        2 => Some(nearest(codes.next()?, codes.next()?, codes.next()?)),
        _ => None,
    }
}

fn nearest(r: u16, g: u16, b: u16) -> u8 {
    let most = r.max(g).max(b);
    let on = |part: u16| u8::from(part > 60 && part * 2 > most);
    let bright = if most > 200 { 8 } else { 0 };
    on(r) + 2 * on(g) + 4 * on(b) + bright
}

/// Splits a line into spans. Escape sequences other than colours are dropped; other control characters are shown as their signs.
pub fn visible(line: &str) -> Vec<Span> {
    let mut spans: Vec<Span> = vec![];
    let (mut look, mut text) = (Look::default(), String::new());
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        if c == '\u{1b}' {
            let (colours, length) = escape(rest);
            if let Some(codes) = colours {
                push(&mut spans, look, &mut text);
                look.apply(codes);
            }
            rest = &rest[length..];
            continue;
        }
        text.push(shown(c));
        rest = &rest[c.len_utf8()..];
    }
    push(&mut spans, look, &mut text);
    spans
}

fn push(spans: &mut Vec<Span>, look: Look, text: &mut String) {
    if !text.is_empty() {
        spans.push(Span { class: look.class(), text: std::mem::take(text) });
    }
}

/// The colour codes of the sequence that `text` begins with, if it is one of colours, and how long it is.
fn escape(text: &str) -> (Option<&str>, usize) {
    let bytes = text.as_bytes();
    match bytes.get(1) {
        Some(b'[') => {
            let end = bytes.iter().skip(2).position(|b| (0x40..=0x7e).contains(b)).map(|n| n + 2);
            match end {
                Some(end) if text.is_char_boundary(end + 1) => {
                    let inner = &text[2..end];
                    let colours =
                        bytes[end] == b'm' && inner.bytes().all(|b| b.is_ascii_digit() || b == b';' || b == b':');
                    (colours.then_some(inner), end + 1)
                }
                _ => (None, 2),
            }
        }
        // A title or a link: up to BEL or ST.
        Some(b']') => {
            let end = text.find('\u{7}').map(|at| at + 1).or_else(|| text[1..].find("\u{1b}\\").map(|at| at + 3));
            (None, end.unwrap_or(2))
        }
        Some(b) if b.is_ascii() => (None, 2),
        _ => (None, 1),
    }
}

/// Control characters as the signs that Unicode has for them; tabs stay.
fn shown(c: char) -> char {
    match c {
        '\t' => c,
        '\u{0}'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        '\u{80}'..='\u{9f}' => '\u{fffd}',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(line: &str) -> Vec<(String, String)> {
        visible(line).into_iter().map(|span| (span.class, span.text)).collect()
    }

    fn pair(class: &str, text: &str) -> (String, String) {
        (class.to_owned(), text.to_owned())
    }

    #[test]
    fn colours_become_classes() {
        assert_eq!(says("plain"), [pair("", "plain")]);
        assert_eq!(says("a\u{1b}[31mred\u{1b}[0mb"), [pair("", "a"), pair("ansi-1", "red"), pair("", "b")]);
        assert_eq!(says("\u{1b}[1;92mx"), [pair("ansi-10 ansi-bold", "x")]);
        assert_eq!(says("\u{1b}[38;5;196mx\u{1b}[39my"), [pair("ansi-9", "x"), pair("", "y")]);
        assert_eq!(says("\u{1b}[38;2;0;0;255mx"), [pair("ansi-12", "x")]);
        assert_eq!(says("\u{1b}[48;5;1;32mx"), [pair("ansi-2", "x")]);
    }

    #[test]
    fn other_sequences_are_dropped_and_controls_are_shown() {
        assert_eq!(says("a\u{1b}[2Jb\u{1b}]0;title\u{7}c"), [pair("", "abc")]);
        assert_eq!(says("a\rb\u{8}c\td\u{0}"), [pair("", "a␍b␈c\td␀")]);
        assert_eq!(says("<b>\u{1b}"), [pair("", "<b>")]);
        assert_eq!(says("\u{1b}[31"), [pair("", "31")]);
        assert_eq!(says("\u{1b}ä"), [pair("", "ä")]);
    }
}
