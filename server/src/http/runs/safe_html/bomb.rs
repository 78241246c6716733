//! HTML that takes much longer to be read than to be written.

use std::collections::HashMap;

/// Longer HTML, in bytes, is not read: that takes time that grows faster than it.
pub const LENGTH_MAX: usize = 256 * 1024;
/// Elements that HTML opens anew in every paragraph until they are closed. Many of them that differ are a bomb.
const REOPENED: [&str; 13] =
    ["b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"];
/// So many elements at most, taken that all of them are opened anew at each tag.
const REOPENED_MAX: usize = 1_000_000;
/// Elements inside of elements: each is looked for among all that are open.
const DEPTH_MAX: usize = 1000;
/// Elements that need no end.
const END_BY_THEMSELVES: [&str; 24] = [
    "area", "base", "br", "col", "colgroup", "dd", "dt", "embed", "hr", "img", "input", "li", "link", "meta", "option",
    "p", "source", "tbody", "td", "tfoot", "th", "thead", "tr", "wbr",
];

/// Whether it should be shown as text instead.
pub fn is_one(html: &str) -> bool {
    html.len() > LENGTH_MAX || is_reopened_often(html) || is_deep(html)
}

/// What follows each `<`.
fn tags(html: &str) -> impl Iterator<Item = &str> {
    html.split('<').skip(1)
}

fn name(tag: &str) -> &str {
    tag.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default()
}

/// Without attributes there can be three alike at most.
fn is_reopened_often(html: &str) -> bool {
    let differs = |tag: &&str| {
        let name = name(tag);
        let has_more = tag.as_bytes().get(name.len()).is_some_and(|next| *next != b'>');
        has_more && REOPENED.iter().any(|known| known.eq_ignore_ascii_case(name))
    };
    tags(html).filter(differs).count() * tags(html).count() > REOPENED_MAX
}

/// By counting, not by reading: an end without a beginning counts for nothing.
fn is_deep(html: &str) -> bool {
    let (mut open, mut depth) = (HashMap::<String, usize>::new(), 0);
    for tag in tags(html) {
        let begins = tag.strip_prefix('/').map(name);
        let name = begins.unwrap_or_else(|| name(tag)).to_ascii_lowercase();
        if name.is_empty() || END_BY_THEMSELVES.contains(&name.as_str()) {
            continue;
        }
        let same = open.entry(name).or_default();
        if begins.is_none() {
            *same += 1;
            depth += 1;
        } else if *same > 0 {
            *same -= 1;
            depth -= 1;
        }
        if depth > DEPTH_MAX {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_grows_is_a_bomb_and_what_people_write_is_none() {
        let reopened: String = (0..3000).map(|i| format!("<B x={i}>")).collect::<String>() + &"<p>a".repeat(20_000);
        for bomb in [reopened, "x".repeat(LENGTH_MAX + 1), "<div>".repeat(1001), "<div></x></p>".repeat(1001)] {
            assert!(is_one(&bomb), "{}", &bomb[..40]);
        }
        for fine in [
            "<p><code>a</code> <b class=\"x\">b</b></p>".repeat(400),
            "<ul><li>a<li>b</ul><p>c<br>".repeat(5000),
            "<table><tr><td>1<td>2</table>".repeat(5000),
            "<div>".repeat(900) + &"</div>".repeat(900),
            "a < b".repeat(5000),
        ] {
            assert!(!is_one(&fine), "{}", &fine[..40]);
        }
    }
}
