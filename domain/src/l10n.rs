//! Texts in the two languages that Rota speaks.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A language Rota speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Lang {
    /// German, as written in Germany.
    #[serde(rename = "de-DE", alias = "de")]
    De,
    /// English, as written in the United States.
    #[default]
    #[serde(rename = "en-US", alias = "en")]
    En,
}

impl Lang {
    /// The tag that answers use (`de-DE`, `en-US`).
    pub fn tag(self) -> &'static str {
        match self {
            Lang::De => "de-DE",
            Lang::En => "en-US",
        }
    }

    /// The language that a BCP 47 tag (`de`, `de-AT`, `en-GB`) asks for, if Rota speaks it.
    pub fn from_tag(tag: &str) -> Option<Lang> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        match primary.to_ascii_lowercase().as_str() {
            "de" => Some(Lang::De),
            "en" => Some(Lang::En),
            _ => None,
        }
    }

    /// The spoken language that an `Accept-Language` header (RFC 9110, 12.5.4) prefers; English
    /// where it names none that Rota speaks.
    pub fn from_accept_language(header: &str) -> Lang {
        let mut best: Option<(f32, Lang)> = None;
        for item in header.split(',') {
            let mut parts = item.split(';');
            let tag = parts.next().unwrap_or_default().trim();
            let weight = parts
                .find_map(|p| p.trim().strip_prefix("q="))
                .and_then(|q| q.trim().parse::<f32>().ok())
                .unwrap_or(1.0);
            let Some(lang) = Lang::from_tag(tag) else { continue };
            if weight > 0.0 && best.is_none_or(|(w, _)| weight > w) {
                best = Some((weight, lang));
            }
        }
        best.map(|(_, lang)| lang).unwrap_or_default()
    }
}

/// One text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct L10n {
    /// German.
    #[serde(rename = "de-DE", default)]
    pub de: Cow<'static, str>,
    /// English.
    #[serde(rename = "en-US", default)]
    pub en: Cow<'static, str>,
}

impl L10n {
    /// A text known at compile time.
    pub const fn fixed(de: &'static str, en: &'static str) -> L10n {
        L10n { de: Cow::Borrowed(de), en: Cow::Borrowed(en) }
    }

    /// A text put together at run time.
    pub fn new(de: impl Into<String>, en: impl Into<String>) -> L10n {
        L10n { de: Cow::Owned(de.into()), en: Cow::Owned(en.into()) }
    }

    /// The text in one language.
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::De => &self.de,
            Lang::En => &self.en,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heaviest_spoken_language_wins() {
        assert_eq!(Lang::from_accept_language("de-AT,de;q=0.9,en;q=0.8"), Lang::De);
        assert_eq!(Lang::from_accept_language("fr, en-GB;q=0.5, de;q=0.7"), Lang::De);
        assert_eq!(Lang::from_accept_language("de;q=0, en"), Lang::En);
        assert_eq!(Lang::from_accept_language(""), Lang::En);
        assert_eq!(Lang::from_accept_language("\u{0}"), Lang::En);
    }
}
