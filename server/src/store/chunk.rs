//! Log lines as they are stored: many in one text, one JSON array a line.

use super::{StoreError, Stored};
use domain::Timestamp;
use domain::run::{Level, LogEntry, LogLine};

/// Most lines in one chunk.
pub const MAX_LINES: usize = 1000;
/// A chunk is closed once its text is this long, in bytes. A single longer line still is one chunk.
pub const MAX_BYTES: usize = 256 * 1024;

/// Some lines, in their stored form.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Chunk {
    /// How many lines.
    pub n: u32,
    /// How many of each level, `debug` first.
    pub n_by_level: [u32; 4],
    /// `[timestamp in ms, level 0 to 3, "text", percent or null]`, one a line.
    pub text: String,
}

/// Puts lines into chunks, in order.
pub fn encode(lines: &[LogLine]) -> Vec<Chunk> {
    let mut chunks = vec![];
    let mut chunk = Chunk::default();
    for line in lines {
        if chunk.n as usize == MAX_LINES || (chunk.n > 0 && chunk.text.len() + line.msg.len() > MAX_BYTES) {
            chunks.push(std::mem::take(&mut chunk));
        }
        push(&mut chunk, line);
    }
    if chunk.n > 0 {
        chunks.push(chunk);
    }
    chunks
}

fn push(chunk: &mut Chunk, line: &LogLine) {
    use std::fmt::Write;
    let level = line.level as usize;
    if chunk.n > 0 {
        chunk.text.push('\n');
    }
    // Writing into a String cannot fail, nor can turning a string into JSON.
    let _ = write!(chunk.text, "[{},{level},", line.timestamp.ms());
    chunk.text.push_str(&serde_json::to_string(&line.msg).unwrap_or_default());
    match line.status_percent {
        Some(p) => {
            let _ = write!(chunk.text, ",{p}]");
        }
        None => chunk.text.push_str(",null]"),
    }
    chunk.n += 1;
    chunk.n_by_level[level] += 1;
}

/// Reads a chunk whose first line has this index.
///
/// # Errors
/// `Corrupt`.
pub fn decode(text: &str, first_idx: u64) -> Stored<Vec<LogEntry>> {
    let entry = |(i, line): (usize, &str)| {
        let (at, level, msg, status_percent): (i64, usize, String, Option<u8>) =
            serde_json::from_str(line).map_err(|e| StoreError::Corrupt(format!("log line: {e}")))?;
        let level = *Level::ALL.get(level).ok_or_else(|| StoreError::Corrupt(format!("log level {level}")))?;
        Ok(LogEntry { idx: first_idx + i as u64, timestamp: Timestamp::from_ms(at), level, msg, status_percent })
    };
    text.split('\n').enumerate().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(msg: &str, level: Level) -> LogLine {
        LogLine { timestamp: Timestamp::from_ms(5), level, msg: msg.to_owned(), status_percent: Some(7) }
    }

    #[test]
    fn hostile_text_comes_back_as_it_was() {
        for msg in ["", "a\nb\r\n", "\u{0}\u{1}\u{7f}", "\"\\]", "<script>", "\u{202e}\u{2028}", "ü€😀"] {
            let chunks = encode(&[line(msg, Level::Error), line("next", Level::Debug)]);
            let entries = decode(&chunks[0].text, 40).unwrap();
            assert_eq!((entries[0].msg.as_str(), entries[1].idx, entries[1].level), (msg, 41, Level::Debug));
            assert!(!chunks[0].text.contains('\0'));
        }
    }

    #[test]
    fn chunks_are_bounded_and_lose_nothing() {
        let mut lines: Vec<LogLine> = (0..2500).map(|i| line(&i.to_string(), Level::Info)).collect();
        lines.push(line(&"x".repeat(MAX_BYTES * 2), Level::Warning));
        lines.push(line("end", Level::Info));
        let chunks = encode(&lines);
        assert_eq!(chunks.iter().map(|c| c.n as usize).sum::<usize>(), lines.len());
        assert!(chunks.iter().all(|c| c.n as usize <= MAX_LINES && (c.n == 1 || c.text.len() < MAX_BYTES * 2)));
        assert_eq!(chunks.iter().map(|c| c.n_by_level[2]).sum::<u32>(), 1);
    }
}
