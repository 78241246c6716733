//! Cuts what a program writes into lines.

use std::time::{Duration, Instant};

/// A longer line is cut into pieces of this many bytes.
pub const LINE_MAX: usize = 64 * 1024;
/// How often a line that is written over and over, as progress bars do with a carriage return, becomes a log line.
const OVERWRITTEN_EVERY: Duration = Duration::from_secs(1);

/// Takes bytes as they come, gives lines as they end.
pub struct Lines {
    max: usize,
    line: Vec<u8>,
    /// A carriage return came last: either its line feed follows, or the line is written over.
    returned: bool,
    /// What was written over and not told yet.
    over: Option<Vec<u8>>,
    told_over: Option<Instant>,
}

impl Default for Lines {
    fn default() -> Lines {
        Lines::up_to(LINE_MAX)
    }
}

impl Lines {
    /// Cuts lines that are longer than so many bytes.
    pub fn up_to(max: usize) -> Lines {
        Lines { max, line: vec![], returned: false, over: None, told_over: None }
    }

    /// Takes bytes, gives the lines that end in them. `begun` says how many bytes at the end of a piece must not be cut from what
    /// follows.
    pub fn push(&mut self, mut bytes: &[u8], now: Instant, begun: &dyn Fn(&[u8]) -> usize) -> Vec<String> {
        let mut out = vec![];
        while let Some(&first) = bytes.first() {
            if self.returned && first != b'\n' && first != b'\r' {
                self.written_over(now, &mut out);
            }
            match first {
                b'\n' => {
                    self.end(&mut out);
                    bytes = &bytes[1..];
                }
                b'\r' => {
                    self.returned = true;
                    bytes = &bytes[1..];
                }
                _ => bytes = self.text(bytes, &mut out, begun),
            }
        }
        out
    }

    /// The last line, if no line feed ended it.
    pub fn finish(&mut self) -> Option<String> {
        let mut out = vec![];
        if !self.line.is_empty() || self.over.is_some() {
            self.end(&mut out);
        }
        out.pop()
    }

    /// Takes text up to the next end of a line; gives what is left.
    fn text<'a>(&mut self, bytes: &'a [u8], out: &mut Vec<String>, begun: &dyn Fn(&[u8]) -> usize) -> &'a [u8] {
        let end = bytes.iter().position(|b| matches!(b, b'\n' | b'\r')).unwrap_or(bytes.len());
        let (taken, rest) = bytes.split_at(end.min(self.max - self.line.len()));
        self.line.extend_from_slice(taken);
        if self.line.len() == self.max {
            self.cut(out, begun);
        }
        rest
    }

    /// Gives a piece of a line that is too long, not cut inside a character or a secret.
    fn cut(&mut self, out: &mut Vec<String>, begun: &dyn Fn(&[u8]) -> usize) {
        let whole = match std::str::from_utf8(&self.line) {
            // Up to three bytes at the end may be the beginning of a character.
            Err(e) if e.error_len().is_none() => e.valid_up_to(),
            _ => self.line.len(),
        };
        let begun = begun(&self.line[..whole]);
        // Nothing but the beginning of a secret that is longer than a line may be: it has to be cut somewhere.
        let whole = if begun < whole { whole - begun } else { whole };
        let rest = self.line.split_off(whole);
        out.push(lossy(&self.line));
        self.line = rest;
        self.over = None;
    }

    fn end(&mut self, out: &mut Vec<String>) {
        let line = std::mem::take(&mut self.line);
        self.returned = false;
        let over = self.over.take();
        out.push(lossy(if line.is_empty() { over.as_deref().unwrap_or_default() } else { &line }));
    }

    fn written_over(&mut self, now: Instant, out: &mut Vec<String>) {
        self.returned = false;
        let line = std::mem::take(&mut self.line);
        if line.is_empty() {
            return;
        }
        if self.told_over.is_none_or(|t| now.duration_since(t) >= OVERWRITTEN_EVERY) {
            self.told_over = Some(now);
            self.over = None;
            out.push(lossy(&line));
        } else {
            self.over = Some(line);
        }
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(chunks: &[&[u8]]) -> Vec<String> {
        let (mut lines, now) = (Lines::default(), Instant::now());
        let mut out: Vec<String> = chunks.iter().flat_map(|c| lines.push(c, now, &|_| 0)).collect();
        out.extend(lines.finish());
        out
    }

    #[test]
    fn lines_end_with_a_line_feed_however_the_bytes_come() {
        assert_eq!(all(&[b"a\nb", b"b\n\nc"]), ["a", "bb", "", "c"]);
        assert_eq!(all(&[b"a\r", b"\nb\r\r\nc\r\n"]), ["a", "b", "c"]);
        assert_eq!(all(&[b"gr\xc3", b"\xbc\xc3\x9fe \xff\n"]), ["grüße \u{fffd}"]);
        assert!(all(&[]).is_empty() && all(&[b""]).is_empty());
    }

    #[test]
    fn of_a_line_written_over_the_first_and_the_last_remain() {
        assert_eq!(all(&[b"1%\r2%\r3%\r", b"4%\ndone\n"]), ["1%", "4%", "done"]);
        assert_eq!(all(&[b"1%\r2%\r3%\r"]), ["1%", "3%"]);
        assert_eq!(all(&[b"1%\r2%\r\n"]), ["1%", "2%"]);
        let (mut lines, now) = (Lines::default(), Instant::now());
        assert_eq!(lines.push(b"1%\r2%\r", now, &|_| 0), ["1%"]);
        assert_eq!(lines.push(b"3%\r4%", now + OVERWRITTEN_EVERY, &|_| 0), ["2%"]);
    }

    #[test]
    fn no_secret_is_cut_in_two() {
        let mut redact = crate::redact::Redact::default();
        redact.add("swordfish-and-more");
        let begun = |piece: &[u8]| redact.begun(piece);
        for before in 0..24 {
            let (mut lines, now) = (Lines::up_to(20), Instant::now());
            let text = format!("{}swordfish-and-more tail\n", "x".repeat(before));
            let pieces = lines.push(text.as_bytes(), now, &begun);
            let clean: String = pieces.iter().map(|piece| redact.clean(piece)).collect();
            assert_eq!(clean, format!("{}••• tail", "x".repeat(before)), "{pieces:?}");
        }
    }

    #[test]
    fn endless_lines_are_cut_between_characters() {
        let text = "ä".repeat(LINE_MAX) + "!";
        let pieces = all(&[&b"x"[..], text.as_bytes()]);
        assert!(pieces.iter().all(|p| p.len() <= LINE_MAX && !p.contains('\u{fffd}')));
        assert_eq!(pieces.concat(), format!("x{text}"));
        let pieces = all(&[&vec![0xff; 3 * LINE_MAX]]);
        assert_eq!(pieces.concat().chars().count(), 3 * LINE_MAX);
    }
}
