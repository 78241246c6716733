//! Which status codes are a success.

use std::ops::RangeInclusive;

/// What is expected where the task says nothing.
pub const DEFAULT: &str = "200-299";

/// Status codes and ranges of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    text: String,
    ranges: Vec<RangeInclusive<u16>>,
}

impl Expected {
    /// Reads `200-299,304`; an empty text means 200 to 299.
    pub fn parse(text: &str) -> Result<Expected, String> {
        let text = if text.trim().is_empty() { DEFAULT } else { text.trim() };
        let ranges = text.split(',').map(range).collect::<Result<_, _>>()?;
        Ok(Expected { text: text.to_owned(), ranges })
    }

    /// Whether the code is one of them.
    pub fn holds(&self, code: u16) -> bool {
        self.ranges.iter().any(|r| r.contains(&code))
    }

    /// As the task has it.
    pub fn text(&self) -> &str {
        &self.text
    }
}

fn range(part: &str) -> Result<RangeInclusive<u16>, String> {
    let part = part.trim();
    let code = |s: &str| s.trim().parse::<u16>().ok().filter(|n| (100..=999).contains(n));
    let (from, to) = part.split_once('-').unwrap_or((part, part));
    match (code(from), code(to)) {
        (Some(from), Some(to)) if from <= to => Ok(from..=to),
        _ => Err(format!("expected_status: \"{part}\" is neither a status such as 304 nor a range such as 200-299")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_ranges() {
        let expected = Expected::parse(" 200 - 299, 304").unwrap();
        assert!(expected.holds(200) && expected.holds(299) && expected.holds(304));
        assert!(!expected.holds(199) && !expected.holds(300) && !expected.holds(305));
        assert!(Expected::parse("").unwrap().holds(204));
        for bad in ["2xx", "299-200", "20", "1000", "200-", "-", "200,,201", "ok"] {
            assert!(Expected::parse(bad).unwrap_err().starts_with("expected_status: \""), "{bad}");
        }
    }
}
