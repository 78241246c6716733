//! How a call reaches the API: by `fetch` in the browser; on the server by calling the same axum router in process,
//! with the cookie and the language of the request that is being answered.
//!
//! This is the only place in the app where server and browser differ.

#[cfg(not(feature = "ssr"))]
mod browser;
#[cfg(feature = "ssr")]
mod in_process;

#[cfg(not(feature = "ssr"))]
pub use browser::{now, page_missing, preferred_lang, preferred_theme, remember, send};
#[cfg(feature = "ssr")]
pub use in_process::{Server, now, page_missing, preferred_lang, preferred_theme, remember, send};

/// A request to the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Such as `GET`.
    pub method: &'static str,
    /// Path and query, from `/api` on.
    pub path: String,
    /// JSON, if any.
    pub body: Option<String>,
}

impl Call {
    /// A call without a body.
    pub fn new(method: &'static str, path: impl Into<String>) -> Call {
        Call { method, path: path.into(), body: None }
    }

    /// A `GET`.
    pub fn get(path: impl Into<String>) -> Call {
        Call::new("GET", path)
    }

    /// A call with a JSON body.
    pub fn with_body(method: &'static str, path: impl Into<String>, json: String) -> Call {
        Call { body: Some(json), ..Call::new(method, path) }
    }
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The whole body.
    pub body: String,
    /// `X-Total-Count`, where a list has it.
    pub total_count: Option<u64>,
}

/// Remembers the reader's choice of language; read by the server at the next page.
pub const LANG_COOKIE: &str = "rota_lang";
/// Remembers the reader's choice of light or dark.
pub const THEME_COOKIE: &str = "rota_theme";
