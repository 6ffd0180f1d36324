//! Masking: no secret, card number or token reaches a log, whatever shape the text around it has.

mod card;
mod form;
mod json;
mod named;
mod symbol;
#[cfg(test)]
mod tests;
mod xml;

use std::borrow::Cow;

use http::HeaderMap;
use url::Url;

use crate::Secrets;

/// The longest body that a log row keeps.
pub const BODY_LIMIT: usize = 16 * 1024;

const MASK: &str = "***";
const ALWAYS_HEADERS: &[&str] =
    &["authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "api-token", "x-csrf-token"];

fn names(list: &[&str], name: &str) -> bool {
    list.iter().any(|secret| secret.eq_ignore_ascii_case(name))
}

/// The URL without user, password, and with secret parameters and segments masked.
pub fn url(url: &Url, secrets: &Secrets) -> String {
    let mut shown = url.clone();
    // A URL that cannot have credentials has none to remove.
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    if hidden_in(url, secrets).next().is_some() {
        let segments: Vec<Cow<'_, str>> = url.path().split('/').map(|segment| masked(segment, secrets)).collect();
        shown.set_path(&segments.join("/"));
    }
    if shown.query().is_some() && !secrets.query.is_empty() {
        let pairs: Vec<(String, String)> = url
            .query_pairs()
            .map(|(name, value)| {
                let value = if names(secrets.query, &name) { MASK.to_owned() } else { value.into_owned() };
                (name.into_owned(), value)
            })
            .collect();
        shown.query_pairs_mut().clear().extend_pairs(pairs);
    }
    shown.into()
}

/// What a segment of a path hides, if it hides anything.
fn hidden<'a>(segment: &'a str, secrets: &Secrets) -> Option<&'a str> {
    let rest = secrets.path.iter().find_map(|beginning| segment.strip_prefix(beginning));
    rest.filter(|rest| !rest.is_empty())
}

fn hidden_in<'a>(url: &'a Url, secrets: &'a Secrets) -> impl Iterator<Item = &'a str> {
    // Nearly every provider hides nothing there.
    let path = if secrets.path.is_empty() { "" } else { url.path() };
    path.split('/').filter_map(|segment| hidden(segment, secrets))
}

fn masked<'a>(segment: &'a str, secrets: &Secrets) -> Cow<'a, str> {
    match hidden(segment, secrets) {
        Some(rest) => format!("{}{MASK}", &segment[..segment.len() - rest.len()]).into(),
        None => segment.into(),
    }
}

/// The text without what the path of the call's own URL hides: a redirect or an error page may repeat it.
///
/// It looks for the longest run of letters and digits in it, since what stands between may be written in other ways.
/// `None` where the text repeats nothing.
pub fn without_path(text: &[u8], url: &Url, secrets: &Secrets) -> Option<String> {
    let mut out: Option<String> = None;
    for hidden in hidden_in(url, secrets) {
        let pieces = hidden.split(|letter: char| !letter.is_ascii_alphanumeric() && !"-_".contains(letter));
        let Some(piece) = pieces.max_by_key(|piece| piece.len()).filter(|piece| !piece.is_empty()) else { continue };
        let shown = out.as_deref().map_or_else(|| String::from_utf8_lossy(text), Cow::Borrowed);
        if shown.contains(piece) {
            out = Some(shown.replace(piece, MASK));
        }
    }
    out
}

/// The headers as a JSON object, secret ones masked.
pub fn headers(headers: &HeaderMap, secret: &[&str]) -> String {
    let mut object = String::with_capacity(128);
    object.push('{');
    for (name, value) in headers {
        if object.len() > 1 {
            object.push(',');
        }
        let hidden = names(ALWAYS_HEADERS, name.as_str()) || names(secret, name.as_str());
        let shown = if hidden { MASK.into() } else { String::from_utf8_lossy(value.as_bytes()) };
        push_quoted(&mut object, name.as_str());
        object.push(':');
        push_quoted(&mut object, &shown);
    }
    object.push('}');
    object
}

/// A JSON string. Nearly every header is plain text and is copied as it is.
fn push_quoted(out: &mut String, text: &str) {
    if text.bytes().any(|byte| byte < b' ' || byte == b'"' || byte == b'\\') {
        out.push_str(&serde_json::Value::from(text).to_string());
        return;
    }
    out.push('"');
    out.push_str(text);
    out.push('"');
}

/// The body as text: the values of secret names and whatever looks like a card number masked, cut at 16 KiB.
///
/// Names are keys of JSON, elements and attributes of XML, and fields of forms, whichever the body is or quotes: JSON in
/// XML, XML in a field, escaped as it may be. It is read once from left to right and needs not be valid: a truncated or
/// wrong body is masked as well, and where it cannot be known where a value ends, to the end.
pub fn body(bytes: &[u8], secret: &[&str]) -> Option<String> {
    if bytes.is_empty() {
        return None;
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => String::from_utf8_lossy(bytes).into_owned(),
    };
    let mut masked = card::numbers(named::values(text, secret));
    if masked.len() > BODY_LIMIT {
        let end = masked.floor_char_boundary(BODY_LIMIT);
        masked.truncate(end);
        masked.push('…');
    }
    // PostgreSQL's text has no NUL.
    if masked.contains('\0') { Some(masked.replace('\0', "\u{fffd}")) } else { Some(masked) }
}

/// A sentence for a log, masked and cut like a body: it may quote one.
pub fn text(sentence: &str, secret: &[&str]) -> String {
    body(sentence.as_bytes(), secret).unwrap_or_default()
}
