//! What handlers get out of a request: who asks, the body, the query, ids in the path. Each refuses with the contract's body.

use super::error::Failure;
use crate::auth;
use crate::state::AppState;
use axum::body::{Bytes, HttpBody};
use axum::extract::{FromRequest, FromRequestParts, OriginalUri, Path, Request};
use axum::http::request::Parts;
use axum::http::{Extensions, Uri, header};
use domain::access::Caller;
use domain::json::{Raw, nests_deeper_than};
use domain::reader::Readable;
use domain::{Error, L10n, Lang, RunId, TaskId, Timestamp};
use std::collections::HashMap;

/// Deepest nesting of a body; what browsers and `serde_json` read as well.
const MAX_DEPTH: usize = 100;

/// Someone who is logged in. Cross-site requests with a cookie do not get this far.
#[derive(Debug, Clone)]
pub struct Signed {
    /// Who.
    pub caller: Caller,
    /// The language asked for.
    pub lang: Lang,
    /// The hash of the session cookie, where that is how they are known.
    pub session: Option<Vec<u8>>,
}

impl FromRequestParts<AppState> for Signed {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Failure> {
        auth::identify(state, parts).await
    }
}

/// Someone who may have tasks: holds `system.task` or `system.root`.
#[derive(Debug, Clone)]
pub struct Tasker(pub Signed);

impl FromRequestParts<AppState> for Tasker {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Failure> {
        let signed = Signed::from_request_parts(parts, state).await?;
        signed.caller.needs_task()?;
        Ok(Tasker(signed))
    }
}

/// A JSON body, as sent, together with its bytes.
#[derive(Debug, Clone)]
pub struct JsonBody {
    /// The value.
    pub raw: Raw,
    /// The same, as bytes.
    pub bytes: Bytes,
}

impl FromRequest<AppState> for JsonBody {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Failure> {
        check_content_type(&request)?;
        let limit = state.config.body_limit;
        let too_large = || Error::BodyTooLarge { limit: limit as u64 };
        if request.body().size_hint().lower() > limit as u64 {
            return Err(too_large().into());
        }
        let bytes = axum::body::to_bytes(request.into_body(), limit).await.map_err(|_| too_large())?;
        let raw = parse(&bytes)?;
        Ok(JsonBody { raw, bytes })
    }
}

fn check_content_type(request: &Request) -> Result<(), Error> {
    let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(Error::UnsupportedMediaType { content_type: content_type.to_owned() })
}

fn parse(bytes: &[u8]) -> Result<Raw, Error> {
    let invalid = |de: String, en: String| Error::JsonInvalid { reason: L10n::new(de, en) };
    let text = std::str::from_utf8(bytes).map_err(|e| {
        let at = e.valid_up_to();
        invalid(format!("kein UTF-8 ab Byte {at}"), format!("not UTF-8 from byte {at}"))
    })?;
    if nests_deeper_than(bytes, MAX_DEPTH) {
        let (de, en) = ("tiefer als 100 Ebenen verschachtelt", "nested deeper than 100 levels");
        return Err(invalid(de.to_owned(), en.to_owned()));
    }
    serde_json::from_str(text).map_err(|e| {
        let (line, column) = (e.line(), e.column());
        invalid(format!("Zeile {line}, Spalte {column}"), format!("line {line}, column {column}"))
    })
}

/// An optional JSON body: `None` where there are no bytes.
#[derive(Debug, Clone)]
pub struct MaybeJson(pub Option<JsonBody>);

impl FromRequest<AppState> for MaybeJson {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Failure> {
        let has_type = request.headers().contains_key(header::CONTENT_TYPE);
        let empty = request.headers().get(header::CONTENT_LENGTH).is_none_or(|v| v == "0");
        if !has_type && empty && !request.headers().contains_key(header::TRANSFER_ENCODING) {
            return Ok(MaybeJson(None));
        }
        if empty && !request.headers().contains_key(header::TRANSFER_ENCODING) {
            return Ok(MaybeJson(None));
        }
        JsonBody::from_request(request, state).await.map(|body| MaybeJson(Some(body)))
    }
}

/// The query parameters, taken out one by one, so that unknown ones can be refused by name.
#[derive(Debug, Clone)]
pub struct Query {
    map: HashMap<String, String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let query = parts.uri.query().unwrap_or_default();
        let mut map = HashMap::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()).into_owned() {
            if map.insert(name.clone(), value).is_some() {
                let reason = L10n::fixed("steht zweimal da", "is there twice");
                return Err(Error::QueryInvalid { name, reason }.into());
            }
        }
        Ok(Query { map })
    }
}

impl Query {
    /// Takes a parameter; an empty one counts as absent.
    pub fn text(&mut self, name: &str) -> Option<String> {
        self.map.remove(name).filter(|v| !v.is_empty())
    }

    /// Whether a parameter is there, with a value.
    pub fn has(&self, name: &str) -> bool {
        self.map.get(name).is_some_and(|v| !v.is_empty())
    }

    /// Takes a whole number from 0 to `max`.
    ///
    /// # Errors
    /// `QueryInvalid`.
    pub fn number(&mut self, name: &str, default: u64, max: u64) -> Result<u64, Error> {
        let Some(text) = self.text(name) else { return Ok(default) };
        text.parse::<u64>().ok().filter(|n| *n <= max).ok_or_else(|| {
            let reason = L10n::new(
                format!("muss eine ganze Zahl von 0 bis {max} sein"),
                format!("must be a whole number from 0 to {max}"),
            );
            Error::QueryInvalid { name: name.to_owned(), reason }
        })
    }

    /// Takes an instant.
    ///
    /// # Errors
    /// `QueryInvalid`.
    pub fn instant(&mut self, name: &str) -> Result<Option<Timestamp>, Error> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let wrong = || Error::QueryInvalid { name: name.to_owned(), reason: <Timestamp as Readable>::EXPECTED };
        Timestamp::parse(&text).map(Some).ok_or_else(wrong)
    }

    /// Takes one of a few words.
    ///
    /// # Errors
    /// `QueryInvalid`.
    pub fn word<T: Copy>(&mut self, name: &str, words: &[(&str, T)]) -> Result<Option<T>, Error> {
        let Some(text) = self.text(name) else { return Ok(None) };
        one_of(name, &text, words).map(Some)
    }

    /// Takes a list of words, separated by commas.
    ///
    /// # Errors
    /// `QueryInvalid`.
    pub fn words<T: Copy>(&mut self, name: &str, words: &[(&str, T)]) -> Result<Vec<T>, Error> {
        let text = self.text(name).unwrap_or_default();
        text.split(',').map(str::trim).filter(|w| !w.is_empty()).map(|w| one_of(name, w, words)).collect()
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// `QueryInvalid` for a parameter that nobody knows.
    pub fn finish(self) -> Result<(), Error> {
        match self.map.into_keys().min() {
            Some(name) => {
                Err(Error::QueryInvalid { name, reason: L10n::fixed("ist hier unbekannt", "is unknown here") })
            }
            None => Ok(()),
        }
    }
}

fn one_of<T: Copy>(name: &str, text: &str, words: &[(&str, T)]) -> Result<T, Error> {
    let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
    found.ok_or_else(|| {
        let list = words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
        let reason = L10n::new(format!("muss eines hiervon sein: {list}"), format!("must be one of: {list}"));
        Error::QueryInvalid { name: name.to_owned(), reason }
    })
}

/// An id in the path. What is not a positive 64-bit number names nothing, so it is a 404.
#[derive(Debug, Clone, Copy)]
pub struct Id(pub i64);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let resource = original_path(&parts.extensions, &parts.uri);
        first_step(parts, state).await.map(Id).map_err(|_| Failure(Error::ResourceNotFound { resource }))
    }
}

/// The id of a task in the path, for what is done to it: `ObjectNotFound` where no task can have it.
#[derive(Debug, Clone, Copy)]
pub struct TaskIn(pub TaskId);

impl<S: Send + Sync> FromRequestParts<S> for TaskIn {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let missing = |text| Failure(Error::ObjectNotFound { object: format!("task {text}") });
        first_step(parts, state).await.map(|id| TaskIn(TaskId(id))).map_err(missing)
    }
}

/// The id of a run in the path, after that of its task: `ObjectNotFound` where no run can have it.
#[derive(Debug, Clone, Copy)]
pub struct RunIn(pub RunId);

impl<S: Send + Sync> FromRequestParts<S> for RunIn {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let missing = |text| Failure(Error::ObjectNotFound { object: format!("run {text}") });
        step(parts, state, 1).await.map(|id| RunIn(RunId(id))).map_err(missing)
    }
}

/// The number of a run's file in the path, after the task and the run.
#[derive(Debug, Clone, Copy)]
pub struct FileIn(pub u64);

impl<S: Send + Sync> FromRequestParts<S> for FileIn {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let missing = |text| Failure(Error::ObjectNotFound { object: format!("file {text}") });
        step(parts, state, 2).await.map(|n| FileIn(n.unsigned_abs())).map_err(missing)
    }
}

/// The id of a task in the path, for reading it: `ResourceNotFound` where no task can have it.
#[derive(Debug, Clone, Copy)]
pub struct TaskShown(pub TaskId);

impl<S: Send + Sync> FromRequestParts<S> for TaskShown {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let missing = |text| Failure(Error::ResourceNotFound { resource: format!("task {text}") });
        first_step(parts, state).await.map(|id| TaskShown(TaskId(id))).map_err(missing)
    }
}

async fn first_step<S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<i64, String> {
    step(parts, state, 0).await
}

/// A variable step of the path, from 0, as an id, or else its text.
async fn step<S: Send + Sync>(parts: &mut Parts, state: &S, n: usize) -> Result<i64, String> {
    let steps = Path::<Vec<(String, String)>>::from_request_parts(parts, state).await;
    let text = steps.ok().and_then(|Path(steps)| steps.into_iter().nth(n)).map(|(_, text)| text).unwrap_or_default();
    text.parse::<i64>().ok().filter(|n| *n >= 1).ok_or_else(|| text.chars().take(40).collect())
}

/// The path as the caller wrote it: nesting takes `/api` away.
pub fn original_path(extensions: &Extensions, uri: &Uri) -> String {
    extensions.get::<OriginalUri>().map_or_else(|| uri.path(), |original| original.0.path()).to_owned()
}
