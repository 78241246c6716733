//! Reading an answer, no more of it than is wanted.

use encoding_rs::{Encoding, UTF_8};
use http::{HeaderMap, header};
use reqwest::Response;

/// How much of an answer is read, decompressed, in bytes.
pub const READ_MAX: u64 = 10 * 1024 * 1024;
/// How much of an answer is logged, in bytes.
pub const SHOWN_MAX: usize = 4096;

/// An answer's content.
pub struct Answer {
    /// How much was read, in bytes.
    pub size: u64,
    /// Whether there was more than [`READ_MAX`].
    pub cut: bool,
    bytes: Vec<u8>,
    encoding: &'static Encoding,
}

impl Answer {
    /// Reads the content; only the first [`SHOWN_MAX`] bytes of it are kept unless `whole` is wanted.
    pub async fn read(mut response: Response, whole: bool) -> Result<Answer, reqwest::Error> {
        let encoding = encoding(response.headers());
        let keep = if whole { READ_MAX as usize } else { SHOWN_MAX };
        let mut answer = Answer { size: 0, cut: false, bytes: vec![], encoding };
        while let Some(chunk) = response.chunk().await? {
            let room = READ_MAX - answer.size;
            let fits = usize::try_from(room).unwrap_or(usize::MAX).min(chunk.len());
            let kept = keep.saturating_sub(answer.bytes.len()).min(fits);
            answer.bytes.extend_from_slice(&chunk[..kept]);
            answer.size += fits as u64;
            if fits < chunk.len() {
                answer.cut = true;
                break;
            }
        }
        Ok(answer)
    }

    /// Whether what was kept holds the text.
    pub fn contains(&self, text: &str) -> bool {
        self.encoding.decode(&self.bytes).0.contains(text)
    }

    /// The beginning as text, and whether there is more.
    pub fn beginning(&self) -> (String, bool) {
        let more = self.cut || self.size > SHOWN_MAX as u64;
        let shown = &self.bytes[..self.bytes.len().min(SHOWN_MAX)];
        let text = self.encoding.decode(shown).0;
        // The cut may have gone through a character.
        let text = if more { text.trim_end_matches('\u{fffd}') } else { &text };
        (text.to_owned(), more)
    }

    /// How large it is, for people.
    pub fn shown_size(&self) -> String {
        if self.cut { "more than 10 MB, the rest was not read".to_owned() } else { format!("{} bytes", self.size) }
    }
}

/// The character encoding that `Content-Type` names, or else UTF-8.
fn encoding(headers: &HeaderMap) -> &'static Encoding {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let charset = content_type.split(';').skip(1).find_map(|p| {
        let (name, value) = p.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"'))
    });
    charset.and_then(|c| Encoding::for_label(c.as_bytes())).unwrap_or(UTF_8)
}
