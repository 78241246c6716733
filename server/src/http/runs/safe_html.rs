//! HTML that comes from anywhere, made harmless: nothing that runs, nothing that asks for something outside, no forms and no styles.

mod bomb;

use ammonia::{Builder, UrlRelative};
use pulldown_cmark::{Event, Options, Parser, html::push_html};
use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::LazyLock;

/// Pictures that may stand in the text itself.
const PICTURES: [&str; 4] = ["image/png;base64,", "image/jpeg;base64,", "image/gif;base64,", "image/webp;base64,"];

static BUILDER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::default();
    builder
        .rm_tags(["map", "area"])
        .url_relative(UrlRelative::Deny)
        .url_schemes(HashSet::from(["http", "https", "mailto", "data"]))
        .link_rel(Some("noopener noreferrer nofollow"))
        .attribute_filter(attribute);
    builder
});

/// Only links that lead away when they are clicked, and only pictures that are there already.
fn attribute<'a>(element: &str, name: &str, value: &'a str) -> Option<Cow<'a, str>> {
    let url = || reqwest::Url::parse(value).ok();
    let good = match (element, name) {
        ("img", "src") => url().is_some_and(|url| {
            url.scheme() == "data" && PICTURES.iter().any(|kind| url.path().to_ascii_lowercase().starts_with(kind))
        }),
        (_, "href") => url().is_some_and(|url| ["http", "https", "mailto"].contains(&url.scheme())),
        (_, "src" | "cite" | "srcset" | "background") => false,
        _ => true,
    };
    good.then_some(Cow::Borrowed(value))
}

/// The harmless part of it. What would take too long to be read comes as text.
pub fn clean(html: &str) -> String {
    if bomb::is_one(html) { as_text(html) } else { BUILDER.clean(html).to_string() }
}

/// Markdown as harmless HTML; HTML inside of it stays text.
pub fn from_markdown(text: &str) -> String {
    if text.len() > bomb::LENGTH_MAX {
        return as_text(text);
    }
    let harmless = |event| match event {
        Event::Html(html) | Event::InlineHtml(html) => Event::Text(html),
        other => other,
    };
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut html = String::new();
    push_html(&mut html, Parser::new_ext(text, options).map(harmless));
    if bomb::is_one(&html) { as_text(text) } else { clean(&html) }
}

fn as_text(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!("<pre>{escaped}</pre>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_stays() {
        let html = "<h2>A</h2><p>b <b>c</b> <a href=\"https://example.org/\">d</a></p><table><tbody><tr><td colspan=\"2\">1</td></tr></tbody></table>";
        let expected = html.replace("org/\">", "org/\" rel=\"noopener noreferrer nofollow\">");
        assert_eq!(clean(html), expected);
        let picture = "<img src=\"data:image/png;base64,AAAA\" alt=\"x\">";
        assert_eq!(clean(picture), picture);
    }

    #[test]
    fn nothing_runs_nothing_is_asked_for_and_nothing_is_sent() {
        for html in [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "<img src=https://evil.example/x.png>",
            "<img src='/api/task'>",
            "<img src='data:image/svg+xml;base64,AAAA'>",
            "<img srcset='https://evil.example/x 1x'>",
            "<a href='javascript:alert(1)'>x</a>",
            "<a href='java\nscript:alert(1)'>x</a>",
            "<a href='da\tta:text/html,<script>alert(1)</script>'>x</a>",
            "<a href='/api/task/1/cancel'>x</a>",
            "<a href='//evil.example/'>x</a>",
            "<p style='background:url(https://evil.example/)'>x</p>",
            "<style>@import 'https://evil.example/'</style>",
            "<link rel=stylesheet href=https://evil.example/>",
            "<form action=https://evil.example/><input name=p><button>x</button></form>",
            "<iframe src=https://evil.example/></iframe>",
            "<object data=https://evil.example/></object>",
            "<embed src=https://evil.example/>",
            "<svg onload=alert(1)><a xlink:href='javascript:alert(1)'>x</a></svg>",
            "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
            "<base href=https://evil.example/>",
            "<meta http-equiv=refresh content='0;url=https://evil.example/'>",
            "<video src=https://evil.example/ autoplay></video>",
            "<table background=https://evil.example/><tr><td>x</td></tr></table>",
            "<blockquote cite='https://evil.example/'>x</blockquote>",
            "<p id=content class=page onclick=alert(1)>x</p>",
            "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
        ] {
            let clean = clean(html);
            for bad in [
                "evil", "alert", "script", "on", "style", "<form", "<input", "<iframe", "<svg", "src=", "href", "id=",
                "class=",
            ] {
                let text = clean.replace("noopener noreferrer nofollow", "");
                assert!(!text.contains(bad), "{html}: {clean}");
            }
        }
    }

    #[test]
    fn what_would_take_too_long_is_text() {
        let bomb: String = (0..3000).map(|i| format!("<b x={i}>")).collect::<String>() + &"<p>a".repeat(20_000);
        assert!(clean(&bomb).starts_with("<pre>&lt;b"));
        assert!(clean(&"<div>".repeat(100_000)).starts_with("<pre>&lt;div"));
        assert_eq!(from_markdown(&"> ".repeat(200_000)), format!("<pre>{}</pre>", "&gt; ".repeat(200_000)));
        assert_eq!(from_markdown(&"> ".repeat(100_000)), format!("<pre>{}</pre>", "&gt; ".repeat(100_000)));
        let many = "<p><code>a</code> <b>b</b></p>".repeat(5000);
        assert_eq!(clean(&many), many);
    }

    #[test]
    fn markdown_becomes_html_and_html_in_it_stays_text() {
        let html = from_markdown("# A\n\n- [x](https://example.org/) `c`\n\n|a|b|\n|-|-|\n|1|2|\n");
        assert!(
            html.contains("<h1>A</h1>") && html.contains("<code>c</code>") && html.contains("<td>1</td>"),
            "{html}"
        );
        let html = from_markdown(
            "<script>alert(1)</script> a <img src=x onerror=alert(1)>\n\n[x](javascript:alert(1)) ![y](https://evil.example/y.png)",
        );
        assert!(html.contains("&lt;script&gt;") && html.contains("&lt;img"), "{html}");
        assert!(!html.contains("<script") && !html.contains("javascript") && !html.contains("evil"), "{html}");
    }
}
