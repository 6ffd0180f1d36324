//! Extractors: a request is read once, at the edge, and every fault names its field.

use axum::extract::{FromRequest, FromRequestParts, Request};
use bytes::Bytes;
use http::request::Parts;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use schemas::FieldError;
use schemas::Text;
use serde::de::DeserializeOwned;

use super::auth::Authorized;
use super::problem::Problem;
use super::router::Facade;
use crate::payments::Caller;

/// The largest body of an ordinary request.
pub const BODY_LIMIT: usize = 256 * 1024;

/// Reads a whole body, up to a limit.
pub async fn read_body(request: Request, limit: usize) -> Result<Bytes, Problem> {
    match Limited::new(request.into_body(), limit).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Problem::too_large(limit)),
        Err(_) => Err(Problem::field("body", "the body ended before its length", "انقطع محتوى الطلب قبل اكتماله")),
    }
}

/// Reads JSON into a type; a fault names the path of its field.
pub fn read_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    // A path without a body means an empty object.
    let bytes = if bytes.is_empty() { b"{}" } else { bytes };
    // Serde would read a list as the fields in their order.
    if bytes.trim_ascii_start().starts_with(b"[") {
        return Err(Problem::field("body", "expected a JSON object", "المتوقع كائن JSON"));
    }
    if has_nul(bytes) {
        return Err(Problem::field(
            "body",
            "no text may hold the character NUL",
            "لا يجوز أن يحتوي أي نص على المحرف NUL",
        ));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value: T = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        // A value of the wrong kind may be told as a fault of syntax; then it is JSON all the same.
        let is_json = inner.is_data() || serde_json::from_slice::<serde_json::Value>(bytes).is_ok();
        if is_json { Problem::invalid(vec![fault(path, &inner.to_string())]) } else { unreadable(&inner) }
    })?;
    reader.end().map_err(|error| unreadable(&error))?;
    Ok(value)
}

/// Whether a text of the JSON holds NUL, which PostgreSQL keeps in no text.
pub fn has_nul(json: &[u8]) -> bool {
    const NUL: &[u8] = b"\\u0000";
    let escaped = |at: usize| json[..at].iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1;
    json.windows(NUL.len()).enumerate().any(|(at, piece)| piece == NUL && !escaped(at))
}

/// An unknown, missing or repeated field is named by serde's sentence, everything else by the path.
fn fault(path: String, sentence: &str) -> FieldError {
    let quoted = |prefix: &str| sentence.strip_prefix(prefix)?.split('`').next().map(str::to_owned);
    let inside = |name: String| match path.as_str() {
        "." => name,
        parent if parent == name || parent.ends_with(&format!(".{name}")) => parent.to_owned(),
        parent => format!("{parent}.{name}"),
    };
    let en = sentence.split(" at line ").next().unwrap_or(sentence).to_owned();
    if let Some(name) = quoted("unknown field `") {
        let ar = format!("الحقل {name} غير معروف");
        return FieldError::new(inside(name), Text::new(en, ar));
    }
    if let Some(name) = quoted("missing field `") {
        let ar = format!("الحقل {name} مطلوب");
        return FieldError::new(inside(name), Text::new(en, ar));
    }
    if let Some(name) = quoted("duplicate field `") {
        let ar = format!("الحقل {name} مكرر");
        return FieldError::new(inside(name), Text::new(en, ar));
    }
    let field = if path == "." { "body".to_owned() } else { path };
    FieldError::new(field, Text::new(en, "قيمة الحقل غير صالحة"))
}

fn unreadable(error: &serde_json::Error) -> Problem {
    let (line, column) = (error.line(), error.column());
    Problem::field(
        "body",
        format!("not valid JSON: line {line}, column {column}"),
        format!("JSON غير صالح: السطر {line}، العمود {column}"),
    )
}

/// A JSON body.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Facade> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &Facade) -> Result<Self, Problem> {
        let bytes = read_body(request, BODY_LIMIT).await?;
        read_json(&bytes).map(Self)
    }
}

/// The query string.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<Facade> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Facade) -> Result<Self, Problem> {
        if let Some(pair) = parts.uri.query().unwrap_or_default().split('&').find(|pair| pair.contains("%00")) {
            let field = pair.split('=').next().unwrap_or_default();
            return Err(Problem::field(
                field,
                "no text may hold the character NUL",
                "لا يجوز أن يحتوي أي نص على المحرف NUL",
            ));
        }
        let read = axum::extract::Query::<T>::try_from_uri(&parts.uri);
        read.map(|query| Self(query.0)).map_err(|rejection| {
            let sentence = rejection.body_text();
            let sentence = sentence.rsplit("query string: ").next().unwrap_or_default();
            let (field, text) = sentence.split_once(": ").unwrap_or(("query", sentence));
            Problem::field(field, text, "قيمة غير صالحة في عنوان الطلب")
        })
    }
}

/// The key of the request, checked against the route table.
impl FromRequestParts<Facade> for Authorized {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Facade) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(Problem::unauthorized)
    }
}

/// The store of the request.
impl FromRequestParts<Facade> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, facade: &Facade) -> Result<Self, Problem> {
        Authorized::from_request_parts(parts, facade).await?.caller()
    }
}

/// What a path names. Text that is not UTF-8, or that no database keeps, names nothing.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<Facade> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, facade: &Facade) -> Result<Self, Problem> {
        if parts.uri.path().contains("%00") {
            return Err(Problem::not_found());
        }
        let read = axum::extract::Path::<T>::from_request_parts(parts, facade).await;
        read.map(|path| Self(path.0)).map_err(|_| Problem::not_found())
    }
}

/// An id in the path; one that cannot be read names nothing.
pub struct Id<T>(pub T);

impl<T: std::str::FromStr + Send> FromRequestParts<Facade> for Id<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, facade: &Facade) -> Result<Self, Problem> {
        let path =
            axum::extract::RawPathParams::from_request_parts(parts, facade).await.map_err(|_| Problem::not_found())?;
        let id = path.iter().find(|(name, _)| *name == "id").and_then(|(_, value)| value.parse().ok());
        id.map(Self).ok_or_else(Problem::not_found)
    }
}
