//! Callbacks: a word that both sides know, in one of several places. What they say is asked for, never believed.

use http::{HeaderMap, header};
use kit::written::Written;
use kit::{CallbackError, RawCallback, object};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use subtle::ConstantTimeEq;
use url::form_urlencoded;

use crate::port::{Told, ToldEntry};

/// A callback, as far as it is read: one package, or several.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Notice {
    token: Written,
    #[serde(rename = "package-code")]
    dashed: Written,
    package_code: Written,
    code: Written,
    store_reference_id: Written,
    packages: Vec<Package>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Package {
    #[serde(rename = "package-code")]
    dashed: Written,
    code: Written,
    store_reference_id: Written,
}

/// Checks the word and reads which packages are meant.
pub(super) fn read(raw: &RawCallback, token: Option<&SecretString>) -> Result<Told, CallbackError> {
    // Without its word no callback can be believed, and none is said to be sent.
    let token = token.ok_or(CallbackError::Unsupported)?;
    let notice: Result<Notice, String> = object::read(&raw.body);
    let inner = notice.as_ref().ok().and_then(|notice| notice.token.given());
    if !is_shown(&raw.headers, &raw.query, inner, token.expose_secret()) {
        return Err(CallbackError::Forged);
    }
    let notice = notice.map_err(|_| CallbackError::Malformed)?;
    let own = hint([&notice.dashed, &notice.package_code, &notice.code], &notice.store_reference_id);
    let others = notice.packages.iter();
    let others = others.filter_map(|one| hint([&one.dashed, &one.code], &one.store_reference_id));
    let entries: Vec<ToldEntry> = own.into_iter().chain(others).collect();
    if entries.is_empty() { Err(CallbackError::Malformed) } else { Ok(Told { entries, malformed: Vec::new() }) }
}

/// Its place differs by deployment (SOURCE.md, "Callbacks"): every place is looked at, whatever was found before.
fn is_shown(headers: &HeaderMap, query: &str, body: Option<&str>, token: &str) -> bool {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let authorization = header(header::AUTHORIZATION.as_str());
    let bearer = authorization.strip_prefix("Bearer ").unwrap_or(authorization);
    let query = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "token");
    let query = query.map(|(_, value)| value.into_owned()).unwrap_or_default();
    let places = [header("x-webhook-token"), bearer, header("token"), &query, body.unwrap_or_default()];
    let fits = |shown: &&str| shown.as_bytes().ct_eq(token.as_bytes());
    let any = places.iter().map(fits).fold(subtle::Choice::from(0), |any, one| any | one);
    bool::from(any)
}

fn hint<const N: usize>(numbers: [&Written; N], reference: &Written) -> Option<ToldEntry> {
    let number = numbers.into_iter().find_map(Written::given).map(str::to_owned);
    let reference = reference.given().map(str::to_owned);
    (number.is_some() || reference.is_some()).then_some(ToldEntry { number, reference, entry: None })
}

#[cfg(test)]
mod tests;
